#include "broker/transaction.h"

#include <gtest/gtest.h>

namespace pinflow::broker {
namespace {

using enum TransactionError;
using State = TransactionState;

const TopicPartition pins{"pins", 0};
const TopicPartition users{"users", 3};

class TransactionTest : public testing::Test {
  protected:
    // Decides and has it stored; the error if there is one.
    TransactionError take(Transaction::Decision decision) {
        if (decision.store) machine_.stored();
        return decision.error;
    }
    ProducerRef begin() {
        EXPECT_EQ(take(machine_.init(60'000, {}, 7, 1'000)), none);
        return machine_.record().producer;
    }
    ProducerRef begin_with(const TopicPartition& partition) {
        const ProducerRef producer = begin();
        EXPECT_EQ(take(machine_.add(producer, {partition}, 2'000)), none);
        return producer;
    }
    State state() const { return machine_.record().state; }

    Transaction machine_;
};

TEST_F(TransactionTest, GoesThroughItsStates) {
    const ProducerRef producer = begin();
    EXPECT_EQ(producer, (ProducerRef{7, 0}));
    EXPECT_EQ(state(), State::empty);
    EXPECT_EQ(take(machine_.add(producer, {pins}, 2'000)), none);
    EXPECT_EQ(take(machine_.add(producer, {users}, 3'000)), none);
    EXPECT_EQ(state(), State::ongoing);
    EXPECT_EQ(machine_.record().start_ms, 2'000);
    EXPECT_EQ(machine_.deadline_ms(), 62'000);
    EXPECT_EQ(take(machine_.end(producer, true, 4'000)), none);
    EXPECT_EQ(state(), State::prepare_commit);
    EXPECT_EQ(machine_.record().partitions, (std::set{pins, users}));
    EXPECT_EQ(take(machine_.add(producer, {pins}, 4'000)), concurrent_transactions);
    EXPECT_EQ(take(machine_.complete(5'000)), none);
    EXPECT_EQ(state(), State::complete_commit);
    EXPECT_TRUE(machine_.record().partitions.empty());
    EXPECT_EQ(take(machine_.add(producer, {users}, 6'000)), none);
    EXPECT_EQ(machine_.record().start_ms, 6'000);
    EXPECT_EQ(machine_.record().partitions, std::set{users});
    EXPECT_EQ(take(machine_.end(producer, false, 7'000)), none);
    EXPECT_EQ(state(), State::prepare_abort);
    EXPECT_EQ(take(machine_.complete(7'000)), none);
    EXPECT_EQ(state(), State::complete_abort);
}

TEST_F(TransactionTest, NothingIsDoneTwiceWhileItIsBeingStored) {
    const ProducerRef producer = begin();
    ASSERT_TRUE(machine_.add(producer, {pins}, 1).store);
    EXPECT_EQ(machine_.add(producer, {pins}, 1).error, concurrent_transactions);
    EXPECT_EQ(machine_.end(producer, true, 1).error, concurrent_transactions);
    EXPECT_EQ(machine_.init(60'000, {}, 8, 1).error, concurrent_transactions);
    EXPECT_FALSE(machine_.time_out(1'000'000).store);
    machine_.not_stored();
    EXPECT_EQ(state(), State::empty);
    EXPECT_EQ(take(machine_.add(producer, {pins}, 1)), none);
    EXPECT_EQ(state(), State::ongoing);
}

TEST_F(TransactionTest, AddingWhatIsThereStoresNothing) {
    const ProducerRef producer = begin_with(pins);
    const auto again = machine_.add(producer, {pins}, 3'000);
    EXPECT_EQ(again.error, none);
    EXPECT_FALSE(again.store);
}

TEST_F(TransactionTest, OthersAreRefused) {
    EXPECT_EQ(machine_.add({7, 0}, {pins}, 1).error, invalid_producer_id_mapping);  // nobody was here yet
    const ProducerRef producer = begin_with(pins);
    EXPECT_EQ(machine_.add({8, 0}, {pins}, 1).error, invalid_producer_id_mapping);
    EXPECT_EQ(machine_.end({8, 0}, true, 1).error, invalid_producer_id_mapping);
    EXPECT_EQ(machine_.add({7, 1}, {pins}, 1).error, producer_fenced);
    EXPECT_EQ(machine_.end({7, -1}, true, 1).error, producer_fenced);
    EXPECT_EQ(machine_.check_write(producer, pins), none);
    EXPECT_EQ(machine_.check_write(producer, users), invalid_txn_state);
    EXPECT_EQ(machine_.check_write({7, 3}, pins), producer_fenced);
    EXPECT_EQ(machine_.check_write({9, 0}, pins), invalid_producer_id_mapping);
}

TEST_F(TransactionTest, EndingIsAnsweredByWhatHasBeenDecided) {
    const ProducerRef producer = begin();
    EXPECT_EQ(machine_.end(producer, true, 1).error, invalid_txn_state);
    take(machine_.add(producer, {pins}, 2));
    take(machine_.end(producer, true, 3));
    EXPECT_EQ(machine_.end(producer, true, 4).error, concurrent_transactions);
    EXPECT_EQ(machine_.end(producer, false, 4).error, invalid_txn_state);
    take(machine_.complete(5));
    EXPECT_EQ(machine_.end(producer, true, 6).error, none);
    EXPECT_FALSE(machine_.end(producer, true, 6).store);
    EXPECT_EQ(machine_.end(producer, false, 6).error, invalid_txn_state);
}

TEST_F(TransactionTest, ANewProducerFencesTheOldOne) {
    const ProducerRef old = begin_with(pins);
    EXPECT_EQ(take(machine_.init(60'000, {}, 8, 3'000)), none);
    EXPECT_EQ(state(), State::prepare_abort);
    EXPECT_EQ(machine_.record().producer, (ProducerRef{7, 1}));  // the marker's: told to nobody
    EXPECT_EQ(machine_.end(old, true, 4'000).error, producer_fenced);
    EXPECT_EQ(machine_.init(60'000, {}, 8, 4'000).error, concurrent_transactions);
    take(machine_.complete(5'000));
    EXPECT_EQ(take(machine_.init(60'000, {}, 8, 6'000)), none);
    EXPECT_EQ(machine_.record().producer, (ProducerRef{7, 2}));
    EXPECT_EQ(state(), State::empty);
}

TEST_F(TransactionTest, ATimeOutAbortsAndFences) {
    const ProducerRef producer = begin_with(pins);
    EXPECT_EQ(take(machine_.time_out(70'000)), none);
    EXPECT_EQ(state(), State::prepare_abort);
    EXPECT_EQ(machine_.record().producer.epoch, 1);
    EXPECT_EQ(machine_.end(producer, true, 70'001).error, producer_fenced);
    EXPECT_FALSE(machine_.time_out(80'000).store);
    take(machine_.complete(70'002));
    EXPECT_FALSE(machine_.time_out(90'000).store);
    EXPECT_EQ(machine_.init(60'000, producer, 8, 90'000).error, producer_fenced);
}

TEST_F(TransactionTest, AProducerRaisesItsOwnEpochAndMayAskAgain) {
    const ProducerRef first = begin();
    EXPECT_EQ(take(machine_.init(60'000, first, 8, 2)), none);
    EXPECT_EQ(machine_.record().producer, (ProducerRef{7, 1}));
    EXPECT_EQ(take(machine_.init(60'000, first, 8, 3)), none);  // the answer got lost
    EXPECT_EQ(machine_.record().producer, (ProducerRef{7, 1}));
    EXPECT_EQ(take(machine_.init(60'000, ProducerRef{7, 1}, 8, 4)), none);
    EXPECT_EQ(machine_.record().producer, (ProducerRef{7, 2}));
    EXPECT_EQ(machine_.init(60'000, first, 8, 5).error, producer_fenced);
    EXPECT_EQ(machine_.init(60'000, ProducerRef{99, 2}, 8, 5).error, producer_fenced);
}

TEST_F(TransactionTest, AnOutdatedProducerCannotAbortItsSuccessor) {
    const ProducerRef old = begin();
    take(machine_.init(60'000, {}, 8, 2));
    take(machine_.add({7, 1}, {pins}, 3));
    EXPECT_EQ(machine_.init(60'000, old, 8, 4).error, producer_fenced);
    EXPECT_EQ(state(), State::ongoing);
}

TEST_F(TransactionTest, UsedUpEpochsGetANewId) {
    machine_ = Transaction(TransactionRecord{{7, Transaction::last_epoch}, 60'000, State::complete_commit, {}, 1, 1});
    EXPECT_EQ(take(machine_.init(60'000, ProducerRef{7, Transaction::last_epoch}, 8, 2)), none);
    EXPECT_EQ(machine_.record().producer, (ProducerRef{8, 0}));
    EXPECT_EQ(take(machine_.init(60'000, ProducerRef{7, Transaction::last_epoch}, 9, 3)), none);  // asked again
    EXPECT_EQ(machine_.record().producer, (ProducerRef{8, 0}));
}

TEST_F(TransactionTest, TheLastEpochCanStillBeFenced) {
    machine_ = Transaction(TransactionRecord{{7, Transaction::last_epoch}, 60'000, State::ongoing, {pins}, 1, 1});
    take(machine_.time_out(70'000));
    EXPECT_EQ(machine_.record().producer.epoch, INT16_MAX);
    take(machine_.complete(70'000));
    take(machine_.init(60'000, {}, 8, 80'000));
    EXPECT_EQ(machine_.record().producer, (ProducerRef{8, 0}));
}

TEST_F(TransactionTest, OnlyWhatIsIdleExpires) {
    const ProducerRef producer = begin();
    EXPECT_FALSE(machine_.expired(1'999, 1'000));
    EXPECT_TRUE(machine_.expired(2'000, 1'000));
    take(machine_.add(producer, {pins}, 2'000));
    EXPECT_FALSE(machine_.expired(9'000, 1'000));
    take(machine_.end(producer, true, 2'000));
    EXPECT_FALSE(machine_.expired(9'000, 1'000));
    take(machine_.complete(2'000));
    EXPECT_TRUE(machine_.expired(9'000, 1'000));
}

TEST(TransactionRecords, ComeBackAsTheyWere) {
    const TransactionRecord record{{5, 3}, 60'000, State::ongoing, {pins, users, {"users", 4}}, 9, 8};
    EXPECT_EQ(*decode_transaction_value(as_bytes(encode_transaction_value(record))), record);
    EXPECT_EQ(*decode_transaction_key(as_bytes(encode_transaction_key("tx"))), "tx");
    const TransactionRecord idle{{5, 3}, 60'000, State::empty, {}, 9, -1};
    EXPECT_EQ(*decode_transaction_value(as_bytes(encode_transaction_value(idle))), idle);
}

// TransactionLogKey and TransactionLogValue version 0, as Kafka writes them.
TEST(TransactionRecords, HaveKafkasBytes) {
    EXPECT_EQ(encode_transaction_key("tx"), std::string("\0\0\0\2tx", 6));
    const std::string expected(
        "\0\0"
        "\0\0\0\0\0\0\0\5"
        "\0\3"
        "\0\0\xea\x60"
        "\1"
        "\0\0\0\1"
        "\0\4pins"
        "\0\0\0\1\0\0\0\0"
        "\0\0\0\0\0\0\0\x9"
        "\0\0\0\0\0\0\0\x8",
        51);
    EXPECT_EQ(encode_transaction_value({{5, 3}, 60'000, State::ongoing, {pins}, 9, 8}), expected);
}

TEST(TransactionRecords, OfVersionOneAreRead) {
    const std::string flexible(
        "\0\1"
        "\0\0\0\0\0\0\0\5"
        "\0\3"
        "\0\0\xea\x60"
        "\1"
        "\2"
        "\5pins"
        "\2\0\0\0\0"
        "\0"
        "\0\0\0\0\0\0\0\x9"
        "\0\0\0\0\0\0\0\x8"
        "\1\0\x8\0\0\0\0\0\0\0\4",  // tag 0: the id before
        56);
    const auto record = decode_transaction_value(as_bytes(flexible));
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(*record, (TransactionRecord{{5, 3}, 60'000, State::ongoing, {pins}, 9, 8}));
}

TEST(TransactionRecords, BrokenOnesAreErrors) {
    const std::string good = encode_transaction_value({{5, 3}, 60'000, State::ongoing, {pins}, 9, 8});
    for (size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(decode_transaction_value(as_bytes(good.substr(0, size)))) << size;
    std::string strange = good;
    strange[16] = 9;  // the state
    EXPECT_FALSE(decode_transaction_value(as_bytes(strange)));
    strange = good;
    strange[1] = 2;  // the version
    EXPECT_FALSE(decode_transaction_value(as_bytes(strange)));
    EXPECT_FALSE(decode_transaction_key(as_bytes(std::string("\0\1\0\2tx", 6))));
    EXPECT_FALSE(decode_transaction_key(as_bytes(std::string("\0", 1))));
}

}  // namespace
}  // namespace pinflow::broker
