// What readers of committed records see after power losses and failed syncs: every transaction whose commit was acked,
// none whose abort was, and never a part of one.
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/faulty_disk.h"
#include "log/power_loss.h"

namespace pinflow::log {
namespace {

// One transactional producer and its coordinator. After anything goes wrong the coordinator fences: a marker with a
// higher epoch, sent until it is acked.
class Transactions {
  public:
    Transactions(int64_t id, int32_t partition) : id_(id), index_(partition) {}

    void step(Log& log, std::mt19937_64& random) {
        const auto partition = log.find("t", index_);
        std::vector<int64_t> numbers;
        bool sent = true;
        for (auto left = 1 + random() % 3; left > 0 && sent; --left) {
            numbers.push_back(next_number_++);
            sent = acked(*partition, send(*partition, numbers.back(), random() % 300));
            ++sequence_;
        }
        const auto type = random() % 2 ? MarkerType::commit : MarkerType::abort;
        const bool ended = sent && acked(*partition, partition->append_marker(id_, epoch_, {type, 0}));
        auto& known = !sent || type == MarkerType::abort ? aborted_ : committed_;
        (ended || !sent ? known : unsure_).push_back(numbers);
        fenced_ = ended;
    }
    // False: the partition does not take it, yet.
    bool fence(Log& log) {
        const auto partition = log.find("t", index_);
        sequence_ = 0;
        fenced_ = acked(*partition, partition->append_marker(id_, ++epoch_, {MarkerType::abort, 0}));
        return fenced_;
    }
    bool fenced() const { return fenced_; }
    void stopped() { fenced_ = false; }

    void check(Log& log, const std::string& what) const {
        const auto partition = log.find("t", index_);
        std::set<int64_t> found;
        for (int64_t from = partition->start_offset(); from < partition->last_stable_offset();) {
            const auto some = read_soon(*partition, from, Isolation::committed);
            ASSERT_TRUE(some && some->next_offset > from) << what;
            RecordReader reader(some->batches);
            Record record;
            while (reader.next(record).value_or(false)) {
                const int64_t number = std::stoll(std::string(as_text(*record.value)));
                if (number / 1'000'000 == id_) ASSERT_TRUE(found.insert(number % 1'000'000).second) << what;
            }
            from = some->next_offset;
        }
        const auto seen = [&](const std::vector<int64_t>& numbers) {
            return static_cast<size_t>(
                std::ranges::count_if(numbers, [&](int64_t each) { return found.contains(each); }));
        };
        for (const auto& each : committed_) ASSERT_EQ(seen(each), each.size()) << what << ": lost " << each.front();
        for (const auto& each : aborted_) ASSERT_EQ(seen(each), 0u) << what << ": aborted, but seen: " << each.front();
        for (const auto& each : unsure_)
            ASSERT_EQ(seen(each) % each.size(), 0u) << what << ": a part: " << each.front();
    }
    size_t decided() const { return committed_.size() + aborted_.size(); }

  private:
    AppendResult send(Partition& partition, int64_t number, size_t padding) const {
        BatchBuilder builder;
        const std::string text = fmt::format("{} {}", id_ * 1'000'000 + number, std::string(padding, 'p'));
        builder.add(1, std::nullopt, as_bytes(text));
        const MutableBytes batch = builder.finish();
        stamp_producer(batch, {id_, epoch_, sequence_, true});
        return append_somehow(partition, batch, number % 3 != 0);
    }
    static bool acked(Partition& partition, const AppendResult& sent) {
        if (!sent) return false;
        auto promise = std::make_shared<std::promise<bool>>();
        auto future = promise->get_future();
        partition.when_acked(sent->last_offset, Ack::durable,
                             [promise](Result<> outcome) { promise->set_value(outcome.has_value()); });
        return future.wait_for(std::chrono::seconds(10)) == std::future_status::ready && future.get();
    }

    int64_t id_;
    int32_t index_;
    int16_t epoch_ = 0;
    int32_t sequence_ = 0;
    int64_t next_number_ = 0;
    bool fenced_ = true;
    std::vector<std::vector<int64_t>> committed_;
    std::vector<std::vector<int64_t>> aborted_;
    std::vector<std::vector<int64_t>> unsure_;
};

void fence_all(Log& log, std::vector<Transactions>& all, const std::string& what) {
    for (Transactions& each : all) {
        for (int attempt = 0; attempt < 400 && !each.fenced() && !each.fence(log); ++attempt)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ASSERT_TRUE(each.fenced()) << what << ": a marker is never taken";
        each.check(log, what);
    }
}

void transactions_lose_power(bool fail_syncs) {
    const int first = setting("PINFLOW_POWER_SEED", 1);
    const int count = setting("PINFLOW_POWER_LOSSES", 10);
    size_t decided = 0;
    for (int seed = first; seed < first + count; ++seed) {
        FaultyDisk disk(static_cast<uint64_t>(seed));
        disk.keep_pages_of_failed_syncs(seed % 2 == 0);
        std::mt19937_64 random(static_cast<uint64_t>(seed));
        const Uuid id = Uuid::random();
        std::vector<Transactions> all;
        for (int i = 0; i < 4; ++i) all.emplace_back(i + 1, i % 2);
        for (int life = 0; life < 5; ++life) {
            const std::string what = fmt::format("seed {}, life {}", seed, life);
            auto log = Log::open(disk, system_clock(), "/data/log", test_options());
            ASSERT_TRUE(log) << what << ": " << log.error().message;
            for (int32_t i = 0; i < 2; ++i) ASSERT_TRUE((*log)->create("t", id, i, test_options().defaults)) << what;
            fence_all(**log, all, what);
            const auto steps = 10 + random() % 40;
            for (uint64_t step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
                if (random() % 12 == 0) (void)(*log)->checkpoint();
                if (fail_syncs && random() % 15 == 0) disk.fail_syncs(1 + static_cast<int>(random() % 2));
                Transactions& each = all[random() % all.size()];
                if (!each.fenced()) fence_all(**log, all, what);
                each.step(**log, random);
            }
            if (testing::Test::HasFailure()) FAIL() << what;
            if (life % 3 == 2 && !fail_syncs)
                ASSERT_TRUE((*log)->close()) << what;
            else
                disk.power_loss();
            log->reset();
            disk.restart();
            for (Transactions& each : all) each.stopped();
        }
        for (const Transactions& each : all) decided += each.decided();
    }
    EXPECT_GT(decided, static_cast<size_t>(count) * 40) << "the test must have tested something";
}

TEST(PowerLoss, TransactionsAreSeenWholeOrNotAtAll) {
    transactions_lose_power(false);
}

TEST(PowerLoss, TransactionsAreSeenWholeOrNotAtAllThoughSyncsFail) {
    transactions_lose_power(true);
}

}  // namespace
}  // namespace pinflow::log
