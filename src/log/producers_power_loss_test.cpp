// What idempotent producers send again after power losses, failed syncs and clean stops is in the log once.
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <random>
#include <thread>
#include <tuple>

#include "base/faulty_disk.h"
#include "log/power_loss.h"

namespace pinflow::log {
namespace {

// A client with an idempotent producer: at most five batches in flight; what was not acked is sent again after a stop,
// in order, until it is.
class IdempotentClient {
  public:
    IdempotentClient(int64_t id, int32_t partition) : id_(id), index_(partition) {}

    // One step: a new batch if less than five are in flight.
    void send(Log& log, std::mt19937_64& random) {
        const std::scoped_lock lock(mutex_);
        if (in_flight_.size() >= 5 || failed_) return;
        const int count = 1 + static_cast<int>(random() % 3);
        in_flight_.push_back({next_, count, random() % 10 == 0 ? size_t{1500} : random() % 300});
        if (transmit(log, in_flight_.back()))
            next_ += count;
        else
            in_flight_.pop_back();
    }
    // After a failure or a stop.
    bool send_again(Log& log) {
        const std::scoped_lock lock(mutex_);
        failed_ = false;
        for (const Batch& each : in_flight_)
            if (!transmit(log, each)) return false;
        return true;
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(10), [&] { return open_ == 0; });
    }
    void forget_calls() {  // they belong to a log that has ended
        const std::scoped_lock lock(mutex_);
        open_ = 0;
    }
    // All sequences that were acked lie in the log, each once; the last acked batches are known as such.
    void check(Log& log, const std::string& what) {
        const std::scoped_lock lock(mutex_);
        const auto partition = log.find("t", index_);
        if (!partition) return;
        std::map<int64_t, int64_t> offsets;
        for (const auto& [offset, number] : contents(*partition)) {
            if (number / 1'000'000 != id_) continue;
            ASSERT_TRUE(offsets.emplace(number % 1'000'000, offset).second)
                << what << ": producer " << id_ << ", sequence " << number % 1'000'000 << " twice";
        }
        for (const auto& [sequence, batch] : acked_)
            for (int i = 0; i < batch.count; ++i)
                ASSERT_TRUE(offsets.contains(sequence + i)) << what << ": producer " << id_ << " lost " << sequence + i;
        if (in_flight_.size() > 1) return;  // they may have moved the acked ones out of the window
        int left = 4;
        for (auto each = acked_.rbegin(); each != acked_.rend() && left-- > 0; ++each) {
            const auto again = append(*partition, each->second);
            if (!again && again.error().refusal == Refusal::none) continue;  // stopped
            ASSERT_TRUE(again) << what << ": " << again.error().message;
            ASSERT_TRUE(again->duplicate && again->base_offset == offsets.at(each->first))
                << what << ": producer " << id_ << ", sequence " << each->first << " at " << again->base_offset;
        }
    }
    bool all_acked() {
        const std::scoped_lock lock(mutex_);
        return in_flight_.empty();
    }
    size_t acked() {
        const std::scoped_lock lock(mutex_);
        return acked_.size();
    }

  private:
    struct Batch {
        int32_t sequence;
        int count;
        size_t padding;
    };
    AppendResult append(Partition& partition, const Batch& batch) const {
        BatchBuilder builder;
        for (int i = 0; i < batch.count; ++i)
            builder.add(
                1, std::nullopt,
                as_bytes(fmt::format("{} {}", id_ * 1'000'000 + batch.sequence + i, std::string(batch.padding, 'p'))));
        const MutableBytes bytes = builder.finish();
        stamp_producer(bytes, {id_, 0, batch.sequence, false});
        return append_somehow(partition, bytes, batch.sequence % 3 != 0);
    }
    bool transmit(Log& log, const Batch& batch) {
        const auto partition = log.find("t", index_);
        const auto done = partition ? append(*partition, batch) : AppendResult();
        if (!partition) return false;
        // One before it may just have failed, and this client not know it yet: then it is out of order, until settle().
        if (!done) return false;
        ++open_;
        calls_.emplace_back(partition, done->last_offset, batch);
        return true;
    }

  public:
    // Outside of the lock: an ack may come at once.
    void expect_acks() {
        std::vector<std::tuple<std::shared_ptr<Partition>, int64_t, Batch>> calls;
        {
            const std::scoped_lock lock(mutex_);
            calls.swap(calls_);
        }
        for (auto& [partition, last, batch] : calls)
            partition->when_acked(last, Ack::durable, [this, batch](Result<> outcome) {
                const std::scoped_lock lock(mutex_);
                --open_;
                if (outcome)
                    acked_.emplace(batch.sequence, batch);
                else
                    failed_ = true;
                while (!in_flight_.empty() && acked_.contains(in_flight_.front().sequence)) in_flight_.pop_front();
                changed_.notify_all();
            });
    }

  private:
    int64_t id_;
    int32_t index_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int32_t next_ = 0;
    int open_ = 0;
    bool failed_ = false;
    std::deque<Batch> in_flight_;
    std::map<int32_t, Batch> acked_;
    std::vector<std::tuple<std::shared_ptr<Partition>, int64_t, Batch>> calls_;
};

// Sends what is in flight until it is acked: after a failed sync the partition takes a moment to come back.
void settle(Log& log, IdempotentClient& client) {
    for (int attempt = 0; attempt < 400; ++attempt) {
        client.wait();
        const bool sent = client.send_again(log);
        client.expect_acks();
        client.wait();
        if (sent && client.all_acked()) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    FAIL() << "what is in flight is never taken";
}

void producers_live(Log& log, FaultyDisk& disk, std::vector<std::unique_ptr<IdempotentClient>>& clients,
                    std::mt19937_64& random, bool fail_syncs) {
    const auto steps = 20 + random() % 60;
    for (uint64_t step = 0; step < steps; ++step) {
        IdempotentClient& client = *clients[random() % clients.size()];
        const uint64_t choice = random() % 100;
        if (choice < 85) {
            client.send(log, random);
            client.expect_acks();
        } else if (choice < 93) {
            client.wait();
        } else if (choice < 97) {
            (void)log.checkpoint();
        } else if (fail_syncs) {
            disk.fail_syncs(1 + static_cast<int>(random() % 3));
            for (auto& each : clients) settle(log, *each);
        }
    }
}

void producers_lose_power(bool fail_syncs) {
    const int first = setting("PINFLOW_POWER_SEED", 1);
    const int count = setting("PINFLOW_POWER_LOSSES", 25);
    size_t acked = 0;
    for (int seed = first; seed < first + count; ++seed) {
        FaultyDisk disk(static_cast<uint64_t>(seed));
        disk.keep_pages_of_failed_syncs(seed % 2 == 0);
        std::mt19937_64 random(static_cast<uint64_t>(seed));
        const Uuid id = Uuid::random();
        std::vector<std::unique_ptr<IdempotentClient>> clients;
        for (int i = 0; i < 5; ++i) clients.push_back(std::make_unique<IdempotentClient>(i + 1, i % 3));
        for (int life = 0; life < 5; ++life) {
            const std::string what = fmt::format("seed {}, life {}", seed, life);
            auto log = Log::open(disk, system_clock(), "/data/log", test_options());
            ASSERT_TRUE(log) << what << ": " << log.error().message;
            for (int32_t i = 0; i < 3; ++i) ASSERT_TRUE((*log)->create("t", id, i, test_options().defaults)) << what;
            for (auto& each : clients) {
                each->check(**log, what);
                settle(**log, *each);
                each->check(**log, what + ", sent again");
                if (testing::Test::HasFailure()) FAIL() << what;
            }
            producers_live(**log, disk, clients, random, fail_syncs && life > 0);
            if (testing::Test::HasFailure()) FAIL() << what;
            if (life % 3 == 2 && !fail_syncs) {
                for (auto& each : clients) each->wait();
                ASSERT_TRUE((*log)->close()) << what;
            } else {
                disk.power_loss();
            }
            for (auto& each : clients) each->wait();
            log->reset();
            disk.restart();
            for (auto& each : clients) each->forget_calls();
        }
        for (auto& each : clients) acked += each->acked();
    }
    EXPECT_GT(acked, static_cast<size_t>(count) * 20) << "the test must have tested something";
}

TEST(PowerLoss, WhatAnIdempotentProducerSendsAgainIsThereOnce) {
    producers_lose_power(false);
}

TEST(PowerLoss, WhatAnIdempotentProducerSendsAgainIsThereOnceThoughSyncsFail) {
    producers_lose_power(true);
}

// A batch that was taken into memory and then found no room was refused: it is not a duplicate when it comes again.
TEST(Faults, WhatAFullDiskRefusedIsTakenWhenThereIsRoomAgain) {
    FaultyDisk disk(1);
    auto log = *Log::open(disk, system_clock(), "/data/log", test_options());
    const auto partition = *log->create("t", Uuid::random(), 0, test_options().defaults);
    int32_t sequence = 0;
    const auto send = [&](int32_t at, bool transactional) {
        BatchBuilder builder;
        builder.add(1, std::nullopt, as_bytes(std::to_string(at)));
        const MutableBytes batch = builder.finish();
        stamp_producer(batch, {1, 0, at, transactional});
        return partition->append(batch);
    };
    const auto acked = [&](const AppendResult& sent) {
        std::promise<bool> promise;
        partition->when_acked(sent->last_offset, Ack::durable,
                              [&](Result<> done) { promise.set_value(done.has_value()); });
        return promise.get_future().get();
    };
    for (; sequence < 3; ++sequence) ASSERT_TRUE(acked(send(sequence, false)));
    disk.limit_bytes(disk.used_bytes() + 10);
    ASSERT_FALSE(acked(send(sequence, true)));
    EXPECT_EQ(partition->last_stable_offset(), partition->stable_offset()) << "its transaction never began";
    disk.limit_bytes(UINT64_MAX);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto again = send(sequence, false);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_FALSE(again->duplicate);
    ASSERT_TRUE(acked(again));
    EXPECT_TRUE(send(sequence, false)->duplicate);
    EXPECT_EQ(contents(*partition).size(), 4u);
}

}  // namespace
}  // namespace pinflow::log
