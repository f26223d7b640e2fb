// SubscribeToShard where the service's limits are emulated: how often, and how fast.
#include "kinesis/subscription_world.h"

namespace pinflow::kinesis {
namespace {

using testing::StartsWith;

class SubscriptionPaceTest : public SubscriptionTest {
  protected:
    SubscriptionPaceTest() {
        clock_.stop();
        start({.account = "123456789012",
               .region = "eu-west-1",
               .after = [this](std::chrono::milliseconds delay,
                               auto task) { timers_.push_back({clock_.steady_ms() + delay.count(), std::move(task)}); },
               .emulate_limits = true});
    }
    std::string again() { return refused(request(arn_, "LATEST")); }
};

TEST_F(SubscriptionPaceTest, OnceASecondAndSuccessfullyOnceInFive) {
    FakeStream stream;
    auto open = subscribe(stream, "LATEST");
    ASSERT_TRUE(stream.head_);
    EXPECT_EQ(again(),
              "LimitExceededException: Rate exceeded for consumer c and shard shardId-000000000000 in stream s under "
              "account 123456789012.");
    clock_.ahead_ms += 1000;
    EXPECT_THAT(again(), StartsWith("ResourceInUseException: Another active subscription exists for this consumer: "));
    open->gone();
    open.reset();
    clock_.ahead_ms += 3000;
    EXPECT_THAT(again(), StartsWith("ResourceInUseException: ")) << "though nobody is there any more";
    clock_.ahead_ms += 1000;
    EXPECT_EQ(again(), "not refused");
}

TEST_F(SubscriptionPaceTest, TwoMebibytesASecondArePushed) {
    const std::string data((256 << 10) - 1, 'x');
    for (int i = 0; i < 24; ++i, clock_.ahead_ms += 251) put(data);
    FakeStream stream;
    const auto open = subscribe(stream, "TRIM_HORIZON");
    pass(0, stream);
    EXPECT_EQ(pushed(stream).size(), 9U) << "what a second is worth, and the event that went over it";
    for (size_t tenths = 1; tenths <= 10; ++tenths) {
        pass(100, stream);
        EXPECT_NEAR(static_cast<double>(pushed(stream).size()), 9 + 0.8 * static_cast<double>(tenths), 1.0);
    }
    for (int tenths = 0; tenths < 10; ++tenths) pass(100, stream);
    EXPECT_EQ(pushed(stream).size(), 24U);
}

}  // namespace
}  // namespace pinflow::kinesis
