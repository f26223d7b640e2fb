#include "kinesis/kinesis.h"

#include "kinesis/hash_key.h"
#include "kinesis/kinesis_world.h"
#include "kinesis/labels.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

TEST_F(KinesisTest, KeysChooseShardsByTheirHash) {
    create("s", 4);
    const ShardTree tree = ShardTree::uniform(4, 0);
    for (int i = 0; i < 20; ++i) {
        const std::string key = fmt::format("key {}", i);
        const auto answer = put("s", {"x", key, {}});
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_THAT(*answer, testing::HasSubstr(shard_id(tree.shard_of(hash_key_of(key)).number)));
    }
}

TEST_F(KinesisTest, ListsInPagesOfAHundredUnlessAsked) {
    for (int i = 0; i < 105; ++i) create(fmt::format("s{:03}", i), 1);
    ASSERT_TRUE(topics_->create("a-plain-topic", 1));
    const auto names_of = [](const std::string& body) {
        const size_t from = body.find("\"StreamNames\":[") + 15;
        const std::string_view list = std::string_view(body).substr(from, body.find(']', from) - from);
        return std::count(list.begin(), list.end(), ',') + (list.empty() ? 0 : 1);
    };
    const auto first = act("ListStreams", "{}").value();
    EXPECT_EQ(names_of(first), 100);
    EXPECT_THAT(first, testing::StartsWith(R"({"HasMoreStreams":true,"NextToken":")"));
    EXPECT_THAT(first, testing::Not(testing::HasSubstr("plain")));
    const auto rest = act("ListStreams", R"({"ExclusiveStartStreamName":"s099"})").value();
    EXPECT_EQ(names_of(rest), 5);
    EXPECT_THAT(rest, testing::StartsWith(R"({"HasMoreStreams":false,"StreamNames":["s100","s101")"));
    EXPECT_EQ(names_of(act("ListStreams", R"({"Limit":105})").value()), 105);
    const auto three = act("ListStreams", R"({"Limit":3,"ExclusiveStartStreamName":"s1"})").value();
    EXPECT_EQ(names_of(three), 3);  // a name that is none may stand there
    EXPECT_THAT(act("ListStreams", R"({"ExclusiveStartStreamName":"zzz"})").value(),
                testing::HasSubstr(R"("StreamNames":[])"));
    for (const int64_t limit : {0, -1, 10001})
        EXPECT_EQ(act("ListStreams", fmt::format(R"({{"Limit":{}}})", limit)).error().type, "ValidationException")
            << limit;
    EXPECT_EQ(act("ListStreams", R"({"NextToken":"***"})").error().type, "InvalidArgumentException");
}

TEST_F(KinesisTest, SequenceNumbersGrowAlongAShardAndHoldTheOffset) {
    create("s", 2);
    const auto described = act("DescribeStream", R"({"StreamName":"s"})").value();
    std::array<std::string, 2> last;
    std::array<int64_t, 2> offsets{};
    for (int i = 0; i < 60; ++i) {
        const std::string key = fmt::format("key {}", i);
        const auto answer = put("s", {"x", key, {}}).value();
        const std::string number = answer.substr(19, 56);
        const size_t shard = ShardTree::uniform(2, 0).shard_of(hash_key_of(key)).number;
        const auto parsed = SequenceNumber::parse(number);
        ASSERT_TRUE(parsed) << answer;
        EXPECT_EQ(parsed->shard, shard);
        EXPECT_EQ(parsed->index, offsets[shard]++);
        EXPECT_GT(number, last[shard]);
        EXPECT_GT(number,
                  starting_sequence_number(stream_created_ms(*topics_->find("s")), static_cast<uint32_t>(shard)));
        last[shard] = number;
    }
    EXPECT_THAT(described, testing::HasSubstr(starting_sequence_number(stream_created_ms(*topics_->find("s")), 1)));
}

TEST_F(KinesisTest, ManyRecordsKeepTheirOrderAndAreAllOrNothingWhenOneIsWrong) {
    create("s", 2);
    const auto put_many = [&](std::vector<PutEntry> entries) {
        std::promise<ActionResult<std::string>> answered;
        kinesis_->put_records("s", entries, [&](auto result) { answered.set_value(text_of(std::move(result))); });
        return answered.get_future().get();
    };
    const std::string last_key = decimal(~HashKey{0});
    const auto answer = put_many({{"a", "k", "0"}, {"b", "k", last_key}, {"c", "k", "0"}}).value();
    std::vector<int64_t> shards, indexes;
    for (size_t at = 0; (at = answer.find("\"SequenceNumber\":\"", at)) != std::string::npos; ++at) {
        const auto number = SequenceNumber::parse(std::string_view(answer).substr(at + 18, 56));
        ASSERT_TRUE(number) << answer;
        shards.push_back(number->shard);
        indexes.push_back(number->index);
    }
    EXPECT_THAT(shards, testing::ElementsAre(0, 1, 0));
    EXPECT_THAT(indexes, testing::ElementsAre(0, 0, 1));
    EXPECT_EQ(put_many({{"a", "k", {}}, {"b", "", {}}}).error().message,
              "1 validation error detected: Value '' at 'records.2.member.partitionKey' failed to satisfy constraint: "
              "Member must have length greater than or equal to 1");
    EXPECT_EQ(put_many({{"a", "k", {}}, {"b", "k", "340282366920938463463374607431768211456"}}).error().type,
              "InvalidArgumentException");
    const std::vector<PutEntry> too_many(501, {"a", "k", {}});
    EXPECT_EQ(put_many(too_many).error().type, "ValidationException");
    const std::string large(1048577, 'x');
    EXPECT_THAT(put_many({{large, "k", {}}}).error().message, testing::HasSubstr("'records.1.member.data'"));
    const auto& partitions = topics_->find("s")->partitions;
    EXPECT_EQ(partitions[0]->end_offset() + partitions[1]->end_offset(), 3);  // nothing of what was refused
    EXPECT_TRUE(put_many(std::vector<PutEntry>(500, {"a", "k", {}})));
}

TEST_F(KinesisTest, APatternMakesAStreamOfOneShardAtItsFirstRecord) {
    start({.may_auto_create = [](std::string_view name) { return name == "expected"; }});
    EXPECT_FALSE(kinesis_->put_creates("other"));
    EXPECT_EQ(put("other", {"x", "k", {}}).error().message, "Stream other under account 000000000000 not found.");
    EXPECT_FALSE(topics_->find("other"));
    EXPECT_TRUE(kinesis_->put_creates("expected"));
    EXPECT_TRUE(put("expected", {"x", "k", {}}));
    EXPECT_FALSE(kinesis_->put_creates("expected"));
    EXPECT_EQ(topics_->find("expected")->partitions.size(), 1u);
    EXPECT_THAT(act("ListStreams", "{}").value(), testing::HasSubstr(R"("StreamNames":["expected"])"));
    EXPECT_EQ(refusal("CreateStream", R"({"StreamName":"expected","ShardCount":1})"),
              "ResourceInUseException: Stream expected under account 000000000000 already exists.");
    EXPECT_EQ(act("DeleteStream", R"({"StreamName":"expected"})"), "");
}

TEST_F(KinesisTest, OfTwoFirstPutsOneMakesTheStream) {
    ASSERT_TRUE(topics_->create("plain", 1));
    constexpr int64_t first_ms = 1'700'000'000'000;
    // Between this put's look at the topic and its change another put has made the stream.
    start({.may_auto_create = [&](std::string_view) {
        const auto made = topics_->edit_labels(
            "plain", [&](Labels& labels) { return labels = labels_of_stream(labels, first_ms), Result<>(); });
        return made.has_value();
    }});
    ASSERT_TRUE(put("plain", {"x", "k", {}}));
    EXPECT_EQ(stream_created_ms(*topics_->find("plain")), first_ms);
}

TEST_F(KinesisTest, DescribesInPages) {
    create("s", 3);
    const auto first = act("DescribeStream", R"({"StreamName":"s","Limit":2})").value();
    EXPECT_THAT(first, testing::AllOf(testing::HasSubstr(R"("HasMoreShards":true)"), testing::HasSubstr(shard_id(1)),
                                      testing::Not(testing::HasSubstr(shard_id(2))),
                                      testing::HasSubstr("arn:aws:kinesis:eu-west-1:123456789012:stream/s")));
    const auto rest =
        act("DescribeStream", R"({"StreamName":"s","ExclusiveStartShardId":"shardId-000000000001"})").value();
    EXPECT_THAT(rest, testing::AllOf(testing::HasSubstr(R"("HasMoreShards":false)"), testing::HasSubstr(shard_id(2)),
                                     testing::Not(testing::HasSubstr(shard_id(1)))));
}

TEST_F(KinesisTest, RefusesWhatTheServiceRefuses) {
    EXPECT_EQ(put("s", {"x", "k", {}}).error().type, "ResourceNotFoundException");
    EXPECT_EQ(put("a/b", {"x", "k", {}}).error().type, "ValidationException");
    create("s", 1);
    EXPECT_THAT(put("s", {{}, "k", {}}).error().message, testing::HasSubstr("Value null at 'data'"));
    const std::string large(1048577, 'x');
    EXPECT_THAT(put("s", {large, "k", {}}).error().message,
                testing::HasSubstr("Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 cap=1048577]' at 'data'"));
    EXPECT_TRUE(put("s", {std::string_view(large).substr(1), "k", {}}));
    EXPECT_THAT(put("s", {"x", std::string(257, 'k'), {}}).error().message,
                testing::HasSubstr("less than or equal to 256"));
    EXPECT_THAT(put("s", {"x", "k", "007"}).error().message, testing::HasSubstr("'explicitHashKey'"));
    EXPECT_EQ(act("CreateStream", R"({"StreamName":"t","ShardCount":0})").error().type, "ValidationException");
    EXPECT_EQ(act("DeleteStream", R"({"StreamName":"t"})").error().type, "ResourceNotFoundException");
}

}  // namespace
}  // namespace pinflow::kinesis
