// Records in and out by the service's own actions: iterators of every kind, pages, what other doors have written.
#include <thread>

#include "base/base64.h"
#include "base/text.h"
#include "kinesis/iterator.h"
#include "kinesis/kinesis_world.h"
#include "kinesis/labels.h"
#include "kinesis/reads.h"
#include "kinesis/sequence.h"
#include "kinesis/token.h"

namespace pinflow::kinesis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class RecordsTest : public KinesisTest {
  protected:
    RecordsTest() { create("s", 1); }

    // Puts "1", "2", … and answers with their sequence numbers.
    std::vector<std::string> put_numbers(int count) {
        std::vector<std::string> numbers;
        for (int i = 1; i <= count; ++i)
            numbers.push_back(member(put("s", {std::to_string(i), "k", {}}).value(), "SequenceNumber"));
        return numbers;
    }
    std::vector<std::string> texts(const std::string& answer) {
        std::vector<std::string> decoded;
        for (const auto& each : data_of(answer)) decoded.push_back(base64_decode(each).value());
        return decoded;
    }
};

TEST_F(RecordsTest, NativePutsAreReadBackAsTheyWere) {
    EXPECT_THAT(act("PutRecord", R"({"StreamName":"s","Data":"AQID","PartitionKey":"ä"})").value(),
                StartsWith(R"({"SequenceNumber":")"));
    EXPECT_THAT(act("PutRecords",
                    R"({"StreamARN":"arn:aws:kinesis:us-east-1:111122223333:stream/s","Records":[
                        {"Data":"","PartitionKey":"k"},{"Data":"/w==","PartitionKey":"l","ExplicitHashKey":"0"}]})")
                    .value(),
                StartsWith(R"({"FailedRecordCount":0,"Records":[{"SequenceNumber":")"));
    const std::string answer = records(iterator("s", "TRIM_HORIZON"));
    EXPECT_THAT(data_of(answer), ElementsAre("AQID", "", "/w=="));
    EXPECT_THAT(answer, HasSubstr(R"("PartitionKey":"ä")"));
    EXPECT_THAT(answer, HasSubstr(R"("MillisBehindLatest":0,"NextShardIterator":")"));
}

TEST_F(RecordsTest, RefusesPutsInTheServicesWords) {
    EXPECT_EQ(refusal("PutRecord", R"({"StreamName":"s","PartitionKey":"k"})"),
              "ValidationException: 1 validation error detected: Value null at 'data' failed to satisfy constraint: "
              "Member must not be null");
    EXPECT_EQ(refusal("PutRecord", R"({"StreamName":"s","Data":"abc","PartitionKey":"k"})"),
              "SerializationException: 'abc' can not be converted to a Blob: Base64 encoded length is expected a "
              "multiple of 4 bytes but found: 3");
    EXPECT_EQ(refusal("PutRecord", R"({"StreamName":"s","Data":"YQ==","PartitionKey":7})"),
              "SerializationException: class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be "
              "converted to an String");
    EXPECT_EQ(
        refusal("PutRecords", R"({"StreamName":"s","Records":[{"Data":"YQ==","PartitionKey":"k"},{"Data":"YQ=="}]})"),
        "ValidationException: 1 validation error detected: Value null at 'records.2.member.partitionKey' failed to "
        "satisfy constraint: Member must not be null");
    EXPECT_THAT(
        refusal("PutRecords", R"({"StreamName":"s","Records":[]})"),
        HasSubstr("at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1"));
    EXPECT_EQ(refusal("PutRecords", R"({"StreamName":"s","Records":{}})"),
              "SerializationException: Start of structure or map found where not expected.");
    EXPECT_EQ(
        refusal("PutRecord", R"({"Data":"YQ==","PartitionKey":"k"})"),
        "ValidationException: 1 validation error detected: Value null at 'streamName' failed to satisfy constraint: "
        "Member must not be null");
    EXPECT_THAT(
        refusal(
            "PutRecord",
            R"({"StreamName":"t","StreamARN":"arn:aws:kinesis:x:111122223333:stream/s","Data":"YQ==","PartitionKey":"k"})"),
        StartsWith("InvalidArgumentException: "));
    EXPECT_EQ(topics_->find("s")->partitions[0]->end_offset(), 0);
}

TEST_F(RecordsTest, IteratorsOfEveryKind) {
    const auto numbers = put_numbers(3);
    const int64_t between_ms = clock_.wall_ms() + 1000;
    clock_.ahead_ms += 2000;
    ASSERT_TRUE(put("s", {"4", "k", {}}));
    clock_.ahead_ms += 2000;
    const auto at = [&](std::string_view number) { return fmt::format(R"(,"StartingSequenceNumber":"{}")", number); };
    const auto read = [&](std::string_view type, std::string_view more = "") {
        return texts(records(iterator("s", type, more)));
    };
    EXPECT_THAT(read("TRIM_HORIZON"), ElementsAre("1", "2", "3", "4"));
    EXPECT_THAT(read("LATEST"), ElementsAre());
    EXPECT_THAT(read("AT_SEQUENCE_NUMBER", at(numbers[1])), ElementsAre("2", "3", "4"));
    EXPECT_THAT(read("AFTER_SEQUENCE_NUMBER", at(numbers[1])), ElementsAre("3", "4"));
    const std::string start = starting_sequence_number(stream_created_ms(*topics_->find("s")), 0);
    EXPECT_THAT(read("AT_SEQUENCE_NUMBER", at(start)), ElementsAre("1", "2", "3", "4"));
    EXPECT_THAT(read("AFTER_SEQUENCE_NUMBER", at(start)), ElementsAre("1", "2", "3", "4"));
    EXPECT_THAT(read("AT_TIMESTAMP", fmt::format(R"(,"Timestamp":{}.{:03})", between_ms / 1000, between_ms % 1000)),
                ElementsAre("4"));
    EXPECT_THAT(read("AT_TIMESTAMP", R"(,"Timestamp":0)"), ElementsAre("1", "2", "3", "4"));
    const std::string latest = iterator("s", "LATEST");
    ASSERT_TRUE(put("s", {"5", "k", {}}));
    EXPECT_THAT(texts(records(latest)), ElementsAre("5"));
}

TEST_F(RecordsTest, PagesGoOnWhereTheLastEnded) {
    put_numbers(5);
    std::string answer = records(iterator("s", "TRIM_HORIZON"), R"(,"Limit":2)");
    EXPECT_THAT(texts(answer), ElementsAre("1", "2"));
    EXPECT_THAT(answer, testing::Not(HasSubstr(R"("MillisBehindLatest":0)")));
    answer = records(member(answer, "NextShardIterator"), R"(,"Limit":3)");
    EXPECT_THAT(texts(answer), ElementsAre("3", "4", "5"));
    EXPECT_THAT(answer, HasSubstr(R"("MillisBehindLatest":0)"));
    const std::string next = member(answer, "NextShardIterator");
    EXPECT_THAT(texts(records(next)), ElementsAre());
    close();
    open();  // an iterator outlives a restart
    start({});
    ASSERT_TRUE(put("s", {"6", "k", {}}));
    EXPECT_THAT(texts(records(next)), ElementsAre("6"));
    EXPECT_THAT(texts(records(member(records(next), "NextShardIterator"))), ElementsAre());
}

TEST_F(RecordsTest, AnAnswerHoldsTenMegabytes) {
    const std::string large(1 << 20, 'x');
    for (int i = 0; i < 11; ++i) ASSERT_TRUE(put("s", {large, "k", {}}));
    const std::string answer = records(iterator("s", "TRIM_HORIZON"));
    EXPECT_EQ(data_of(answer).size(), 9u);  // with their keys ten are more than that
    EXPECT_EQ(data_of(records(member(answer, "NextShardIterator"))).size(), 2u);
}

TEST_F(RecordsTest, AnswersShareTheirMemory) {
    constexpr size_t memory = 8 << 20;
    start({.read_memory_bytes = memory});
    const std::string large(1 << 20, 'x');
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(put("s", {large, "k", {}}));
    const std::string request = fmt::format(R"({{"ShardIterator":"{}"}})", iterator("s", "TRIM_HORIZON"));
    std::vector<Written> unsent;
    std::string refused;
    for (int i = 0; i < 500 && refused.empty(); ++i)
        kinesis_->act("GetRecords", Format::json, request, [&](ActionResult<Written> result) {
            if (result)
                unsent.push_back(std::move(*result));
            else
                refused = result.error().type;
        });
    EXPECT_EQ(refused, "ProvisionedThroughputExceededException");
    size_t bytes = 0;
    for (const Written& each : unsent) bytes += each.text.size();
    EXPECT_LE(bytes, memory);
    EXPECT_EQ(unsent.size(), 5u);  // of a megabyte in base64: one record at least, however little is left
    unsent.clear();
    EXPECT_EQ(kinesis_->read_memory()->left(), memory);
    EXPECT_EQ(data_of(act("GetRecords", request).value()).size(), 1u);
}

TEST_F(RecordsTest, WhatRetentionRemovedIsPassedOverAndNoIteratorStepsBack) {
    put_numbers(3);
    const std::string first = iterator("s", "TRIM_HORIZON");
    ASSERT_TRUE(topics_->find("s")->partitions[0]->delete_before(2));
    EXPECT_THAT(texts(records(first)), ElementsAre("3"));
    EXPECT_THAT(texts(records(iterator("s", "TRIM_HORIZON"))), ElementsAre("3"));
    ShardIterator ahead = ShardIterator::parse(first).value();
    ahead.offset = 1000;
    const auto next = ShardIterator::parse(member(records(ahead.text()), "NextShardIterator"));
    EXPECT_EQ(next->offset, 1000);
}

TEST_F(RecordsTest, IteratorsThatAreNone) {
    create("other", 1);
    const std::string good = iterator("s", "TRIM_HORIZON");
    const auto get = [&](std::string_view text, std::string_view more = "") {
        return refusal("GetRecords", fmt::format(R"({{"ShardIterator":"{}"{}}})", text, more));
    };
    constexpr std::string_view invalid = "InvalidArgumentException: Invalid ShardIterator.";
    std::string forged = good;
    forged[30] = forged[30] == 'A' ? 'B' : 'A';
    for (const std::string& bad : {forged, good.substr(4), good + "AAAA", std::string("x"), std::string("AAAA"),
                                   seal(TokenKind::shards, "x"), seal(TokenKind::iterator, "x")})
        EXPECT_EQ(get(bad), invalid) << bad;
    EXPECT_EQ(get(good, R"(,"StreamARN":"arn:aws:kinesis:x:111122223333:stream/other")"), invalid);
    EXPECT_THAT(get(std::string(513, 'A')), HasSubstr("Member must have length less than or equal to 512"));
    EXPECT_THAT(get(good, R"(,"Limit":10001)"), StartsWith("ValidationException: "));
    clock_.ahead_ms += 300'001;
    EXPECT_THAT(get(good),
                testing::MatchesRegex("ExpiredIteratorException: Iterator expired. The iterator was created at "
                                      "time [A-Z][a-z]+ [A-Z][a-z]+ .* UTC 20.* while right now it is .* which "
                                      "is further in the future than the tolerated delay of 300000 "
                                      "milliseconds."));
    const std::string fresh = iterator("s", "LATEST");
    ASSERT_TRUE(act("DeleteStream", R"({"StreamName":"s"})"));
    create("s", 1);
    EXPECT_THAT(get(fresh),
                StartsWith("ResourceNotFoundException: Shard shardId-000000000000 in stream s under account "));
}

TEST_F(RecordsTest, RefusesIteratorsInTheServicesWords) {
    create("two", 2);
    const auto numbers = put_numbers(1);
    const auto get = [&](std::string_view stream, std::string_view shard, std::string_view more) {
        return refusal("GetShardIterator",
                       fmt::format(R"({{"StreamName":"{}","ShardId":"{}",{}}})", stream, shard, more));
    };
    EXPECT_EQ(
        get("s", "shardId-000000000001", R"("ShardIteratorType":"LATEST")"),
        "ResourceNotFoundException: Shard shardId-000000000001 in stream s under account 123456789012 does not exist");
    EXPECT_EQ(get("s", "one", R"("ShardIteratorType":"LATEST")"),
              "ResourceNotFoundException: Could not find shard one in stream s under account 123456789012.");
    EXPECT_THAT(get("none", "shardId-000000000000", R"("ShardIteratorType":"LATEST")"),
                StartsWith("ResourceNotFoundException: "));
    EXPECT_THAT(get("s", "0", R"("ShardIteratorType":"OLDEST")"),
                HasSubstr("Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, "
                          "AT_SEQUENCE_NUMBER, TRIM_HORIZON]"));
    EXPECT_THAT(get("s", "0", R"("ShardIteratorType":"AT_SEQUENCE_NUMBER")"),
                HasSubstr("Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber."));
    EXPECT_THAT(get("s", "0", R"("ShardIteratorType":"LATEST","StartingSequenceNumber":"1")"),
                HasSubstr("Request specified LATEST and also a StartingSequenceNumber."));
    EXPECT_THAT(get("s", "0", R"("ShardIteratorType":"AT_TIMESTAMP")"),
                HasSubstr("Current request has no timestamp parameter."));
    EXPECT_THAT(get("s", "0", R"("ShardIteratorType":"AT_TIMESTAMP","Timestamp":99999999999)"),
                HasSubstr("cannot be greater than the currentTimestampInMillis"));
    const auto from = [&](std::string_view stream, std::string_view shard, std::string_view number) {
        return get(stream, shard,
                   fmt::format(R"("ShardIteratorType":"AT_SEQUENCE_NUMBER","StartingSequenceNumber":"{}")", number));
    };
    EXPECT_THAT(from("s", "0", "12"),
                HasSubstr("StartingSequenceNumber 12 used in GetShardIterator on shard "
                          "shardId-000000000000 in stream s under account 123456789012 is invalid."));
    EXPECT_THAT(
        from("two", "1", numbers[0]),
        HasSubstr("Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was used in a call "
                  "to a shard with shardId-000000000001"));
    clock_.ahead_ms += 10'000;
    create("later", 1);
    EXPECT_THAT(from("later", "0", numbers[0]), HasSubstr("is invalid because it did not come from this stream."));
    EXPECT_THAT(from("s", "0", "x"), StartsWith("ValidationException: "));
    EXPECT_THAT(get("s", "0", R"("ShardIteratorType":"AT_TIMESTAMP","Timestamp":1e999)"),
                HasSubstr("cannot be greater than the currentTimestampInMillis"));
}

TEST_F(RecordsTest, RefusesSequenceNumbersThatWereNotGivenYet) {
    SequenceNumber beyond = SequenceNumber::parse(put_numbers(1)[0]).value();
    for (const int64_t index : {int64_t{1}, INT64_MAX})
        for (const std::string_view type : {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}) {
            beyond.index = index;
            EXPECT_THAT(
                refusal(
                    "GetShardIterator",
                    fmt::format(
                        R"({{"StreamName":"s","ShardId":"0","ShardIteratorType":"{}","StartingSequenceNumber":"{}"}})",
                        type, beyond.text())),
                HasSubstr("is invalid because it did not come from this stream."));
        }
}

TEST_F(RecordsTest, AFarBehindReadAndAFirstPutLeaveTheCallersThread) {
    Workers workers(1, 0);
    std::atomic<std::thread::id> asked_on, read_on;  // the thread that was there last
    start({.may_auto_create =
               [&](std::string_view name) {
                   asked_on = std::this_thread::get_id();
                   return name == "made";
               },
           .workers = &workers});
    const auto read = [&](std::string_view iterator) {
        std::promise<void> answered;
        kinesis_->act("GetRecords", Format::json, fmt::format(R"({{"ShardIterator":"{}"}})", iterator), [&](auto) {
            read_on = std::this_thread::get_id();
            answered.set_value();
        });
        answered.get_future().get();
        return read_on.load();
    };
    for (int i = 0; i < 11; ++i) {
        const std::vector<PutEntry> many(500, {"x", "k", {}});
        std::promise<void> stored;
        kinesis_->put_records("s", many, [&](auto) { stored.set_value(); });
        stored.get_future().get();
    }
    EXPECT_EQ(data_of(records(iterator("s", "TRIM_HORIZON"))).size(), 5500u);
    EXPECT_NE(read(iterator("s", "TRIM_HORIZON")), std::this_thread::get_id());
    EXPECT_EQ(read(iterator("s", "LATEST")), std::this_thread::get_id());
    EXPECT_TRUE(act("PutRecord", R"({"StreamName":"made","Data":"YQ==","PartitionKey":"k"})"));
    EXPECT_NE(asked_on.load(), std::this_thread::get_id());
    const std::string made = iterator("made", "AT_TIMESTAMP", R"(,"Timestamp":1)");
    EXPECT_THAT(texts(records(made)), ElementsAre("a"));
    EXPECT_EQ(read(made), std::this_thread::get_id());
    const std::string large(200'000, 'x');
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(put("made", {large, "k", {}}));
    EXPECT_NE(read(made), std::this_thread::get_id()) << "few records, but large ones";
}

}  // namespace
}  // namespace pinflow::kinesis
