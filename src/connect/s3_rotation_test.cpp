#include "connect/s3_keys.h"
#include "connect/s3_world.h"

namespace pinflow::connect {
namespace {

Properties by_record_time(const Properties& more = {}) {
    Properties all = {{"partitioner.class", std::string(s3_class::by_time)},
                      {"path.format", "'y'=YYYY"},
                      {"partition.duration.ms", "3600000"},
                      {"locale", "en"},
                      {"timezone", "UTC"},
                      {"timestamp.extractor", "Record"},
                      {"flush.size", "100"}};
    for (const auto& [key, value] : more) all[key] = value;
    return all;
}

TEST(S3Rotation, TheRecordsTimeEndsObjectsBeforeTheRecord) {
    S3World world(by_record_time({{"rotate.interval.ms", "1000"}}));
    world.feed("t", {{"1", 5'000}, {"2", 5'999}, {"3", 6'000}, {"4", 5'500}});
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/y=1970/t+0+0000000000.json", "1\n2\n"}}));
    EXPECT_EQ((world.committed[{"t", 0}]), 2);
}

TEST(S3Rotation, NothingWaitsForARecordThatDoesNotCome) {
    S3World world(by_record_time({{"rotate.interval.ms", "1000"}}));
    world.feed("t", {{"1", 5'000}});
    world.clock.now_ms += 999;
    ASSERT_TRUE(world.tick());
    EXPECT_TRUE(world.objects().empty());
    world.clock.now_ms += 1;
    ASSERT_TRUE(world.tick());
    EXPECT_EQ(world.objects().size(), 1U);
    EXPECT_EQ((world.committed[{"t", 0}]), 1);
}

TEST(S3Rotation, TheScheduleCountsFromMidnightOfTheZone) {
    S3World world({{"flush.size", "100"}, {"rotate.schedule.interval.ms", "3600000"}, {"timezone", "Asia/Kolkata"}});
    world.feed("t", {{"1"}});  // 00:00Z is 05:30 there
    world.clock.now_ms += 1'799'999;
    ASSERT_TRUE(world.tick());
    EXPECT_TRUE(world.objects().empty());
    world.clock.now_ms += 1;
    ASSERT_TRUE(world.tick());
    EXPECT_EQ(world.objects().size(), 1U);
    world.feed("t", {{"2"}});
    world.clock.now_ms += 3'599'999;
    ASSERT_TRUE(world.tick());
    EXPECT_EQ(world.objects().size(), 1U);
    world.clock.now_ms += 1;
    ASSERT_TRUE(world.tick());
    EXPECT_EQ(world.objects().at("topics/t/partition=0/t+0+0000000001.json"), "2\n");
}

TEST(S3Rotation, RecordsThatComeTogetherBehindTheScheduleAreOneObject) {
    S3World world({{"flush.size", "100"}, {"rotate.schedule.interval.ms", "1000"}, {"timezone", "UTC"}});
    world.feed("t", {{"1"}});
    world.clock.now_ms += 2'500;
    world.feed("t", {{"2"}, {"3"}, {"4"}});  // before the task could look at the clock
    world.clock.now_ms += 1'000;
    ASSERT_TRUE(world.tick());
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/partition=0/t+0+0000000000.json", "1\n"},
                                        {"topics/t/partition=0/t+0+0000000001.json", "2\n3\n4\n"}}));
}

TEST(S3Rotation, TheClockIsTheIntervalsWherePartitionersHaveNoTimes) {
    S3World world({{"flush.size", "100"}, {"rotate.interval.ms", "1000"}});
    world.feed("t", {{"1"}});
    world.clock.now_ms += 900;
    world.feed("t", {{"2"}});
    world.clock.now_ms += 100;
    world.feed("t", {{"3"}});
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/partition=0/t+0+0000000000.json", "1\n2\n"}}));
}

TEST(S3Rotation, WhoWaitsForThemGetsWhatIsOpen) {
    S3World world({{"flush.size", "3"}});
    world.feed("t", {{"1"}, {"2"}});
    EXPECT_TRUE(world.objects().empty());
    EXPECT_TRUE(world.task->end_open({"t", 0}));
    ASSERT_TRUE(world.tick());
    EXPECT_EQ((world.committed[{"t", 0}]), 2);
    EXPECT_TRUE(world.task->end_open({"t", 0}));  // nothing is open
    world.feed("t", {{"3"}, {"4"}, {"5"}, {"6"}});
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/partition=0/t+0+0000000000.json", "1\n2\n"},
                                        {"topics/t/partition=0/t+0+0000000002.json", "3\n4\n5\n"}}));
}

TEST(S3Rotation, NoMoreObjectsAreOpenThanAllowed) {
    S3World world({{"flush.size", "100"},
                   {"partitioner.class", std::string(s3_class::by_field)},
                   {"partition.field.name", "f"},
                   {"partitioner.max.open.files", "2"}});
    world.feed("t", {{R"({"f":1})"}, {R"({"f":2})"}, {R"({"f":1})"}, {R"({"f":3})"}});
    EXPECT_EQ(world.objects().size(), 2U);
    EXPECT_EQ((world.committed[{"t", 0}]), 3);
}

TEST(S3Rotation, WhatIsOpenBeyondTheBudgetLiesOnDisk) {
    S3World world({{"flush.size", "20000"},
                   {"partitioner.class", std::string(s3_class::by_field)},
                   {"partition.field.name", "f"},
                   {"s3.compression.type", "gzip"}});
    const std::string filler(5'000, 'x');
    std::vector<TestRecord> records;
    for (int i = 0; i < 20'000; ++i)
        records.push_back({fmt::format(R"({{"f":{},"i":{},"x":"{}"}})", i % 100, i, filler)});
    const auto begin = records.begin();
    world.feed("t", {begin, begin + 19'999});
    const auto spilled = world.disk.list("/data/connect/s3/c-sink/spill");
    ASSERT_TRUE(spilled);
    EXPECT_EQ(spilled->size(), 1U);  // one file, whatever is open
    world.feed("t", {begin + 19'999, records.end()});
    EXPECT_EQ(world.objects().size(), 100U);
    EXPECT_TRUE(world.disk.list("/data/connect/s3/c-sink/spill")->empty());
    EXPECT_EQ((world.committed[{"t", 0}]), 20'000);
}

TEST(S3Rotation, AStoreOutOfReachIsAskedAgain) {
    S3World world({{"retry.backoff.ms", "500"}});
    ASSERT_TRUE(world.open({"t", 0}));
    world.disk.fill_up(true);
    const std::vector<TestRecord> one = {{"1"}};
    ASSERT_TRUE(world.put({"t", 0}, 0, one));
    ASSERT_TRUE(world.tick());
    EXPECT_TRUE(world.objects().empty());
    EXPECT_FALSE(world.committed.contains({"t", 0}));
    std::vector<TestRecord> many(1'000, TestRecord{"2"});
    ASSERT_TRUE(world.put({"t", 0}, 1, many));
    EXPECT_FALSE(world.task->is_ready());
    world.disk.fill_up(false);
    ASSERT_TRUE(world.tick());
    EXPECT_TRUE(world.objects().empty());  // not yet
    world.clock.now_ms += 500;
    ASSERT_TRUE(world.tick());
    EXPECT_EQ(world.objects().size(), 1'001U);
    EXPECT_EQ((world.committed[{"t", 0}]), 1'001);
    EXPECT_TRUE(world.task->is_ready());
}

TEST(S3Rotation, WhatIsGivenUpIsNotWritten) {
    S3World world({{"flush.size", "2"}});
    world.feed("t", {{"1"}});
    const TopicPartition partition{"t", 0};
    world.task->close(std::span(&partition, 1));
    ASSERT_TRUE(world.open(partition));
    const std::vector<TestRecord> again = {{"1"}, {"2"}};
    ASSERT_TRUE(world.put(partition, 0, again));
    ASSERT_TRUE(world.tick());
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/partition=0/t+0+0000000000.json", "1\n2\n"}}));
}

}  // namespace
}  // namespace pinflow::connect
