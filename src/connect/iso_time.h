// Times as text in ISO 8601, as Joda-Time's ISODateTimeFormat.dateTimeParser() reads them.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace pinflow::connect {

// Milliseconds since 1970 UTC. Dates may be short (2020, 2020-08), days of years (2020-241) or of weeks (2020-W35-5);
// times too (T03, T03:52), a blank may stand for the T. Without an offset it is UTC.
std::optional<int64_t> parse_iso_time(std::string_view text);

}  // namespace pinflow::connect
