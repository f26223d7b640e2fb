// What all streams together have, and what they may have.
#pragma once
#include <cstdint>
#include <limits>

#include "kinesis/kinesis.h"

namespace pinflow::kinesis {

struct AccountUse {
    int64_t open_shards = 0;
    int64_t provisioned_shards = 0;  // those of them that a quota counts
    int64_t on_demand_streams = 0;
};
ActionResult<AccountUse> use_of_account(const Kinesis& kinesis);

// What DescribeLimits tells.
int64_t shard_limit(const Kinesis& kinesis);
inline constexpr int64_t on_demand_stream_limit = 50;

// Without emulated limits nothing is counted and nothing refused.
class ShardQuota {
  public:
    static ActionResult<ShardQuota> of(const Kinesis& kinesis);
    bool has_room_for(int64_t more) const { return more <= 0 || more <= most_ - used_; }
    ActionResult<void> check(int64_t more) const;  // LimitExceededException

  private:
    explicit ShardQuota(const Kinesis& kinesis) : kinesis_(&kinesis) {}
    const Kinesis* kinesis_;
    int64_t used_ = 0;
    int64_t most_ = std::numeric_limits<int64_t>::max();
};
ActionResult<void> check_on_demand_quota(const Kinesis& kinesis);  // for one more stream

}  // namespace pinflow::kinesis
