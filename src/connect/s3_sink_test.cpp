#include "connect/s3_keys.h"
#include "connect/s3_world.h"

namespace pinflow::connect {
namespace {

TEST(S3Sink, MakesTheObjectsThatStudentsRead) {
    S3World world;
    world.feed("u1.pin", {{R"({"index": 1, "title":"caf\u00e9"})"}, {"{\"index\":\n2}"}});
    EXPECT_EQ(world.objects(),
              (Objects{{"topics/u1.pin/partition=0/u1.pin+0+0000000000.json", "{\"index\":1,\"title\":\"café\"}\n"},
                       {"topics/u1.pin/partition=0/u1.pin+0+0000000001.json", "{\"index\":2}\n"}}));
    EXPECT_EQ((world.committed[{"u1.pin", 0}]), 2);
    EXPECT_TRUE(world.plugin->check(world.properties).empty());
}

TEST(S3Sink, EndsObjectsAfterSoManyRecords) {
    S3World world({{"flush.size", "3"}});
    world.feed("t", {{"1"}, {"2"}, {"3"}, {"4"}});
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/partition=0/t+0+0000000000.json", "1\n2\n3\n"}}));
    EXPECT_EQ((world.committed[{"t", 0}]), 3);
    world.feed("t", {{"5"}, {"6"}});
    EXPECT_EQ(world.objects().at("topics/t/partition=0/t+0+0000000003.json"), "4\n5\n6\n");
    EXPECT_EQ((world.committed[{"t", 0}]), 6);
}

TEST(S3Sink, APoisonRecordIsReportedAndTheOthersGoOn) {
    S3World world({{"flush.size", "2"}});
    world.feed("t", {{"{\"a\":1}"}, {"not json"}, {""}, {"{\"a\":2}"}});
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/partition=0/t+0+0000000000.json", "{\"a\":1}\n{\"a\":2}\n"}}));
    ASSERT_EQ(world.errors.reports.size(), 2U);
    EXPECT_TRUE(world.errors.reports[0].starts_with(
        "1 VALUE_CONVERTER DataException: Converting byte[] to Kafka Connect data failed due to serialization error: "))
        << world.errors.reports[0];
    EXPECT_EQ((world.committed[{"t", 0}]), 4);
}

TEST(S3Sink, APoisonRecordThatIsNotToleratedEndsTheTask) {
    S3World world;
    world.errors.tolerates = false;
    ASSERT_TRUE(world.open({"t", 0}));
    const std::vector<TestRecord> records = {{"{}"}, {"{"}};
    EXPECT_FALSE(world.put({"t", 0}, 0, records));
}

TEST(S3Sink, RecordsThatMakeNoObjectMoveThePosition) {
    S3World world({{"flush.size", "10"}, {"behavior.on.null.values", "ignore"}});
    world.feed("t", {{std::nullopt}, {"null"}, {"bad"}});
    EXPECT_EQ((world.committed[{"t", 0}]), 3);
    EXPECT_EQ(world.errors.reports.size(), 1U);
    world.feed("t", {{"1"}, {std::nullopt}});  // one is open, what comes behind it waits
    EXPECT_EQ((world.committed[{"t", 0}]), 3);
    EXPECT_TRUE(world.objects().empty());
}

TEST(S3Sink, NullsGoToTheDeadLettersWhenErrorsAreTolerated) {
    S3World world({{"behavior.on.null.values", "ignore"}, {"errors.tolerance", "all"}});
    world.feed("t", {{std::nullopt}});
    EXPECT_EQ(world.errors.reports,
              (std::vector<std::string>{"0 TASK_PUT DataException: Skipping null value record."}));
}

TEST(S3Sink, NullsFailUnlessToleratedByDefault) {
    S3World world;
    world.feed("t", {{std::nullopt}, {"1"}});
    EXPECT_EQ(world.errors.reports,
              (std::vector<std::string>{"0 TASK_PUT ConnectException: Null valued records are not writeable with "
                                        "current behavior.on.null.values 'settings."}));
    EXPECT_EQ(world.objects().size(), 1U);
}

TEST(S3Sink, KeysLieBesideValuesAndNullsInAPlaceOfTheirOwn) {
    S3World world({{"flush.size", "3"},
                   {"behavior.on.null.values", "write"},
                   {"store.kafka.keys", "true"},
                   {"keys.format.class", std::string(s3_class::json)}});
    world.feed("t", {{"1", 0, "a"}, {std::nullopt, 0, "b"}, {"2", 0, std::nullopt}, {"3", 0, "c\"d"}});
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/partition=0/t+0+0000000000.json", "1\n3\n"},
                                        {"topics/t/partition=0/t+0+0000000000.keys.json", "\"a\"\n\"c\\\"d\"\n"},
                                        {"topics/t/tombstone/t+0+0000000001.keys.json", "\"b\"\n"}}));
    EXPECT_EQ(world.errors.reports,
              (std::vector<std::string>{"2 TASK_PUT DataException: Key cannot be null for SinkRecord: kafkaOffset=2"}));
}

TEST(S3Sink, NamesFollowTheSettings) {
    S3World world({{"topics.dir", "a/b"}, {"file.delim", "-"}, {"filename.offset.zero.pad.width", "3"}});
    world.feed("t", {{"1"}});
    EXPECT_EQ(world.objects(), (Objects{{"a/b/t/partition=0/t-0-000.json", "1\n"}}));
    S3World bare({{"topics.dir", ""}, {"directory.delim", "_"}});
    bare.feed("t", {{"1"}});
    EXPECT_EQ(bare.objects(), (Objects{{"t_partition=0_t+0+0000000000.json", "1\n"}}));
}

TEST(S3Sink, TextAndBytesAsTheOriginalWritesThem) {
    S3World text({{"value.converter", "org.apache.kafka.connect.storage.StringConverter"}});
    text.feed("t", {{"say \"hi\"\n"}, {"\xff"}});
    EXPECT_EQ(text.objects().at("topics/t/partition=0/t+0+0000000000.json"), "\"say \\\"hi\\\"\\n\"\n");
    EXPECT_EQ(text.objects().at("topics/t/partition=0/t+0+0000000001.json"), "\"\xEF\xBF\xBD\"\n");
    S3World bytes({{"value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"},
                   {"format.class", std::string(s3_class::bytes)},
                   {"flush.size", "2"},
                   {"format.bytearray.separator", "\\r\\n"}});
    bytes.feed("t", {{"\x01\xff"}, {""}});
    EXPECT_EQ(bytes.objects(), (Objects{{"topics/t/partition=0/t+0+0000000000.bin", "\x01\xff\r\n\r\n"}}));
}

TEST(S3Sink, WhatCannotBeANameIsRefused) {
    S3World world({{"partitioner.class", std::string(s3_class::by_field)}, {"partition.field.name", "f"}});
    world.feed("t", {{fmt::format(R"({{"f":"{}"}})", std::string(2000, 'x'))}, {R"({"f":"ok"})"}});
    EXPECT_EQ(world.errors.reports.size(), 1U);
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/f=ok/t+0+0000000001.json", "{\"f\":\"ok\"}\n"}}));
}

TEST(S3Sink, LeavesNothingOfAConnectorThatIsDeleted) {
    S3World world({{"rotate.interval.ms", "1000"}, {"flush.size", "10"}});
    world.feed("t", {{"1"}});
    world.clock.now_ms += 1000;
    ASSERT_TRUE(world.tick());
    EXPECT_TRUE(world.disk.open("/data/connect/s3/c-sink/cuts", Disk::Mode::read));
    world.task.reset();
    ASSERT_TRUE(world.plugin->forget("sink"));
    EXPECT_FALSE(world.disk.open("/data/connect/s3/c-sink/cuts", Disk::Mode::read));
}

}  // namespace
}  // namespace pinflow::connect
