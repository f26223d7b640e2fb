// A shard iterator: where in a shard a reader goes on, since when it may be used, and whose it is.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"
#include "kinesis/kinesis.h"

namespace pinflow::kinesis {

struct ShardIterator {
    int64_t created_ms = 0;
    Uuid stream_id;  // a stream that was made again under its name has another one
    uint32_t shard = 0;
    int64_t offset = 0;  // of the next record
    std::string stream_name;

    std::string text() const;  // at most 512 characters
    static std::optional<ShardIterator> parse(std::string_view text);
    bool operator==(const ShardIterator&) const = default;
};

// The iterator of a request, while it may be used and the stream and the shard are there.
struct IteratorPlace {
    ShardIterator iterator;
    broker::TopicPtr topic;
    ShardTreePtr tree;
    const Shard& shard() const { return (*tree)[iterator.shard]; }
    log::Partition& partition() const { return *topic->partitions[iterator.shard]; }
};
ActionResult<IteratorPlace> place_of_iterator(const Kinesis& kinesis, const Request& request);

}  // namespace pinflow::kinesis
