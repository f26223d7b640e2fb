// The service's limits: what a shard takes and gives, and how often actions may be called.
#include "kinesis/limits_world.h"

namespace pinflow::kinesis {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr size_t mib = 1 << 20;
constexpr std::string_view stream_s = R"({"StreamName":"s"})";
constexpr std::string_view full =
    "ProvisionedThroughputExceededException: Rate exceeded for shard shardId-000000000000 in stream s under account "
    "123456789012.";
constexpr std::string_view read_full =
    "ProvisionedThroughputExceededException: Rate exceeded for Shard - 123456789012/s/shardId-000000000000";

TEST_F(KinesisTest, ThereAreNoLimitsUnlessAskedFor) {
    clock_.stop();
    create("s", 1);
    EXPECT_EQ(kinesis_->limits(), nullptr);
    for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(act("DescribeStream", stream_s));
        records(iterator("s", "TRIM_HORIZON"));
    }
    const std::string data(mib, 'x');
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(put("s", {data, "k"}));
}

TEST_F(LimitsTest, AShardTakesAMebibyteASecond) {
    create("s", 1);
    EXPECT_EQ(put_refusal(mib / 2 - 1), "");
    EXPECT_EQ(put_refusal(mib / 2 - 1), "") << "with the key";
    EXPECT_EQ(put_refusal(1), full);
    clock_.ahead_ms += 500;
    EXPECT_EQ(put_refusal(mib / 2), full) << "one byte too many: the key";
    EXPECT_EQ(put_refusal(mib / 2 - 1), "");
    EXPECT_EQ(throttled("PutRecord"), 2U);
    EXPECT_EQ(texts_of(records(iterator("s", "TRIM_HORIZON")), "Data").size(), 3U) << "what was refused is not there";
}

TEST_F(LimitsTest, TheLargestRecordGetsThroughAndIsWaitedFor) {
    create("s", 1);
    EXPECT_EQ(put_refusal(mib), "") << "with its key it is more than a second's worth";
    clock_.ahead_ms += 999;
    EXPECT_EQ(put_refusal(mib), full);
    EXPECT_EQ(put_refusal(1), "");
    clock_.ahead_ms += 1010;
    EXPECT_EQ(put_refusal(mib), "");
}

TEST_F(LimitsTest, AShardTakesAThousandRecordsASecondAndOthersMore) {
    create("s", 2);
    const std::vector<PutEntry> of_first(500, {"x", "k", "0"});
    for (int i = 0; i < 2; ++i) EXPECT_THAT(*put_all(of_first), StartsWith(R"({"FailedRecordCount":0,)"));
    const std::string answer = *put_all({{"a", "k", "0"}, {"b", "k", middle}, {"c", "k", "0"}, {"d", "k", middle}});
    EXPECT_THAT(answer,
                StartsWith(R"({"FailedRecordCount":2,"Records":[{"ErrorCode":)"
                           R"("ProvisionedThroughputExceededException","ErrorMessage":"Rate exceeded for shard )"
                           R"(shardId-000000000000 in stream s under account 123456789012."},{"SequenceNumber")"));
    EXPECT_EQ(texts_of(answer, "ShardId"), std::vector<std::string>(2, "shardId-000000000001"));
    EXPECT_EQ(data_of(read("shardId-000000000001")), (std::vector<std::string>{"Yg==", "ZA=="}));
    EXPECT_EQ(throttled("PutRecords"), 2U) << "records, and not requests";
    clock_.ahead_ms += 2;
    EXPECT_THAT(*put_all({{"a", "k", "0"}, {"b", "k", "0"}, {"c", "k", "0"}}),
                StartsWith(R"({"FailedRecordCount":1,)"));
}

TEST_F(LimitsTest, WhenNoRecordIsTakenPutRecordsIsAnsweredAllTheSame) {
    create("s", 1);
    ASSERT_EQ(put_refusal(mib), "");
    const std::string answer = *put_all({{"a", "k"}, {"b", "k"}});
    EXPECT_THAT(answer, StartsWith(R"({"FailedRecordCount":2,)"));
    EXPECT_EQ(texts_of(answer, "ErrorCode").size(), 2U);
    EXPECT_THAT(answer, Not(HasSubstr("SequenceNumber")));
}

TEST_F(LimitsTest, ARecordThatIsTooLargeDoesNotCountAsARecord) {
    create("s", 1);
    ASSERT_EQ(put_refusal(mib - 1000), "");
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(put_refusal(2000), full);
    EXPECT_EQ(put_refusal(900), "");
}

TEST_F(LimitsTest, AShardIsReadFiveTimesASecond) {
    create("s", 2);
    const std::string first = iterator("s", "TRIM_HORIZON"), second = iterator("s", "TRIM_HORIZON", "", "shardId-1");
    const std::string reading = fmt::format(R"({{"ShardIterator":"{}"}})", first);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(act("GetRecords", reading));
    EXPECT_EQ(refusal("GetRecords", reading), read_full);
    records(second);
    clock_.ahead_ms += 200;
    records(first);
    EXPECT_EQ(refusal("GetRecords", reading), read_full);
    EXPECT_EQ(throttled("GetRecords"), 2U);
}

TEST_F(LimitsTest, AShardGivesTwoMebibytesASecond) {
    create("s", 1);
    const std::string data(mib - 1, 'x');
    for (int i = 0; i < 12; ++i, clock_.ahead_ms += 2000) ASSERT_TRUE(put("s", {data, "k"}));
    const std::string first = iterator("s", "TRIM_HORIZON");
    const auto reading = [&](int limit) { return fmt::format(R"({{"ShardIterator":"{}","Limit":{}}})", first, limit); };
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(act("GetRecords", reading(1))) << "a burst of two, and what is left";
    EXPECT_EQ(refusal("GetRecords", reading(1)), read_full);
    clock_.ahead_ms += 501;
    ASSERT_TRUE(act("GetRecords", reading(1)));
    clock_.ahead_ms += 10'000;
    EXPECT_EQ(data_of(act("GetRecords", reading(100)).value()).size(), 10U);
    clock_.ahead_ms += 4990;
    EXPECT_EQ(refusal("GetRecords", reading(1)), read_full) << "5 s after 10 MiB";
    clock_.ahead_ms += 20;
    EXPECT_TRUE(act("GetRecords", reading(1)));
}

TEST_F(LimitsTest, IteratorsOfAShardAreGivenFiveTimesASecond) {
    create("s", 2);
    for (int i = 0; i < 5; ++i) iterator("s", "LATEST");
    EXPECT_EQ(refusal("GetShardIterator",
                      R"({"StreamName":"s","ShardId":"shardId-000000000000","ShardIteratorType":"LATEST"})"),
              read_full);
    iterator("s", "LATEST", "", "shardId-1");
    EXPECT_EQ(throttled("GetShardIterator"), 1U);
}

TEST_F(LimitsTest, ActionsOfTheAccountShareTheirRate) {
    create("s", 1);
    create("t", 1);
    EXPECT_EQ(calls("DescribeStream", stream_s, 6), 6);
    EXPECT_EQ(calls("DescribeStream", R"({"StreamName":"t"})", 20), 4);
    EXPECT_EQ(refusal("DescribeStream", stream_s),
              "LimitExceededException: Rate exceeded for stream s under account 123456789012.");
    EXPECT_EQ(calls("ListStreams", "{}", 9), 5);
    EXPECT_EQ(refusal("ListStreams", "{}"), "LimitExceededException: Rate exceeded for account 123456789012.");
    EXPECT_EQ(calls("DescribeStreamSummary", stream_s, 30), 20);
    EXPECT_EQ(calls("DescribeLimits", "{}", 3), 1);
    clock_.ahead_ms += 100;
    EXPECT_EQ(calls("DescribeStream", stream_s, 2), 1);
    EXPECT_EQ(throttled("DescribeStream"), 18U);
}

TEST_F(LimitsTest, ActionsOfAStreamHaveARateForEach) {
    create("s", 1);
    create("t", 1);
    EXPECT_EQ(calls("ListShards", stream_s, 1001), 1000);
    const std::string of_s = R"({"StreamARN":"arn:aws:kinesis:r:000000000000:stream/s"})";
    EXPECT_EQ(refusal("ListShards", of_s),
              "LimitExceededException: Rate exceeded for stream s under account 123456789012.");
    EXPECT_EQ(calls("ListShards", R"({"StreamName":"t"})", 1), 1);
    EXPECT_EQ(calls("ListStreamConsumers", of_s, 9), 5);
    const std::string arn = "arn:aws:kinesis:r:000000000000:stream/s/consumer/c:1";
    EXPECT_EQ(calls("DescribeStreamConsumer", fmt::format(R"({{"ConsumerARN":"{}"}})", arn), 30), 20);
    EXPECT_EQ(calls("ListTagsForStream", R"({"StreamName":"none"})", 30), 30) << "there is no such stream";
}

TEST_F(LimitsTest, AShardCountIsUpdatedTenTimesADay) {
    create("s", 4);
    const auto next = [&](int count) {
        clock_.ahead_ms += 1000;
        return update(count);
    };
    EXPECT_THAT(next(1), HasSubstr("below half")) << "does not count";
    for (int i = 0; i < 10; ++i) EXPECT_THAT(next(4 + i % 2), StartsWith("{")) << i;
    EXPECT_EQ(next(4),
              "LimitExceededException: Stream s under account 123456789012 has had 10 calls of UpdateShardCount within "
              "24 hours, which is the most it may have.");
    clock_.ahead_ms += 86'400'000 - 11'000;
    EXPECT_THAT(next(4), StartsWith("{")) << "the first of them was a day ago";
    EXPECT_THAT(next(4), StartsWith("{")) << "and the second";
    clock_.ahead_ms -= 500;
    EXPECT_THAT(update(4), StartsWith("LimitExceededException: Stream s under"));
}

TEST_F(LimitsTest, AStreamChangesItsModeTwiceADay) {
    create("s", 1);
    const auto mode = [&](std::string_view to) {
        return refusal("UpdateStreamMode",
                       fmt::format(R"({{"StreamARN":"arn:aws:kinesis:r:000000000000:stream/s","StreamModeDetails":)"
                                   R"({{"StreamMode":"{}"}}}})",
                                   to));
    };
    EXPECT_EQ(mode("ON_DEMAND"), "");
    EXPECT_EQ(mode("PROVISIONED"), "");
    EXPECT_THAT(mode("ON_DEMAND"), HasSubstr("2 calls of UpdateStreamMode within 24 hours"));
}

TEST_F(LimitsTest, AnOnDemandStreamTakesWhatItsShardsTake) {
    ASSERT_TRUE(act("CreateStream", R"({"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"}})"));
    const std::string data(mib - 1, 'x');
    const auto write = [&](std::string_view key) { return put("s", {data, "k", key}).has_value(); };
    const std::string last = "340282366920938463463374607431768211455";
    EXPECT_TRUE(write("0"));
    EXPECT_TRUE(write("85070591730234615865843651857942052864"));
    EXPECT_TRUE(write(middle));
    EXPECT_TRUE(write(last)) << "4 MiB/s in all";
    EXPECT_FALSE(write("0"));
    EXPECT_FALSE(write(last));
}

}  // namespace
}  // namespace pinflow::kinesis
