#include "kinesis/shards.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "kinesis/retention.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

bool same(const std::weak_ptr<const broker::Topic>& known, const broker::TopicPtr& topic) {
    return !known.owner_before(topic) && !topic.owner_before(known);
}

void write_range(Answer& answer, const HashRange& range) {
    answer.key("HashKeyRange").begin_object();
    answer.key("EndingHashKey").text(decimal(range.last));
    answer.key("StartingHashKey").text(decimal(range.first)).end_object();
}

void write_child(Answer& answer, const Shard& shard) {
    answer.begin_object();
    write_range(answer, shard.range);
    answer.key("ParentShards").begin_list();
    for (const auto& parent : {shard.parent, shard.adjacent_parent})
        if (parent) answer.text(shard_id(*parent));
    answer.end_list().key("ShardId").text(id_of(shard)).end_object();
}

}  // namespace

std::string id_of(const Shard& shard) {
    return shard_id(shard.number);
}

std::optional<uint32_t> parse_shard_id(std::string_view text) {
    if (const size_t dash = text.find('-'); dash != text.npos) text.remove_prefix(dash + 1);
    const auto number = parse_int(text);
    if (!number || *number < 0 || *number > INT32_MAX || text.starts_with('-')) return std::nullopt;
    return static_cast<uint32_t>(*number);
}

ActionResult<ShardTree> shards_of(const Labels& labels, size_t partitions, int64_t created_ms) {
    const std::string_view text = label(labels, shards_label);
    if (text.empty()) return ShardTree::uniform(partitions, created_ms);
    auto tree = ShardTree::parse(text);
    if (tree && tree->size() == partitions) return *std::move(tree);
    return std::unexpected(
        ActionError{"InternalFailure",
                    fmt::format("The topic's label {} does not tell of {} shards.", shards_label, partitions), 500});
}

ActionResult<ShardTree> shards_of(const broker::Topic& topic) {
    return shards_of(topic.labels, topic.partitions.size(), stream_created_ms(topic));
}

ActionResult<ShardTreePtr> ShardTrees::of(const broker::TopicPtr& topic) {
    {
        const std::shared_lock lock(mutex_);
        const auto found = known_.find(topic->id);
        if (found != known_.end() && same(found->second.topic, topic)) return found->second.tree;
    }
    PINFLOW_ASSIGN(ShardTree tree, shards_of(*topic));
    auto shared = std::make_shared<const ShardTree>(std::move(tree));
    const std::unique_lock lock(mutex_);
    std::erase_if(known_, [](const auto& each) { return each.second.topic.expired(); });
    known_[topic->id] = {topic, shared};
    return shared;
}

bool ShardTrees::begin_reshard(const Uuid& stream) {
    const std::unique_lock lock(mutex_);
    return resharding_.insert(stream).second;
}

void ShardTrees::end_reshard(const Uuid& stream) {
    const std::unique_lock lock(mutex_);
    resharding_.erase(stream);
}

bool ShardTrees::resharding(const Uuid& stream) const {
    const std::shared_lock lock(mutex_);
    return resharding_.contains(stream);
}

bool is_gone(const Shard& shard, const broker::Topic& topic, int64_t now_ms) {
    if (shard.open()) return false;
    const log::Partition& partition = *topic.partitions[shard.number];
    const auto kept_ms = keeps_ms(topic);
    return kept_ms && now_ms - *shard.closed_ms > *kept_ms && partition.start_offset() >= partition.stable_offset();
}

std::vector<Shard> listed(const ShardTree& tree, const broker::Topic& topic, int64_t now_ms) {
    std::vector<Shard> shards;
    std::ranges::copy_if(tree.shards(), std::back_inserter(shards),
                         [&](const Shard& shard) { return !is_gone(shard, topic, now_ms); });
    return shards;
}

void write(Answer& answer, const Shard& shard) {
    answer.begin_object();
    if (shard.adjacent_parent) answer.key("AdjacentParentShardId").text(shard_id(*shard.adjacent_parent));
    write_range(answer, shard.range);
    if (shard.parent) answer.key("ParentShardId").text(shard_id(*shard.parent));
    answer.key("SequenceNumberRange").begin_object();
    if (shard.closed_ms)
        answer.key("EndingSequenceNumber")
            .text(ending_sequence_number(shard.created_ms, shard.number, *shard.closed_ms));
    answer.key("StartingSequenceNumber").text(starting_sequence_number(shard.created_ms, shard.number)).end_object();
    answer.key("ShardId").text(id_of(shard)).end_object();
}

void write_children(Answer& answer, const ShardTree& tree, uint32_t shard) {
    answer.key("ChildShards").begin_list();
    for (const Shard& child : tree.children_of(shard)) write_child(answer, child);
    answer.end_list();
}

}  // namespace pinflow::kinesis
