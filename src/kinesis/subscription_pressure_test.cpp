// Subscribers that do not read, memory that is spent, shards far behind their end, endings of the connection.
#include "kinesis/subscription_world.h"

namespace pinflow::kinesis {
namespace {

using testing::ElementsAre;

class SubscriptionPressureTest : public SubscriptionTest {
  protected:
    void put_many(int count, size_t bytes) {
        for (int i = 0; i < count; ++i) put(fmt::format("{:0{}}", i, bytes));
    }
};

TEST_F(SubscriptionPressureTest, WhoDoesNotReadIsNotPushedTo) {
    FakeStream stream;
    const auto open = subscribe(stream, "TRIM_HORIZON");
    stream.full_ = true;
    put_many(3, 10);
    pass(0, stream);
    pass(6000, stream);
    EXPECT_EQ(stream.frames().size(), 2U) << "no heartbeats either";
    stream.full_ = false;
    open->drained();
    EXPECT_EQ(pushed(stream).size(), 3U);
    stream.full_ = true;
    pass(300'000, stream);
    EXPECT_TRUE(stream.ended_) << "also then it ends";
}

TEST_F(SubscriptionPressureTest, WhatWaitsIsCounted) {
    const auto used = [&] { return kinesis_->read_memory()->used(); };
    put_many(10, 10'000);
    FakeStream stream;
    stream.unsent_ = 1 << 30;
    const auto open = subscribe(stream, "TRIM_HORIZON");
    EXPECT_EQ(pushed(stream).size(), 10U);
    EXPECT_GT(used(), 100'000U);
    EXPECT_LT(used(), 200'000U);
    stream.unsent_ = 1000;
    pass(0, stream);
    EXPECT_EQ(used(), 1000U);
    open->gone();
    EXPECT_EQ(used(), 0U);
}

TEST_F(SubscriptionPressureTest, WaitsForMemory) {
    put_many(3, 10);
    restart(100'000);
    ASSERT_TRUE(kinesis_->read_memory()->take(90'000));
    FakeStream stream;
    const auto open = subscribe(stream, "TRIM_HORIZON");
    EXPECT_EQ(stream.frames().size(), 1U);
    pass(100, stream);
    EXPECT_EQ(stream.frames().size(), 1U);
    kinesis_->read_memory()->give(90'000);
    pass(100, stream);
    EXPECT_EQ(pushed(stream).size(), 3U);
}

TEST_F(SubscriptionPressureTest, OneRecordAboveItsShareWaitsForMemoryToo) {
    put(std::string(300'000, 'x'));
    restart(500'000);
    ASSERT_TRUE(kinesis_->read_memory()->take(300'000));
    FakeStream stream;
    const auto open = subscribe(stream, "TRIM_HORIZON");
    EXPECT_EQ(pushed(stream).size(), 0U);
    kinesis_->read_memory()->give(300'000);
    pass(100, stream);
    EXPECT_EQ(pushed(stream).size(), 1U) << "and was not passed over";
}

TEST_F(SubscriptionPressureTest, FarBehindIsReadByWorkersInEventsOfBoundedSize) {
    Workers workers(2, 0);
    restart(size_t{512} << 20, &workers);
    put_many(300, 20'000);
    FakeStream stream;
    const auto open = subscribe(stream, "TRIM_HORIZON");
    while (pushed(stream).size() < 300) ASSERT_TRUE(stream.run_task());
    for (const auto& frame : stream.frames()) EXPECT_LT(frame.payload.size(), 1'500'000U);
    const auto all = pushed(stream);
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 300U);
    open->gone();
    kinesis_.reset();
}

TEST_F(SubscriptionPressureTest, AWorkerComesBackToOneThatHasEnded) {
    auto workers = std::make_unique<Workers>(1, 0);
    restart(size_t{512} << 20, workers.get());
    put_many(100, 10'000);
    FakeStream stream;
    auto open = subscribe(stream, "TRIM_HORIZON");
    open->gone();
    open.reset();
    workers.reset();
    while (stream.run_task(std::chrono::milliseconds(1))) {
    }
    EXPECT_EQ(stream.frames().size(), 1U);
    EXPECT_EQ(kinesis_->read_memory()->used(), 0U);
    kinesis_.reset();
}

TEST_F(SubscriptionPressureTest, StopEndsTheStreamOrRefusesIt) {
    FakeStream stream, early;
    const auto open = subscribe(stream, "LATEST");
    open->stop();
    EXPECT_TRUE(stream.ended_);
    put("a");
    while (stream.run_task(std::chrono::milliseconds(20))) {
    }
    EXPECT_EQ(stream.frames().size(), 2U);
    const auto unread = std::make_shared<Subscription>(early, *kinesis_, Format::json, "application/json");
    unread->stop();
    EXPECT_EQ(early.reply_->status, 503);
}

}  // namespace
}  // namespace pinflow::kinesis
