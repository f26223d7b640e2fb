// Reshards and time: which shards were open when, when a closed one is forgotten, puts that meet a reshard.
#include <map>
#include <thread>

#include "base/base64.h"
#include "kinesis/reshard_world.h"

namespace pinflow::kinesis {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr int64_t day_ms = 86'400'000;

TEST_F(ReshardTest, FiltersGoByWhenAShardWasOpen) {
    create("s", 1);
    clock_.ahead_ms += 60'000;
    const int64_t before_s = clock_.wall_ms() / 1000;
    clock_.ahead_ms += 60'000;
    ASSERT_EQ(split("0"), "");
    clock_.ahead_ms += 60'000;
    const int64_t between_s = clock_.wall_ms() / 1000;
    clock_.ahead_ms += 60'000;
    ASSERT_EQ(merge("1", "2"), "");
    clock_.ahead_ms += 60'000;
    EXPECT_EQ(listed(R"("Type":"AT_LATEST")"), "3");
    EXPECT_EQ(listed(R"("Type":"AT_TRIM_HORIZON")"), "0");
    EXPECT_EQ(listed(R"("Type":"FROM_TRIM_HORIZON")"), "0123");
    EXPECT_EQ(listed(R"("Type":"AFTER_SHARD_ID","ShardId":"shardId-000000000001")"), "23");
    const auto at = [&](std::string_view type, int64_t time_s) {
        return listed(fmt::format(R"("Type":"{}","Timestamp":{})", type, time_s));
    };
    EXPECT_EQ(at("AT_TIMESTAMP", before_s), "0");
    EXPECT_EQ(at("FROM_TIMESTAMP", before_s), "0123");
    EXPECT_EQ(at("AT_TIMESTAMP", between_s), "12");
    EXPECT_EQ(at("FROM_TIMESTAMP", between_s), "123");
    EXPECT_EQ(at("FROM_TIMESTAMP", clock_.wall_ms() / 1000), "3");
    EXPECT_EQ(at("AT_TIMESTAMP", 1), "");
}

TEST_F(ReshardTest, AClosedShardIsForgottenWithItsRecords) {
    create("s", 1);
    put_at("0");
    ASSERT_EQ(split("0"), "");
    const std::string old = iterator("s", "TRIM_HORIZON");
    clock_.ahead_ms += day_ms + 60'000;
    EXPECT_EQ(listed(), "012") << "its records are still there";
    EXPECT_EQ(listed(R"("Type":"AT_TRIM_HORIZON")"), "12");
    ASSERT_TRUE(partition(0).delete_before(1));
    EXPECT_EQ(listed(), "12");
    EXPECT_EQ(ids(act("DescribeStream", R"({"StreamName":"s"})").value()), "12");
    EXPECT_THAT(act("ListShards", R"({"StreamName":"s"})").value(), HasSubstr("ParentShardId"));
    EXPECT_THAT(refusal("GetShardIterator",
                        R"({"StreamName":"s","ShardId":"shardId-000000000000","ShardIteratorType":"LATEST"})"),
                StartsWith("ResourceNotFoundException: Shard shardId-000000000000 in stream s"));
    EXPECT_THAT(split("0"), StartsWith("ResourceNotFoundException: Could not find shard shardId-000000000000"));
    EXPECT_EQ(topics_->find("s")->partitions.size(), 3u) << "Kafka's partition stays";
}

TEST_F(ReshardTest, ATopicThatKeepsItsRecordsForgetsNoShard) {
    create("s", 1);
    ASSERT_TRUE(topics_->set_config("s", {{"retention.ms", "-1"}}));
    ASSERT_EQ(split("0"), "");
    clock_.ahead_ms += 9000 * day_ms;
    EXPECT_EQ(listed(), "012");
}

// Whoever put just now chose his shard by the tree of just now.
TEST_F(ReshardTest, PutsInTheMiddleOfReshardsAreInOneShardEachAndInOrder) {
    create("s", 2);
    std::atomic<bool> stop = false;
    std::vector<std::string> sent(3);  // the last number of each putter
    std::vector<std::thread> putters;
    for (size_t i = 0; i < sent.size(); ++i)
        putters.emplace_back([&, i] {
            const std::string key = fmt::format("key {}", i);
            for (int n = 0; !stop; ++n) {
                const auto answer = put("s", {fmt::format("{} {:06}", i, n), key, {}});
                ASSERT_TRUE(answer) << answer.error().type << answer.error().message;
                const std::string number = member(*answer, "SequenceNumber");
                ASSERT_LT(sent[i], number) << "a child's numbers are above its parent's";
                sent[i] = number;
            }
        });
    for (const int count : {4, 3, 6, 3, 2, 1, 2}) ASSERT_THAT(update(count), HasSubstr("TargetShardCount"));
    stop = true;
    for (std::thread& putter : putters) putter.join();
    std::map<char, int> next;
    const size_t shards = topics_->find("s")->partitions.size();
    std::map<std::string, std::string> by_number;
    for (size_t shard = 0; shard < shards; ++shard) {
        const auto there = iterator("s", "TRIM_HORIZON", "", std::to_string(shard));
        const std::string answer = records(there);
        const auto numbers = numbers_of(answer), data = data_of(answer);
        for (size_t i = 0; i < numbers.size(); ++i) by_number[numbers[i]] = base64_decode(data[i]).value();
    }
    for (const auto& [number, text] : by_number)
        EXPECT_EQ(std::stoi(text.substr(2)), next[text[0]]++) << "in the order of their numbers, none twice, none lost";
    EXPECT_EQ(next.size(), sent.size());
}

}  // namespace
}  // namespace pinflow::kinesis
