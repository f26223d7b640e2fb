#include "log/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <random>
#include <thread>

#include "log/batch.h"

namespace pinflow::log {
namespace {

namespace fs = std::filesystem;

class LogTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / fmt::format("pinflow-log-{}-{}", ::getpid(), Uuid::random().text());
        options_.background = false;
        options_.wal_file_bytes = 1 << 20;
        options_.checkpoint_ms = INT32_MAX;
    }
    void TearDown() override {
        log_.reset();
        fs::remove_all(folder_);
    }
    void open() {
        log_.reset();
        auto opened = Log::open(posix_disk(), system_clock(), folder_, options_);
        ASSERT_TRUE(opened) << opened.error().message;
        log_ = std::move(*opened);
    }
    std::shared_ptr<Partition> create(const std::string& topic, int32_t index = 0, Config config = {}) {
        auto made = log_->create(topic, id_, index, config);
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    static std::string value_of(int64_t number) { return fmt::format("record {} {}", number, std::string(100, 'x')); }
    static Appended append(Partition& partition, int64_t first, int count, bool wait = true, int64_t time = 1000) {
        BatchBuilder builder;
        for (int64_t i = first; i < first + count; ++i) builder.add(time + i, std::nullopt, as_bytes(value_of(i)));
        auto done = partition.append(builder.finish());
        EXPECT_TRUE(done) << done.error().message;
        if (wait) EXPECT_TRUE(acked(partition, done->last_offset));
        return *done;
    }
    static Result<> acked(Partition& partition, int64_t last, Ack ack = Ack::durable) {
        std::promise<Result<>> promise;
        partition.when_acked(last, ack, [&](Result<> outcome) { promise.set_value(std::move(outcome)); });
        return promise.get_future().get();
    }
    static std::vector<std::string> values(Partition& partition, int64_t from) {
        std::vector<std::string> found;
        while (from < partition.stable_offset()) {
            auto some = partition.read(from, 4096);
            EXPECT_TRUE(some) << some.error().message;
            RecordReader reader(some->batches);
            Record record;
            while (true) {
                auto more = reader.next(record);
                EXPECT_TRUE(more);
                if (!*more) break;
                if (record.offset >= from) found.emplace_back(as_text(*record.value));
            }
            EXPECT_GT(some->next_offset, from);
            if (some->next_offset <= from) break;
            from = some->next_offset;
        }
        return found;
    }
    static void expect_values(Partition& partition, int64_t from, int64_t to) {
        const auto found = values(partition, from);
        ASSERT_EQ(found.size(), static_cast<size_t>(to - from));
        for (int64_t i = from; i < to; ++i) EXPECT_EQ(found[static_cast<size_t>(i - from)], value_of(i));
    }

    fs::path folder_;
    Options options_;
    Uuid id_ = Uuid::random();
    std::unique_ptr<Log> log_;
};

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

}  // namespace
}  // namespace pinflow::log
