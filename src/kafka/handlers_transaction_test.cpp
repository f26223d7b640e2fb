#include "broker/groups_timer.h"
#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

class TransactionHandlersTest : public HandlersWorld {
  protected:
    void SetUp() override {
        HandlersWorld::SetUp();
        ASSERT_TRUE(topics_->create("pins", 1));
    }
    InitProducerIdResponse init(std::optional<std::string_view> id, int16_t version = 4, int32_t timeout_ms = 60'000) {
        InitProducerIdRequest request;
        request.transactional_id = id;
        request.transaction_timeout_ms = timeout_ms;
        return ask<InitProducerIdResponse>(request, version);
    }
    AddPartitionsToTxnResponse add(const InitProducerIdResponse& as,
                                   std::vector<AddPartitionsToTxnRequest::Topic> topics, int16_t version = 3) {
        AddPartitionsToTxnRequest request;
        request.transactional_id = "tx";
        request.producer_id = as.producer_id;
        request.producer_epoch = as.producer_epoch;
        request.topics = std::move(topics);
        return ask<AddPartitionsToTxnResponse>(request, version);
    }
    ErrorCode end(const InitProducerIdResponse& as, bool committed, int16_t version = 3) {
        EndTxnRequest request;
        request.transactional_id = "tx";
        request.producer_id = as.producer_id;
        request.producer_epoch = as.producer_epoch;
        request.committed = committed;
        return ask<EndTxnResponse>(request, version).error_code;
    }
    ErrorCode commit_offset(const InitProducerIdResponse& as) {
        TxnOffsetCommitRequest request;
        request.transactional_id = "tx";
        request.group_id = "readers";
        request.producer_id = as.producer_id;
        request.producer_epoch = as.producer_epoch;
        request.topics = {{"pins", {{0, 42, -1, "note"}}}};
        return ask<TxnOffsetCommitResponse>(request, 3).topics.at(0).partitions.at(0).error_code;
    }
    ErrorCode add_offsets(const InitProducerIdResponse& as, std::string_view group = "readers") {
        AddOffsetsToTxnRequest request;
        request.transactional_id = "tx";
        request.producer_id = as.producer_id;
        request.producer_epoch = as.producer_epoch;
        request.group_id = group;
        return ask<AddOffsetsToTxnResponse>(request, 3).error_code;
    }
    ErrorCode produce(const InitProducerIdResponse& as, int16_t version = 9) {
        log::BatchBuilder builder;
        builder.add(system_clock().wall_ms(), std::nullopt, as_bytes("value"));
        const MutableBytes batch = builder.finish();
        log::stamp_producer(batch, {.producer_id = as.producer_id, .epoch = as.producer_epoch, .transactional = true});
        ProduceRequest request;
        request.transactional_id = "tx";
        request.acks = -1;
        request.topics = {{.name = "pins", .partitions = {{.index = 0, .records = batch}}}};
        return ask<ProduceResponse>(request, version).topics.at(0).partitions.at(0).error_code;
    }
};

TEST_F(TransactionHandlersTest, EveryProducerHasAnIdOfItsOwn) {
    const auto one = init(std::nullopt);
    const auto two = init(std::nullopt, 5);
    EXPECT_EQ(one.error_code, ErrorCode::none);
    EXPECT_EQ(one.producer_epoch, 0);
    EXPECT_NE(one.producer_id, two.producer_id);
}

TEST_F(TransactionHandlersTest, NonsenseIsRefused) {
    EXPECT_EQ(init("").error_code, ErrorCode::invalid_request);
    EXPECT_EQ(init("tx", 4, 900'001).error_code, ErrorCode::invalid_transaction_timeout);
    InitProducerIdRequest half;
    half.producer_id = 5;
    EXPECT_EQ(ask<InitProducerIdResponse>(half, 4).error_code, ErrorCode::invalid_request);
}

TEST_F(TransactionHandlersTest, ATransactionWithOffsets) {
    const auto producer = init("tx");
    ASSERT_EQ(producer.error_code, ErrorCode::none);
    EXPECT_EQ(add(producer, {{"pins", {0}}}).topics.at(0).partitions.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(commit_offset(producer), ErrorCode::invalid_txn_state);  // the group was not added
    EXPECT_EQ(add_offsets(producer, ""), ErrorCode::invalid_group_id);
    EXPECT_EQ(add_offsets(producer), ErrorCode::none);
    EXPECT_EQ(commit_offset(producer), ErrorCode::none);
    EXPECT_EQ(end(producer, true), ErrorCode::none);
    EXPECT_EQ(groups_->fetch("readers", {}, true).at(0).committed.offset, 42);
    EXPECT_EQ(end(producer, false), ErrorCode::invalid_txn_state);
}

TEST_F(TransactionHandlersTest, AProducerThatCanAbortIsToldTo) {
    const auto producer = init("tx");
    EXPECT_EQ(produce(producer), ErrorCode::invalid_txn_state) << "the partition was not added";
    EXPECT_EQ(produce(producer, 11), ErrorCode::transaction_abortable);
    EXPECT_EQ(produce(producer, 12), ErrorCode::transaction_abortable);
    add(producer, {{"pins", {0}}});
    EXPECT_EQ(produce(producer, 11), ErrorCode::none);
}

TEST_F(TransactionHandlersTest, AllPartitionsOrNone) {
    const auto producer = init("tx");
    const auto answer = add(producer, {{"pins", {0, 1}}, {"nowhere", {0}}});
    EXPECT_EQ(answer.topics.at(0).partitions.at(0).error_code, ErrorCode::operation_not_attempted);
    EXPECT_EQ(answer.topics.at(0).partitions.at(1).error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(answer.topics.at(1).partitions.at(0).error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(end(producer, true), ErrorCode::invalid_txn_state);
}

TEST_F(TransactionHandlersTest, TheFencedAreTold) {
    const auto old = init("tx");
    const auto young = init("tx");
    EXPECT_EQ(young.producer_epoch, old.producer_epoch + 1);
    EXPECT_EQ(end(old, true), ErrorCode::producer_fenced);
    EXPECT_EQ(end(old, true, 1), ErrorCode::invalid_producer_epoch);
    EXPECT_EQ(add(old, {{"pins", {0}}}).topics.at(0).partitions.at(0).error_code, ErrorCode::producer_fenced);
    EXPECT_EQ(add(old, {{"pins", {0}}}, 1).topics.at(0).partitions.at(0).error_code, ErrorCode::invalid_producer_epoch);
    EXPECT_EQ(add_offsets(old), ErrorCode::producer_fenced);
    EXPECT_EQ(commit_offset(old), ErrorCode::invalid_producer_epoch);
    EXPECT_EQ(produce(old), ErrorCode::invalid_producer_epoch);
}

}  // namespace
}  // namespace pinflow::kafka
