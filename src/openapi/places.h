// Where in a definition something stands: JSON pointers, and references that lead on.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_tree.h"

namespace pinflow::openapi {

std::string pointer(std::string_view place, std::string_view member);  // "/paths" and "/a" -> "/paths/~1a"

// What stands at a JSON pointer, whose parts may be percent-encoded too; null: nothing.
const Json* at(const Json& root, std::string_view pointer);

// What a value with a $ref leads to, over several if need be; the value itself if it has none. Of other files, circles
// and places that are not there: an error.
Result<Json> resolved(const Json& root, const Json& value);

}  // namespace pinflow::openapi
