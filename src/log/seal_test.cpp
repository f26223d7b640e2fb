// A sealed partition: nothing new comes in, what was on its way goes on, and when its readers have all of it.
#include <gtest/gtest.h>

#include <future>

#include "base/faulty_disk.h"
#include "log/batch.h"
#include "log/gated_disk.h"
#include "log/log.h"

namespace pinflow::log {
namespace {

class Seal : public testing::Test {
  protected:
    Seal() { open(); }
    ~Seal() override { disk_.open_gate(); }

    void open() {
        log_.reset();
        Options options;
        options.background = false;
        log_ = *Log::open(disk_, system_clock(), "/data/log", options);
        partition_ = *log_->create("t", id_, 0, options.defaults);
    }
    AppendResult append(ProducerStamp stamp = {}) {
        BatchBuilder builder;
        builder.add(1, std::nullopt, as_bytes("value"));
        const MutableBytes batch = builder.finish();
        if (stamp.producer_id >= 0) stamp_producer(batch, stamp);
        return partition_->append(batch);
    }
    std::future<bool> ack(const AppendResult& appended) {
        EXPECT_TRUE(appended) << appended.error().message;
        auto promise = std::make_shared<std::promise<bool>>();
        auto future = promise->get_future();
        partition_->when_acked(appended->last_offset, Ack::durable,
                               [promise](Result<> outcome) { promise->set_value(outcome.has_value()); });
        return future;
    }
    static Refusal refusal(const AppendResult& sent) { return sent ? Refusal::none : sent.error().refusal; }

    FaultyDisk memory_{1};
    GatedDisk disk_{memory_};
    const Uuid id_ = Uuid::random();
    std::unique_ptr<Log> log_;
    std::shared_ptr<Partition> partition_;
};

TEST_F(Seal, LetsNothingNewIn) {
    EXPECT_TRUE(ack(append()).get());
    EXPECT_FALSE(partition_->complete()) << "more may come";
    partition_->seal();
    EXPECT_TRUE(partition_->sealed());
    EXPECT_EQ(refusal(append()), Refusal::sealed);
    EXPECT_EQ(partition_->end_offset(), 1);
    EXPECT_TRUE(partition_->complete());
    ASSERT_TRUE(partition_->delete_before(1)) << "retention goes on";
    EXPECT_TRUE(partition_->complete());
    open();
    EXPECT_TRUE(append()) << "whoever sealed it remembers it";
}

// A producer sends again what it has no answer for, and does not know that there is a gap in front of the rest.
TEST_F(Seal, KnowsWhatAProducerSendsAgain) {
    const auto first = append({7, 0, 0, false});
    partition_->seal();
    const auto again = append({7, 0, 0, false});
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->base_offset, first->base_offset);
    EXPECT_EQ(refusal(append({7, 0, 1, false})), Refusal::sealed);
    EXPECT_EQ(refusal(append({7, 0, 2, false})), Refusal::sealed) << "not the gap that the refusal has made";
    EXPECT_EQ(refusal(append({8, 0, 5, false})), Refusal::sealed);
    EXPECT_EQ(refusal(append({7, -1, 1, false})), Refusal::invalid_record);
}

TEST_F(Seal, IsCompleteWhenNothingIsOnItsWayToTheDisk) {
    disk_.shut("sync", "");
    auto acked = ack(append());
    ASSERT_TRUE(disk_.wait_for_somebody());
    partition_->seal();
    EXPECT_FALSE(partition_->complete());
    disk_.open_gate();
    EXPECT_TRUE(acked.get());
    EXPECT_TRUE(partition_->complete());
}

TEST_F(Seal, IsCompleteWhenTransactionsAreDecided) {
    EXPECT_TRUE(ack(append({7, 0, 0, true})).get());
    partition_->seal();
    EXPECT_FALSE(partition_->complete());
    EXPECT_EQ(refusal(append({7, 0, 1, true})), Refusal::sealed);
    EXPECT_FALSE(partition_->complete());
    EXPECT_TRUE(ack(partition_->append_marker(7, 0, {MarkerType::abort, 1})).get());
    EXPECT_EQ(partition_->last_stable_offset(), 2);
    EXPECT_TRUE(partition_->complete());
}

// Offsets that were given to records which could not be stored are never reached by a reader.
TEST_F(Seal, IsCompleteAlsoWhereTheLastRecordsFailed) {
    EXPECT_TRUE(ack(append()).get());
    memory_.fail_syncs(2);  // the write-ahead log's, then the segment's
    auto acked = ack(append());
    partition_->seal();
    EXPECT_FALSE(acked.get());
    EXPECT_EQ(partition_->stable_offset(), 1);
    EXPECT_EQ(partition_->end_offset(), 2);
    EXPECT_TRUE(partition_->complete());
}

}  // namespace
}  // namespace pinflow::log
