// What a key, a value or a header of a record says, as the bytes that are stored.
#pragma once
#include <expected>
#include <string_view>

#include "base/bytes.h"
#include "rest/answers.h"

namespace pinflow::rest {

// `compact` is a value that a JsonReader gave, and is overwritten. Refused: what is no string of base64. Its padding
// may be left out.
std::expected<Bytes, Refusal> bytes_in_base64(std::string_view compact);
// The text of a JSON string ("\"a\\nb\"" gives a, newline, b); `compact` as above, and must be a string.
std::string_view text_of_string(std::string_view compact);

}  // namespace pinflow::rest
