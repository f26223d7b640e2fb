// Small pure functions over text: base64, hex, UTF-8, percent-encoding, trimming.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace pinflow {

int hex_digit(char c);  // -1 if it is none
std::string hex_encode(Bytes bytes);

bool is_valid_utf8(std::string_view text);

// "%2Fx+y" -> "/x+y". Nothing if an escape is broken.
std::optional<std::string> percent_decode(std::string_view text);
// Keeps unreserved characters (RFC 3986) and those in `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = "");

std::string_view trim(std::string_view text);                       // ASCII blanks only
bool equals_ignoring_case(std::string_view a, std::string_view b);  // ASCII
std::string to_lower(std::string_view text);                        // ASCII
std::vector<std::string_view> split(std::string_view text, char separator);

// Strict decimal integer: no sign but '-', no blanks, must fit.
std::optional<int64_t> parse_int(std::string_view text);

// "2020-08-28T03:52:47Z", with ".123" only if there is a fraction.
std::string iso_time_ms(int64_t ms_since_epoch);

}  // namespace pinflow
