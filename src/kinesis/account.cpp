#include "kinesis/account.h"

#include "kinesis/labels.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t max_shards = 100'000;  // that DescribeLimits tells where there is no limit

}  // namespace

ActionResult<AccountUse> use_of_account(const Kinesis& kinesis) {
    AccountUse use;
    for (const broker::TopicPtr& topic : kinesis.topics().list()) {
        if (!is_stream(*topic)) continue;
        PINFLOW_ASSIGN(const ShardTreePtr tree, kinesis.shards().of(topic));
        const auto open = static_cast<int64_t>(tree->open_count());
        const bool on_demand = stream_mode(*topic) == "ON_DEMAND";
        use.open_shards += open;
        use.provisioned_shards += on_demand ? 0 : open;
        use.on_demand_streams += on_demand ? 1 : 0;
    }
    return use;
}

int64_t shard_limit(const Kinesis& kinesis) {
    return kinesis.limits() == nullptr ? max_shards : kinesis.options().shard_limit;
}

ActionResult<ShardQuota> ShardQuota::of(const Kinesis& kinesis) {
    ShardQuota quota(kinesis);
    if (kinesis.limits() == nullptr) return quota;
    PINFLOW_ASSIGN(const AccountUse use, use_of_account(kinesis));
    quota.used_ = use.provisioned_shards;
    quota.most_ = shard_limit(kinesis);
    return quota;
}

ActionResult<void> ShardQuota::check(int64_t more) const {
    if (has_room_for(more)) return {};
    return std::unexpected(ActionError{
        "LimitExceededException",
        fmt::format("This request would exceed the shard limit for the account {} in {}. Current shard count for the "
                    "account: {}. Limit: {}. Number of additional shards that would have resulted from this request: "
                    "{}. Refer to the AWS Service Limits page "
                    "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how "
                    "to request higher limits.",
                    kinesis_->options().account, kinesis_->options().region, used_, most_, more)});
}

ActionResult<void> check_on_demand_quota(const Kinesis& kinesis) {
    if (kinesis.limits() == nullptr) return {};
    PINFLOW_ASSIGN(const AccountUse use, use_of_account(kinesis));
    if (use.on_demand_streams < on_demand_stream_limit) return {};
    return std::unexpected(ActionError{
        "LimitExceededException",
        fmt::format("This request would exceed the limit on the number of On-Demand streams for the account {} in {}. "
                    "Current On-Demand streams count: {}. Limit: {}.",
                    kinesis.options().account, kinesis.options().region, use.on_demand_streams,
                    on_demand_stream_limit)});
}

}  // namespace pinflow::kinesis
