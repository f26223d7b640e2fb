#include "broker/transactions.h"

#include "broker/groups_fixture.h"

namespace pinflow::broker {
namespace {

using enum TransactionError;
using State = TransactionState;

class TransactionsTest : public GroupsWorld {
  protected:
    void SetUp() override {
        GroupsWorld::SetUp();
        open();
        ASSERT_TRUE(topics_->create("pins", 2));
    }
    void TearDown() override {
        close();
        GroupsWorld::TearDown();
    }
    void open() {
        auto ids = ProducerIds::open(disk_, "/data/producer-ids", *log_);
        ASSERT_TRUE(ids) << ids.error().message;
        ids_ = std::move(*ids);
        auto opened = Transactions::open(*topics_, groups_, *ids_, clock_, transactions_options_);
        ASSERT_TRUE(opened) << opened.error().message;
        transactions_ = std::move(*opened);
    }
    void close() {
        transactions_.reset();
        ids_.reset();
    }
    void power_loss_and_restart() {
        disk_.power_loss();
        close();
        end();
        disk_.restart();
        start();
        open();
    }
    // Until the id is in that state; the work is done here, by ticks.
    bool comes_to(const std::string& id, State state) {
        for (int i = 0; i < 2'000; ++i) {
            transactions_->tick();
            const auto record = transactions_->describe(id);
            if (record && record->state == state) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return false;
    }
    StartedProducer init(const std::string& id, int32_t timeout_ms = 60'000, std::optional<ProducerRef> expected = {}) {
        Heard<StartedProducer> heard;
        transactions_->init_producer(id, timeout_ms, expected, heard.to());
        return heard.get();
    }
    TransactionError add(const std::string& id, const ProducerRef& producer, const TopicPartition& partition) {
        Heard<TransactionError> heard;
        transactions_->add_partitions(id, producer, {partition}, heard.to());
        return heard.get();
    }
    TransactionError add_group(const std::string& id, const ProducerRef& producer, const std::string& group) {
        Heard<TransactionError> heard;
        transactions_->add_group(id, producer, group, heard.to());
        return heard.get();
    }
    Heard<TransactionError> begin_end(const std::string& id, const ProducerRef& producer, bool commit) {
        Heard<TransactionError> heard;
        transactions_->end(id, producer, commit, heard.to());
        return heard;
    }
    TransactionError finish(const std::string& id, const ProducerRef& producer, bool commit) {
        const auto heard = begin_end(id, producer, commit);
        for (int i = 0; i < 2'000 && !heard.come(); ++i) {
            transactions_->tick();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return heard.get();
    }
    void write(const ProducerRef& producer, int32_t sequence, int32_t index = 0) {
        const auto partition = log_->find("pins", index);
        log::BatchBuilder builder;
        builder.add(1, std::nullopt, as_bytes(std::string_view("value")));
        const auto batch = builder.finish();
        log::stamp_producer(batch, {producer.id, producer.epoch, sequence, true});
        const auto place = partition->append(batch);
        ASSERT_TRUE(place) << place.error().message;
        std::promise<bool> acked;
        partition->when_acked(place->last_offset, log::Ack::durable,
                              [&](const Result<>& outcome) { acked.set_value(outcome.has_value()); });
        ASSERT_TRUE(acked.get_future().get());
    }
    size_t committed_records(int32_t index = 0) {
        const auto partition = log_->find("pins", index);
        size_t count = 0;
        int64_t offset = partition->start_offset();
        while (offset < partition->last_stable_offset()) {
            const auto some = partition->read_committed(offset, 1 << 20);
            if (!some) break;
            log::RecordReader reader(some->batches);
            log::Record record;
            while (*reader.next(record)) ++count;
            offset = some->next_offset;
        }
        return count;
    }
    bool undecided(int32_t index = 0) {
        const auto partition = log_->find("pins", index);
        return partition->last_stable_offset() < partition->stable_offset();
    }

    TransactionsOptions transactions_options_;
    std::unique_ptr<ProducerIds> ids_;
    std::shared_ptr<Transactions> transactions_;
};

TEST_F(TransactionsTest, WhatIsCommittedIsSeenWhenTheAnswerComes) {
    const auto started = init("tx");
    ASSERT_EQ(started.error, none);
    ASSERT_EQ(add("tx", started.producer, {"pins", 0}), none);
    ASSERT_EQ(add("tx", started.producer, {"pins", 1}), none);
    write(started.producer, 0, 0);
    write(started.producer, 0, 1);
    EXPECT_EQ(committed_records(), 0U);
    EXPECT_EQ(finish("tx", started.producer, true), none);
    EXPECT_EQ(committed_records(0), 1U);
    EXPECT_EQ(committed_records(1), 1U);
    EXPECT_EQ(transactions_->describe("tx")->state, State::complete_commit);
}

TEST_F(TransactionsTest, WhatIsAbortedIsNot) {
    const auto started = init("tx");
    ASSERT_EQ(add("tx", started.producer, {"pins", 0}), none);
    write(started.producer, 0);
    EXPECT_EQ(finish("tx", started.producer, false), none);
    EXPECT_EQ(committed_records(), 0U);
    EXPECT_FALSE(undecided());
    ASSERT_EQ(add("tx", started.producer, {"pins", 0}), none);
    write(started.producer, 1);
    EXPECT_EQ(finish("tx", started.producer, true), none);
    EXPECT_EQ(committed_records(), 1U);
}

TEST_F(TransactionsTest, OffsetsOfAGroupArePartOfIt) {
    const auto started = init("tx");
    EXPECT_EQ(transactions_->check_group("tx", started.producer, "readers"), invalid_txn_state);
    ASSERT_EQ(add_group("tx", started.producer, "readers"), none);
    EXPECT_EQ(transactions_->check_group("tx", started.producer, "readers"), none);
    Heard<CommitAnswer> heard;
    groups_->commit_in_transaction("readers", started.producer, {{}, {{{"pins", 0}, 42, -1, ""}}}, heard.to());
    ASSERT_EQ(heard.get().at(0), GroupError::none);
    EXPECT_EQ(committed("readers"), -1);
    EXPECT_EQ(finish("tx", started.producer, true), none);
    EXPECT_EQ(committed("readers"), 42);
}

TEST_F(TransactionsTest, RefusesWhatCannotBe) {
    EXPECT_EQ(init("").error, invalid_request);
    EXPECT_EQ(init("tx", 0).error, invalid_transaction_timeout);
    EXPECT_EQ(init("tx", 900'001).error, invalid_transaction_timeout);
    EXPECT_EQ(init("tx", 900'000).error, none);
    EXPECT_EQ(add("other", {0, 0}, {"pins", 0}), invalid_producer_id_mapping);
    EXPECT_EQ(begin_end("other", {0, 0}, true).get(), invalid_producer_id_mapping);
    EXPECT_EQ(begin_end("", {0, 0}, true).get(), invalid_request);
}

TEST_F(TransactionsTest, ANewProducerAbortsWhatTheOldOneLeft) {
    const auto old = init("tx");
    ASSERT_EQ(add("tx", old.producer, {"pins", 0}), none);
    write(old.producer, 0);
    EXPECT_EQ(init("tx").error, concurrent_transactions);
    ASSERT_TRUE(comes_to("tx", State::complete_abort));
    const auto next = init("tx");
    EXPECT_EQ(next.error, none);
    EXPECT_EQ(next.producer.id, old.producer.id);
    EXPECT_GT(next.producer.epoch, old.producer.epoch);
    EXPECT_EQ(add("tx", old.producer, {"pins", 0}), producer_fenced);
    EXPECT_EQ(committed_records(), 0U);
    EXPECT_FALSE(undecided());
}

TEST_F(TransactionsTest, TimesOut) {
    const auto started = init("tx", 10'000);
    ASSERT_EQ(add("tx", started.producer, {"pins", 0}), none);
    write(started.producer, 0);
    clock_.passed_ms += 9'999;
    transactions_->tick();
    EXPECT_EQ(transactions_->describe("tx")->state, State::ongoing);
    clock_.passed_ms += 1;
    EXPECT_LE(transactions_->next_deadline_ms(), clock_.steady_ms());
    ASSERT_TRUE(comes_to("tx", State::complete_abort));
    EXPECT_FALSE(undecided());
    EXPECT_EQ(begin_end("tx", started.producer, true).get(), producer_fenced);
}

TEST_F(TransactionsTest, ADeletedTopicHoldsUpNobody) {
    const auto started = init("tx");
    ASSERT_EQ(add("tx", started.producer, {"pins", 0}), none);
    write(started.producer, 0);
    ASSERT_TRUE(topics_->remove("pins"));
    EXPECT_EQ(finish("tx", started.producer, true), none);
}

TEST_F(TransactionsTest, IdsAreForgotten) {
    transactions_options_.expiration_ms = 5'000'000;
    close();
    open();
    ASSERT_EQ(init("tx").error, none);
    clock_.passed_ms += 3'600'000;
    transactions_->tick();
    EXPECT_TRUE(transactions_->describe("tx"));
    clock_.passed_ms += 3'600'000;
    transactions_->tick();
    EXPECT_FALSE(transactions_->describe("tx"));
    EXPECT_EQ(transactions_->list().size(), 0U);
}

TEST_F(TransactionsTest, OngoingOnesGoOnAfterAKill) {
    const auto started = init("tx", 10'000);
    ASSERT_EQ(add("tx", started.producer, {"pins", 0}), none);
    write(started.producer, 0);
    power_loss_and_restart();
    EXPECT_EQ(transactions_->describe("tx")->state, State::ongoing);
    EXPECT_TRUE(undecided());
    ASSERT_EQ(add("tx", started.producer, {"pins", 1}), none);
    EXPECT_EQ(finish("tx", started.producer, true), none);
    EXPECT_EQ(committed_records(), 1U);
}

TEST_F(TransactionsTest, OngoingOnesTimeOutAfterAKill) {
    const auto started = init("tx", 10'000);
    ASSERT_EQ(add("tx", started.producer, {"pins", 0}), none);
    write(started.producer, 0);
    power_loss_and_restart();
    clock_.passed_ms += 10'000;
    ASSERT_TRUE(comes_to("tx", State::complete_abort));
    EXPECT_FALSE(undecided());
    EXPECT_EQ(committed_records(), 0U);
}

// Prepared is decided: killed before the first marker, the start finishes it.
TEST_F(TransactionsTest, PreparedOnesAreFinishedAfterAKill) {
    for (const bool commit : {true, false}) {
        const std::string id = commit ? "commits" : "aborts";
        const int32_t index = commit ? 0 : 1;
        const auto started = init(id);
        ASSERT_EQ(add(id, started.producer, {"pins", index}), none);
        ASSERT_EQ(add_group(id, started.producer, id), none);
        write(started.producer, 0, index);
        Heard<CommitAnswer> heard;
        groups_->commit_in_transaction(id, started.producer, {{}, {{{"pins", 0}, 42, -1, ""}}}, heard.to());
        ASSERT_EQ(heard.get().at(0), GroupError::none);
        const auto unheard = begin_end(id, started.producer, commit);  // no tick: no marker is written
        for (int i = 0; i < 2'000 && transactions_->describe(id)->state == State::ongoing; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        EXPECT_EQ(transactions_->describe(id)->state, commit ? State::prepare_commit : State::prepare_abort);
        EXPECT_FALSE(unheard.come());
    }
    power_loss_and_restart();
    EXPECT_TRUE(undecided(0));
    EXPECT_EQ(transactions_->next_deadline_ms(), INT64_MIN);  // there is work
    ASSERT_TRUE(comes_to("commits", State::complete_commit));
    ASSERT_TRUE(comes_to("aborts", State::complete_abort));
    EXPECT_EQ(committed_records(0), 1U);
    EXPECT_EQ(committed_records(1), 0U);
    EXPECT_FALSE(undecided(0));
    EXPECT_FALSE(undecided(1));
    EXPECT_EQ(committed("commits"), 42);
    EXPECT_EQ(committed("aborts"), -1);
    EXPECT_EQ(stable_error("aborts"), GroupError::none);
}

TEST_F(TransactionsTest, IdsOfProducersGoOnAfterAKill) {
    const auto first = init("one");
    power_loss_and_restart();
    EXPECT_GT(init("two").producer.id, first.producer.id);
    const auto again = init("one");
    EXPECT_EQ(again.producer.id, first.producer.id);
    EXPECT_EQ(again.producer.epoch, first.producer.epoch + 1);
}

TEST_F(TransactionsTest, ATimerDoesItAll) {
    transactions_.reset();
    auto opened = Transactions::open(*topics_, groups_, *ids_, system_clock(), transactions_options_);
    transactions_ = std::move(*opened);
    const TransactionsTimer timer(transactions_, system_clock());
    const auto started = init("tx");
    for (int32_t round = 0; round < 20; ++round) {
        ASSERT_EQ(add("tx", started.producer, {"pins", 0}), none);
        write(started.producer, round);
        ASSERT_EQ(begin_end("tx", started.producer, round % 2 == 0).get(), none);
    }
    EXPECT_EQ(committed_records(), 10U);
    transactions_->stop();
    EXPECT_EQ(init("tx").error, coordinator_not_available);
}

}  // namespace
}  // namespace pinflow::broker
