// A model beside the log: random keys, tombstones, transactions, passes with little memory, stops of every kind. What a
// reader from the start sees is the model's newest values, each where it was written. PINFLOW_POWER_SEED and
// PINFLOW_POWER_LOSSES say where the seeds begin and how many there are (power_loss_test.cpp).
#include <random>
#include <thread>

#include "base/faulty_disk.h"
#include "log/compaction_fixture.h"
#include "log/power_loss.h"

namespace pinflow::log {
namespace {

class Model {
  public:
    explicit Model(uint64_t seed) : disk_(seed), random_(seed) {}

    void run(const std::string& what) {
        for (int life = 0; life < 4 && !testing::Test::HasFatalFailure(); ++life) {
            open();
            check(what + fmt::format(", life {}", life));
            for (auto steps = 60 + random_() % 60; steps > 0 && !testing::Test::HasFatalFailure(); --steps) step();
            check(what + fmt::format(", end of life {}", life));
            stop();
        }
        open();
        check(what + ", at last");
    }
    uint64_t removed() const { return removed_; }

  private:
    void open() {
        Options options = test_options();
        options.compaction_memory_bytes = random_() % 2 ? 36 * 16 : 1 << 20;  // 12 keys, or all
        options.compaction_retry_ms = 1;
        auto opened = Log::open(disk_, system_clock(), "/data/log", options);
        ASSERT_TRUE(opened) << opened.error().message;
        log_ = std::move(*opened);
        Config config = compacted_config();
        config.delete_retention_ms = 5000;
        config.max_compaction_lag_ms = 1;  // always due
        partition_ = *log_->create("t", id_, 0, config);
        // The coordinator ends what its producers left open.
        while (!open_.empty()) end(open_.begin()->first, MarkerType::abort);
    }
    // After everything was acked; a pass may be under way.
    void stop() {
        const uint64_t how = random_() % 3;
        std::thread compactor;
        if (how > 0) compactor = std::thread([&] { (void)log_->compact(now_); });
        if (how == 0) ASSERT_TRUE(log_->close());
        if (how == 2) {
            std::this_thread::sleep_for(std::chrono::microseconds(random_() % 5000));
            disk_.power_loss();
        }
        if (compactor.joinable()) compactor.join();
        removed_ += log_->compaction_counts().records_removed;
        partition_.reset();
        log_.reset();
        disk_.restart();
    }
    void step() {
        now_ += static_cast<int64_t>(random_() % 1000);
        const uint64_t choice = random_() % 100;
        if (choice < 60) return write({});
        if (choice < 80) return write(static_cast<int64_t>(random_() % 3));
        if (choice < 90) {
            if (open_.empty()) return;
            return end(open_.begin()->first, random_() % 2 ? MarkerType::commit : MarkerType::abort);
        }
        if (choice < 97) ASSERT_TRUE(log_->checkpoint());
        const auto passes = log_->compact(now_);
        ASSERT_TRUE(passes) << passes.error().message;
    }
    void write(std::optional<int64_t> producer) {
        std::vector<KeyValue> records;
        for (auto count = 1 + random_() % 4; count > 0; --count) {
            KeyValue one{fmt::format("key {}", random_() % 25), std::nullopt};
            if (random_() % 5) one.value = fmt::format("{} {}", number_++, std::string(random_() % 300, 'v'));
            records.push_back(std::move(one));
        }
        std::optional<ProducerStamp> stamp;
        if (producer) stamp = ProducerStamp{*producer, 0, sequences_[*producer], true};
        const auto done = append_records(*partition_, records, stamp, now_);
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_TRUE(when_durable(*partition_, done->last_offset));
        if (producer) sequences_[*producer] += static_cast<int32_t>(records.size());
        for (size_t i = 0; i < records.size(); ++i) {
            const int64_t offset = done->base_offset + static_cast<int64_t>(i);
            const Found found{offset, now_ + static_cast<int64_t>(i), records[i].key, records[i].value};
            (producer ? open_[*producer] : committed_)[offset] = found;
        }
    }
    void end(int64_t producer, MarkerType type) {
        const auto done = partition_->append_marker(producer, 0, {type, 1});
        ASSERT_TRUE(done && when_durable(*partition_, done->last_offset));
        if (type == MarkerType::commit) committed_.insert(open_[producer].begin(), open_[producer].end());
        open_.erase(producer);
    }
    static std::map<std::string, std::string> newest(const auto& records) {
        std::map<std::string, std::string> newest;
        for (const Found& each : records) {
            newest.erase(each.key);
            if (each.value) newest[each.key] = *each.value;
        }
        return newest;
    }
    void check(const std::string& what) {
        while (!open_.empty()) end(open_.begin()->first, MarkerType::commit);  // so that all can be read
        const auto found = read_all(*partition_);
        std::vector<Found> expected;
        for (const auto& [offset, each] : committed_) expected.push_back(each);
        for (const Found& each : found) {
            const auto known = committed_.find(each.offset);
            ASSERT_TRUE(known != committed_.end()) << what << ": nobody wrote offset " << each.offset;
            ASSERT_EQ(each, known->second) << what << " at " << each.offset;
        }
        ASSERT_EQ(newest(found), newest(expected)) << what;
        ASSERT_TRUE(log_->damages().empty()) << what << ": " << log_->damages()[0].message;
    }

    FaultyDisk disk_;
    std::mt19937_64 random_;
    Uuid id_ = Uuid::random();
    std::unique_ptr<Log> log_;
    std::shared_ptr<Partition> partition_;
    int64_t now_ = 1'700'000'000'000;
    int number_ = 0;
    uint64_t removed_ = 0;
    std::map<int64_t, int32_t> sequences_;
    std::map<int64_t, Found> committed_;
    std::map<int64_t, std::map<int64_t, Found>> open_;  // by producer
};

TEST(CompactionModel, AReaderSeesTheNewestOfEveryKey) {
    const int first = setting("PINFLOW_POWER_SEED", 1);
    const int count = setting("PINFLOW_POWER_LOSSES", 5);
    uint64_t removed = 0;
    for (int seed = first; seed < first + count && !testing::Test::HasFatalFailure(); ++seed) {
        Model model(static_cast<uint64_t>(seed));
        model.run(fmt::format("seed {}", seed));
        removed += model.removed();
    }
    EXPECT_GT(removed, static_cast<uint64_t>(count) * 100);
}

// Readers run all the time while segments are written anew under them.
TEST_F(CompactionTest, ReadersGoOnWhileSegmentsAreReplaced) {
    open();
    auto partition = create("t", 0, compacted_config());
    std::atomic<bool> over = false;
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i)
        readers.emplace_back([&] {
            while (!over) {
                int64_t last = -1;
                for (const Found& each : read_all(*partition)) {
                    ASSERT_GT(each.offset, last);
                    last = each.offset;
                    ASSERT_NE(each.value, "aborted");
                }
                ASSERT_TRUE(partition->find_time(1'700'000'000'000, Isolation::committed));
            }
        });
    for (int round = 0; round < 15; ++round) {
        for (int i = 0; i < 20; ++i) put(*partition, fmt::format("{}", i % 3), std::string(400, 'v'));
        ASSERT_TRUE(append_records(*partition, {{"0", "aborted"}}, ProducerStamp{1, 0, round, true}));
        ASSERT_TRUE(partition->append_marker(1, 0, {MarkerType::abort, 1}));
        put(*partition, "0", "behind");
        compact();
    }
    over = true;
    for (std::thread& each : readers) each.join();
    EXPECT_TRUE(log_->damages().empty());
}

}  // namespace
}  // namespace pinflow::log
