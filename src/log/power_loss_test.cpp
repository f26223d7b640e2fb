// What was acked is there after power losses, failed syncs and full disks; nothing twice, nothing out of order.
#include "log/power_loss.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <future>
#include <map>
#include <random>
#include <set>

#include "base/faulty_disk.h"
#include "log/batch.h"

namespace pinflow::log {

Result<Fetched> read_soon(const Partition& partition, int64_t from, Isolation isolation) {
    Result<Fetched> some;
    for (int attempt = 0; attempt < 2000; ++attempt) {
        some = isolation == Isolation::committed ? partition.read_committed(from, 3000) : partition.read(from, 3000);
        if (some || some.error().code != Code::io) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return some;
}

int setting(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text ? std::atoi(text) : otherwise;
}

namespace {

// Appends numbered records to some partitions and knows what was acked.
class Writer {
  public:
    explicit Writer(Log& log) : log_(log) {}

    void append(int32_t partition, int64_t number, size_t padding) {
        const auto target = log_.find("t", partition);
        if (!target) return;
        BatchBuilder builder;
        builder.add(number, std::nullopt, as_bytes(fmt::format("{} {}", number, std::string(padding, 'p'))));
        const auto done = append_somehow(*target, builder.finish(), number % 3 != 0);
        if (!done) return;
        {
            const std::scoped_lock lock(mutex_);
            ++open_;
        }
        target->when_acked(done->last_offset, Ack::durable,
                           [this, partition, number, offset = done->base_offset](Result<> outcome) {
                               const std::scoped_lock lock(mutex_);
                               --open_;
                               if (outcome) acked_[partition][offset] = number;
                               changed_.notify_all();
                           });
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(10), [&] { return open_ == 0; });
    }
    std::map<int32_t, std::map<int64_t, int64_t>> acked() {
        const std::scoped_lock lock(mutex_);
        return acked_;
    }

  private:
    Log& log_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int open_ = 0;
    std::map<int32_t, std::map<int64_t, int64_t>> acked_;
};

void expect_all(const Log& log, const std::map<int32_t, std::map<int64_t, int64_t>>& acked, const std::string& what) {
    for (const auto& [index, records] : acked) {
        const auto partition = log.find("t", index);
        ASSERT_TRUE(partition) << what;
        const auto found = contents(*partition);
        for (const auto& [offset, number] : records) {
            const auto at = found.find(offset);
            ASSERT_TRUE(at != found.end() && at->second == number)
                << what << ": partition " << index << " lost offset " << offset << ", end " << partition->end_offset();
        }
        std::set<int64_t> numbers;
        for (const auto& [offset, number] : found) ASSERT_TRUE(numbers.insert(number).second) << what << ": twice";
    }
    // A power loss may tear records that were never acked: that is told apart from damage to what was durable.
    for (const Damage& each : log.damages())
        if (each.sure) FAIL() << what << ": " << each.file << " at " << each.position << ": " << each.message;
}

void lose_power_again_and_again(bool fail_syncs) {
    const int first = setting("PINFLOW_POWER_SEED", 1);
    const int count = setting("PINFLOW_POWER_LOSSES", 100);
    for (int seed = first; seed < first + count; ++seed) {
        FaultyDisk disk(static_cast<uint64_t>(seed));
        disk.keep_pages_of_failed_syncs(seed % 2 == 0);
        std::mt19937_64 random(static_cast<uint64_t>(seed));
        const Uuid id = Uuid::random();
        std::map<int32_t, std::map<int64_t, int64_t>> acked;
        int64_t number = 0;
        for (int life = 0; life < 4; ++life) {
            const std::string what = fmt::format("seed {}, life {}", seed, life);
            auto log = Log::open(disk, system_clock(), "/data/log", test_options());
            ASSERT_TRUE(log) << what << ": " << log.error().message;
            expect_all(**log, acked, what);
            if (testing::Test::HasFatalFailure()) return;
            for (int32_t i = 0; i < 4; ++i) ASSERT_TRUE((*log)->create("t", id, i, test_options().defaults)) << what;
            Writer writer(**log);
            const auto steps = 20 + random() % 60;
            for (uint64_t step = 0; step < steps; ++step) {
                const uint64_t choice = random() % 100;
                if (choice < 85)
                    writer.append(static_cast<int32_t>(random() % 4), number++,
                                  random() % 10 == 0 ? 3000 : random() % 400);
                else if (choice < 93)
                    writer.wait();
                else if (choice < 97)
                    (void)(*log)->checkpoint();
                else if (fail_syncs && life > 0)
                    disk.fail_syncs(1 + static_cast<int>(random() % 3));
            }
            if (random() % 2 == 0) writer.wait();
            disk.power_loss();  // while threads are still at work
            writer.wait();
            for (auto& [partition, records] : writer.acked()) acked[partition].insert(records.begin(), records.end());
            log->reset();
            disk.restart();
        }
    }
}

TEST(PowerLoss, WhatWasAckedIsThere) {
    lose_power_again_and_again(false);
}

TEST(PowerLoss, WhatWasAckedIsThereThoughSyncsFail) {
    lose_power_again_and_again(true);
}

TEST(Faults, AFailedSyncFailsItsAcksAndThePartitionComesBack) {
    FaultyDisk disk(1);
    const Uuid id = Uuid::random();
    auto log = *Log::open(disk, system_clock(), "/data/log", test_options());
    const auto partition = *log->create("t", id, 0, test_options().defaults);
    Writer writer(*log);
    for (int i = 0; i < 5; ++i) writer.append(0, i, 10);
    writer.wait();
    disk.fail_syncs(2);  // the write-ahead log's, then the segment's
    writer.append(0, 5, 10);
    writer.wait();
    const size_t before = writer.acked()[0].size();
    EXPECT_EQ(before, 5u);
    int64_t number = 6;
    for (int i = 0; i < 500 && writer.acked()[0].size() == before; ++i) {
        writer.append(0, number++, 10);
        writer.wait();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_GT(writer.acked()[0].size(), before);
    EXPECT_EQ(partition->leader_epoch(), 1);
    expect_all(*log, writer.acked(), "after repair");
    EXPECT_FALSE(contents(*partition).contains(5));
}

TEST(Faults, AFullDiskRefusesThenGoesOn) {
    FaultyDisk disk(1);
    auto log = *Log::open(disk, system_clock(), "/data/log", test_options());
    const auto partition = *log->create("t", Uuid::random(), 0, test_options().defaults);
    Writer writer(*log);
    writer.append(0, 0, 10);
    writer.wait();
    disk.limit_bytes(disk.used_bytes() + 300);
    for (int i = 1; i < 20; ++i) {
        writer.append(0, i, 100);
        writer.wait();
    }
    EXPECT_LT(writer.acked()[0].size(), 6u);
    BatchBuilder builder;
    builder.add(1, std::nullopt, as_bytes("x"));
    EXPECT_EQ(partition->append(builder.finish()).error().code, Code::disk_full);
    expect_all(*log, writer.acked(), "while full");
    disk.limit_bytes(UINT64_MAX);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const size_t before = writer.acked()[0].size();
    writer.append(0, 100, 100);
    writer.wait();
    EXPECT_EQ(writer.acked()[0].size(), before + 1);
    expect_all(*log, writer.acked(), "after space is back");
}

}  // namespace
}  // namespace pinflow::log
