// Security schemes in the words of Swagger 2.0 and of OpenAPI 3.0.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_tree.h"

namespace pinflow::openapi {

Json scheme_as_openapi3(const Json& scheme);
// Nothing where Swagger 2.0 has no words for it. Of several flows of an oauth2 the first is told.
std::optional<Json> scheme_as_swagger2(const Json& scheme);
// What scheme_as_swagger2 leaves out of an oauth2: places under "flows", "password" or "implicit/refreshUrl".
std::vector<std::string> flows_left_out(const Json& scheme);

}  // namespace pinflow::openapi
