#include "broker/groups_timer.h"
#include "kafka/handlers_world.h"
#include "log/batch.h"

namespace pinflow::kafka {
namespace {

class TransactionAdminTest : public HandlersWorld {
  protected:
    void SetUp() override {
        HandlersWorld::SetUp();
        ASSERT_TRUE(topics_->create("pins", 2));
    }
    InitProducerIdResponse init(std::string_view id) {
        InitProducerIdRequest request;
        request.transactional_id = id;
        request.transaction_timeout_ms = 60'000;
        return ask<InitProducerIdResponse>(request, 4);
    }
    InitProducerIdResponse begin_in(std::string_view id, std::vector<int32_t> partitions) {
        const auto producer = init(id);
        AddPartitionsToTxnRequest request;
        request.transactional_id = id;
        request.producer_id = producer.producer_id;
        request.producer_epoch = producer.producer_epoch;
        request.topics = {{"pins", std::move(partitions)}};
        EXPECT_EQ(ask<AddPartitionsToTxnResponse>(request, 3).topics.at(0).partitions.at(0).error_code,
                  ErrorCode::none);
        return producer;
    }
    void write(const InitProducerIdResponse& producer, int32_t sequence, int records, bool transactional) {
        log::BatchBuilder builder;
        for (int i = 0; i < records; ++i) builder.add(1'600'000'000'000, as_bytes("key"), as_bytes("value"));
        const auto made = builder.finish();
        std::vector<std::byte> batch(made.begin(), made.end());
        log::stamp_producer(batch, {.producer_id = producer.producer_id,
                                    .epoch = producer.producer_epoch,
                                    .base_sequence = sequence,
                                    .transactional = transactional});
        ASSERT_TRUE(topics_->find("pins")->partitions[0]->append(batch));
    }
    DescribeProducersResponse::Partition producers(std::string_view topic, int32_t partition) {
        DescribeProducersRequest request;
        request.topics = {{topic, {partition}}};
        return ask<DescribeProducersResponse>(request, 0).topics.at(0).partitions.at(0);
    }
    // "one=Ongoing two=Empty | unknown"
    std::string list(std::vector<std::string_view> states = {}, std::vector<int64_t> ids = {}, int64_t longer_ms = -1) {
        ListTransactionsRequest request;
        request.state_filters = std::move(states);
        request.producer_id_filters = std::move(ids);
        request.duration_filter = longer_ms;
        const auto answer = ask<ListTransactionsResponse>(request, 1);
        EXPECT_EQ(answer.error_code, ErrorCode::none);
        std::string all;
        for (const auto& each : answer.transactions) all += fmt::format("{}={} ", each.transactional_id, each.state);
        for (const auto& each : answer.unknown_state_filters) all += "| " + each;
        return all;
    }
    DescribeTransactionsResponse::Transaction describe(std::string_view id) {
        DescribeTransactionsRequest request;
        request.transactional_ids = {id};
        return ask<DescribeTransactionsResponse>(request, 0).transactions.at(0);
    }
};

TEST_F(TransactionAdminTest, ProducersOfAPartition) {
    EXPECT_TRUE(producers("pins", 0).active_producers.empty());
    const auto plain = init("unused");
    write(plain, 0, 3, false);
    const auto transactional = begin_in("tx", {0});
    write(transactional, 0, 2, true);
    const auto told = producers("pins", 0).active_producers;
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].producer_id, plain.producer_id);
    EXPECT_EQ(told[0].producer_epoch, 0);
    EXPECT_EQ(told[0].last_sequence, 2);
    EXPECT_GT(told[0].last_timestamp, 0);
    EXPECT_EQ(told[0].current_txn_start_offset, -1);
    EXPECT_EQ(told[1].producer_id, transactional.producer_id);
    EXPECT_EQ(told[1].last_sequence, 1);
    EXPECT_EQ(told[1].current_txn_start_offset, 3);
    EXPECT_TRUE(producers("pins", 1).active_producers.empty());
}

TEST_F(TransactionAdminTest, OfAPartitionThatIsNone) {
    EXPECT_EQ(producers("pins", 2).error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(producers("nowhere", 0).error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(producers("pi/ns", 0).error_code, ErrorCode::invalid_topic_exception);
}

TEST_F(TransactionAdminTest, ATransactionIsToldOnce) {
    init("tx");
    DescribeTransactionsRequest request;
    request.transactional_ids = {"tx", "nobody", "tx", "nobody"};
    EXPECT_EQ(ask<DescribeTransactionsResponse>(request, 0).transactions.size(), 2U);
}

TEST_F(TransactionAdminTest, APartitionIsToldOnce) {
    DescribeProducersRequest request;
    request.topics = {{"pins", {0, 0, 1}}, {"pins", {1}}};
    const auto answer = ask<DescribeProducersResponse>(request, 0);
    EXPECT_EQ(answer.topics.at(0).partitions.size(), 2U);
    EXPECT_TRUE(answer.topics.at(1).partitions.empty());
}

TEST_F(TransactionAdminTest, TransactionsAreListed) {
    EXPECT_EQ(list(), "");
    const auto one = begin_in("one", {0});
    init("two");
    EXPECT_EQ(list(), "one=Ongoing two=Empty ");
    EXPECT_EQ(list({"Ongoing"}), "one=Ongoing ");
    EXPECT_EQ(list({"Empty", "Nonsense", "PrepareEpochFence"}), "two=Empty | Nonsense");
    EXPECT_EQ(list({}, {one.producer_id, 12345}), "one=Ongoing ");
    EXPECT_EQ(list({"Empty"}, {one.producer_id}), "");
    EXPECT_EQ(list({}, {}, 3'600'000), "") << "none runs for an hour";
    EXPECT_EQ(list({}, {}, INT64_MIN), "one=Ongoing two=Empty ");
    EXPECT_EQ(list({}, {}, INT64_MAX), "");
}

TEST_F(TransactionAdminTest, ATransactionIsDescribed) {
    const auto producer = begin_in("tx", {1, 0});
    const auto told = describe("tx");
    EXPECT_EQ(told.error_code, ErrorCode::none);
    EXPECT_EQ(told.state, "Ongoing");
    EXPECT_EQ(told.transaction_timeout_ms, 60'000);
    EXPECT_GT(told.transaction_start_time_ms, 1'600'000'000'000);
    EXPECT_EQ(told.producer_id, producer.producer_id);
    EXPECT_EQ(told.producer_epoch, producer.producer_epoch);
    ASSERT_EQ(told.topics.size(), 1U);
    EXPECT_EQ(told.topics[0].name, "pins");
    EXPECT_EQ(told.topics[0].partitions, (std::vector{0, 1}));
    init("idle");
    EXPECT_EQ(describe("idle").state, "Empty");
    EXPECT_EQ(describe("idle").transaction_start_time_ms, -1);
    EXPECT_EQ(describe("nobody").error_code, ErrorCode::transactional_id_not_found);
    EXPECT_EQ(describe("").error_code, ErrorCode::invalid_request);
}

}  // namespace
}  // namespace pinflow::kafka
