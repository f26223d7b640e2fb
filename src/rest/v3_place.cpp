#include "rest/v3_place.h"

#include "base/text.h"
#include "rest/partitioner.h"

namespace pinflow::rest {
namespace {

bool is_in_time(int64_t time_ms, const log::Config& config, int64_t now_ms) {
    const int64_t behind = now_ms - time_ms;  // neither is negative
    return config.append_time || (behind <= config.timestamp_behind_ms() && -behind <= config.timestamp_ahead_ms());
}

Refusal untimely(int64_t time_ms) {
    return {400, 400,
            fmt::format("Bad Request: the timestamp {} lies further from now than message.timestamp.before.max.ms and "
                        "message.timestamp.after.max.ms of the topic allow.",
                        iso_time_ms(time_ms))};
}

}  // namespace

void place_records(std::span<V3Record> records, const broker::Topic& topic, uint32_t turn, int64_t now_ms) {
    const size_t count = topic.partitions.size();
    const OpenPartitions open(topic);
    for (V3Record& each : records) {
        broker::OutgoingRecord& record = each.record;
        if (each.refusal) continue;
        if (record.partition < 0)
            record.partition = record.key ? open.of_key(*record.key) : open.at(turn % open.count());
        if (static_cast<size_t>(record.partition) >= count) {
            each.refusal = partition_not_found();
        } else if (record.timestamp_ms >= 0) {
            const auto settings = topic.partitions[static_cast<size_t>(record.partition)]->settings();
            if (!is_in_time(record.timestamp_ms, *settings, now_ms)) each.refusal = untimely(record.timestamp_ms);
        }
    }
}

}  // namespace pinflow::rest
