// The shards of a stream: shard i is partition i.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/topics.h"
#include "kinesis/answer.h"
#include "kinesis/hash_key.h"

namespace pinflow::kinesis {

struct Shard {
    uint32_t number = 0;
    HashRange range{};
    int64_t created_ms = 0;
};

std::string id_of(const Shard& shard);
std::vector<Shard> shards_of(const broker::Topic& topic);
int64_t open_shards(const broker::Topic& topic);
// "shardId-000000000003", and as the service takes it too: "shardId-3", "3". Nothing for anything else.
std::optional<uint32_t> parse_shard_id(std::string_view text);
// A filter of ListShards; empty: all. There is one generation of shards: all that matters is whether they were there.
bool passes(const Shard& shard, const broker::Topic& topic, std::string_view filter, int64_t time_ms);
void write(Answer& answer, const Shard& shard);

}  // namespace pinflow::kinesis
