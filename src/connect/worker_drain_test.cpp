#include "connect/connect_world.h"

namespace pinflow::connect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class WorkerDrainTest : public ConnectWorld {};

constexpr int64_t long_enough_ms = 20'000;

TEST_F(WorkerDrainTest, WhatATaskHoldsBackBecomesSafe) {
    seen_.holds_back = true;
    ASSERT_TRUE(put("x", {{"topics", "a,b"}}));
    EXPECT_THAT(worker().drain(long_enough_ms), IsEmpty());
    produce("a", {"0", "1"});
    produce("b", {"0"});
    EXPECT_THAT(worker().drain(long_enough_ms), IsEmpty());
    EXPECT_EQ(*worker().offsets("x"), (Offsets{{{"a", 0}, 2}, {{"b", 0}, 1}}));
    const int ended = seen_.ended;
    EXPECT_THAT(worker().drain(long_enough_ms), IsEmpty());
    EXPECT_EQ(seen_.ended, ended);  // nothing new
}

TEST_F(WorkerDrainTest, WhatWasSafeBeforeARestartIsNotWaitedFor) {
    produce("a", {"0", "1"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    EXPECT_THAT(worker().drain(long_enough_ms), IsEmpty());
    worker_.reset();
    seen_.holds_back = true;
    EXPECT_THAT(worker().drain(long_enough_ms), IsEmpty());
}

TEST_F(WorkerDrainTest, ConnectorsThatAreNotAtWorkAreNamedAtOnce) {
    ASSERT_TRUE(put("paused", {{"topics", "a"}}));
    ASSERT_TRUE(worker().set_target("paused", Target::paused));
    ASSERT_TRUE(put("stopped", {{"topics", "a"}}));
    ASSERT_TRUE(worker().set_target("stopped", Target::stopped));
    seen_.fatal = "1";
    produce("a", {"0", "1"});
    ASSERT_TRUE(put("failed", {{"topics", "a"}}));
    EXPECT_TRUE(wait_states("failed", {State::running, State::failed}));
    EXPECT_THAT(worker().drain(long_enough_ms),
                ElementsAre("connector failed is FAILED: the disk is gone", "connector paused is PAUSED",
                            "connector stopped is STOPPED"));
    // With nothing left for it, it is in nobody's way.
    ASSERT_TRUE(worker().remove("failed"));
    ASSERT_TRUE(worker().remove("paused"));
    ASSERT_TRUE(worker().change_offsets("stopped", {{{"a", 0}, 2}}));
    EXPECT_THAT(worker().drain(long_enough_ms), IsEmpty());
}

TEST_F(WorkerDrainTest, ATaskWhoseStoreIsAwayLags) {
    seen_.room = 0;
    seen_.trouble = "the store does not answer";
    produce("a", {"0", "1"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    ASSERT_TRUE(wait([&] { return !worker().task_status("x", 0)->trouble.empty(); }));
    EXPECT_THAT(worker().drain(100), ElementsAre("connector x lags by 2 records: the store does not answer"));
}

TEST_F(WorkerDrainTest, ATaskThatHasNotBegunLags) {
    produce("a", {"0", "1", "2"});
    ASSERT_TRUE(Positions(groups_, "connect-x").commit({{{"a", 0}, 1}}));
    const std::scoped_lock nothing_is_made(seen_.mutex);
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    EXPECT_THAT(worker().drain(50), ElementsAre("connector x lags by 2 records"));
}

TEST_F(WorkerDrainTest, TheRecordThatFailedATaskIsNamed) {
    seen_.poison = "1";
    produce("a", {"0", "1"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    EXPECT_TRUE(wait_states("x", {State::running, State::failed}));
    EXPECT_THAT(worker().drain(long_enough_ms),
                ElementsAre("connector x is FAILED: org.apache.kafka.connect.errors.ConnectException: Tolerance "
                            "exceeded in error handler (topic a, partition 0, offset 1, stage TASK_PUT): "
                            "a.DataException: poison"));
}

// Retention would take records that a restart has to read again.
TEST_F(WorkerDrainTest, WhatIsNotCommittedIsNotSafe) {
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    produce("a", {"0"});
    EXPECT_THAT(worker().drain(long_enough_ms), IsEmpty());
    groups_->stop();
    produce("a", {"1", "2"});
    ASSERT_TRUE(wait_values({"a-0@0=0", "a-0@1=1", "a-0@2=2"}));
    ASSERT_TRUE(wait([&] { return !worker().task_status("x", 0)->trouble.empty(); }));
    EXPECT_THAT(worker().drain(100),
                ElementsAre(StartsWith("connector x lags by 2 records: the offsets of the consumer group connect-x "
                                       "were not changed")));
}

TEST_F(WorkerDrainTest, ATopicThatGoesIsNotWaitedFor) {
    seen_.room = 0;
    produce("a", {"0"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    auto drained = std::async(std::launch::async, [this] { return worker().drain(long_enough_ms); });
    EXPECT_EQ(drained.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
    ASSERT_TRUE(topics_->remove("a"));
    EXPECT_THAT(drained.get(), IsEmpty());
}

}  // namespace
}  // namespace pinflow::connect
