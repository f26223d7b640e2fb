// What one partition's files cost in time, no other partition's acks pay.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/faulty_disk.h"
#include "log/batch.h"
#include "log/gated_disk.h"
#include "log/log.h"

namespace pinflow::log {
namespace {

class Stalls : public testing::Test {
  protected:
    Stalls() {
        Options options;
        options.background = false;
        options.defaults.segment_bytes = 5000;
        log_ = *Log::open(disk_, system_clock(), "/data/log", options);
        slow_ = *log_->create("slow", Uuid::random(), 0, options.defaults);
        other_ = *log_->create("other", Uuid::random(), 0, options.defaults);
    }
    ~Stalls() override { disk_.open_gate(); }

    static Result<Appended> append(Partition& partition) {
        BatchBuilder builder;
        builder.add(1, std::nullopt, as_bytes(std::string(200, 'x')));
        return partition.append(builder.finish());
    }
    static std::future<bool> ack(Partition& partition) {
        auto promise = std::make_shared<std::promise<bool>>();
        auto future = promise->get_future();
        const auto done = append(partition);
        EXPECT_TRUE(done) << done.error().message;
        if (done)
            partition.when_acked(done->last_offset, Ack::durable,
                                 [promise](Result<> outcome) { promise->set_value(outcome.has_value()); });
        return future;
    }
    static bool in_time(std::future<bool>& future) {
        return future.wait_for(std::chrono::seconds(5)) == std::future_status::ready && future.get();
    }
    void fill() {
        for (int i = 0; i < 100; ++i) {
            auto acked = ack(*slow_);
            if (i % 20 == 19) ASSERT_TRUE(in_time(acked));
        }
    }

    FaultyDisk memory_{1};
    GatedDisk disk_{memory_};
    std::unique_ptr<Log> log_;
    std::shared_ptr<Partition> slow_;
    std::shared_ptr<Partition> other_;
};

TEST_F(Stalls, UnlinkingSegmentsHoldsUpNobody) {
    fill();
    for (const auto& [operation, part] : {std::pair("remove", "slow-0/"), std::pair("sync_directory", "slow-0")}) {
        disk_.shut(operation, part);
        std::thread remover([&] { EXPECT_TRUE(slow_->delete_before(slow_->stable_offset())); });
        EXPECT_TRUE(disk_.wait_for_somebody()) << operation;
        ASSERT_TRUE(append(*slow_));
        auto acked = ack(*other_);
        EXPECT_TRUE(in_time(acked)) << "while the removal waits at " << operation;
        disk_.open_gate();
        remover.join();
        fill();
    }
}

TEST_F(Stalls, RemovingATopicHoldsUpNobody) {
    for (const char* operation : {"rename", "remove"}) {
        auto gone = *log_->create("gone", Uuid::random(), 0, {});
        auto first = ack(*gone);
        ASSERT_TRUE(in_time(first));
        disk_.shut("write", "slow-0/");
        auto held = ack(*slow_);  // holds up the writer
        ASSERT_TRUE(disk_.wait_for_somebody());
        ASSERT_TRUE(append(*gone));  // is in the writer's next round
        disk_.shut(operation, "gone-0");
        std::thread remover([&] { EXPECT_TRUE(log_->remove("gone", 0)); });
        EXPECT_TRUE(disk_.wait_for_somebody()) << operation;
        auto acked = ack(*other_);
        EXPECT_TRUE(in_time(acked)) << "while the removal waits at " << operation;
        EXPECT_TRUE(in_time(held));
        auto made = std::async(std::launch::async, [&] {
            return log_->create(std::string("made-") + operation, Uuid::random(), 0, {}).has_value();
        });
        if (std::string_view(operation) == "remove") EXPECT_TRUE(in_time(made)) << "topics can be made meanwhile";
        disk_.open_gate();
        remover.join();
        EXPECT_TRUE(made.valid() ? made.get() : true);
    }
}

TEST_F(Stalls, WhatWasAbortedStaysSoDuringARepair) {
    BatchBuilder builder;
    builder.add(1, std::nullopt, as_bytes("x"));
    const MutableBytes batch = builder.finish();
    stamp_producer(batch, {1, 0, 0, true});
    ASSERT_TRUE(slow_->append(batch));
    ASSERT_TRUE(slow_->append_marker(1, 0, {MarkerType::abort, 0}));
    auto first = ack(*slow_);
    ASSERT_TRUE(in_time(first));
    for (const char* operation : {"read", "rename"}) {
        disk_.shut(operation, ".log.anew");
        memory_.fail_syncs(2);  // the write-ahead log's, then the segment's
        auto failed = ack(*slow_);
        EXPECT_TRUE(disk_.wait_for_somebody());
        EXPECT_FALSE(failed.get());
        EXPECT_EQ(slow_->aborted(0, 2)->size(), 1u) << "while a repair is at " << operation;
        disk_.open_gate();
        for (int i = 0; i < 1000 && !append(*slow_); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        EXPECT_EQ(slow_->aborted(0, 2)->size(), 1u);
        auto acked = ack(*slow_);
        ASSERT_TRUE(in_time(acked));
    }
}

TEST_F(Stalls, WhatAFailedSyncDroppedIsNotSkipped) {
    for (int i = 0; i < 15; ++i) {
        auto acked = ack(*slow_);
        ASSERT_TRUE(in_time(acked));  // durable in the write-ahead log alone
    }
    disk_.shut("rename", ".log.anew");
    memory_.fail_syncs(2);  // the write-ahead log's, then the segment's, of which nothing much is left
    auto failed = ack(*slow_);
    ASSERT_TRUE(disk_.wait_for_somebody());
    EXPECT_FALSE(failed.get());
    int64_t offset = 0;  // a batch each
    for (auto some = slow_->read(0, 1); offset < 15; some = slow_->read(offset, 1)) {
        if (!some) EXPECT_EQ(some.error().code, Code::io);
        if (!some) break;
        ASSERT_EQ(some->next_offset, ++offset);
    }
    EXPECT_LT(offset, 15) << "some should have been dropped";
    disk_.open_gate();
    for (int i = 0; i < 1000 && !append(*slow_); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (offset = 0; offset < 15; ++offset) EXPECT_EQ(slow_->read(offset, 1)->next_offset, offset + 1);
    EXPECT_TRUE(log_->damages().empty());
}

TEST_F(Stalls, CompactionHoldsUpNobody) {
    Config config;
    config.cleanup_policy = "compact";
    config.segment_bytes = 5000;
    slow_->set_config(config);
    using Step = std::pair<const char*, const char*>;
    for (const auto& [operation, part] :
         {Step("read", "slow-0/000"), Step("write", ".log.cleaned"), Step("sync", ".log.cleaned"),
          Step("rename", ".log.cleaned"), Step("remove", "slow-0/"), Step("rename", ".log.swap"),
          Step("sync_directory", "slow-0")}) {
        fill();
        ASSERT_TRUE(log_->checkpoint());
        disk_.shut(operation, part);
        std::thread compactor([&] { EXPECT_TRUE(log_->compact(1'700'000'000'000)); });
        EXPECT_TRUE(disk_.wait_for_somebody()) << operation << " " << part;
        auto own = ack(*slow_);
        EXPECT_TRUE(in_time(own)) << "while compaction waits at " << operation << " " << part;
        auto acked = ack(*other_);
        EXPECT_TRUE(in_time(acked)) << "while compaction waits at " << operation << " " << part;
        EXPECT_TRUE(log_->checkpoint());
        for (int64_t from = slow_->start_offset(); from < slow_->stable_offset();) {
            const auto some = slow_->read(from, 1000);
            ASSERT_TRUE(some) << operation << " " << part << ": " << some.error().message;
            ASSERT_GT(some->next_offset, from);
            from = some->next_offset;
        }
        disk_.open_gate();
        compactor.join();
    }
}

TEST_F(Stalls, ARepairHoldsUpNobody) {
    fill();
    disk_.shut("rename", "slow-0/");
    memory_.fail_syncs(2);  // the write-ahead log's, then the segment's
    auto failed = ack(*slow_);
    EXPECT_TRUE(disk_.wait_for_somebody());
    EXPECT_FALSE(failed.get());
    for (int i = 0; i < 3; ++i) {
        auto acked = ack(*other_);
        EXPECT_TRUE(in_time(acked)) << "while a repair is under way";
        EXPECT_FALSE(log_->checkpoint()) << "the write-ahead log is kept";
    }
    EXPECT_EQ(append(*slow_).error().code, Code::unavailable);
    disk_.open_gate();
    for (int i = 0; i < 1000 && !append(*slow_); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    auto acked = ack(*slow_);
    EXPECT_TRUE(in_time(acked));
    EXPECT_EQ(slow_->leader_epoch(), 1);
}

}  // namespace
}  // namespace pinflow::log
