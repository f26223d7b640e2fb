// Properties of a table: intervals, and those that a table of ours can have.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pinflow::delta {

// "interval 30 days 12 hours" -> milliseconds; nothing where that is no length of time (months and years are none).
std::optional<int64_t> parse_interval_ms(std::string_view text);

// Can a table that we make have it? unsupported: it needs a feature that we do not write; invalid: its value.
Result<> check_property(const std::string& name, const std::string& value);

}  // namespace pinflow::delta
