// The routes that a stage has without an import, as a definition in OpenAPI 3.0.
#pragma once
#include "base/json_tree.h"

namespace pinflow::openapi {

Json built_in_api();

// Whether a template for PutRecord or PutRecords is that of the built-in routes, but for blanks.
bool is_built_in_put(std::string_view action, std::string_view text);

}  // namespace pinflow::openapi
