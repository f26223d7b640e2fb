// Batches that are written by whoever appends them, and syncs that wait until somebody wants them.
#include <thread>

#include "log/write_here_fixture.h"

namespace pinflow::log {
namespace {

class WriteHere : public WriteHereWorld {
  protected:
    // How many of so many appends this thread wrote: the others were left to the writer, who may be at it.
    int written_here(int appends) {
        int here = 0;
        for (int i = 0; i < appends; ++i) {
            auto written = acked(*mine_, append(*mine_), Ack::written);
            mine_->write_appended();
            EXPECT_TRUE(is_there(written, long_enough));
            here += disk_.last_thread_at("write") == std::this_thread::get_id() ? 1 : 0;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return here;
    }
};

TEST_F(WriteHere, WhoeverAppendsWrites) {
    EXPECT_GT(written_here(200), 20);
}

TEST_F(WriteHere, SeveralPartitionsAtOnce) {
    for (int i = 0; i < 100; ++i) {
        auto first = acked(*mine_, append(*mine_), Ack::written);
        auto second = acked(*other_, append(*other_), Ack::written);
        mine_->write_appended();
        ASSERT_TRUE(is_there(first, long_enough));
        ASSERT_TRUE(is_there(second, long_enough));
    }
}

TEST_F(WriteHere, ItIsDurableSoonThoughNobodyWaits) {
    const int64_t last = append(*mine_);
    mine_->write_appended();
    for (int i = 0; i < 1000 && mine_->stable_offset() <= last; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(mine_->stable_offset(), last + 1);
}

TEST_F(WriteHere, WhatNobodyWaitsForIsSyncedTogether) {
    open(std::chrono::hours(1));
    const int before = disk_.count("sync");
    written_here(100);
    EXPECT_EQ(disk_.count("sync"), before);
}

// Without a hurry they would wait for an hour.
TEST_F(WriteHere, WhoeverWaitsIsToldWhenItIsDurable) {
    open(std::chrono::hours(1));
    for (int i = 0; i < 100; ++i) {
        const int64_t last = append(*mine_);
        mine_->write_appended();
        auto durable = acked(*mine_, last, Ack::durable);
        ASSERT_TRUE(is_there(durable, long_enough));
        EXPECT_TRUE(durable.get());
        EXPECT_EQ(mine_->stable_offset(), last + 1);
        append(*mine_);
        mine_->write_appended();
        auto readable = std::make_shared<std::promise<void>>();
        mine_->on_readable(last + 1, [readable] { readable->set_value(); });
        ASSERT_EQ(readable->get_future().wait_for(long_enough), std::future_status::ready);
    }
}

// Nobody waits for a sync before the last one, which waits though it only wants to be written.
TEST_F(WriteHere, FarBehindTheDiskWrittenIsDurable) {
    open(std::chrono::hours(1), 1024);
    disk_.shut("sync", "other");
    for (int i = 0; i < 5; ++i) append(*mine_);
    const int64_t last = append(*mine_);
    auto acked_last = acked(*mine_, last, Ack::written);
    mine_->write_appended();
    ASSERT_TRUE(disk_.wait_for_somebody());
    EXPECT_FALSE(is_there(acked_last));
    disk_.open_gate();
    ASSERT_TRUE(is_there(acked_last, long_enough));
    EXPECT_EQ(mine_->stable_offset(), last + 1);
}

TEST_F(WriteHere, SettledMeansThatReadersSeeWhatWasWritten) {
    open(std::chrono::hours(1));
    for (int i = 0; i < 100; ++i) {
        const int64_t last = append(*mine_);
        mine_->write_appended();
        ASSERT_TRUE(is_there(acked(*mine_, last, Ack::written), long_enough));
        auto settled = std::make_shared<std::promise<Result<>>>();
        auto future = settled->get_future();
        mine_->when_settled([settled](Result<> outcome) { settled->set_value(std::move(outcome)); });
        ASSERT_TRUE(is_there(future, long_enough));
        EXPECT_EQ(mine_->stable_offset(), last + 1);
    }
}

TEST_F(WriteHere, WhatIsAckedButNotDurableYetIsNotOutOfRange) {
    open(std::chrono::hours(1));
    const int64_t last = append(*mine_);
    mine_->write_appended();
    ASSERT_TRUE(is_there(acked(*mine_, last, Ack::written), long_enough));
    for (const int64_t offset : {last, last + 1}) {
        const auto nothing = mine_->read(offset, 1000);
        ASSERT_TRUE(nothing) << nothing.error().message;
        EXPECT_TRUE(nothing->batches.empty());
        EXPECT_EQ(nothing->next_offset, offset);
    }
    EXPECT_EQ(mine_->read(last + 2, 1000).error().code, Code::out_of_range);
    EXPECT_EQ(mine_->end_of_epoch(mine_->leader_epoch()).end_offset, last + 1);
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

// A caller may have much to do between its append and its write.
TEST_F(WriteHere, WhoLetsTheLogWriteDoesNotWaitForACaller) {
    append(*mine_);
    EXPECT_TRUE(is_there(acked(*mine_, append(*mine_, WriteBy::log), Ack::written), long_enough));
    append(*mine_);
    EXPECT_TRUE(is_there(acked(*other_, append(*other_, WriteBy::log), Ack::written), long_enough));
    mine_->write_appended();
}

// The round that has the caller's batch writes what comes to it meanwhile; the writer does not count as woken for that.
TEST_F(WriteHere, WhatComesWhileTheRoundIsUnderWayLeavesTheWriterAwake) {
    const auto third = *log_->create("third", Uuid::random(), 0, {});
    disk_.shut("write", "third-0");
    append(*third, WriteBy::log);
    ASSERT_TRUE(disk_.wait_for_somebody());
    append(*other_, WriteBy::log);
    append(*mine_);
    disk_.shut("write", "other-0");  // of the writer's next round, which has both
    ASSERT_TRUE(disk_.wait_for_somebody());
    auto mine = acked(*mine_, append(*mine_, WriteBy::log), Ack::durable);
    disk_.open_gate();
    EXPECT_TRUE(is_there(mine, long_enough));
    EXPECT_TRUE(is_there(acked(*other_, append(*other_, WriteBy::log), Ack::durable), long_enough));
    mine_->write_appended();
}

TEST_F(WriteHere, ReservationsAreTheWritersWork) {
    Config caching;
    caching.write_caching = true;
    const auto cached = *log_->create("cached", Uuid::random(), 0, caching);
    for (int i = 0; i < 100; ++i) {
        auto written = acked(*cached, append(*cached), Ack::durable);
        cached->write_appended();
        ASSERT_TRUE(is_there(written, long_enough));
        EXPECT_NE(disk_.last_thread_at("write"), std::this_thread::get_id());
    }
}

TEST_F(WriteHere, WhenTheDiskIsSlowOnlyTheWriterWaitsForIt) {
    bool here = false;
    for (int i = 0; i < 100 && !here; ++i) {
        disk_.shut("write", "mine-0");
        std::thread disk([&] {
            EXPECT_TRUE(disk_.wait_for_somebody());
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
            disk_.open_gate();
        });
        auto written = acked(*mine_, append(*mine_), Ack::written);
        mine_->write_appended();  // takes 200 ms, and so for 10 s
        disk.join();
        EXPECT_TRUE(is_there(written, long_enough));
        here = disk_.last_thread_at("write") == std::this_thread::get_id();
    }
    ASSERT_TRUE(here);
    EXPECT_EQ(written_here(20), 0);
    clock_.ahead_ms = 10'000'000;  // long ago
    EXPECT_GT(written_here(200), 20);
}

TEST_F(WriteHere, ABusyMachineIsNoSlowDisk) {
    clock_.step_ms = 1;  // a round takes 3 ms, but nobody waited
    EXPECT_GT(written_here(200), 20);
}

TEST_F(WriteHere, AFullDiskIsToldToWhoeverWroteThere) {
    memory_.limit_bytes(memory_.used_bytes());
    const int64_t last = append(*mine_);
    mine_->write_appended();
    auto refused = acked(*mine_, last, Ack::written);
    ASSERT_TRUE(is_there(refused, long_enough));
    EXPECT_EQ(refused.get().error().code, Code::disk_full);
}

TEST_F(WriteHere, AWriteThatFailsStopsThePartitionUntilItIsRepaired) {
    memory_.fail_writes(1);
    const int64_t last = append(*mine_);
    mine_->write_appended();
    auto refused = acked(*mine_, last, Ack::written);
    ASSERT_TRUE(is_there(refused, long_enough));
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
