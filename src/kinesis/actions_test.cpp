// Actions on streams other than records: shards, retention, tags, modes, what is only remembered.
#include "kinesis/actions.h"

#include <thread>

#include "kinesis/kinesis_world.h"
#include "kinesis/retention.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

const std::string name_s = R"({"StreamName":"s"})";

TEST_F(KinesisTest, KnowsItsActions) {
    EXPECT_EQ(refusal("Nothing", "{}"), "UnknownOperationException: There is no action 'Nothing'.");
    EXPECT_EQ(refusal("\xff", "{}"), "UnknownOperationException: There is no action '?'.");
    EXPECT_EQ(shortened("aüb", 2), "a");
    EXPECT_EQ(shortened("aüb", 3), "aü");
    EXPECT_THAT(refusal("ListStreams", ""), StartsWith("SerializationException: not JSON: "));
    EXPECT_EQ(act("ListStreams", R"({"Unknown":[{"x":1}],"Limit":null})"),
              R"({"HasMoreStreams":false,"StreamNames":[],"StreamSummaries":[]})");
    EXPECT_EQ(refusal("ListStreams", R"({"Limit":"3"})"),
              "SerializationException: class java.lang.String can not be converted to an Integer");
    EXPECT_EQ(refusal("ListStreams", R"({"Limit":[3]})"),
              "SerializationException: Start of list found where not expected");
    EXPECT_EQ(refusal("DescribeStream", R"({"StreamName":"a b","Limit":0})"),
              "ValidationException: 2 validation errors detected: Value '0' at 'limit' failed to satisfy constraint: "
              "Member must have value greater than or equal to 1; Value 'a b' at 'streamName' failed to satisfy "
              "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    EXPECT_THAT(
        refusal("DescribeStream", R"({"StreamARN":"arn:aws:sqs:x"})"),
        HasSubstr("at 'streamARN' failed to satisfy constraint: Member must satisfy regular expression pattern: "
                  "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+"));
    EXPECT_EQ(
        refusal("UpdateStreamMode",
                R"({"StreamARN":"arn:aws:kinesis:a:111122223333:stream/s","StreamModeDetails":{}})"),
        "ValidationException: 1 validation error detected: Value null at 'streamModeDetails.streamMode' failed to "
        "satisfy constraint: Member must not be null");
}

TEST_F(KinesisTest, AnswersInCborToo) {
    // {"Limit": 1}
    const auto answer = act("ListStreams", "\xa1\x65Limit\x01", Format::cbor);
    ASSERT_TRUE(answer);
    Document document;
    ASSERT_TRUE(document.read(Format::cbor, *answer));
    EXPECT_FALSE(document.root().member("HasMoreStreams")->boolean());
    EXPECT_EQ(document.root().member("StreamNames")->count(), 0u);
}

TEST_F(KinesisTest, ANewStreamHasADayAndWhatWasAsked) {
    create("s", 2);
    EXPECT_THAT(*act("DescribeStream", name_s), HasSubstr(R"("RetentionPeriodHours":24)"));
    EXPECT_EQ(topics_->find("s")->config.at("retention.ms"), "86400000");
    const std::string summary = *act("DescribeStreamSummary", name_s);
    EXPECT_THAT(summary, StartsWith(R"({"StreamDescriptionSummary":{"ConsumerCount":0,"EncryptionType":"NONE",)"));
    EXPECT_THAT(summary, HasSubstr(R"("OpenShardCount":2,"RetentionPeriodHours":24,)"));
    ASSERT_TRUE(act("CreateStream", R"({"StreamName":"d","StreamModeDetails":{"StreamMode":"ON_DEMAND"}})"));
    EXPECT_EQ(topics_->find("d")->partitions.size(), 4u);
    EXPECT_THAT(*act("ListStreams", "{}"),
                HasSubstr(R"("StreamModeDetails":{"StreamMode":"ON_DEMAND"},"StreamName":"d")"));
    EXPECT_THAT(refusal("CreateStream", R"({"StreamName":"__consumer_offsets","ShardCount":1})"),
                StartsWith("InvalidArgumentException: __consumer_offsets is no name for a stream"));
    EXPECT_THAT(refusal("CreateStream", R"({"StreamName":"e"})"), HasSubstr("Value null at 'shardCount'"));
    EXPECT_THAT(*act("DescribeLimits", "{}"),
                StartsWith(R"({"OnDemandStreamCount":1,"OnDemandStreamCountLimit":50,"OpenShardCount":6,)"));
    EXPECT_EQ(act("DescribeAccountSettings", "{}"), R"({"MinimumThroughputBillingCommitment":{"Status":"DISABLED"}})");
}

TEST_F(KinesisTest, RetentionGrowsAndShrinks) {
    create("s", 1);
    const auto change = [&](std::string_view way, int hours) {
        return refusal(fmt::format("{}StreamRetentionPeriod", way),
                       fmt::format(R"({{"StreamName":"s","RetentionPeriodHours":{}}})", hours));
    };
    EXPECT_EQ(change("Increase", 48), "");
    EXPECT_EQ(topics_->find("s")->config.at("retention.ms"), "172800000");
    EXPECT_EQ(change("Increase", 25),
              "InvalidArgumentException: Requested retention period (25 hours) for stream s can not be shorter than "
              "existing retention period (48 hours). Use DecreaseRetentionPeriod API.");
    EXPECT_EQ(change("Decrease", 49),
              "InvalidArgumentException: Requested retention period (49 hours) for stream s can not be longer than "
              "existing retention period (48 hours). Use IncreaseRetentionPeriod API.");
    EXPECT_EQ(change("Decrease", 23),
              "InvalidArgumentException: Minimum allowed retention period is 24 hours. Requested retention period (23 "
              "hours) is too short.");
    EXPECT_THAT(change("Increase", 8761), HasSubstr("Maximum allowed retention period is 8760 hours."));
    EXPECT_EQ(change("Decrease", 24), "");
    EXPECT_THAT(*act("DescribeStream", name_s), HasSubstr(R"("RetentionPeriodHours":24)"));
}

TEST_F(KinesisTest, NoIncreaseMakesRetentionShorter) {
    create("s", 1);
    constexpr int64_t two_years_ms = int64_t{2} * 365 * 24 * 3'600'000;
    for (const int64_t ms : {int64_t{-1}, two_years_ms}) {
        ASSERT_TRUE(topics_->set_config("s", {{"retention.ms", std::to_string(ms)}}));
        EXPECT_EQ(refusal("IncreaseStreamRetentionPeriod", R"({"StreamName":"s","RetentionPeriodHours":8760})"), "");
        EXPECT_EQ(topics_->find("s")->config.at("retention.ms"), std::to_string(ms));
    }
    EXPECT_EQ(refusal("DecreaseStreamRetentionPeriod", R"({"StreamName":"s","RetentionPeriodHours":8760})"), "");
    EXPECT_EQ(topics_->find("s")->config.at("retention.ms"), "31536000000");
}

TEST_F(KinesisTest, TagsAreLabels) {
    ASSERT_TRUE(act("CreateStream", R"({"StreamName":"s","ShardCount":1,"Tags":{"made":"first"}})"));
    EXPECT_EQ(act("AddTagsToStream", R"({"StreamName":"s","Tags":{"a":"1","b":"","ü":"x y"}})"), "");
    EXPECT_EQ(topics_->find("s")->labels.at("kinesis.tag.a"), "1");
    EXPECT_EQ(act("ListTagsForStream", R"({"StreamName":"s","Limit":2})"),
              R"({"HasMoreTags":true,"Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":""}]})");
    EXPECT_EQ(act("ListTagsForStream", R"({"StreamName":"s","ExclusiveStartTagKey":"b"})"),
              R"({"HasMoreTags":false,"Tags":[{"Key":"made","Value":"first"},{"Key":"ü","Value":"x y"}]})");
    EXPECT_EQ(act("RemoveTagsFromStream", R"({"StreamName":"s","TagKeys":["made","ü","none"]})"), "");
    const std::string arn = R"("ResourceARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/s")";
    EXPECT_EQ(act("TagResource", fmt::format(R"({{{},"Tags":{{"a":"2"}}}})", arn)), "");
    EXPECT_EQ(act("UntagResource", fmt::format(R"({{{},"TagKeys":["b"]}})", arn)), "");
    EXPECT_EQ(act("ListTagsForResource", fmt::format("{{{}}}", arn)), R"({"Tags":[{"Key":"a","Value":"2"}]})");
    EXPECT_THAT(refusal("AddTagsToStream", R"({"StreamName":"s","Tags":{"a":"<"}})"),
                StartsWith("InvalidArgumentException: Some tags contain invalid characters."));
    EXPECT_THAT(
        refusal("AddTagsToStream", R"({"StreamName":"s","Tags":{"a":"50%"}})"),
        StartsWith("InvalidArgumentException: Failed to add tags to stream s under account 123456789012 because "
                   "some tags contained illegal characters. The allowed characters are "));
    EXPECT_THAT(refusal("RemoveTagsFromStream", R"({"StreamName":"s","TagKeys":["%"]})"),
                StartsWith("InvalidArgumentException: Failed to remove tags from stream s under account "));
    EXPECT_THAT(refusal("AddTagsToStream", R"({"StreamName":"s","Tags":{"":"x"}})"),
                HasSubstr("Map keys must satisfy"));
    EXPECT_EQ(refusal("AddTagsToStream", R"({"StreamName":"s","Tags":[]})"),
              "SerializationException: Start of list found where not expected");
    for (int i = 0; i < 49; ++i)
        ASSERT_TRUE(act("AddTagsToStream", fmt::format(R"({{"StreamName":"s","Tags":{{"t{}":""}}}})", i)));
    EXPECT_THAT(refusal("AddTagsToStream", R"({"StreamName":"s","Tags":{"one too many":""}})"),
                HasSubstr("cannot have more than 50 tags"));
    EXPECT_EQ(refusal("AddTagsToStream", R"({"StreamName":"t","Tags":{"a":"b"}})"),
              "ResourceNotFoundException: Stream t under account 123456789012 not found.");
}

TEST_F(KinesisTest, ThePutsOfAnEncryptedStreamSaySo) {
    create("s", 1);
    const std::string one = R"({"StreamName":"s","Data":"eA==","PartitionKey":"k"})";
    const std::string many = R"({"StreamName":"s","Records":[{"Data":"eA==","PartitionKey":"k"}]})";
    const std::string key = R"({"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"})";
    EXPECT_THAT(*act("PutRecord", one), StartsWith(R"({"SequenceNumber":)"));
    ASSERT_TRUE(act("StartStreamEncryption", key));
    EXPECT_THAT(*act("PutRecord", one), MatchesRegex(R"re(\{"EncryptionType":"KMS","SequenceNumber":"[0-9]+",.*)re"));
    EXPECT_THAT(*act("PutRecords", many),
                StartsWith(R"({"EncryptionType":"KMS","FailedRecordCount":0,"Records":[{"SequenceNumber":)"));
    ASSERT_TRUE(act("StopStreamEncryption", key));
    EXPECT_THAT(*act("PutRecords", many), StartsWith(R"({"FailedRecordCount":0,)"));
}

TEST_F(KinesisTest, WhatIsOnlyRememberedOutlivesARestart) {
    create("s", 1);
    const std::string arn = R"("StreamARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/s")";
    EXPECT_EQ(act("UpdateStreamMode", fmt::format(R"({{{},"StreamModeDetails":{{"StreamMode":"ON_DEMAND"}}}})", arn)),
              "");
    EXPECT_EQ(act("StartStreamEncryption", R"({"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"})"),
              "");
    EXPECT_EQ(
        act("EnableEnhancedMonitoring", R"({"StreamName":"s","ShardLevelMetrics":["OutgoingBytes","IncomingBytes"]})"),
        R"({"CurrentShardLevelMetrics":[],"DesiredShardLevelMetrics":["IncomingBytes","OutgoingBytes"],)"
        R"("StreamARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/s","StreamName":"s"})");
    EXPECT_THAT(*act("DisableEnhancedMonitoring", R"({"StreamName":"s","ShardLevelMetrics":["OutgoingBytes"]})"),
                HasSubstr(R"("DesiredShardLevelMetrics":["IncomingBytes"])"));
    close();
    open();
    start({});
    EXPECT_THAT(*act("DescribeStream", name_s),
                StartsWith(R"({"StreamDescription":{"EncryptionType":"KMS","EnhancedMonitoring":[{"ShardLevelMetrics":)"
                           R"(["IncomingBytes"]}],"KeyId":"alias/aws/kinesis","HasMoreShards":false,)"));
    EXPECT_THAT(*act("DescribeStream", name_s), HasSubstr("ON_DEMAND"));
    ASSERT_TRUE(put("s", {"x", "k", {}}));
    EXPECT_THAT(records(iterator("s", "TRIM_HORIZON")), HasSubstr(R"("EncryptionType":"KMS")"));
    EXPECT_EQ(act("StopStreamEncryption", R"({"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"})"),
              "");
    EXPECT_THAT(*act("DisableEnhancedMonitoring", R"({"StreamName":"s","ShardLevelMetrics":["ALL"]})"),
                HasSubstr(R"("DesiredShardLevelMetrics":[])"));
    EXPECT_THAT(*act("DescribeStream", name_s), HasSubstr(R"("EncryptionType":"NONE")"));
}

TEST_F(KinesisTest, MetricsThatAreEnabledAtTheSameTimeAreAllKept) {
    create("s", 1);
    constexpr std::string_view metrics[] = {"IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords"};
    for (int round = 0; round < 10; ++round) {
        std::vector<std::jthread> threads;
        for (const std::string_view metric : metrics)
            threads.emplace_back([this, metric] {
                (void)act("EnableEnhancedMonitoring",
                          fmt::format(R"({{"StreamName":"s","ShardLevelMetrics":["{}"]}})", metric));
            });
        threads.clear();
        EXPECT_THAT(*act("DisableEnhancedMonitoring", R"({"StreamName":"s","ShardLevelMetrics":["ALL"]})"),
                    HasSubstr(R"({"CurrentShardLevelMetrics":["IncomingBytes","IncomingRecords","OutgoingBytes",)"
                              R"("OutgoingRecords"],)"));
    }
}

TEST_F(KinesisTest, ListsShardsInPagesAndByFilters) {
    create("s", 5);
    const auto ids = [&](const std::string& answer) {
        std::string found;
        constexpr std::string_view front = R"("ShardId":"shardId-00000000000)";
        for (size_t at = answer.find(front); at != answer.npos; at = answer.find(front, at + 1))
            found += answer[at + front.size()];
        return found;
    };
    const auto list = [&](std::string_view more) {
        return act("ListShards", fmt::format(R"({{"StreamName":"s"{}}})", more)).value();
    };
    EXPECT_EQ(ids(list("")), "01234");
    EXPECT_EQ(ids(list(R"(,"ExclusiveStartShardId":"shardId-000000000002")")), "34");
    std::string page =
        list(R"(,"MaxResults":2,"ShardFilter":{"Type":"AFTER_SHARD_ID","ShardId":"shardId-000000000000"})");
    EXPECT_EQ(ids(page), "12");
    const std::string token = member(page, "NextToken");
    page = act("ListShards", fmt::format(R"({{"NextToken":"{}","MaxResults":9}})", token)).value();
    EXPECT_EQ(ids(page), "34");
    EXPECT_EQ(member(page, "NextToken"), "");
    for (const char* type : {"AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST"})
        EXPECT_EQ(ids(list(fmt::format(R"(,"ShardFilter":{{"Type":"{}"}})", type))), "01234") << type;
    EXPECT_EQ(ids(list(R"(,"ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":1})")), "");
    EXPECT_EQ(ids(list(R"(,"ShardFilter":{"Type":"FROM_TIMESTAMP","Timestamp":1})")), "01234");

    EXPECT_EQ(refusal("ListShards", "{}"),
              "InvalidArgumentException: Either NextToken or StreamName should be provided.");
    EXPECT_EQ(refusal("ListShards", fmt::format(R"({{"StreamName":"s","NextToken":"{}"}})", token)),
              "InvalidArgumentException: NextToken and StreamName cannot be provided together.");
    EXPECT_EQ(refusal("ListShards", R"({"NextToken":"AAAA"})"), "InvalidArgumentException: NextToken is invalid.");
    EXPECT_EQ(refusal("ListShards", R"({"StreamName":"s","ShardFilter":{"Type":"AFTER_SHARD_ID"}})"),
              "InvalidArgumentException: ShardId must be provided for ShardFilter type AFTER_SHARD_ID.");
    EXPECT_EQ(refusal("ListShards", R"({"StreamName":"s","ShardFilter":{"Type":"AT_TIMESTAMP"}})"),
              "InvalidArgumentException: Timestamp must be provided for ShardFilter type AT_TIMESTAMP.");
    EXPECT_THAT(refusal("ListShards", R"({"StreamName":"s","StreamCreationTimestamp":1})"),
                StartsWith("ResourceNotFoundException: "));
    clock_.ahead_ms += 300'001;
    EXPECT_THAT(refusal("ListShards", fmt::format(R"({{"NextToken":"{}"}})", token)),
                StartsWith("ExpiredNextTokenException: "));
}

}  // namespace
}  // namespace pinflow::kinesis
