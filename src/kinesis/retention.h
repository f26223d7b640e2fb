// How long a stream keeps its records: its topic's retention.ms, in hours.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "broker/topics.h"

namespace pinflow::kinesis {

inline constexpr int64_t least_retention_hours = 24, most_retention_hours = 8760;

// 24 to 8760, whatever the topic's own setting is.
int64_t retention_hours(const broker::Topic& topic);
// Whether it does so anyway: its own setting may be longer than any of the service.
bool keeps_for(const broker::Topic& topic, int64_t hours);
// After so long its records go; none: never.
std::optional<int64_t> keeps_ms(const broker::Topic& topic);
std::string retention_setting(int64_t hours);
std::map<std::string, std::string> retention_of_new_stream();

}  // namespace pinflow::kinesis
