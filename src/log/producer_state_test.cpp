// The rules for idempotent and transactional producers, and the files that keep what is known of them.
#include "log/producer_state.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/crc32c.h"
#include "base/faulty_disk.h"
#include "log/leader_epochs.h"
#include "log/producer_snapshot.h"
#include "log/transaction_index.h"

namespace pinflow::log {
namespace {

constexpr int64_t id = 7;

// As the log does it: checked, then given the next offset.
class Producers : public testing::Test {
  protected:
    static BatchHeader batch(int16_t epoch, int32_t sequence, int32_t count, bool transactional = false) {
        BatchHeader header{};
        header.attributes = transactional ? 16 : 0;
        header.last_offset_delta = count - 1;
        header.record_count = count;
        header.producer_id = id;
        header.producer_epoch = epoch;
        header.base_sequence = sequence;
        return header;
    }
    // The offset, or the refusal as a negative number.
    int64_t send(BatchHeader header) {
        const auto known = state_.check(header);
        if (!known) return -static_cast<int64_t>(known.error().refusal);
        if (*known) return (*known)->base_offset();
        header.base_offset = end_;
        end_ = header.last_offset() + 1;
        state_.apply(header, std::nullopt, now_);
        return header.base_offset;
    }
    void find(BatchHeader header) {
        header.base_offset = end_;
        end_ = header.last_offset() + 1;
        state_.apply(header, std::nullopt, now_, true);
    }
    std::optional<CompletedTransaction> mark(int16_t epoch, MarkerType type, int32_t coordinator_epoch = 0) {
        BatchHeader header = batch(epoch, -1, 1, true);
        header.attributes |= 32;
        header.base_offset = end_++;
        return state_.apply(header, Marker{type, coordinator_epoch}, now_);
    }
    static int64_t refused(Refusal why) { return -static_cast<int64_t>(why); }

    ProducerState state_;
    int64_t end_ = 0;
    int64_t now_ = 1000;
};

TEST_F(Producers, TheLastFiveBatchesAreDuplicatesOlderOnesAndGapsAreOutOfOrder) {
    for (int i = 0; i < 7; ++i) EXPECT_EQ(send(batch(0, i * 10, 10)), i * 10);
    for (int i = 2; i < 7; ++i) EXPECT_EQ(send(batch(0, i * 10, 10)), i * 10) << "a duplicate";
    EXPECT_EQ(end_, 70);
    EXPECT_EQ(send(batch(0, 10, 10)), refused(Refusal::out_of_order_sequence));
    EXPECT_EQ(send(batch(0, 60, 5)), refused(Refusal::out_of_order_sequence)) << "not the whole batch";
    EXPECT_EQ(send(batch(0, 80, 10)), refused(Refusal::out_of_order_sequence));
    EXPECT_EQ(send(batch(0, 70, 10)), 70);
}

TEST_F(Producers, EpochsFenceAndBeginAtZero) {
    EXPECT_EQ(send(batch(3, 0, 1)), 0);
    EXPECT_EQ(send(batch(2, 1, 1)), refused(Refusal::invalid_producer_epoch));
    EXPECT_EQ(send(batch(4, 1, 1)), refused(Refusal::out_of_order_sequence));
    EXPECT_EQ(send(batch(4, 0, 1)), 1);
    EXPECT_EQ(send(batch(3, 0, 1)), refused(Refusal::invalid_producer_epoch)) << "though it was there once";
}

TEST_F(Producers, SequencesGoOnAtZero) {
    EXPECT_EQ(send(batch(0, INT32_MAX - 4, 3)), 0) << "an unknown producer may begin anywhere";
    EXPECT_EQ(send(batch(0, INT32_MAX - 1, 5)), 3) << "over the end";
    EXPECT_EQ(send(batch(0, INT32_MAX - 1, 5)), 3);
    EXPECT_EQ(send(batch(0, 3, 1)), 8);
    EXPECT_EQ(send(batch(0, 2, 1)), refused(Refusal::out_of_order_sequence));
}

TEST_F(Producers, ATransactionEndsWithItsMarker) {
    EXPECT_EQ(state_.first_open(), INT64_MAX);
    EXPECT_EQ(send(batch(0, 0, 5, true)), 0);
    EXPECT_EQ(send(batch(0, 5, 5, true)), 5);
    EXPECT_EQ(state_.first_open(), 0);
    EXPECT_EQ(send(batch(0, 10, 1)), refused(Refusal::invalid_transaction_state));
    EXPECT_EQ(send(batch(0, 5, 5, true)), 5) << "duplicates are known in transactions too";
    const auto ended = mark(0, MarkerType::abort);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->aborted);
    EXPECT_EQ(ended->first_offset, 0);
    EXPECT_EQ(ended->marker_offset, 10);
    EXPECT_EQ(state_.first_open(), INT64_MAX);
    EXPECT_FALSE(mark(0, MarkerType::commit)) << "nothing was open";
    EXPECT_EQ(send(batch(0, 10, 1)), 12) << "sequences go on";
}

TEST_F(Producers, ASequenceOfATransactionThatHasEndedIsNoDuplicate) {
    EXPECT_EQ(send(batch(0, 0, 1, true)), 0);
    EXPECT_EQ(send(batch(0, 0, 1, true)), 0);
    mark(0, MarkerType::abort);
    EXPECT_EQ(send(batch(0, 0, 1, true)), refused(Refusal::out_of_order_sequence)) << "before the next one begins";
    EXPECT_EQ(send(batch(0, 1, 1, true)), 2);
    EXPECT_EQ(send(batch(0, 0, 1, true)), refused(Refusal::out_of_order_sequence)) << "in the next one";
    EXPECT_EQ(send(batch(0, 1, 1, true)), 2);
}

TEST_F(Producers, MarkersFenceProducersAndCoordinators) {
    EXPECT_EQ(send(batch(0, 0, 5, true)), 0);
    mark(1, MarkerType::abort, 5);  // the coordinator raised the epoch
    EXPECT_EQ(send(batch(0, 5, 1, true)), refused(Refusal::invalid_producer_epoch));
    EXPECT_EQ(state_.check(id, 0, 9).error().refusal, Refusal::invalid_producer_epoch);
    EXPECT_EQ(state_.check(id, 1, 4).error().refusal, Refusal::coordinator_fenced);
    EXPECT_TRUE(state_.check(id, 1, 5));
    EXPECT_EQ(send(batch(1, 5, 1, true)), refused(Refusal::out_of_order_sequence));
    EXPECT_EQ(send(batch(1, 0, 1, true)), 6);
}

TEST_F(Producers, WhatAPowerLossToreOutMayComeAgainInOrder) {
    find(batch(0, 0, 2));
    end_ += 6;             // 2 and 4 to 7 were torn, never acked
    find(batch(0, 8, 2));  // but this one reached the disk
    find(batch(0, 10, 2));
    EXPECT_EQ(send(batch(0, 4, 2)), refused(Refusal::out_of_order_sequence)) << "2 comes first";
    EXPECT_EQ(send(batch(0, 2, 2)), 12);
    EXPECT_EQ(send(batch(0, 2, 2)), 12);
    EXPECT_EQ(send(batch(0, 4, 8)), refused(Refusal::out_of_order_sequence)) << "larger than the gap";
    EXPECT_EQ(send(batch(0, 4, 4)), 14);
    EXPECT_EQ(send(batch(0, 8, 2)), 8) << "this one is there";
    EXPECT_EQ(send(batch(0, 10, 2)), 10);
    EXPECT_EQ(send(batch(0, 12, 2)), 18);
}

TEST_F(Producers, AlsoBeforeTheFirstBatchThatIsKnown) {
    find(batch(0, 3, 1));
    EXPECT_EQ(send(batch(0, 0, 1)), 1);
    EXPECT_EQ(send(batch(0, 2, 1)), refused(Refusal::out_of_order_sequence));
    EXPECT_EQ(send(batch(0, 1, 2)), 2);
    EXPECT_EQ(send(batch(0, 3, 1)), 0);
    EXPECT_EQ(send(batch(0, 4, 1)), 4);
}

TEST_F(Producers, AlsoOverASnapshotAndWhenTheyAreFoundInTheOrderOfTheLog) {
    find(batch(0, 3, 1));
    find(batch(0, 4, 1));
    state_ = *read_producer_snapshot(as_bytes(write_producer_snapshot(state_)));
    const ProducerState kept = state_;
    EXPECT_EQ(send(batch(0, 0, 3)), 2);
    EXPECT_EQ(send(batch(0, 5, 1)), 5);
    state_ = kept;
    end_ = 2;
    find(batch(0, 0, 3));
    find(batch(0, 5, 1));
    EXPECT_EQ(send(batch(0, 0, 3)), 2);
    EXPECT_EQ(send(batch(0, 4, 1)), 1);
    EXPECT_EQ(send(batch(0, 6, 1)), 6);
    EXPECT_EQ(send(batch(0, 7, 1)), 7);
    find(batch(0, 0, 1));
    EXPECT_EQ(send(batch(0, 8, 1)), 9) << "what is older than all that is remembered changes nothing";
}

TEST_F(Producers, ExpireWhenSilentButNotInATransaction) {
    EXPECT_EQ(send(batch(0, 0, 1)), 0);
    BatchHeader other = batch(0, 0, 1, true);
    other.producer_id = 8;
    now_ = 5000;
    send(other);
    state_.expire(10'000, 10'000);
    EXPECT_EQ(state_.size(), 2u);
    state_.expire(700'000, 10'000);
    EXPECT_EQ(state_.size(), 1u);
    EXPECT_TRUE(state_.find(8));
    EXPECT_EQ(send(batch(0, 20, 1)), 2) << "unknown again";
}

TEST_F(Producers, SnapshotsKeepAll) {
    for (int i = 0; i < 7; ++i) send(batch(2, i * 3, 3, true));
    BatchHeader marked = batch(5, -1, 1, true);
    marked.producer_id = 1'000'000;
    marked.attributes |= 32;
    marked.base_offset = end_;
    state_.apply(marked, Marker{MarkerType::commit, 9}, now_);
    const std::string text = write_producer_snapshot(state_);
    EXPECT_EQ(text.size(), 10u + 46 * 6);
    auto read = read_producer_snapshot(as_bytes(text));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->size(), 2u);
    EXPECT_EQ(*read->find(id), *state_.find(id));
    EXPECT_EQ(read->find(1'000'000)->coordinator_epoch, 9);
    EXPECT_EQ(read->find(1'000'000)->epoch, 5);
    EXPECT_EQ(read->first_open(), 0);
    for (size_t i = 0; i < text.size(); ++i) {
        std::string torn = text;
        torn[i] = static_cast<char>(torn[i] ^ 1);
        EXPECT_FALSE(read_producer_snapshot(as_bytes(torn))) << i;
        EXPECT_FALSE(read_producer_snapshot(as_bytes(std::string_view(text).substr(0, i)))) << i;
    }
}

TEST(TransactionIndexTest, FindsWhatOverlapsAndKeepsItAcrossSaves) {
    FaultyDisk disk(1);
    TransactionIndex index("/t/0");
    for (int64_t i = 0; i < 100; ++i) {
        index.add({i, i * 10, i * 10 + 9, i * 10 + 10});
        if (i % 7 == 6) ASSERT_TRUE(index.save(disk));
    }
    std::vector<AbortedTransaction> found;
    EXPECT_TRUE(*index.collect(disk, 495, 515, found)) << "no later segment has more";
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0], (AbortedTransaction{49, 490, 499, 500}));
    EXPECT_EQ(found[2].first_offset, 510);
    found.clear();
    EXPECT_FALSE(*index.collect(disk, 995, 2000, found));
    EXPECT_EQ(found.size(), 1u);
    ASSERT_TRUE(index.save(disk));
    EXPECT_EQ(index.file_bytes(), 3400u);
    TransactionIndex again("/t/0");
    ASSERT_TRUE(again.adopt_until(disk, 0, 500, true));
    EXPECT_EQ(again.file_bytes(), 50u * 34);
    ASSERT_TRUE(again.save(disk));
    EXPECT_EQ(read_file(disk, "/t/0.txnindex")->size(), 50u * 34) << "what was dropped is gone for good";
}

TEST(LeaderEpochsTest, AnswersAsKafka) {
    FaultyDisk disk(1);
    LeaderEpochs epochs;
    EXPECT_EQ(epochs.end_of(0, 40), (EpochEnd{0, 40}));
    EXPECT_EQ(epochs.end_of(1, 40), EpochEnd());
    ASSERT_TRUE(epochs.raise(disk, "/t", 10));
    ASSERT_TRUE(epochs.raise(disk, "/t", 20));
    ASSERT_TRUE(epochs.raise(disk, "/t", 20));
    EXPECT_EQ(epochs.current(), 3);
    EXPECT_EQ(*read_file(disk, "/t/leader-epoch-checkpoint"), "0\n3\n0 0\n1 10\n3 20\n");
    LeaderEpochs read;
    ASSERT_TRUE(read.load(disk, "/t"));
    EXPECT_EQ(read.end_of(0, 40), (EpochEnd{0, 10}));
    EXPECT_EQ(read.end_of(1, 40), (EpochEnd{1, 20}));
    EXPECT_EQ(read.end_of(2, 40), (EpochEnd{1, 20})) << "it wrote nothing";
    EXPECT_EQ(read.end_of(3, 40), (EpochEnd{3, 40}));
    EXPECT_EQ(read.end_of(4, 40), EpochEnd());
    EXPECT_EQ(read.end_of(-1, 40), EpochEnd());
    EXPECT_EQ(read.at(9), 0);
    EXPECT_EQ(read.at(10), 1);
    EXPECT_EQ(read.at(25), 3);
    EXPECT_TRUE(read.superseded(0, 10));
    EXPECT_FALSE(read.superseded(1, 19));
    EXPECT_TRUE(read.superseded(2, 20));
    ASSERT_TRUE(read.raise(disk, "/t", 15));
    EXPECT_EQ(read.list(), (std::vector<EpochStart>{{0, 0}, {1, 10}, {4, 15}}));
    EXPECT_TRUE(read.superseded(3, 20)) << "by what replaced it";
}

}  // namespace
}  // namespace pinflow::log
