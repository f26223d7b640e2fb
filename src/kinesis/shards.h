// The shards of streams: shard i is partition i. Which there are is a ShardTree.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/topics.h"
#include "kinesis/answer.h"
#include "kinesis/labels.h"
#include "kinesis/shard_tree.h"

namespace pinflow::kinesis {

std::string id_of(const Shard& shard);
// "shardId-000000000003", and as the service takes it too: "shardId-3", "3". Nothing for anything else.
std::optional<uint32_t> parse_shard_id(std::string_view text);
// InternalFailure if the label is not what it should be.
ActionResult<ShardTree> shards_of(const Labels& labels, size_t partitions, int64_t stream_created_ms);

ActionResult<ShardTree> shards_of(const broker::Topic& topic);

// The trees of all streams, read from their topics' labels when these have changed; and which streams are being
// resharded just now. Thread-safe.
class ShardTrees {
  public:
    ActionResult<ShardTreePtr> of(const broker::TopicPtr& topic);

    // False: somebody else is at it.
    bool begin_reshard(const Uuid& stream);
    void end_reshard(const Uuid& stream);
    bool resharding(const Uuid& stream) const;

  private:
    struct Known {
        std::weak_ptr<const broker::Topic> topic;  // whose labels were read
        ShardTreePtr tree;
    };
    mutable std::shared_mutex mutex_;
    std::map<Uuid, Known> known_;
    std::set<Uuid> resharding_;
};

// Closed, and nothing is left of its records because they are older than the stream keeps them: nobody is told of it.
bool is_gone(const Shard& shard, const broker::Topic& topic, int64_t now_ms);
// Those that are not gone, by number.
std::vector<Shard> listed(const ShardTree& tree, const broker::Topic& topic, int64_t now_ms);

void write(Answer& answer, const Shard& shard);
// The member ChildShards, at the end of a closed shard: where to go on.
void write_children(Answer& answer, const ShardTree& tree, uint32_t shard);

}  // namespace pinflow::kinesis
