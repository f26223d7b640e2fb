// What a start makes of the files it finds.
#include <fstream>

#include "log/log_fixture.h"

namespace pinflow::log {
namespace {

namespace fs = std::filesystem;

size_t open_files() {
    return static_cast<size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
}

size_t resident_bytes() {
    std::ifstream status("/proc/self/statm");
    size_t total = 0;
    size_t resident = 0;
    status >> total >> resident;
    return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_F(LogTest, CutsATornTail) {
    open();
    auto partition = create("t");
    append(*partition, 0, 10);
    append(*partition, 10, 10);
    partition.reset();
    log_.reset();
    fs::remove_all(folder_ / "wal");
    const fs::path file = folder_ / "t-0" / "00000000000000000000.log";
    fs::resize_file(file, fs::file_size(file) - 7);
    open();
    partition = log_->find("t", 0);
    EXPECT_EQ(partition->end_offset(), 10);
    expect_values(*partition, 0, 10);
    append(*partition, 10, 3);
    expect_values(*partition, 0, 13);
}

TEST_F(LogTest, ReportsADamagedMiddleAndServesTheRest) {
    open();
    auto partition = create("t");
    for (int i = 0; i < 10; ++i) append(*partition, i * 10, 10);
    ASSERT_TRUE(log_->close());
    partition.reset();
    const fs::path path = folder_ / "t-0" / "00000000000000000000.log";
    const uint64_t batch = fs::file_size(path) / 10;
    {
        auto file = *posix_disk().open(path, Disk::Mode::write);
        const Bytes bad = as_bytes("damage");
        ASSERT_TRUE(file->write_at(std::span(&bad, 1), batch * 4 + 200));
    }
    open();
    partition = log_->find("t", 0);
    const auto found = values(*partition, 0);
    EXPECT_EQ(found.size(), 90u);
    ASSERT_EQ(log_->damages().size(), 1u);
    EXPECT_EQ(log_->damages()[0].offset, 40);
    EXPECT_EQ(log_->damages()[0].topic, "t");
}

TEST_F(LogTest, CommitsManyPartitionsThroughTheWriteAheadLogAndReplaysIt) {
    open();
    constexpr int count = 20;
    std::vector<std::shared_ptr<Partition>> all;
    for (int i = 0; i < count; ++i) all.push_back(create("t", i));
    for (int round = 0; round < 30; ++round) {
        for (auto& each : all) append(*each, round, 1, false);
        for (auto& each : all) ASSERT_TRUE(acked(*each, round));
        if (round % 10 == 9) ASSERT_TRUE(log_->checkpoint());
    }
    for (int i = 0; i < 5; ++i) append(*all[0], 30 + i, 1);
    all.clear();
    log_.reset();
    // What a power loss may do to segments that were only synced through the write-ahead log: nothing of the last part
    // is there. The first checkpoint is at 10, so everything from offset 20 on still has its entries.
    open();
    for (int i = 0; i < count; ++i) expect_values(*log_->find("t", i), 0, i == 0 ? 35 : 30);
}

// Names of the files in a partition's folder that end like this.
std::vector<fs::path> files_with(const fs::path& folder, std::string_view ending) {
    std::vector<fs::path> found;
    for (const auto& each : fs::directory_iterator(folder))
        if (each.path().native().ends_with(ending)) found.push_back(each.path());
    return found;
}

TEST_F(LogTest, SoundBatchesBehindADamagedOneSurviveAnUncleanStop) {
    options_.wal_entry_limit = 0;  // nothing in the write-ahead log
    open();
    auto partition = create("t");
    for (int i = 0; i < 10; ++i) append(*partition, 1000 + i * 10, 10);
    partition.reset();
    log_.reset();  // no checkpoint, no clean shutdown
    const fs::path path = folder_ / "t-0" / "00000000000000000000.log";
    const uint64_t batch = fs::file_size(path) / 10;
    write_into(path, batch * 4 + 200, "damage");
    open();
    partition = log_->find("t", 0);
    EXPECT_EQ(partition->end_offset(), 100);
    EXPECT_EQ(values(*partition, 0).size(), 90u);
    EXPECT_EQ(values(*partition, 50).size(), 50u);
    EXPECT_EQ(*partition->offset_at_time(2055), 55);
    ASSERT_EQ(log_->damages().size(), 1u);
    EXPECT_EQ(log_->damages()[0].offset, 40);
    EXPECT_EQ(log_->damages()[0].position, batch * 4);
    EXPECT_FALSE(log_->damages()[0].sure);
    const auto kept = files_with(folder_ / "t-0", ".cut");
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(fs::file_size(kept[0]), batch);
    EXPECT_NE(log_->damages()[0].message.find(kept[0].native()), std::string::npos);
    append(*partition, 100, 1);
    ASSERT_TRUE(log_->close());
    open();
    EXPECT_EQ(values(*log_->find("t", 0), 0).size(), 91u);
    ASSERT_TRUE(log_->find("t", 0)->delete_before(101));
    EXPECT_TRUE(files_with(folder_ / "t-0", ".cut").empty()) << "goes with its segment";
}

TEST_F(LogTest, DamageBelowTheRecoveryPointIsSure) {
    open();
    auto partition = create("t");
    for (int i = 0; i < 10; ++i) append(*partition, i * 10, 10);
    ASSERT_TRUE(log_->checkpoint());
    partition.reset();
    log_.reset();
    const fs::path path = folder_ / "t-0" / "00000000000000000000.log";
    const uint64_t size = fs::file_size(path);
    write_into(path, size - 20, "damage");  // the last batch: without the recovery point it would be a torn tail
    open();
    partition = log_->find("t", 0);
    EXPECT_EQ(partition->end_offset(), 100) << "offsets that were acked are not given out again";
    EXPECT_EQ(append(*partition, 100, 1).base_offset, 100);
    EXPECT_EQ(values(*partition, 0).size(), 91u);
    ASSERT_GE(log_->damages().size(), 1u);
    EXPECT_TRUE(log_->damages()[0].sure);
    EXPECT_EQ(log_->damages()[0].offset, 90);
}

TEST_F(LogTest, RecordsThatWereDurableAndAreGoneAreReported) {
    open();
    auto partition = create("t");
    for (int i = 0; i < 10; ++i) append(*partition, i * 10, 10);
    ASSERT_TRUE(log_->checkpoint());
    partition.reset();
    log_.reset();
    const fs::path path = folder_ / "t-0" / "00000000000000000000.log";
    fs::resize_file(path, fs::file_size(path) / 2);
    open();
    ASSERT_GE(log_->damages().size(), 1u);
    for (const Damage& each : log_->damages()) EXPECT_TRUE(each.sure);
    partition = log_->find("t", 0);
    EXPECT_EQ(append(*partition, 100, 1).base_offset, 100);
    EXPECT_EQ(values(*partition, 0).size() % 10, 1u);
}

TEST_F(LogTest, AScanBeginsAtTheRecoveryPointWithTheIndexOfBefore) {
    open();
    auto partition = create("t");
    for (int i = 0; i < 100; ++i) append(*partition, i * 5, 5, i == 99);
    ASSERT_TRUE(log_->checkpoint());
    for (int i = 100; i < 200; ++i) append(*partition, i * 5, 5, i == 199);
    partition.reset();
    log_.reset();
    write_into(folder_ / "t-0" / "00000000000000000000.log", 100, "damage");
    open();
    partition = log_->find("t", 0);
    EXPECT_TRUE(log_->damages().empty()) << "what is below the recovery point is not read";
    EXPECT_EQ(*partition->offset_at_time(1333), 333);
    EXPECT_EQ(*partition->offset_at_time(1933), 933);
    expect_values(*partition, 450, 1000);
    EXPECT_TRUE(log_->damages().empty()) << "the index led past the damage";
    EXPECT_EQ(values(*partition, 0).size(), 995u);
    EXPECT_EQ(append(*partition, 1000, 1).base_offset, 1000);
    ASSERT_TRUE(log_->close());
    open();
    expect_values(*log_->find("t", 0), 450, 1001);
}

TEST_F(LogTest, DoesNotReadSegmentsBelowTheRecoveryPointAtAStart) {
    open();
    Config config;
    config.segment_bytes = 10'000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 100; ++i) append(*partition, i * 5, 5, i == 99);
    ASSERT_TRUE(log_->checkpoint());
    append(*partition, 500, 1);
    partition.reset();
    log_.reset();
    const fs::path first = folder_ / "t-0" / "00000000000000000000.log";
    write_into(first, 100, "damage");
    open();
    partition = log_->find("t", 0);
    EXPECT_TRUE(log_->damages().empty()) << "not read yet";
    EXPECT_EQ(partition->end_offset(), 501);
    EXPECT_EQ(*partition->offset_at_time(1333), 333) << "by the indexes as they lie there";
    EXPECT_EQ(values(*partition, 0).size(), 496u);
    EXPECT_EQ(log_->damages().size(), 1u);
}

TEST_F(LogTest, ATornIndexHidesNothing) {
    open();
    Config config;
    config.segment_bytes = 50'000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 300; ++i) append(*partition, i * 5, 5, i == 299);
    ASSERT_TRUE(log_->close());
    partition.reset();
    const auto indexes = files_with(folder_ / "t-0", "0.index");
    ASSERT_FALSE(indexes.empty());
    for (const fs::path& each : indexes) {
        ASSERT_GE(fs::file_size(each), 40u);
        write_into(each, 0, std::string(8, '\0'));
        write_into(each, 12, std::string("\0\0\1\7", 4));  // into the middle of a batch
    }
    open();
    partition = log_->find("t", 0);
    for (int64_t from = 0; from < 1500; from += 7)
        ASSERT_EQ(values(*partition, from).size(), static_cast<size_t>(1500 - from)) << from;
    EXPECT_TRUE(log_->damages().empty());
}

TEST_F(LogTest, FilesThatChangedSinceTheCleanShutdownAreScanned) {
    open();
    auto partition = create("t");
    for (int i = 0; i < 10; ++i) append(*partition, i * 10, 10);
    auto other = create("other");
    append(*other, 0, 10);
    ASSERT_TRUE(log_->close());
    partition.reset();
    other.reset();
    const fs::path path = folder_ / "t-0" / "00000000000000000000.log";
    fs::resize_file(path, fs::file_size(path) - 9);
    open();
    expect_values(*log_->find("t", 0), 0, 90);
    expect_values(*log_->find("other", 0), 0, 10);
}

TEST_F(LogTest, AThousandPartitionsNeedFewFilesAndLittleMemory) {
    constexpr int count = 1000;
    if (fs::exists("/dev/shm")) folder_ = fs::path("/dev/shm") / folder_.filename();  // thousands of syncs
    open();
    const size_t files_before = open_files();
    for (int i = 0; i < count; ++i) create("t", i);
    EXPECT_LT(open_files(), files_before + 20) << "a partition that was never written to keeps no file open";
    for (int i = 0; i < count; ++i) append(*log_->find("t", i), 0, 1, false);
    for (int i = 0; i < count; ++i) ASSERT_TRUE(acked(*log_->find("t", i), 0));
    ASSERT_TRUE(log_->checkpoint());
    ASSERT_TRUE(log_->checkpoint());
    ASSERT_TRUE(log_->checkpoint());
    EXPECT_LT(open_files(), files_before + 20) << "idle partitions give their files back";
    ASSERT_TRUE(log_->close());
    log_.reset();
    const size_t memory_before = resident_bytes();
    open();
    EXPECT_LT(open_files(), files_before + 20);
    EXPECT_LT(resident_bytes(), memory_before + count * (64 << 10));
    for (int i = 0; i < count; i += 100) expect_values(*log_->find("t", i), 0, 1);
}

TEST_F(LogTest, ReadersShareABoundedNumberOfFiles) {
    options_.max_open_files = 16;
    open();
    Config config;
    config.segment_bytes = 10'000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 400; ++i) append(*partition, i * 5, 5, i == 399);
    ASSERT_TRUE(log_->checkpoint());
    const size_t before = open_files();
    expect_values(*partition, 0, 2000);
    EXPECT_LE(open_files(), before + 16);
}

TEST_F(LogTest, UnderWriteCachingOffsetsThatMayHaveBeenSeenAreNotGivenOutAgain) {
    open();
    Config config;
    config.write_caching = true;
    config.flush_ms = 1'000'000;
    auto partition = create("t", 0, config);
    append(*partition, 0, 10);
    partition.reset();
    log_.reset();
    // As a power loss would leave it: nothing of what readers saw.
    fs::resize_file(folder_ / "t-0" / "00000000000000000000.log", 0);
    open();
    partition = log_->find("t", 0);
    const int64_t next = append(*partition, 0, 1).base_offset;
    EXPECT_GE(next, 10);
    EXPECT_LE(next, 100'010);
    EXPECT_EQ(partition->end_offset(), next + 1);
    open();
    EXPECT_EQ(log_->find("t", 0)->end_offset() > next, true);
    EXPECT_EQ(values(*log_->find("t", 0), 0).size(), 1u);
    EXPECT_TRUE(log_->damages().empty());
}

}  // namespace
}  // namespace pinflow::log
