// SplitShard, MergeShards, UpdateShardCount: what becomes of the shard tree, and with it of the topic, in one step that
// is durable when it is answered (docs/kinesis_shards.md).
#include <functional>

#include "kinesis/account.h"
#include "kinesis/actions.h"
#include "kinesis/labels.h"
#include "kinesis/sequence.h"
#include "kinesis/shards.h"
#include "kinesis/subscriptions.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t most_shards = 10'000;  // that UpdateShardCount makes of a stream

std::unexpected<ActionError> refuse(std::string_view type, std::string message) {
    return std::unexpected(ActionError{std::string(type), std::move(message)});
}

// A stream and the one who reshards it now, for the texts of errors.
class Resharding {
  public:
    Resharding(Kinesis& kinesis, broker::TopicPtr topic)
        : kinesis_(kinesis), topic_(std::move(topic)), begun_(kinesis.shards().begin_reshard(topic_->id)) {}
    ~Resharding() {
        if (begun_) kinesis_.shards().end_reshard(topic_->id);
    }
    Resharding(const Resharding&) = delete;
    Resharding& operator=(const Resharding&) = delete;

    // `change` sees the tree as it is, with nobody else at it; what it refuses changes nothing. Waits for the disk.
    ActionResult<void> run(const std::function<ActionResult<void>(ShardTree&)>& change) {
        if (!begun_)
            return refuse("ResourceInUseException",
                          fmt::format("Stream {} not ACTIVE, instead in state UPDATING", stream()));
        if (stream_mode(*topic_) == "ON_DEMAND")
            return refuse("ValidationException",
                          fmt::format("Request is invalid. Stream {} is in On-Demand mode.", stream()));
        ActionResult<void> outcome;
        const auto done = kinesis_.topics().reshape(topic_->name, topic_->id, [&](broker::Shape& shape) -> Result<> {
            outcome = edit(shape, change);
            return outcome ? Result<>() : fail(Code::invalid, "{}", outcome.error().message);
        });
        if (done) kinesis_.subscriptions().stream_changed(topic_->id);
        if (!outcome || done) return outcome;
        if (done.error().code == Code::not_found) return std::unexpected(kinesis_.not_found(topic_->name));
        return std::unexpected(error_of(done.error()));
    }

    // The number of an open shard, as a request names it.
    ActionResult<uint32_t> find(const ShardTree& tree, std::string_view id) const {
        const auto number = parse_shard_id(id);
        if (!number || *number >= tree.size() || is_gone(tree[*number], *topic_, kinesis_.clock().wall_ms()))
            return refuse("ResourceNotFoundException",
                          fmt::format("Could not find shard {} in stream {}.",
                                      number ? shard_id(*number) : std::string(id), stream()));
        if (!tree[*number].open())
            return refuse(
                "InvalidArgumentException",
                fmt::format("Shard {} in stream {} has already been merged or split, and thus is not eligible "
                            "for merging or splitting.",
                            shard_id(*number), stream()));
        return *number;
    }

    std::string stream() const { return fmt::format("{} under account {}", topic_->name, kinesis_.options().account); }
    int64_t now_ms() const { return kinesis_.clock().wall_ms(); }

  private:
    ActionResult<void> edit(broker::Shape& shape, const std::function<ActionResult<void>(ShardTree&)>& change) const {
        const auto had = static_cast<size_t>(shape.partitions);
        PINFLOW_ASSIGN(ShardTree tree, shards_of(shape.labels, had, stream_created_ms(*topic_)));
        PINFLOW_TRY(change(tree));
        const auto limit = static_cast<size_t>(kinesis_.topics().options().max_partitions);
        if (tree.size() > limit)
            return refuse("LimitExceededException",
                          fmt::format("Stream {} has had {} shards. With the {} that this request would add they are "
                                      "more than the {} partitions that its topic can have: closed shards keep theirs. "
                                      "Go on with a new stream.",
                                      stream(), had, tree.size() - had, limit));
        shape.partitions = static_cast<int32_t>(tree.size());
        for (const Shard& shard : tree.shards())
            if (!shard.open()) shape.sealed.insert(static_cast<int32_t>(shard.number));
        shape.labels[std::string(shards_label)] = tree.text();
        return {};
    }

    Kinesis& kinesis_;
    broker::TopicPtr topic_;
    bool begun_;
};

ActionResult<void> split_shard(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    PINFLOW_ASSIGN(const ShardQuota quota, ShardQuota::of(kinesis));
    Resharding resharding(kinesis, topic);
    return resharding.run([&](ShardTree& tree) -> ActionResult<void> {
        PINFLOW_ASSIGN(const uint32_t number, resharding.find(tree, *request.text("ShardToSplit")));
        const std::string_view text = *request.text("NewStartingHashKey");
        const auto key = parse_hash_key(text);
        const HashRange range = tree[number].range;
        if (!key || *key <= range.first || *key - range.first < 2 || *key >= range.last)
            return refuse(
                "InvalidArgumentException",
                fmt::format("NewStartingHashKey {} used in SplitShard() on shard {} in stream {} is not both "
                            "greater than one plus the shard's StartingHashKey {} and less than the shard's "
                            "EndingHashKey {}.",
                            text, shard_id(number), resharding.stream(), decimal(range.first), decimal(range.last)));
        PINFLOW_TRY(quota.check(1));
        tree.split(number, *key, resharding.now_ms());
        return {};
    });
}

ActionResult<void> merge_shards(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    Resharding resharding(kinesis, topic);
    return resharding.run([&](ShardTree& tree) -> ActionResult<void> {
        PINFLOW_ASSIGN(const uint32_t first, resharding.find(tree, *request.text("ShardToMerge")));
        PINFLOW_ASSIGN(const uint32_t second, resharding.find(tree, *request.text("AdjacentShardToMerge")));
        const bool in_order = tree[first].range.first < tree[second].range.first;
        const uint32_t lower = in_order ? first : second, upper = in_order ? second : first;
        if (first == second || tree[lower].range.last + 1 != tree[upper].range.first)
            return refuse("InvalidArgumentException",
                          fmt::format("Shards {} and {} in stream {} are not an adjacent pair of shards eligible for "
                                      "merging",
                                      shard_id(first), shard_id(second), resharding.stream()));
        tree.merge(lower, upper, resharding.now_ms());
        return {};
    });
}

ActionResult<void> check_target(size_t target, size_t open, const ShardQuota& quota, int64_t limit) {
    const auto refused = [&](std::string_view what) {
        return refuse("LimitExceededException",
                      fmt::format("{} Current open shard count: {}, Target shard count: {}", what, open, target));
    };
    if (target > open * 2)
        return refused("UpdateShardCount cannot scale up over double your current open shard count.");
    if (target * 2 < open)
        return refused("UpdateShardCount cannot scale down below half your current open shard count.");
    if (!quota.has_room_for(static_cast<int64_t>(target) - static_cast<int64_t>(open)))
        return refused(fmt::format("Target shard count or number of open shards cannot be greater than {}.", limit));
    return {};
}

ActionResult<void> update_shard_count(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    const auto target = static_cast<size_t>(*request.integer("TargetShardCount"));
    size_t open = 0;
    PINFLOW_ASSIGN(const ShardQuota quota, ShardQuota::of(kinesis));
    Resharding resharding(kinesis, topic);
    PINFLOW_TRY(resharding.run([&](ShardTree& tree) -> ActionResult<void> {
        open = tree.open_count();
        PINFLOW_TRY(check_target(target, open, quota, shard_limit(kinesis)));
        tree.spread(target, resharding.now_ms());
        return {};
    }));
    answer.begin_object().key("CurrentShardCount").integer(static_cast<int64_t>(open));
    answer.key("StreamARN").text(kinesis.arn(topic->name)).key("StreamName").text(topic->name);
    answer.key("TargetShardCount").integer(static_cast<int64_t>(target)).end_object();
    return {};
}

constexpr std::string_view scalings[] = {"UNIFORM_SCALING"};
constexpr Field shard_to(std::string_view name) {
    return {.name = name, .required = true, .pattern = Pattern::name, .least = 1, .most = 128};
}
constexpr Field splitting[] = {{.name = "NewStartingHashKey", .required = true, .pattern = Pattern::hash_key},
                               shard_to("ShardToSplit"),
                               stream_name_field,
                               stream_arn_field};
constexpr Field merging[] = {shard_to("AdjacentShardToMerge"), shard_to("ShardToMerge"), stream_name_field,
                             stream_arn_field};
constexpr Field updating[] = {
    {.name = "ScalingType", .required = true, .words = scalings},
    {.name = "TargetShardCount", .type = Type::integer, .required = true, .least = 1, .most = most_shards},
    stream_name_field,
    stream_arn_field};

constexpr Action reshard_table[] = {
    {"SplitShard", splitting, at_once<split_shard>, always, per_stream(5)},
    {"MergeShards", merging, at_once<merge_shards>, always, per_stream(5)},
    {"UpdateShardCount", updating, at_once<update_shard_count>, always, {.a_second = 10, .a_day = 10}},
};

}  // namespace

std::span<const Action> reshard_actions() {
    return reshard_table;
}

}  // namespace pinflow::kinesis
