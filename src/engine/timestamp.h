// Times as text, both ways, in UTC. A time is microseconds since 1970; days count from 1970-01-01.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::engine {

// The shapes that json_columns.h lists for `timestamp`; nothing for any other text.
std::optional<int64_t> parse_timestamp(std::string_view text);

void append_date(std::string& out, int64_t days);                // 2020-08-28
void append_time(std::string& out, int64_t micros_of_day);       // 03:52:47.5, a fraction only if there is one
void append_timestamp(std::string& out, int64_t micros);         // 2020-08-28T03:52:47Z
void append_timestamp_nanos(std::string& out, int64_t nanos);    // the same with up to nine digits of fraction
std::string timestamp_to_millis(int64_t micros, bool round_up);  // 2020-08-28T03:52:47.000Z, as Delta's stats want

}  // namespace pinflow::engine
