#include "kinesis/retention.h"

#include <algorithm>

namespace pinflow::kinesis {
namespace {

constexpr int64_t hour_ms = 3'600'000;

int64_t retention_ms(const broker::Topic& topic) {
    return topic.partitions.empty() ? 0 : topic.partitions.front()->config().retention_ms;
}

}  // namespace

int64_t retention_hours(const broker::Topic& topic) {
    const int64_t ms = retention_ms(topic);
    return ms < 0 ? most_retention_hours : std::clamp(ms / hour_ms, least_retention_hours, most_retention_hours);
}

bool keeps_for(const broker::Topic& topic, int64_t hours) {
    const int64_t ms = retention_ms(topic);
    return ms < 0 || ms >= hours * hour_ms;
}

std::optional<int64_t> keeps_ms(const broker::Topic& topic) {
    const int64_t ms = retention_ms(topic);
    const bool deletes =
        topic.partitions.empty() || topic.partitions.front()->config().cleanup_policy.contains("delete");
    return ms < 0 || !deletes ? std::nullopt : std::optional(ms);
}

std::string retention_setting(int64_t hours) {
    return std::to_string(hours * hour_ms);
}

std::map<std::string, std::string> retention_of_new_stream() {
    return {{"retention.ms", retention_setting(least_retention_hours)}};
}

}  // namespace pinflow::kinesis
