// Records in the log as no Kinesis client writes them: transactions, keys and times of producers, damage; and the clock
// at work.
#include "base/base64.h"
#include "base/text.h"
#include "kinesis/kinesis_world.h"
#include "kinesis/reads.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class RecordsLogTest : public KinesisTest {
  protected:
    RecordsLogTest() {
        create("s", 1);
        topic_ = topics_->find("s");
    }

    log::Partition& partition() { return *topic_->partitions[0]; }
    void wait_for(int64_t offset) {
        std::promise<Result<>> acked;
        partition().when_acked(offset, log::Ack::durable, [&](Result<> result) { acked.set_value(std::move(result)); });
        ASSERT_TRUE(acked.get_future().get());
    }
    void append(std::string_view value, std::optional<int64_t> time_ms = {}, log::ProducerStamp stamp = {}) {
        log::BatchBuilder builder;
        builder.add(time_ms.value_or(clock_.wall_ms()), std::nullopt, as_bytes(value));
        append(builder.finish(), stamp);
    }
    void append_pair(std::optional<std::string_view> key, std::optional<std::string_view> value) {
        const auto bytes = [](auto text) { return text ? std::optional(as_bytes(*text)) : std::nullopt; };
        log::BatchBuilder builder;
        builder.add(clock_.wall_ms(), bytes(key), bytes(value));
        append(builder.finish());
    }
    void append(MutableBytes batch, log::ProducerStamp stamp = {}) {
        if (stamp.producer_id >= 0) log::stamp_producer(batch, stamp);
        const auto appended = partition().append(batch);
        ASSERT_TRUE(appended) << appended.error().message;
        wait_for(appended->last_offset);
    }
    void end(int64_t producer, log::MarkerType type) {
        const auto appended = partition().append_marker(producer, 0, {type, 1});
        ASSERT_TRUE(appended) << appended.error().message;
        wait_for(appended->last_offset);
    }
    static std::vector<std::string> texts(const std::string& answer) {
        std::vector<std::string> decoded;
        for (const auto& each : data_of(answer)) decoded.push_back(base64_decode(each).value());
        return decoded;
    }

    broker::TopicPtr topic_;
};

TEST_F(RecordsLogTest, AnUndecidedTransactionIsWaitedForAndAnAbortedOnePassedOver) {
    append("before");
    append("in it", {}, {7, 0, 0, true});
    append("behind it");
    std::string answer = records(iterator("s", "TRIM_HORIZON"));
    EXPECT_THAT(texts(answer), ElementsAre("before"));
    EXPECT_THAT(answer, HasSubstr(R"("MillisBehindLatest":0)"));
    const std::string next = member(answer, "NextShardIterator"), latest = iterator("s", "LATEST");
    EXPECT_THAT(texts(records(next)), ElementsAre());
    end(7, log::MarkerType::commit);
    EXPECT_THAT(texts(records(next)), ElementsAre("in it", "behind it"));
    EXPECT_THAT(texts(records(latest)), ElementsAre("in it", "behind it"));
    append("never", {}, {7, 0, 1, true});
    append("last");
    end(7, log::MarkerType::abort);
    EXPECT_THAT(texts(records(next)), ElementsAre("in it", "behind it", "last"));
}

TEST_F(RecordsLogTest, ReadsOnlySoMuchOfTheLogAtATime) {
    const std::string value(1000, 'x');
    for (int i = 0; i < 20; ++i) append(value, {}, {7, 0, i, true});
    end(7, log::MarkerType::abort);
    append("good");
    size_t reads = 0, found = 0;
    for (int64_t offset = 0; found == 0; ++reads) {
        ASSERT_LT(reads, 30u);
        Answer answer(Format::json);
        const auto result =
            read_records(*topic_, ShardTree::uniform(1, 0)[0], offset, {.bytes = 1500, .log_bytes = 3000}, answer);
        ASSERT_TRUE(result);
        ASSERT_GT(result->next_offset, offset);
        EXPECT_EQ(result->at_end, result->records > 0);
        offset = result->next_offset;
        found = result->records;
    }
    EXPECT_GE(reads, 5u);
    EXPECT_THAT(texts(records(iterator("s", "TRIM_HORIZON"))), ElementsAre("good"));
}

TEST_F(RecordsLogTest, AReadOnTheThreadThatAskedStaysSmall) {
    for (int i = 0; i < 100; ++i) append("small");
    const std::string latest = iterator("s", "LATEST"), large(100'000, 'x');
    for (int i = 0; i < 4; ++i) append(large);  // few, and on average the stream's records are small
    const std::string answer = records(latest);
    EXPECT_EQ(data_of(answer).size(), 2u);
    EXPECT_EQ(data_of(records(member(answer, "NextShardIterator"))).size(), 2u);
    EXPECT_EQ(data_of(records(iterator("s", "TRIM_HORIZON"))).size(), 104u);
}

TEST_F(RecordsLogTest, TimesOfProducersAreShownWithinWhatClientsTake) {
    const int64_t now_ms = clock_.wall_ms();
    append("microseconds", now_ms * 1000);
    append("before 1970", -5);
    append("no time is later", INT64_MAX);
    const std::string answer = records(iterator("s", "TRIM_HORIZON"), R"(,"Limit":2)");
    EXPECT_THAT(answer, HasSubstr(R"("ApproximateArrivalTimestamp":253402214399.999,)"));
    EXPECT_THAT(answer, HasSubstr(R"("ApproximateArrivalTimestamp":0.000,)"));
    const std::string rest = records(member(answer, "NextShardIterator"));
    EXPECT_THAT(texts(rest), ElementsAre("no time is later"));
    const std::string number = numbers_of(rest).at(0);
    const std::string from = fmt::format(R"(,"StartingSequenceNumber":"{}")", number);
    EXPECT_THAT(texts(records(iterator("s", "AT_SEQUENCE_NUMBER", from))), ElementsAre("no time is later"));
}

TEST_F(RecordsLogTest, RecordsOfOtherDoorsHavePartitionKeys) {
    append_pair(std::nullopt, "no key");
    append_pair("", "empty key");
    append_pair("\xff\x01", "bytes");
    append_pair(std::string(300, 'k'), "long");
    append_pair("fine", std::nullopt);
    const std::string answer = records(iterator("s", "TRIM_HORIZON"));
    EXPECT_THAT(texts(answer), ElementsAre("no key", "empty key", "bytes", "long", ""));
    EXPECT_THAT(answer, HasSubstr(R"("PartitionKey":"-")"));
    EXPECT_THAT(answer, HasSubstr(R"("PartitionKey":"ff01")"));
    EXPECT_THAT(answer, HasSubstr(fmt::format(R"("PartitionKey":"{}")", hex_encode(as_bytes(std::string(128, 'k'))))));
    EXPECT_THAT(answer, HasSubstr(R"("PartitionKey":"fine")"));
}

TEST_F(RecordsLogTest, ARecordHasOneSequenceNumberWhateverTheClockDoes) {
    clock_.each_look_ms = 1000;
    std::vector<std::string> given;
    for (int i = 0; i < 3; ++i) given.push_back(member(put("s", {"x", "k", {}}).value(), "SequenceNumber"));
    EXPECT_EQ(numbers_of(records(iterator("s", "TRIM_HORIZON"))), given);
    ASSERT_TRUE(topics_->set_config("s", {{"message.timestamp.type", "LogAppendTime"}}));
    given.push_back(member(put("s", {"x", "k", {}}).value(), "SequenceNumber"));
    EXPECT_EQ(numbers_of(records(iterator("s", "TRIM_HORIZON"))), given);
}

TEST_F(RecordsLogTest, WhatLiesBeforeDamageIsGivenFirst) {
    append("1");
    append("2");
    log::BatchBuilder builder;
    builder.add(clock_.wall_ms(), std::nullopt, as_bytes("a value"));
    const MutableBytes damaged = builder.finish();
    damaged[log::batch_header_size] = std::byte{1};  // no record is minus one byte long
    log::seal_batch(damaged);
    append(damaged);
    const std::string answer = records(iterator("s", "TRIM_HORIZON"));
    EXPECT_THAT(texts(answer), ElementsAre("1", "2"));
    EXPECT_THAT(answer, Not(HasSubstr(R"("MillisBehindLatest":0)")));
    const std::string next = member(answer, "NextShardIterator");
    const auto refused = act("GetRecords", fmt::format(R"({{"ShardIterator":"{}"}})", next));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, "InternalFailure");
}

}  // namespace
}  // namespace pinflow::kinesis
