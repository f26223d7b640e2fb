// Base64 of RFC 4648, with padding. On the path of every binary record at the REST and Kinesis doors.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace pinflow {

void append_base64(std::string& out, Bytes bytes);
std::string base64_encode(Bytes bytes);
inline std::string base64_encode(std::string_view text) {
    return base64_encode(as_bytes(text));
}

// Strict: nothing for any text that an encoder would not write.
std::optional<std::string> base64_decode(std::string_view text);
// The same, put where the text lies, which must be memory that may be written; as it was if it is no base64. No
// allocation once warm.
std::optional<std::string_view> base64_decode_over(std::string_view text);

}  // namespace pinflow
