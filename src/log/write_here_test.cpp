// Batches that are written by whoever appends them, and syncs that wait until somebody wants them.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/faulty_disk.h"
#include "log/batch.h"
#include "log/gated_disk.h"
#include "log/log.h"

namespace pinflow::log {
namespace {

class SteppingClock final : public Clock {
  public:
    int64_t wall_ms() const override { return system_clock().wall_ms(); }
    int64_t steady_ms() const override { return system_clock().steady_ms() + (ahead_ms += step_ms); }
    std::atomic<int64_t> step_ms = 0;
    mutable std::atomic<int64_t> ahead_ms = 0;
};

class WriteHere : public testing::Test {
  protected:
    WriteHere() {
        Options options;
        options.background = false;
        log_ = *Log::open(disk_, clock_, "/data/log", options);
        mine_ = *log_->create("mine", Uuid::random(), 0, options.defaults);
        other_ = *log_->create("other", Uuid::random(), 0, options.defaults);
    }
    ~WriteHere() override { disk_.open_gate(); }

    static int64_t append(Partition& partition, WriteBy by = WriteBy::caller) {
        BatchBuilder builder;
        builder.add(1, std::nullopt, as_bytes("value"));
        const auto done = partition.append(builder.finish(), by);
        EXPECT_TRUE(done) << done.error().message;
        return done ? done->last_offset : -1;
    }
    static std::future<Result<>> acked(Partition& partition, int64_t offset, Ack ack) {
        auto promise = std::make_shared<std::promise<Result<>>>();
        auto future = promise->get_future();
        partition.when_acked(offset, ack, [promise](Result<> outcome) { promise->set_value(std::move(outcome)); });
        return future;
    }
    static bool is_there(const std::future<Result<>>& future, std::chrono::seconds wait = std::chrono::seconds(0)) {
        return future.wait_for(wait) == std::future_status::ready;
    }
    static constexpr std::chrono::seconds long_enough{10};

    FaultyDisk memory_{1};
    GatedDisk disk_{memory_};
    SteppingClock clock_;
    std::unique_ptr<Log> log_;
    std::shared_ptr<Partition> mine_;
    std::shared_ptr<Partition> other_;
};

TEST_F(WriteHere, WhatWasAppendedIsWrittenWhenTheCallReturns) {
    for (int i = 0; i < 100; ++i) {
        const int64_t first = append(*mine_);
        const int64_t second = append(*other_);
        mine_->write_appended();
        EXPECT_TRUE(is_there(acked(*mine_, first, Ack::written)));
        EXPECT_TRUE(is_there(acked(*other_, second, Ack::written)));
    }
}

TEST_F(WriteHere, ItIsDurableSoonThoughNobodyWaits) {
    append(*mine_);
    mine_->write_appended();
    for (int i = 0; i < 1000 && mine_->stable_offset() == 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(mine_->stable_offset(), 1);
}

TEST_F(WriteHere, WhoeverWaitsIsToldWhenItIsDurable) {
    for (int i = 0; i < 100; ++i) {
        const int64_t last = append(*mine_);
        mine_->write_appended();
        auto durable = acked(*mine_, last, Ack::durable);
        ASSERT_TRUE(is_there(durable, long_enough));
        EXPECT_TRUE(durable.get());
        EXPECT_EQ(mine_->stable_offset(), last + 1);
        append(*mine_);
        mine_->write_appended();
        std::promise<void> readable;
        mine_->on_readable(last + 1, [&] { readable.set_value(); });
        ASSERT_EQ(readable.get_future().wait_for(long_enough), std::future_status::ready);
    }
}

TEST_F(WriteHere, SettledMeansThatReadersSeeWhatWasWritten) {
    for (int i = 1; i <= 100; ++i) {
        append(*mine_);
        mine_->write_appended();
        std::promise<void> settled;
        mine_->when_settled([&](const Result<>& outcome) {
            EXPECT_TRUE(outcome);
            settled.set_value();
        });
        ASSERT_EQ(settled.get_future().wait_for(long_enough), std::future_status::ready);
        ASSERT_EQ(mine_->stable_offset(), i);
    }
}

TEST_F(WriteHere, NobodyIsCalledBackFromThere) {
    const auto here = std::this_thread::get_id();
    const int64_t last = append(*mine_);
    std::promise<std::thread::id> called;
    mine_->when_acked(last, Ack::written, [&](const Result<>&) { called.set_value(std::this_thread::get_id()); });
    mine_->write_appended();
    EXPECT_NE(called.get_future().get(), here);
}

TEST_F(WriteHere, WhileAnotherWritesItIsLeftToTheWriter) {
    disk_.shut("write", "other-0");
    auto held = acked(*other_, append(*other_, WriteBy::log), Ack::written);
    ASSERT_TRUE(disk_.wait_for_somebody());
    auto mine = acked(*mine_, append(*mine_), Ack::written);
    mine_->write_appended();  // does not wait for the gate
    EXPECT_FALSE(is_there(mine));
    disk_.open_gate();
    EXPECT_TRUE(is_there(held, long_enough));
    EXPECT_TRUE(is_there(mine, long_enough));
}

TEST_F(WriteHere, WhenTheDiskIsSlowOnlyTheWriterWaitsForIt) {
    disk_.shut("write", "mine-0");
    std::thread disk([&] {
        EXPECT_TRUE(disk_.wait_for_somebody());
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        disk_.open_gate();
    });
    append(*mine_);
    mine_->write_appended();  // takes 100 ms, and so for 5 s
    disk.join();
    disk_.shut("write", "mine-0");
    auto held = acked(*mine_, append(*mine_), Ack::written);
    mine_->write_appended();
    ASSERT_TRUE(disk_.wait_for_somebody());
    EXPECT_FALSE(is_there(held));
    disk_.open_gate();
    EXPECT_TRUE(is_there(held, long_enough));
    clock_.ahead_ms = 1'000'000;  // long ago
    bool here = false;
    for (int i = 0; i < 1000 && !here; ++i) {  // the writer may still be at it
        const int64_t last = append(*mine_);
        mine_->write_appended();
        here = is_there(acked(*mine_, last, Ack::written));
    }
    EXPECT_TRUE(here);
}

TEST_F(WriteHere, ABusyMachineIsNoSlowDisk) {
    clock_.step_ms = 5;  // passes, but nobody waited
    for (int i = 0; i < 100; ++i) {
        const int64_t last = append(*mine_);
        mine_->write_appended();
        EXPECT_TRUE(is_there(acked(*mine_, last, Ack::written)));
    }
}

TEST_F(WriteHere, AFullDiskIsToldToWhoeverWroteThere) {
    memory_.limit_bytes(memory_.used_bytes());
    const int64_t last = append(*mine_);
    mine_->write_appended();
    auto refused = acked(*mine_, last, Ack::written);
    ASSERT_TRUE(is_there(refused));
    EXPECT_EQ(refused.get().error().code, Code::disk_full);
}

TEST_F(WriteHere, AWriteThatFailsStopsThePartitionUntilItIsRepaired) {
    memory_.fail_writes(1);
    const int64_t last = append(*mine_);
    mine_->write_appended();
    auto refused = acked(*mine_, last, Ack::written);
    ASSERT_TRUE(is_there(refused));
    EXPECT_FALSE(refused.get());
    BatchBuilder builder;
    builder.add(1, std::nullopt, as_bytes("value"));
    for (int i = 0; i < 1000 && !mine_->append(builder.finish()); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const int64_t next = append(*mine_);
    mine_->write_appended();
    EXPECT_GT(next, last);
    auto durable = acked(*mine_, next, Ack::durable);
    ASSERT_TRUE(is_there(durable, long_enough));
    EXPECT_TRUE(durable.get());
}

TEST_F(WriteHere, WhatIsWrittenWhenTheLogClosesIsDurable) {
    std::atomic<bool> stop = false;
    int64_t last = -1;
    std::thread writer([&] {
        BatchBuilder builder;
        while (!stop) {
            builder.reset();
            builder.add(1, std::nullopt, as_bytes("value"));
            const auto done = mine_->append(builder.finish(), WriteBy::caller);
            mine_->write_appended();
            if (done) last = done->last_offset;
        }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_TRUE(log_->close());
    stop = true;
    writer.join();
    EXPECT_EQ(mine_->stable_offset(), last + 1);
}

}  // namespace
}  // namespace pinflow::log
