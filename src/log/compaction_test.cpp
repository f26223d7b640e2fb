// What compaction removes and what it keeps: docs/compaction.md.
#include "log/compaction_fixture.h"

namespace pinflow::log {
namespace {

namespace fs = std::filesystem;

TEST_F(CompactionTest, KeepsTheNewestOfEachKeyWhereItWas) {
    open();
    auto partition = create("t", 0, compacted_config());
    for (int i = 0; i < 200; ++i) put(*partition, fmt::format("key {}", i % 7), fmt::format("value {}", i));
    const auto before = read_all(*partition);
    const uint64_t size = partition->size_bytes();
    EXPECT_GE(compact(), 1u);
    const auto after = read_all(*partition);
    EXPECT_LT(after.size(), 80u);
    EXPECT_LT(partition->size_bytes(), size / 2);
    for (const Found& each : after) EXPECT_EQ(each, before.at(static_cast<size_t>(each.offset)));
    std::map<std::string, std::string> expected;
    for (const Found& each : before) expected[each.key] = *each.value;
    EXPECT_EQ(newest(*partition), expected);
    EXPECT_EQ(compact(), 0u) << "nothing new";
    const auto counts = log_->compaction_counts();
    EXPECT_EQ(counts.passes, 1u);
    EXPECT_EQ(counts.records_removed, before.size() - after.size());
    EXPECT_EQ(counts.bytes_before - counts.bytes_after, size - partition->size_bytes());
    open();
    EXPECT_EQ(read_all(*log_->find("t", 0)), after) << "after a kill";
    ASSERT_TRUE(log_->close());
    open();
    EXPECT_EQ(read_all(*log_->find("t", 0)), after) << "after a clean stop";
    EXPECT_TRUE(log_->damages().empty());
    EXPECT_EQ(compact(), 0u) << "how far it is compacted is known after a restart";
}

TEST_F(CompactionTest, ReadsInTheGapGoOnBehindIt) {
    open();
    auto partition = create("t", 0, compacted_config());
    put(*partition, "first", "stays");
    for (int i = 0; i < 100; ++i) put(*partition, "k", fmt::format("value {}", i));
    fill(*partition);
    EXPECT_EQ(compact(), 1u);
    const auto after = read_all(*partition);
    ASSERT_GT(after.size(), 2u);
    EXPECT_EQ(after[0].offset, 0);
    EXPECT_GT(after[1].offset, 20);
    for (int64_t from = 1; from <= after[1].offset; ++from) {
        const auto some = partition->read(from, 1);
        ASSERT_TRUE(some);
        EXPECT_FALSE(some->batches.empty()) << "a reader must never wait in front of a gap, at " << from;
        EXPECT_GT(some->next_offset, from);
    }
    EXPECT_EQ(partition->find_time(after[1].timestamp_ms, Isolation::uncommitted)->value().offset, 0)
        << "all have the same time";
}

TEST_F(CompactionTest, AGapAtTheEndCanBeReadOver) {
    open();
    Config config = compacted_config();
    config.segment_ms = 60'000;
    auto partition = create("t", 0, config);
    put(*partition, "k", "stays");
    append(*partition, 0, 3);  // without keys
    ASSERT_TRUE(log_->housekeeping(clock_->wall_ms() + 61'000));
    EXPECT_EQ(compact(), 1u);
    EXPECT_EQ(read_all(*partition).size(), 1u);
    const auto some = partition->read(1, 1000);
    ASSERT_TRUE(some);
    ASSERT_FALSE(some->batches.empty()) << "a client goes on only behind a batch that it got";
    EXPECT_EQ(BatchHeader::load(some->batches.data()).last_offset(), 3);
}

TEST_F(CompactionTest, TombstonesStayUntilTheirHorizon) {
    open();
    Config config = compacted_config();
    config.delete_retention_ms = 1000;
    auto partition = create("t", 0, config);
    put(*partition, "gone", "value");
    put(*partition, "gone", std::nullopt);
    const int64_t now = 1'700'000'100'000;
    const auto tombstone = read_all(*partition).at(1);
    fill(*partition);
    EXPECT_EQ(compact(now), 1u);
    EXPECT_EQ(count_of(*partition, "gone"), 1u) << "the tombstone, for readers that know the value";
    EXPECT_EQ(read_all(*partition).at(0), tombstone) << "its time is the same, though counted from the horizon";
    fill(*partition);
    EXPECT_EQ(compact(now + 999), 1u);
    EXPECT_EQ(count_of(*partition, "gone"), 1u) << "its horizon is not moved";
    fill(*partition);
    EXPECT_EQ(compact(now + 1000), 1u);
    EXPECT_EQ(count_of(*partition, "gone"), 0u);
    EXPECT_EQ(partition->read(0, 1)->next_offset > 0, true);
}

TEST_F(CompactionTest, RecordsWithoutAKeyGo) {
    open();
    auto partition = create("t", 0, compacted_config());
    append(*partition, 0, 5);
    put(*partition, "k", "v");
    fill(*partition);
    EXPECT_EQ(compact(), 1u);
    EXPECT_EQ(read_all(*partition).at(0).key, "k");
}

TEST_F(CompactionTest, WaitsForTheDirtyRatioTheLagsAndReaders) {
    open();
    Config config = compacted_config();
    config.min_cleanable_dirty_ratio = 0.6;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 100; ++i) put(*partition, fmt::format("{}", i), std::string(200, 'a'));
    EXPECT_EQ(compact(), 1u) << "all of it is dirty";
    for (int i = 0; i < 30; ++i) put(*partition, "one", std::string(200, 'b'));
    EXPECT_EQ(compact(), 0u) << "too little";
    config.max_compaction_lag_ms = 50'000;
    partition->set_config(config);
    EXPECT_EQ(compact(1'700'000'040'000), 0u);
    config.min_compaction_lag_ms = 200'000;
    partition->set_config(config);
    EXPECT_EQ(compact(1'700'000'100'000), 0u) << "younger than min.compaction.lag.ms";
    config.min_compaction_lag_ms = 0;
    partition->set_config(config);
    auto hold = partition->hold(0);
    EXPECT_EQ(compact(), 0u) << "a reader still needs it";
    hold.reset();
    EXPECT_EQ(compact(), 1u) << "overdue";
    EXPECT_LT(count_of(*partition, "one"), 20u);
}

TEST_F(CompactionTest, AQuietTopicIsCompactedToo) {
    open();
    Config config = compacted_config();
    config.segment_ms = 60'000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 10; ++i) put(*partition, "k", fmt::format("value {}", i));
    EXPECT_EQ(compact(), 0u) << "it lies in the segment being written";
    ASSERT_TRUE(log_->housekeeping(clock_->wall_ms() + 1000));
    EXPECT_EQ(compact(), 0u);
    ASSERT_TRUE(log_->housekeeping(clock_->wall_ms() + 61'000));
    EXPECT_EQ(compact(), 1u);
    EXPECT_EQ(read_all(*partition).size(), 1u);
    ASSERT_TRUE(log_->housekeeping(clock_->wall_ms() + 600'000));
    put(*partition, "k", "the last");
    EXPECT_EQ(newest(*partition).at("k"), "the last");
    open();
    EXPECT_EQ(read_all(*log_->find("t", 0)).size(), 2u);
    EXPECT_EQ(append(*log_->find("t", 0), 0, 1).base_offset, 11);
}

TEST_F(CompactionTest, MoreKeysThanFitTakeSeveralPasses) {
    options_.compaction_memory_bytes = 36 * 64;  // 48 keys
    open();
    auto partition = create("t", 0, compacted_config());
    std::map<std::string, std::string> expected;
    for (int i = 0; i < 600; ++i) {
        const std::string key = fmt::format("key {}", i % 200);
        expected[key] = fmt::format("value {}", i);
        const auto done = append_records(*partition, {{key, expected[key]}});
        ASSERT_TRUE(done);
        if (i % 50 == 49) ASSERT_TRUE(when_durable(*partition, done->last_offset));
    }
    EXPECT_GE(compact(), 5u);
    EXPECT_EQ(newest(*partition), expected);
    EXPECT_LT(read_all(*partition).size(), 300u);
}

TEST_F(CompactionTest, SmallSegmentsBecomeOne) {
    open();
    auto partition = create("t", 0, compacted_config());
    for (int i = 0; i < 300; ++i) put(*partition, "k", std::string(100, 'v'));
    for (int round = 0; round < 6; ++round) {
        fill(*partition);
        compact();
    }
    size_t segments = 0;
    for (const auto& entry : fs::directory_iterator(folder_ / "t-0")) segments += entry.path().extension() == ".log";
    EXPECT_LE(segments, 4u);
    const auto all = read_all(*partition);
    open();
    EXPECT_EQ(read_all(*log_->find("t", 0)), all);
}

TEST_F(CompactionTest, CompactAndDeleteRemovesByAgeToo) {
    open();
    Config config = compacted_config();
    config.cleanup_policy = "compact,delete";
    config.retention_ms = 1'000'000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 100; ++i) put(*partition, fmt::format("{}", i % 50), std::string(100, 'v'));
    EXPECT_EQ(compact(), 1u);
    EXPECT_EQ(newest(*partition).size(), 50u);
    ASSERT_TRUE(log_->housekeeping(1'700'000'000'000 + 2'000'000));
    EXPECT_GT(partition->start_offset(), 0);
    EXPECT_TRUE(read_all(*partition).empty());
}

TEST_F(CompactionTest, ATopicMadeAgainBeginsUncompacted) {
    open();
    auto partition = create("t", 0, compacted_config());
    for (int i = 0; i < 100; ++i) put(*partition, "k", std::string(100, 'v'));
    EXPECT_EQ(compact(), 1u);
    ASSERT_TRUE(log_->remove("t", 0));
    id_ = Uuid::random();
    partition = create("t", 0, compacted_config());
    for (int i = 0; i < 100; ++i) put(*partition, "k", std::string(100, 'v'));
    EXPECT_EQ(compact(), 1u);
    EXPECT_LT(read_all(*partition).size(), 30u);
}

}  // namespace
}  // namespace pinflow::log
