// Idempotent and transactional producers in a log: restarts, kill -9, retention; what readers of committed records see.
#include <map>
#include <random>
#include <set>

#include "log/log_fixture.h"

namespace pinflow::log {
namespace {

namespace fs = std::filesystem;

class ProducersLog : public LogTest {
  protected:
    struct Sent {
        int32_t sequence;
        int count = 1;
        int16_t epoch = 0;
        bool transactional = false;
    };
    static AppendResult send(Partition& partition, int64_t id, const Sent& sent) {
        BatchBuilder builder;
        for (int i = 0; i < sent.count; ++i)
            builder.add(1000 + sent.sequence + i, std::nullopt, as_bytes(value_of(sent.sequence + i)));
        const MutableBytes batch = builder.finish();
        stamp_producer(batch, {id, sent.epoch, sent.sequence, sent.transactional});
        return partition.append(batch);
    }
    static int64_t durable(Partition& partition, const AppendResult& sent) {
        EXPECT_TRUE(sent) << sent.error().message;
        if (!sent) return -1;
        EXPECT_TRUE(acked(partition, sent->last_offset));
        return sent->base_offset;
    }
    static Refusal refusal(const AppendResult& sent) { return sent ? Refusal::none : sent.error().refusal; }
    static std::vector<int64_t> committed(Partition& partition, int64_t from = 0) {
        std::vector<int64_t> offsets;
        while (from < partition.last_stable_offset()) {
            const auto some = partition.read_committed(from, 2000);
            EXPECT_TRUE(some) << some.error().message;
            if (!some || some->next_offset <= from) break;
            RecordReader reader(some->batches);
            Record record;
            while (reader.next(record).value_or(false))
                if (record.offset >= from) offsets.push_back(record.offset);
            from = some->next_offset;
        }
        return offsets;
    }
    std::shared_ptr<Partition> again(const std::string& topic = "t") {
        log_.reset();
        open();
        return log_->find(topic, 0);
    }
    void tear_snapshots() {
        for (const std::string& name : files_with(".snapshot")) write_into(folder_ / "t-0" / name, 8, "torn");
    }
    std::vector<std::string> files_with(std::string_view ending) const {
        std::vector<std::string> found;
        for (const auto& each : fs::directory_iterator(folder_ / "t-0"))
            if (each.path().native().ends_with(ending)) found.push_back(each.path().filename().string());
        std::ranges::sort(found);
        return found;
    }
};

TEST_F(ProducersLog, ADuplicateIsTheOriginalAndWaitsForItsAck) {
    open();
    auto partition = create("t");
    append(*partition, 0, 3);
    EXPECT_EQ(durable(*partition, send(*partition, 1, {0, 5})), 3);
    const auto second = send(*partition, 1, {5, 5});
    const auto repeated = send(*partition, 1, {5, 5});
    ASSERT_TRUE(repeated);
    EXPECT_TRUE(repeated->duplicate);
    EXPECT_FALSE(second->duplicate);
    EXPECT_EQ(repeated->base_offset, 8);
    EXPECT_EQ(repeated->last_offset, 12);
    EXPECT_EQ(partition->end_offset(), 13);
    EXPECT_EQ(refusal(send(*partition, 1, {20})), Refusal::out_of_order_sequence);
    EXPECT_EQ(refusal(send(*partition, 1, {10, 1, 1})), Refusal::out_of_order_sequence);
    EXPECT_EQ(refusal(send(*partition, -1, {10, 1, 0, true})), Refusal::invalid_record);
    EXPECT_EQ(refusal(send(*partition, 1, {-1, 1, 0, true})), Refusal::invalid_record);
    auto marker = make_marker(1, 0, {MarkerType::commit, 0}, 1);
    EXPECT_EQ(refusal(partition->append(marker)), Refusal::invalid_record);
    EXPECT_EQ(durable(*partition, send(*partition, 1, {10, 1})), 13);
}

TEST_F(ProducersLog, AreKnownAfterACleanCloseAndAfterNone) {
    open();
    Config config;
    config.segment_bytes = 8000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 40; ++i) durable(*partition, send(*partition, 1, {i * 5, 5}));
    for (const bool clean : {true, false, true, false, false}) {
        if (clean) ASSERT_TRUE(log_->close());
        partition = again();
        for (int i = 35; i < 40; ++i) {
            const auto repeated = send(*partition, 1, {i * 5, 5});
            ASSERT_TRUE(repeated) << repeated.error().message;
            EXPECT_TRUE(repeated->duplicate);
            EXPECT_EQ(repeated->base_offset, i * 5);
        }
        EXPECT_EQ(refusal(send(*partition, 1, {205})), Refusal::out_of_order_sequence);
        EXPECT_EQ(partition->end_offset(), 200);
    }
    EXPECT_EQ(durable(*partition, send(*partition, 1, {200})), 200);
}

TEST_F(ProducersLog, ACheckpointKeepsThemWithoutReadingWhatIsBelow) {
    open();
    auto partition = create("t");
    for (int i = 0; i < 40; ++i) durable(*partition, send(*partition, 1, {i * 5, 5}));
    ASSERT_TRUE(log_->checkpoint());
    EXPECT_EQ(files_with(".snapshot"), std::vector<std::string>{"00000000000000000200.snapshot"});
    durable(*partition, send(*partition, 1, {200, 5}));
    partition.reset();
    log_.reset();
    write_into(folder_ / "t-0" / "00000000000000000000.log", 100, "damage");
    open();
    EXPECT_TRUE(log_->damages().empty());
    partition = log_->find("t", 0);
    for (int i = 36; i < 41; ++i) EXPECT_TRUE(send(*partition, 1, {i * 5, 5})->duplicate) << i;
    for (int i = 41; i < 60; ++i) {
        durable(*partition, send(*partition, 1, {i * 5, 5}));
        ASSERT_TRUE(log_->checkpoint());
    }
    EXPECT_LE(files_with(".snapshot").size(), 2u);
}

TEST_F(ProducersLog, ATornSnapshotIsMadeGoodFromTheBatches) {
    open();
    Config config;
    config.segment_bytes = 8000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 40; ++i) durable(*partition, send(*partition, 1, {i * 5, 5}));
    ASSERT_TRUE(log_->checkpoint());
    log_.reset();
    tear_snapshots();
    partition = again();
    for (int i = 35; i < 40; ++i) EXPECT_TRUE(send(*partition, 1, {i * 5, 5})->duplicate) << i;
    EXPECT_EQ(refusal(send(*partition, 1, {205})), Refusal::out_of_order_sequence);
}

TEST_F(ProducersLog, OutliveTheirRecords) {
    open();
    Config config;
    config.segment_bytes = 8000;
    auto partition = create("t", 0, config);
    for (int i = 0; i < 40; ++i) durable(*partition, send(*partition, 1, {i * 5, 5}));
    ASSERT_TRUE(partition->delete_before(200));
    log_.reset();
    tear_snapshots();  // none is durable yet: the batches must still be there
    partition = again();
    EXPECT_TRUE(send(*partition, 1, {195, 5})->duplicate);
    EXPECT_EQ(refusal(send(*partition, 1, {205})), Refusal::out_of_order_sequence);
    ASSERT_TRUE(log_->checkpoint());
    ASSERT_TRUE(log_->housekeeping(2000));
    EXPECT_EQ(partition->size_bytes(), 0u) << "gone once a snapshot knows what they said";
    EXPECT_LE(files_with(".snapshot").size(), 2u);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(send(*(partition = again()), 1, {195, 5})->duplicate);
    EXPECT_EQ(durable(*partition, send(*partition, 1, {200})), 200);
}

TEST_F(ProducersLog, Expire) {
    open();
    auto partition = create("t");
    durable(*partition, send(*partition, 1, {0, 5}));
    EXPECT_EQ(partition->producers().size(), 1u);
    log_->set_producer_expiration(1000);
    ASSERT_TRUE(log_->housekeeping(clock_->wall_ms() + 2000));
    EXPECT_TRUE(partition->producers().empty());
    EXPECT_EQ(durable(*partition, send(*partition, 1, {17})), 5);
}

TEST_F(ProducersLog, ReadersOfCommittedRecordsWaitAndSkipWhatWasAborted) {
    open();
    auto partition = create("t");
    append(*partition, 0, 2);                                   // 0, 1
    durable(*partition, send(*partition, 1, {0, 3, 0, true}));  // 2, 3, 4
    durable(*partition, send(*partition, 2, {0, 2, 0, true}));  // 5, 6
    append(*partition, 0, 1);                                   // 7
    EXPECT_EQ(partition->last_stable_offset(), 2);
    EXPECT_EQ(partition->stable_offset(), 8);
    EXPECT_EQ(committed(*partition), (std::vector<int64_t>{0, 1}));
    EXPECT_TRUE(partition->read_committed(5, 1000)->batches.empty());
    std::promise<void> woken;
    EXPECT_NE(partition->on_readable(2, [&] { woken.set_value(); }, Isolation::committed), 0u);
    durable(*partition, partition->append_marker(1, 0, {MarkerType::abort, 3}));  // 8
    woken.get_future().get();
    EXPECT_EQ(partition->last_stable_offset(), 5);
    durable(*partition, partition->append_marker(2, 0, {MarkerType::commit, 3}));  // 9
    EXPECT_EQ(partition->last_stable_offset(), 10);
    const std::vector<int64_t> expected = {0, 1, 5, 6, 7};
    EXPECT_EQ(committed(*partition), expected);
    const std::vector<AbortedTransaction> aborted = {{1, 2, 8, 5}};
    EXPECT_EQ(*partition->aborted(0, 10), aborted);
    EXPECT_EQ(*partition->aborted(4, 5), aborted);
    EXPECT_TRUE(partition->aborted(9, 10)->empty());
    EXPECT_TRUE(partition->aborted(0, 2)->empty());
    EXPECT_EQ(refusal(partition->append_marker(1, 0, {MarkerType::abort, 2})), Refusal::coordinator_fenced);
    for (const bool clean : {true, false, true}) {
        if (clean) ASSERT_TRUE(log_->close());
        partition = again();
        EXPECT_EQ(partition->last_stable_offset(), 10);
        EXPECT_EQ(*partition->aborted(0, 10), aborted);
        EXPECT_EQ(committed(*partition), expected);
    }
}

TEST_F(ProducersLog, AnOpenTransactionStaysOpenOverRestarts) {
    open();
    Config config;
    config.segment_bytes = 8000;
    auto partition = create("t", 0, config);
    append(*partition, 0, 10);
    durable(*partition, send(*partition, 1, {0, 3, 0, true}));
    for (int i = 0; i < 30; ++i) append(*partition, 0, 10, i == 29);
    for (const bool clean : {false, true, false}) {
        if (clean) ASSERT_TRUE(log_->close());
        partition = again();
        EXPECT_EQ(partition->last_stable_offset(), 10);
        EXPECT_EQ(partition->stable_offset(), 313);
        EXPECT_EQ(refusal(send(*partition, 1, {3})), Refusal::invalid_transaction_state);
    }
    durable(*partition, partition->append_marker(1, 0, {MarkerType::abort, 0}));
    EXPECT_EQ(partition->last_stable_offset(), 314);
    EXPECT_EQ(committed(*partition).size(), 310u);
}

// Which offsets are committed, as a simple model has it.
struct Model {
    std::map<int64_t, std::vector<int64_t>> open;  // by producer
    std::set<int64_t> committed;

    void sent(int64_t id, bool transactional, const Appended& at) {
        for (int64_t offset = at.base_offset; offset <= at.last_offset; ++offset) {
            if (transactional)
                open[id].push_back(offset);
            else
                committed.insert(offset);
        }
    }
    void ended(int64_t id, MarkerType type) {
        if (type == MarkerType::commit) committed.insert(open[id].begin(), open[id].end());
        open[id].clear();
    }
    int64_t last_stable(int64_t end) const {
        for (const auto& [id, offsets] : open)
            if (!offsets.empty()) end = std::min(end, offsets.front());
        return end;
    }
    std::vector<int64_t> between(int64_t from, int64_t to) const {
        return {committed.lower_bound(from), committed.lower_bound(to)};
    }
};

// Many transactions over many segments, cut by checkpoints and stops.
TEST_F(ProducersLog, ManyTransactionsAgreeWithAModel) {
    std::mt19937_64 random(4);
    options_.defaults.segment_bytes = 6000;
    open();
    auto partition = create("t", 0, options_.defaults);
    Model model;
    std::map<int64_t, int32_t> sequences;
    for (int step = 0; step < 600; ++step) {
        const auto id = static_cast<int64_t>(random() % 4);  // 0 has no transactions
        const auto choice = random() % 40;
        if (choice < 20) {
            const auto sent = send(*partition, id, {sequences[id], 2, 0, id > 0});
            ASSERT_TRUE(sent) << sent.error().message;
            sequences[id] += 2;
            model.sent(id, id > 0, *sent);
        } else if (choice < 34) {
            const auto type = random() % 2 ? MarkerType::commit : MarkerType::abort;
            durable(*partition, partition->append_marker(id, 0, {type, 0}));
            model.ended(id, type);
        } else if (choice < 38) {
            ASSERT_TRUE(log_->checkpoint());
        } else if (partition->end_offset() > 0) {
            ASSERT_TRUE(acked(*partition, partition->end_offset() - 1));
            if (choice == 38) ASSERT_TRUE(log_->close());
            partition = again();
        }
    }
    ASSERT_TRUE(acked(*partition, partition->end_offset() - 1));
    const int64_t stable = model.last_stable(partition->end_offset());
    EXPECT_EQ(partition->last_stable_offset(), stable);
    EXPECT_EQ(committed(*partition), model.between(0, stable));
    ASSERT_TRUE(log_->close());
    EXPECT_FALSE(files_with(".txnindex").empty());
    partition = again();
    ASSERT_TRUE(partition->delete_before(stable / 2));
    ASSERT_TRUE(log_->checkpoint());
    ASSERT_TRUE(log_->housekeeping(2000));
    EXPECT_EQ(committed(*partition, stable / 2), model.between(stable / 2, stable));
}

}  // namespace
}  // namespace pinflow::log
