// IP addresses as text.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace pinflow {

// The one way to write an address: "2001:db8::7" for "2001:DB8:0:0:0:0:0:7", "10.0.0.1" for "::ffff:10.0.0.1". Nothing
// for what is none.
std::optional<std::string> normal_address(std::string_view text);

}  // namespace pinflow
