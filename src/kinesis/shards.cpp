#include "kinesis/shards.h"

#include "base/text.h"
#include "kinesis/labels.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {

std::string id_of(const Shard& shard) {
    return shard_id(shard.number);
}

int64_t open_shards(const broker::Topic& topic) {
    return static_cast<int64_t>(topic.partitions.size());
}

std::vector<Shard> shards_of(const broker::Topic& topic) {
    const size_t count = topic.partitions.size();
    std::vector<Shard> shards;
    shards.reserve(count);
    for (size_t i = 0; i < count; ++i)
        shards.push_back({static_cast<uint32_t>(i), range_of_shard(i, count), stream_created_ms(topic)});
    return shards;
}

std::optional<uint32_t> parse_shard_id(std::string_view text) {
    if (const size_t dash = text.find('-'); dash != text.npos) text.remove_prefix(dash + 1);
    const auto number = parse_int(text);
    if (!number || *number < 0 || *number > INT32_MAX || text.starts_with('-')) return std::nullopt;
    return static_cast<uint32_t>(*number);
}

bool passes(const Shard& shard, const broker::Topic& /*topic*/, std::string_view filter, int64_t time_ms) {
    return filter != "AT_TIMESTAMP" || shard.created_ms <= time_ms;
}

void write(Answer& answer, const Shard& shard) {
    answer.begin_object().key("HashKeyRange").begin_object();
    answer.key("EndingHashKey").text(decimal(shard.range.last));
    answer.key("StartingHashKey").text(decimal(shard.range.first)).end_object();
    answer.key("SequenceNumberRange").begin_object().key("StartingSequenceNumber");
    answer.text(starting_sequence_number(shard.created_ms, shard.number)).end_object();
    answer.key("ShardId").text(id_of(shard)).end_object();
}

}  // namespace pinflow::kinesis
