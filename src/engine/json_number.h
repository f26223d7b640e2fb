// The text of a JSON number (RFC 8259) as a machine number.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace pinflow::engine {

bool is_json_number(std::string_view text);  // exactly one, nothing around it
// Nothing if it has a fraction (33.0 and 1e3 have none) or does not fit.
std::optional<int64_t> to_integer(std::string_view number);
// Nothing if it is too large for a double; what is too small for one is 0.
std::optional<double> to_double(std::string_view number);

}  // namespace pinflow::engine
