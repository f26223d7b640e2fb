#include <fstream>
#include <thread>

#include "log/log_fixture.h"

namespace pinflow::log {
namespace {

namespace fs = std::filesystem;

TEST_F(LogTest, GivesBackWhatWasAppended) {
    open();
    auto partition = create("t");
    EXPECT_EQ(append(*partition, 0, 3).base_offset, 0);
    EXPECT_EQ(append(*partition, 3, 2).base_offset, 3);
    EXPECT_EQ(partition->end_offset(), 5);
    expect_values(*partition, 0, 5);
    expect_values(*partition, 4, 5);
    EXPECT_EQ(partition->read(6, 100).error().code, Code::out_of_range);
    EXPECT_TRUE(partition->read(5, 100)->batches.empty());
}

TEST_F(LogTest, RollsAndFindsOffsetsAndTimes) {
    open();
    Config config;
    config.segment_bytes = 20'000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 200; ++i) append(*partition, i * 5, 5, i == 199);
    EXPECT_GT(std::distance(fs::directory_iterator(folder_ / "t-0"), {}), 10);
    expect_values(*partition, 0, 1000);
    for (const int64_t offset : {0, 1, 499, 500, 777, 999}) {
        expect_values(*partition, offset, 1000);
        EXPECT_EQ(*partition->offset_at_time(1000 + offset), offset);
    }
    EXPECT_EQ(*partition->offset_at_time(5000), 1000);
}

TEST_F(LogTest, OpensAgainAfterACleanCloseAndWithoutOne) {
    open();
    Config config;
    config.segment_bytes = 20'000;
    auto partition = create("odd.Name_with-dash-1", 3, config);
    for (int i = 0; i < 100; ++i) append(*partition, i * 5, 5, i == 99);
    ASSERT_TRUE(log_->close());
    EXPECT_FALSE(partition->append(MutableBytes()));
    open();
    partition = log_->find("odd.Name_with-dash-1", 3);
    ASSERT_TRUE(partition);
    EXPECT_EQ(partition->leader_epoch(), 0);
    expect_values(*partition, 0, 500);
    EXPECT_EQ(*partition->offset_at_time(1333), 333);
    append(*partition, 500, 5);
    open();  // not closed: everything is scanned
    partition = log_->find("odd.Name_with-dash-1", 3);
    ASSERT_TRUE(partition);
    EXPECT_EQ(partition->leader_epoch(), 1);
    expect_values(*partition, 0, 505);
    EXPECT_EQ(append(*partition, 505, 1).base_offset, 505);
    expect_values(*partition, 0, 506);
    EXPECT_TRUE(log_->damages().empty());
}

TEST_F(LogTest, WakesReadersAndAcksWhenWritten) {
    open();
    Config config;
    config.write_caching = true;
    auto partition = create("t", 0, config);
    std::promise<void> woken;
    EXPECT_NE(partition->on_readable(0, [&] { woken.set_value(); }), 0u);
    const uint64_t cancelled = partition->on_readable(0, [] { FAIL(); });
    partition->cancel_wake(cancelled);
    append(*partition, 0, 1);
    woken.get_future().get();
    bool at_once = false;
    EXPECT_EQ(partition->on_readable(0, [&] { at_once = true; }), 0u);
    EXPECT_TRUE(at_once);
}

TEST_F(LogTest, ManyThreadsAppendAtOnce) {
    open();
    std::vector<std::shared_ptr<Partition>> all;
    for (int i = 0; i < 3; ++i) all.push_back(create("t", i));
    std::vector<std::thread> threads;
    std::atomic<int> acks = 0;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 300; ++i) {
                auto& partition = *all[static_cast<size_t>(i + thread) % 3];
                BatchBuilder builder;
                builder.add(i, std::nullopt, as_bytes("v"));
                const auto done = partition.append(builder.finish());
                partition.when_acked(done->last_offset, Ack::durable,
                                     [&](Result<> outcome) { acks += outcome ? 1 : 0; });
                if (i % 50 == 0) ASSERT_TRUE(log_->checkpoint());
            }
        });
    }
    for (auto& each : threads) each.join();
    ASSERT_TRUE(log_->close());
    EXPECT_EQ(acks, 1200);
    size_t total = 0;
    for (auto& each : all) total += values(*each, 0).size();
    EXPECT_EQ(total, 1200u);
}

TEST_F(LogTest, FindsTheNewestRecordWhereverItLies) {
    open();
    Config config;
    config.segment_bytes = 20'000;
    auto partition = create("t", 0, config);
    EXPECT_FALSE(*partition->find_newest_time(Isolation::uncommitted));
    const auto at = [](int i) { return int64_t{2000} - std::abs(i - 730); };  // rises, then falls
    for (int i = 0; i < 1000; i += 5) {
        BatchBuilder builder;
        for (int each = i; each < i + 5; ++each) builder.add(at(each), std::nullopt, as_bytes(value_of(each)));
        EXPECT_TRUE(acked(*partition, partition->append(builder.finish())->last_offset));
        if (i == 600) ASSERT_TRUE(log_->checkpoint());
        const auto newest = *partition->find_newest_time(Isolation::uncommitted);
        ASSERT_TRUE(newest);
        ASSERT_EQ(newest->offset, std::min(i + 4, 730)) << i;
        ASSERT_EQ(newest->timestamp_ms, at(std::min(i + 4, 730)));
    }
    for (const int64_t start : {500, 728, 732, 731, 995, 999}) {
        ASSERT_TRUE(partition->delete_before(start));
        const auto newest = *partition->find_newest_time(Isolation::uncommitted);
        ASSERT_TRUE(newest);
        EXPECT_EQ(newest->offset, std::max<int64_t>(partition->start_offset(), 730));
        EXPECT_EQ(partition->find_time(0, Isolation::uncommitted)->value().offset, partition->start_offset());
    }
    ASSERT_TRUE(log_->close());
    open();
    EXPECT_EQ(log_->find("t", 0)->find_newest_time(Isolation::committed)->value().offset, 999);
    EXPECT_FALSE(*log_->find("t", 0)->find_time(3000, Isolation::committed));
}

TEST_F(LogTest, ATimeLeadsToItsFirstRecordAlsoInsideABatch) {
    open();
    auto partition = create("t");
    for (int i = 0; i < 50; ++i) {
        BatchBuilder builder;
        for (int each = 0; each < 100; ++each)
            builder.add(1000 + i * 10 + std::min(each, 7), std::nullopt, as_bytes(value_of(each)));
        EXPECT_TRUE(acked(*partition, partition->append(builder.finish())->last_offset));
    }
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(*partition->offset_at_time(1000 + i * 10 + 7), i * 100 + 7) << "the batch's newest, not its last";
        EXPECT_EQ(*partition->offset_at_time(1000 + i * 10 + 3), i * 100 + 3);
    }
}

class SteppingClock final : public Clock {
  public:
    int64_t wall_ms() const override { return wall; }
    int64_t steady_ms() const override { return system_clock().steady_ms(); }
    std::atomic<int64_t> wall = 1'000'000;
};

TEST_F(LogTest, AClockThatStepsBackwardsLosesNothing) {
    SteppingClock clock;
    clock_ = &clock;
    open();
    Config config;
    config.append_time = true;
    config.segment_ms = 60'000;
    config.retention_ms = 3'600'000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 20; ++i) {
        append(*partition, i, 1);
        clock.wall -= 30'000;
        ASSERT_TRUE(log_->housekeeping(clock.wall));
    }
    expect_values(*partition, 0, 20);
    EXPECT_EQ(*partition->offset_at_time(1'000'000), 0);
    EXPECT_EQ(*partition->offset_at_time(0), 0);
    EXPECT_EQ(*partition->offset_at_time(1'000'001), 20);
    clock.wall = 1'000'000;
    append(*partition, 20, 1);
    open();
    expect_values(*log_->find("t", 0), 0, 21);
    log_.reset();
}

TEST_F(LogTest, RefusesWhatIsNoBatchOrTooLarge) {
    open();
    Config config;
    config.max_message_bytes = 1000;
    auto partition = create("t", 0, config);
    std::vector<std::byte> junk(100);
    EXPECT_EQ(partition->append(junk).error().code, Code::invalid);
    BatchBuilder builder;
    builder.add(1, std::nullopt, as_bytes(std::string(2000, 'x')));
    EXPECT_EQ(partition->append(builder.finish()).error().code, Code::too_large);
}

// kill -9 while a partition is being created, at each of its steps.
TEST_F(LogTest, AFolderThatNeverBecameAPartitionGoesAtTheNextStart) {
    open();
    create("t", 0);
    log_.reset();
    fs::create_directory(folder_ / "t-1");
    fs::create_directory(folder_ / "t-2");
    std::ofstream(folder_ / "t-2" / "partition.metadata.tmp") << "version";
    fs::create_directory(folder_ / "t-3");
    std::ofstream(folder_ / "t-3" / "00000000000000000000.log") << "what somebody else may want";
    open();
    EXPECT_TRUE(log_->find("t", 0));
    EXPECT_FALSE(fs::exists(folder_ / "t-1"));
    EXPECT_FALSE(fs::exists(folder_ / "t-2"));
    EXPECT_TRUE(fs::exists(folder_ / "t-3")) << "it may have held records";
    EXPECT_FALSE(log_->find("t", 3));
}

}  // namespace
}  // namespace pinflow::log
