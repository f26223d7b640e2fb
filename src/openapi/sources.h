// The words after "integration.request.…" and "method.response.…": where a parameter's value comes from.
#pragma once
#include <string_view>

#include "base/error.h"
#include "openapi/api.h"

namespace pinflow::openapi {

Result<Source> source_of_request(std::string_view text);  // "method.request.path.x", "'text'", "context.…"
Result<Source> source_of_answer(std::string_view text);   // "integration.response.header.x", "'text'", "context.…"

}  // namespace pinflow::openapi
