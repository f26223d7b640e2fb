// What leaves the log, and when: retention, deletion of records, of partitions.
#include "log/log_fixture.h"

namespace pinflow::log {
namespace {

namespace fs = std::filesystem;

TEST_F(LogTest, RetentionWaitsForReadersThenRemoves) {
    open();
    Config config;
    config.segment_bytes = 10'000;
    config.retention_bytes = 20'000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 100; ++i) append(*partition, i * 5, 5, i == 99);
    auto hold = partition->hold(0);
    ASSERT_TRUE(log_->housekeeping(2000));
    EXPECT_EQ(partition->start_offset(), 0);
    hold->advance(200);
    ASSERT_TRUE(log_->housekeeping(2000));
    EXPECT_GT(partition->start_offset(), 0);
    EXPECT_LE(partition->start_offset(), 200);
    hold.reset();
    ASSERT_TRUE(log_->housekeeping(2000));
    EXPECT_LT(partition->size_bytes(), 40'000u);
    expect_values(*partition, partition->start_offset(), 500);
    const int64_t start = partition->start_offset();
    open();
    EXPECT_EQ(log_->find("t", 0)->start_offset(), start);
}

TEST_F(LogTest, DeletesRecordsAndGoesOn) {
    open();
    auto partition = create("t");
    append(*partition, 0, 10);
    ASSERT_TRUE(partition->delete_before(10));
    EXPECT_EQ(partition->start_offset(), 10);
    EXPECT_EQ(partition->read(3, 100).error().code, Code::out_of_range);
    EXPECT_EQ(partition->size_bytes(), 0u);
    open();
    partition = log_->find("t", 0);
    EXPECT_EQ(partition->start_offset(), 10);
    EXPECT_EQ(partition->end_offset(), 10);
    EXPECT_EQ(append(*partition, 10, 1).base_offset, 10);
    expect_values(*partition, 10, 11);
}

TEST_F(LogTest, RemovesAndCreatesAgain) {
    open();
    auto partition = create("t");
    append(*partition, 0, 10);
    ASSERT_TRUE(log_->remove("t", 0));
    EXPECT_FALSE(fs::exists(folder_ / "t-0"));
    BatchBuilder builder;
    builder.add(1, std::nullopt, as_bytes("x"));
    EXPECT_EQ(partition->append(builder.finish()).error().code, Code::not_found);
    id_ = Uuid::random();
    partition = create("t");
    EXPECT_EQ(append(*partition, 0, 1).base_offset, 0);
    open();
    expect_values(*log_->find("t", 0), 0, 1);
}

TEST_F(LogTest, AReaderHoldsRecordsUpToTheHardBoundOnly) {
    options_.held_bytes_limit = 30'000;
    open();
    Config config;
    config.segment_bytes = 10'000;
    config.retention_bytes = 10'000;
    auto partition = create("t", 0, config);
    const auto hold = partition->hold(0);
    for (int i = 0; i < 25; ++i) append(*partition, i * 5, 5, i == 24);
    ASSERT_LT(partition->size_bytes(), options_.held_bytes_limit);
    ASSERT_TRUE(log_->housekeeping(2000));
    EXPECT_EQ(partition->start_offset(), 0) << "held, and under the bound";
    for (int i = 25; i < 200; ++i) append(*partition, i * 5, 5, i == 199);
    ASSERT_TRUE(log_->housekeeping(2000));
    EXPECT_GT(partition->start_offset(), 0);
    EXPECT_GE(partition->size_bytes(), 30'000u) << "only what is over the bound goes";
    EXPECT_LT(partition->size_bytes(), 45'000u);
    expect_values(*partition, partition->start_offset(), 1000);
}

TEST_F(LogTest, AHoldDoesNotKeepWhatNoRetentionWouldRemove) {
    options_.held_bytes_limit = 1000;
    open();
    Config config;
    config.segment_bytes = 10'000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 50; ++i) append(*partition, i * 5, 5, i == 49);
    ASSERT_TRUE(log_->housekeeping(2000));
    EXPECT_EQ(partition->start_offset(), 0) << "the bound is for holds: retention.bytes is not set";
}

TEST_F(LogTest, ATopicMadeAgainBeginsAtZeroAlsoAfterAnUncleanStop) {
    open();
    Config config;
    config.write_caching = true;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 10; ++i) append(*partition, i, 1);
    ASSERT_TRUE(log_->checkpoint());
    ASSERT_TRUE(partition->delete_before(5));
    const std::vector<const char*> small_files = {"recovery-point-offset-checkpoint", "log-start-offset-checkpoint",
                                                  "offset-reservation-checkpoint"};
    // A stop between the folder's end and the small files' leaves them as they were.
    for (const char* name : small_files) fs::copy_file(folder_ / name, folder_ / (std::string(name) + ".kept"));
    ASSERT_TRUE(log_->remove("t", 0));
    partition.reset();
    log_.reset();
    for (const char* name : small_files) fs::rename(folder_ / (std::string(name) + ".kept"), folder_ / name);
    open();
    id_ = Uuid::random();
    partition = create("t", 0, {});
    EXPECT_EQ(append(*partition, 0, 1).base_offset, 0);
    open();
    EXPECT_EQ(log_->find("t", 0)->start_offset(), 0);
    expect_values(*log_->find("t", 0), 0, 1);
    EXPECT_TRUE(log_->damages().empty());
}

}  // namespace
}  // namespace pinflow::log
