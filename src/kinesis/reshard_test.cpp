// Streams whose shards split and merge: what clients are told, what a restart finds.
#include "base/base64.h"
#include "kinesis/labels.h"
#include "kinesis/reshard_world.h"
#include "kinesis/shard_tree.h"

namespace pinflow::kinesis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(ReshardTest, ASplitShardsRecordsStayAndNewOnesGoToItsChildren) {
    create("s", 1);
    EXPECT_EQ(put_at("0", "before"), '0');
    ASSERT_EQ(split("shardId-000000000000"), "");
    EXPECT_EQ(put_at("0", "lower"), '1');
    EXPECT_EQ(put_at(middle, "upper"), '2');
    EXPECT_EQ(put_at("170141183460469231731687303715884105727"), '1');
    EXPECT_THAT(data_of(read("0")), ElementsAre(base64_encode("before")));
    EXPECT_THAT(data_of(read("2")), ElementsAre(base64_encode("upper")));
    const auto described = act("DescribeStream", R"({"StreamName":"s"})").value();
    EXPECT_EQ(ids(described), "012");
    EXPECT_EQ(member(described, "StreamStatus"), "ACTIVE");
    EXPECT_EQ(texts_of(described, "ParentShardId"),
              (std::vector<std::string>{"shardId-000000000000", "shardId-000000000000"}));
    EXPECT_EQ(texts_of(described, "EndingSequenceNumber").size(), 1u);
    EXPECT_THAT(act("DescribeStreamSummary", R"({"StreamName":"s"})").value(), HasSubstr(R"("OpenShardCount":2)"));
    EXPECT_THAT(act("DescribeLimits", "{}").value(), HasSubstr(R"("OpenShardCount":2)"));
}

TEST_F(ReshardTest, TheEndOfAClosedShardNamesItsChildren) {
    create("s", 1);
    put_at("0", "a");
    put_at("0", "b");
    const std::string open = records(iterator("s", "TRIM_HORIZON"));
    EXPECT_NE(member(open, "NextShardIterator"), "");
    EXPECT_THAT(open, Not(HasSubstr("ChildShards")));
    ASSERT_EQ(split("0"), "");
    const std::string part = records(iterator("s", "TRIM_HORIZON"), R"(,"Limit":1)");
    EXPECT_NE(member(part, "NextShardIterator"), "") << "not the end yet";
    const std::string end = records(member(part, "NextShardIterator"));
    EXPECT_THAT(data_of(end), ElementsAre(base64_encode("b")));
    EXPECT_THAT(end, HasSubstr(R"("MillisBehindLatest":0,"NextShardIterator":null,"ChildShards":[{"HashKeyRange":)"));
    EXPECT_THAT(end, HasSubstr(R"("ParentShards":["shardId-000000000000"],"ShardId":"shardId-000000000002"}])"));
    const std::string ending = member(act("ListShards", R"({"StreamName":"s"})").value(), "EndingSequenceNumber");
    for (const char* type : {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}) {
        const auto there = iterator("s", type, fmt::format(R"(,"StartingSequenceNumber":"{}")", ending));
        EXPECT_THAT(records(there), HasSubstr(R"("NextShardIterator":null)")) << type;
    }
    EXPECT_THAT(read("0", "LATEST"), HasSubstr(R"("NextShardIterator":null)"));
    EXPECT_THAT(read("1"), Not(HasSubstr("null")));
    ASSERT_EQ(merge("1", "2"), "");
    EXPECT_THAT(read("2"), HasSubstr(R"("ParentShards":["shardId-000000000001","shardId-000000000002"])"));
}

// Nobody may go on to the children while a record can still appear in the parent.
TEST_F(ReshardTest, AnOpenTransactionHoldsTheEndBack) {
    create("s", 1);
    log::BatchBuilder builder;
    builder.add(clock_.wall_ms(), std::nullopt, as_bytes("undecided"));
    const MutableBytes batch = builder.finish();
    log::stamp_producer(batch, {7, 0, 0, true});
    ASSERT_TRUE(partition(0).append(batch));
    ASSERT_EQ(split("0"), "");
    const std::string waiting = read("0");
    EXPECT_NE(member(waiting, "NextShardIterator"), "");
    const auto marker = partition(0).append_marker(7, 0, {log::MarkerType::commit, 1});
    ASSERT_TRUE(marker) << "its end is not refused";
    std::promise<Result<>> acked;
    partition(0).when_acked(marker->last_offset, log::Ack::durable, [&](Result<> r) { acked.set_value(std::move(r)); });
    ASSERT_TRUE(acked.get_future().get());
    const std::string end = records(member(waiting, "NextShardIterator"));
    EXPECT_THAT(data_of(end), ElementsAre(base64_encode("undecided")));
    EXPECT_THAT(end, HasSubstr(R"("NextShardIterator":null)"));
}

TEST_F(ReshardTest, ChildrensSequenceNumbersAreAboveAllOfTheirParents) {
    create("s", 2);
    put_at("0");
    ASSERT_EQ(split("0", "1000"), "");
    ASSERT_EQ(merge("3", "1"), "");
    put_at("0");
    put_at(middle);
    const auto shards = act("ListShards", R"({"StreamName":"s"})").value();
    const auto starting = texts_of(shards, "StartingSequenceNumber"), ending = texts_of(shards, "EndingSequenceNumber");
    ASSERT_EQ(starting.size(), 5u);
    ASSERT_EQ(ending.size(), 3u);  // of 0, 1 and 3
    const std::string in_parent = numbers_of(read("0")).at(0), in_child = numbers_of(read("2")).at(0),
                      in_grandchild = numbers_of(read("4")).at(0);
    for (const std::string& each : {in_parent, in_child, in_grandchild, ending[0]}) EXPECT_EQ(each.size(), 56u);
    EXPECT_LT(starting[0], in_parent);
    EXPECT_LT(in_parent, ending[0]);
    EXPECT_LT(ending[0], starting[2]);
    EXPECT_LT(starting[2], in_child);
    EXPECT_LT(ending[1], starting[4]);
    EXPECT_LT(ending[2], starting[4]);
    EXPECT_LT(starting[4], in_grandchild);
    const auto there = iterator("s", "AT_SEQUENCE_NUMBER",
                                fmt::format(R"(,"StartingSequenceNumber":"{}")", in_grandchild), "shardId-4");
    EXPECT_THAT(numbers_of(records(there)), ElementsAre(in_grandchild));
}

TEST_F(ReshardTest, IsKnownAfterARestart) {
    create("s", 2);
    ASSERT_EQ(split("1", "255211775190703847597530955573826158592"), "");
    const auto before = act("DescribeStream", R"({"StreamName":"s"})").value();
    EXPECT_EQ(label(*topics_->find("s"), shards_label),
              ShardTree::parse(label(*topics_->find("s"), shards_label))->text());
    kinesis_.reset();
    close();
    open();
    start({.account = "123456789012", .region = "eu-west-1"});
    EXPECT_EQ(act("DescribeStream", R"({"StreamName":"s"})").value(), before);
    EXPECT_TRUE(partition(1).sealed());
    EXPECT_EQ(put_at(middle), '2');
    EXPECT_THAT(read("1"), HasSubstr(R"("NextShardIterator":null)"));
    ASSERT_EQ(merge("2", "0"), "") << "in either order";
    EXPECT_THAT(act("DescribeStream", R"({"StreamName":"s","ExclusiveStartShardId":"shardId-000000000003"})").value(),
                HasSubstr(R"({"AdjacentParentShardId":"shardId-000000000002","HashKeyRange":{"EndingHashKey":)"));
}

TEST_F(ReshardTest, RefusesInTheServicesWords) {
    create("s", 3);
    const std::string in = "in stream s under account 123456789012";
    for (const char* id : {"shardId-000000000007", "7"})
        EXPECT_EQ(split(id), "ResourceNotFoundException: Could not find shard shardId-000000000007 " + in + ".");
    EXPECT_EQ(split("shard-x"), "ResourceNotFoundException: Could not find shard shard-x " + in + ".");
    EXPECT_EQ(merge("0", "9"), "ResourceNotFoundException: Could not find shard shardId-000000000009 " + in + ".");
    const std::string end = "113427455640312821154458202477256070484";
    for (const std::string& key : {std::string("0"), std::string("1"), end, std::string(middle),
                                   std::string("340282366920938463463374607431768211456")})
        EXPECT_EQ(split("0", key),
                  fmt::format("InvalidArgumentException: NewStartingHashKey {} used in SplitShard() on "
                              "shard shardId-000000000000 {} is not both greater than one plus the "
                              "shard's StartingHashKey 0 and less than the shard's EndingHashKey {}.",
                              key, in, end));
    EXPECT_THAT(split("0", "01"), StartsWith("ValidationException: 1 validation error detected: Value '01' at "
                                             "'newStartingHashKey' failed to satisfy constraint: Member must satisfy"));
    for (const auto& [one, other] : {std::pair("0", "2"), std::pair("1", "1")})
        EXPECT_EQ(merge(one, other),
                  fmt::format("InvalidArgumentException: Shards shardId-00000000000{} and shardId-00000000000{} {} are "
                              "not an adjacent pair of shards eligible for merging",
                              one, other, in));
    ASSERT_EQ(split("0", "2"), "");
    const std::string gone = "InvalidArgumentException: Shard shardId-000000000000 " + in +
                             " has already been merged or split, and thus is not eligible for merging or splitting.";
    EXPECT_EQ(split("0", "5"), gone);
    EXPECT_EQ(merge("0", "1"), gone);
    EXPECT_THAT(split("0", "5", "nowhere"), StartsWith("ResourceNotFoundException: Stream nowhere under"));
    EXPECT_EQ(listed(), "01234");
}

TEST_F(ReshardTest, UpdatesTheShardCountWithinHalfAndDouble) {
    create("s", 2);
    EXPECT_EQ(update(5),
              "LimitExceededException: UpdateShardCount cannot scale up over double your current open shard count. "
              "Current open shard count: 2, Target shard count: 5");
    EXPECT_THAT(update(3), HasSubstr(R"({"CurrentShardCount":2,"StreamARN":"arn:aws:kinesis:eu-west-1:123456789012:)"
                                     R"(stream/s","StreamName":"s","TargetShardCount":3})"));
    EXPECT_EQ(listed(R"("Type":"AT_LATEST")"), "256");
    EXPECT_EQ(listed(), "0123456") << "3 and 4 were short-lived";
    EXPECT_THAT(read("3"), HasSubstr(R"("NextShardIterator":null)"));
    EXPECT_EQ(update(1),
              "LimitExceededException: UpdateShardCount cannot scale down below half your current open shard count. "
              "Current open shard count: 3, Target shard count: 1");
    EXPECT_THAT(update(3), HasSubstr(R"("TargetShardCount":3)"));
    EXPECT_EQ(listed(), "0123456") << "nothing to do";
    EXPECT_THAT(update(0), StartsWith("ValidationException: 1 validation error detected: Value '0' at 'target"));
    EXPECT_THAT(refusal("UpdateShardCount", R"({"StreamName":"s","TargetShardCount":3,"ScalingType":"x"})"),
                HasSubstr("'scalingType'"));
}

TEST_F(ReshardTest, OneAtATimeAndNotOnDemand) {
    create("s", 1);
    const Uuid id = topics_->find("s")->id;
    ASSERT_TRUE(kinesis_->shards().begin_reshard(id));
    EXPECT_EQ(split("0"),
              "ResourceInUseException: Stream s under account 123456789012 not ACTIVE, instead in state "
              "UPDATING");
    EXPECT_THAT(act("DescribeStreamSummary", R"({"StreamName":"s"})").value(), HasSubstr(R"("UPDATING")"));
    kinesis_->shards().end_reshard(id);
    ASSERT_TRUE(act("CreateStream", R"({"StreamName":"d","StreamModeDetails":{"StreamMode":"ON_DEMAND"}})"));
    EXPECT_EQ(split("0", "5", "d"),
              "ValidationException: Request is invalid. Stream d under account 123456789012 is in "
              "On-Demand mode.");
    EXPECT_EQ(split("0"), "");
}

TEST_F(ReshardTest, SaysWhenATopicCanHaveNoMorePartitions) {
    topics_.reset();
    topics_ = broker::Topics::open(posix_disk(), clock_, *log_, folder_ / "topics", {.max_partitions = 4}).value();
    start({});
    create("s", 1);
    ASSERT_EQ(split("0"), "");
    EXPECT_THAT(split("1", "5"), StartsWith("LimitExceededException: Stream s under account 000000000000 has had 3 "
                                            "shards. With the 2 that this request would add"));
    EXPECT_EQ(merge("1", "2"), "");
}

}  // namespace
}  // namespace pinflow::kinesis
