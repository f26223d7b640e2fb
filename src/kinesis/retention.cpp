#include "kinesis/retention.h"

#include <algorithm>

namespace pinflow::kinesis {
namespace {

constexpr int64_t hour_ms = 3'600'000;

}  // namespace

int64_t retention_hours(const broker::Topic& topic) {
    const int64_t ms = topic.partitions.empty() ? 0 : topic.partitions.front()->config().retention_ms;
    return ms < 0 ? most_retention_hours : std::clamp(ms / hour_ms, least_retention_hours, most_retention_hours);
}

std::string retention_setting(int64_t hours) {
    return std::to_string(hours * hour_ms);
}

std::map<std::string, std::string> retention_of_new_stream() {
    return {{"retention.ms", retention_setting(least_retention_hours)}};
}

}  // namespace pinflow::kinesis
