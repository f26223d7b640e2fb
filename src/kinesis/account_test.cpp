// What an account may have: shards, streams on demand, streams that are being made.
#include "kinesis/account.h"

#include "kinesis/limits_world.h"

namespace pinflow::kinesis {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class AccountTest : public LimitsTest {
  protected:
    std::string make(std::string_view name, std::string_view how) {
        clock_.ahead_ms += 1000;
        return refusal("CreateStream", fmt::format(R"({{"StreamName":"{}",{}}})", name, how));
    }
    std::string mode(std::string_view stream, std::string_view to) {
        return refusal("UpdateStreamMode",
                       fmt::format(R"({{"StreamARN":"arn:aws:kinesis:r:000000000000:stream/{}","StreamModeDetails":)"
                                   R"({{"StreamMode":"{}"}}}})",
                                   stream, to));
    }
    static constexpr std::string_view on_demand = R"("StreamModeDetails":{"StreamMode":"ON_DEMAND"})";
};

TEST_F(AccountTest, HasSoManyShards) {
    EXPECT_EQ(make("s", R"("ShardCount":6)"), "");
    EXPECT_EQ(make("t", R"("ShardCount":5)"),
              "LimitExceededException: This request would exceed the shard limit for the account 123456789012 in "
              "eu-west-1. Current shard count for the account: 6. Limit: 10. Number of additional shards that would "
              "have resulted from this request: 5. Refer to the AWS Service Limits page "
              "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to "
              "request higher limits.");
    EXPECT_EQ(make("t", R"("ShardCount":4)"), "");
    EXPECT_THAT(split("shardId-0", "5"), HasSubstr("additional shards that would have resulted from this request: 1."));
    EXPECT_THAT(update(7), StartsWith("LimitExceededException: Target shard count or number of open shards cannot be "
                                      "greater than 10. Current open shard count: 6, Target shard count: 7"));
    EXPECT_THAT(update(5), HasSubstr(R"("TargetShardCount":5)")) << "fewer are always possible";
    EXPECT_THAT(*act("DescribeLimits", "{}"), HasSubstr(R"("OpenShardCount":9,"ShardLimit":10)"));
    EXPECT_EQ(split("shardId-000000000000"),
              "InvalidArgumentException: Shard shardId-000000000000 in stream s under "
              "account 123456789012 has already been merged or split, and thus is not "
              "eligible for merging or splitting.");
}

TEST_F(AccountTest, ShardsOfStreamsOnDemandAreNotCounted) {
    EXPECT_EQ(make("s", R"("ShardCount":8)"), "");
    EXPECT_EQ(make("d", on_demand), "");
    EXPECT_EQ(make("t", R"("ShardCount":2)"), "");
    EXPECT_THAT(mode("d", "PROVISIONED"),
                HasSubstr("additional shards that would have resulted from this request: 4."));
    EXPECT_THAT(*act("DescribeLimits", "{}"), StartsWith(R"({"OnDemandStreamCount":1,"OnDemandStreamCountLimit":50,)"
                                                         R"("OpenShardCount":14,)"));
}

TEST_F(AccountTest, HasFiftyStreamsOnDemand) {
    for (int i = 0; i < 50; ++i) ASSERT_EQ(make(fmt::format("d{}", i), on_demand), "");
    constexpr std::string_view refused =
        "LimitExceededException: This request would exceed the limit on the number of On-Demand streams for the "
        "account "
        "123456789012 in eu-west-1. Current On-Demand streams count: 50. Limit: 50.";
    EXPECT_EQ(make("d50", on_demand), refused);
    EXPECT_EQ(make("s", R"("ShardCount":1)"), "");
    EXPECT_EQ(mode("s", "ON_DEMAND"), refused);
}

TEST_F(AccountTest, MakesAndDeletesFiveStreamsAtATime) {
    create("s", 1);
    std::vector<Limits::Changing> others;
    for (int i = 0; i < 5; ++i) others.push_back(kinesis_->limits()->change_stream().value());
    constexpr std::string_view refused =
        "LimitExceededException: This request would have exceed the limit on the number of streams that can "
        "simultaneously be in CREATING or DELETING for the account 123456789012. Limit: 5.";
    EXPECT_EQ(make("t", R"("ShardCount":1)"), refused);
    EXPECT_EQ(refusal("DeleteStream", R"({"StreamName":"s"})"), refused);
    others.pop_back();
    EXPECT_EQ(make("t", R"("ShardCount":1)"), "");
    EXPECT_EQ(refusal("DeleteStream", R"({"StreamName":"s"})"), "");
}

TEST_F(KinesisTest, WithoutLimitsAnAccountHasRoomForAll) {
    create("s", 200);
    EXPECT_TRUE(ShardQuota::of(*kinesis_)->has_room_for(1'000'000));
    EXPECT_TRUE(check_on_demand_quota(*kinesis_));
    EXPECT_THAT(*act("DescribeLimits", "{}"), HasSubstr(R"("OpenShardCount":200,"ShardLimit":100000)"));
}

}  // namespace
}  // namespace pinflow::kinesis
