// Records that are to be forgotten, taken out of objects that are there.
#include <zlib.h>

#include "base/text.h"
#include "connect/s3_gzip.h"
#include "connect/s3_keys.h"
#include "connect/s3_world.h"
#include "net/inflater.h"

namespace pinflow::connect {
namespace {

std::string line(int user, int i) {
    return fmt::format(R"({{"user":{},"i":{}}})", user, i);
}

// Users 1 and 2 in turn.
std::vector<TestRecord> users(int count) {
    std::vector<TestRecord> all;
    for (int i = 0; i < count; ++i) all.push_back({line(1 + i % 2, i), 1'606'780'800'000 + i});
    return all;
}

std::string plain(const std::string& gzip) {
    std::string text;
    net::Inflater unpacker;
    EXPECT_TRUE(unpacker.unpack(gzip, [&](std::string_view piece) {
        text += piece;
        return Result<>();
    }));
    EXPECT_TRUE(unpacker.at_end());
    return text;
}

constexpr const char* user_1 = R"("user":1,)";

std::string key_at(int64_t offset, const char* extension = ".json") {
    return fmt::format("topics/t/partition=0/t+0+{:010}{}", offset, extension);
}

TEST(S3Forget, LinesGoAndObjectsOfWhichNothingIsLeft) {
    S3World world({{"flush.size", "2"}});
    world.feed("t", {{line(1, 0)}, {line(2, 1)}, {line(1, 2)}, {line(1, 3)}, {line(2, 4)}, {line(2, 5)}});
    const auto counted = world.take_out(6, user_1, {}, true);
    ASSERT_TRUE(counted) << counted.error().message;
    EXPECT_EQ(counted->objects, 2);
    EXPECT_EQ(counted->records, 3);
    EXPECT_EQ(world.objects().size(), 3U);
    const auto taken = world.take_out(6, user_1);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->objects, 2);
    EXPECT_EQ(taken->records, 3);
    EXPECT_EQ(taken->waits, "");
    EXPECT_EQ(world.objects(),
              (Objects{{key_at(0), line(2, 1) + "\n"}, {key_at(4), line(2, 4) + "\n" + line(2, 5) + "\n"}}));
    EXPECT_EQ(world.take_out(6, user_1)->records, 0);
}

TEST(S3Forget, WhatBeginsAtTheEndOfTheRequestStays) {
    S3World world({{"flush.size", "3"}});
    world.feed("t", users(9));
    EXPECT_EQ(world.take_out(4, user_1)->records, 2);
    EXPECT_EQ(world.objects().at(key_at(0)), line(2, 1) + "\n");
    EXPECT_EQ(world.objects().at(key_at(3)), line(2, 3) + "\n" + line(1, 4) + "\n" + line(2, 5) + "\n");
    EXPECT_EQ(world.judged_offsets, (std::vector<int64_t>{0, 1, 2, 3}));
}

TEST(S3Forget, OtherTopicsAndFilesAreLeftAlone) {
    S3World world;
    world.feed("t", {{line(1, 0)}});
    world.feed("t2", {{line(1, 0)}});
    ASSERT_TRUE(
        world.store->put("topics/t/partition=0/note.txt", as_bytes(std::string_view(user_1)), objects::Write::replace));
    EXPECT_EQ(world.take_out(100, user_1)->objects, 1);
    EXPECT_EQ(world.objects().size(), 2U);
}

TEST(S3Forget, Gzip) {
    S3World world({{"flush.size", "4"}, {"s3.compression.type", "gzip"}});
    world.feed("t", users(4));
    EXPECT_EQ(world.take_out(4, user_1)->records, 2);
    EXPECT_EQ(plain(world.objects().at(key_at(0, ".json.gz"))), line(2, 1) + "\n" + line(2, 3) + "\n");
}

TEST(S3Forget, BrokenGzipIsNobodysToJudge) {
    S3World world({{"flush.size", "4"}, {"s3.compression.type", "gzip"}});
    world.feed("t", users(8));
    const std::string whole = world.objects().at(key_at(0, ".json.gz"));
    for (const std::string& broken : {whole.substr(0, whole.size() / 2), "no gzip" + whole}) {
        ASSERT_TRUE(world.store->put(key_at(0, ".json.gz"), as_bytes(broken), objects::Write::replace));
        const auto taken = world.take_out(8, user_1);
        ASSERT_TRUE(taken) << taken.error().message;
        EXPECT_EQ(taken->unjudged, 1);
        EXPECT_EQ(world.objects().at(key_at(0, ".json.gz")), broken);
    }
    EXPECT_EQ(plain(world.objects().at(key_at(4, ".json.gz"))), line(2, 5) + "\n" + line(2, 7) + "\n");
}

TEST(S3Forget, BytesBetweenTheirSeparators) {
    S3World world({{"flush.size", "4"},
                   {"format.class", std::string(s3_class::bytes)},
                   {"format.bytearray.separator", "<|>"},
                   {"value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"}});
    world.feed("t", users(4));
    EXPECT_EQ(world.take_out(4, user_1)->records, 2);
    EXPECT_EQ(world.objects().at(key_at(0, ".bin")), line(2, 1) + "<|>" + line(2, 3) + "<|>");
}

TEST(S3Forget, ByFieldAndEnvelope) {
    S3World world({{"flush.size", "4"},
                   {"partitioner.class", std::string(s3_class::by_field)},
                   {"partition.field.name", "user"},
                   {"value.converter.schemas.enable", "true"}});
    std::vector<TestRecord> records;
    for (const TestRecord& each : users(4))
        records.push_back({fmt::format(R"({{"schema":{{"type":"struct","fields":[{{"field":"user","type":"int32"}},{{)"
                                       R"("field":"i","type":"int32"}}]}},"payload":{}}})",
                                       *each.value)});
    world.feed("t", records);
    EXPECT_EQ(world.objects().size(), 2U);
    EXPECT_EQ(world.take_out(4, R"({"payload":{"user":1,)")->records, 2);
    EXPECT_EQ(world.objects(),
              (Objects{{"topics/t/user=2/t+0+0000000001.json", line(2, 1) + "\n" + line(2, 3) + "\n"}}));
}

Properties with_keys() {
    return {{"flush.size", "3"},
            {"behavior.on.null.values", "write"},
            {"store.kafka.keys", "true"},
            {"keys.format.class", std::string(s3_class::json)},
            {"key.converter", "org.apache.kafka.connect.storage.StringConverter"}};
}

TEST(S3Forget, KeysGoWithTheirValues) {
    S3World world(with_keys());
    world.feed("t", {{line(1, 0), 0, "a"}, {line(2, 1), 0, "b"}, {line(1, 2), 0, "c"}});
    world.feed("t", {{line(1, 3), 0, "d"}, {line(1, 4), 0, "e"}, {line(1, 5), 0, "f"}});
    const auto taken = world.take_out(6, user_1);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->records, 5);
    EXPECT_EQ(taken->unjudged, 0);
    EXPECT_EQ(world.objects(), (Objects{{key_at(0), line(2, 1) + "\n"}, {key_at(0, ".keys.json"), "\"b\"\n"}}));
}

TEST(S3Forget, AStopBetweenKeysAndValuesIsMadeGood) {
    S3World world(with_keys());
    world.feed("t", {{line(1, 0), 0, "a"}, {line(2, 1), 0, "b"}, {line(1, 2), 0, "c"}});
    ASSERT_TRUE(
        world.store->put(key_at(0, ".keys.json"), as_bytes(std::string_view("\"b\"\n")), objects::Write::replace));
    EXPECT_EQ(world.take_out(3, user_1)->unjudged, 0);
    EXPECT_EQ(world.objects(), (Objects{{key_at(0), line(2, 1) + "\n"}, {key_at(0, ".keys.json"), "\"b\"\n"}}));
}

TEST(S3Forget, KeysThatNobodyCanTellApartAreTold) {
    S3World world(with_keys());
    world.feed("t", {{line(1, 0), 0, "a"}, {line(2, 1), 0, "b"}, {line(1, 2), 0, "c"}});
    world.feed("t", {{std::nullopt, 0, "d"}, {std::nullopt, 0, "e"}, {"\"unknown\"", 0, "f"}});
    const std::string odd = "\"a\"\n\"b\"\n\"c\"\n\"d\"\n";
    ASSERT_TRUE(world.store->put(key_at(0, ".keys.json"), as_bytes(odd), objects::Write::replace));
    EXPECT_EQ(world.take_out(6, user_1)->unjudged, 3) << "these, an object of keys without values, and a record";
    EXPECT_EQ(world.objects().at(key_at(0, ".keys.json")), odd);
}

TEST(S3Forget, WhatATaskMayWriteAgainWaitsUntilNoneWorks) {
    S3World world;
    world.feed("t", users(4));
    bool idle = false;
    Written written{.settled = {{{"t", 0}, 2}}, .while_idle = [&](const auto& work) -> Result<bool> {
                        if (idle) PINFLOW_TRY(work());
                        return idle;
                    }};
    const auto first = world.take_out(4, user_1, written);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->records, 1);
    EXPECT_EQ(first->waits, "its position has not passed the object " + key_at(2) + " yet");
    EXPECT_TRUE(world.objects().contains(key_at(2)));
    idle = true;
    const auto second = world.take_out(4, user_1, written);
    EXPECT_EQ(second->records, 1);
    EXPECT_EQ(second->waits, "");
    EXPECT_EQ(world.objects().size(), 2U);
}

// What is kept of a connector that is gone.
TEST(S3Forget, APlaceIsEnoughToFindTheObjects) {
    S3World world({{"aws.access.key.id", "id of tests"}, {"aws.secret.access.key", "hush"}, {"topics.dir", "x"}});
    world.feed("t", users(4));
    const auto place = world.plugin->place(world.properties);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->location, "s3.bucket.name=user-u1-bucket topics.dir=x directory.delim=/ file.delim=+");
    for (const auto& [key, value] : place->config) EXPECT_FALSE(value == "id of tests" || value == "hush") << key;
    world.properties = place->config;
    const auto taken = world.take_out(4, user_1);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->records, 2);
    EXPECT_EQ(taken->waits, "");
}

TEST(S3Forget, ManyRecordsAreJudgedALittleAtATime) {
    S3World world({{"flush.size", "20000"}});
    std::vector<TestRecord> records = users(20'000);
    for (size_t i = 100; i < 104; ++i)
        records[i].value = line(1, 0).insert(1, "\"x\":\"" + std::string(5 << 20, 'x') + "\",");
    world.feed("t", records);
    const auto taken = world.take_out(20'000, user_1);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->records, 10'002);  // two were user 2's
    const std::string left = world.objects().at(key_at(0));
    EXPECT_EQ(std::ranges::count(left, '\n'), 9'998);
    EXPECT_FALSE(left.contains(user_1));
}

// The door: it has its place, and leaves nothing there.
TEST(S3Forget, AForgottenRecordKeepsItsPlace) {
    S3World world({{"flush.size", "3"}});
    world.is_forgotten = [](int64_t offset) { return offset == 1 || (offset >= 3 && offset < 6); };
    world.feed("t", users(9));
    EXPECT_EQ(world.objects(), (Objects{{key_at(0), line(1, 0) + "\n" + line(1, 2) + "\n"},
                                        {key_at(6), line(1, 6) + "\n" + line(2, 7) + "\n" + line(1, 8) + "\n"}}));
    EXPECT_EQ((world.committed[{"t", 0}]), 9);
}

TEST(S3Forget, AForgottenRecordIsNoDeadLetter) {
    S3World world({{"partitioner.class", std::string(s3_class::by_field)}, {"partition.field.name", "f"}});
    world.is_forgotten = [](int64_t offset) { return offset == 0; };
    world.feed("t", {{"{\"f\":[1]}"}, {"{\"f\":[1]}"}});
    EXPECT_EQ(world.errors.reports.size(), 1U);
    EXPECT_EQ((world.committed[{"t", 0}]), 2);
}

}  // namespace
}  // namespace pinflow::connect
