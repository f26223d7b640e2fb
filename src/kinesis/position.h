// Where in a shard a reader begins: the five types of GetShardIterator and of SubscribeToShard.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kinesis/fields.h"
#include "kinesis/kinesis.h"

namespace pinflow::kinesis {

// A plain copy of what a request asks for.
struct Position {
    std::string type;  // "TRIM_HORIZON"
    std::optional<std::string> sequence;
    std::optional<int64_t> time_ms;
    bool looks_for_a_time() const { return type == "AT_TIMESTAMP"; }  // which may have to wait for the disk
};

inline constexpr std::string_view position_types[] = {"AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP",
                                                      "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"};

struct ShardPlace {
    broker::TopicPtr topic;
    ShardTreePtr tree;
    uint32_t number = 0;
    const Shard& shard() const { return (*tree)[number]; }
    log::Partition& partition() const { return *topic->partitions[number]; }
};
// ResourceNotFoundException: no such shard, or one that is forgotten.
ActionResult<ShardPlace> find_shard(const Kinesis& kinesis, broker::TopicPtr topic, std::string_view shard_id);

// `action`: for the texts of errors.
ActionResult<int64_t> offset_of(const Kinesis& kinesis, const ShardPlace& place, const Position& position,
                                std::string_view action);

}  // namespace pinflow::kinesis
