// SubscribeToShard as a request: what it asks for, and whether it can be had.
#pragma once
#include <string>
#include <string_view>

#include "kinesis/actions.h"
#include "kinesis/consumers.h"
#include "kinesis/position.h"

namespace pinflow::kinesis {

inline constexpr std::string_view subscribe_action = "SubscribeToShard";

// A plain copy: the request's document is reused.
struct SubscribeRequest {
    ConsumerArn consumer;
    std::string shard_id;
    Position position;
    bool dry_run = false;
};
ActionResult<SubscribeRequest> read_subscribe(Format format, std::string_view body);

struct SubscribePlace {
    FoundConsumer consumer;
    ShardPlace shard;
    int64_t offset = 0;  // of the first record
};
// May wait for the disk where the position looks for a time.
ActionResult<SubscribePlace> find_place(const Kinesis& kinesis, const SubscribeRequest& request);

}  // namespace pinflow::kinesis
