#include <gtest/gtest.h>

#include "kinesis/answer.h"
#include "kinesis/hash_key.h"
#include "kinesis/sequence.h"
#include "kinesis/shard_tree.h"
#include "kinesis/validation.h"

namespace pinflow::kinesis {
namespace {

TEST(HashKey, OfAPartitionKey) {
    // md5("a") = 0cc175b9c0f1b6a831c399e269772661
    EXPECT_EQ(decimal(hash_key_of("a")), "16955237001963240173058271559858726497");
    EXPECT_EQ(decimal(hash_key_of("")), "281949768489412648962353822266799178366");
}

TEST(HashKey, ParsesWhatIsBelowTwoToThe128) {
    EXPECT_EQ(decimal(*parse_hash_key("0")), "0");
    EXPECT_EQ(decimal(*parse_hash_key("340282366920938463463374607431768211455")),
              "340282366920938463463374607431768211455");
    for (const char* bad :
         {"", "00", "-1", "1x", "340282366920938463463374607431768211456", "999999999999999999999999999999999999999"})
        EXPECT_FALSE(parse_hash_key(bad)) << bad;
}

TEST(HashKey, ShardsCoverTheWholeSpace) {
    for (size_t count : {1, 2, 3, 5, 64, 1000}) {
        const ShardTree tree = ShardTree::uniform(count, 0);
        HashKey next = 0;
        for (size_t shard = 0; shard < count; ++shard) {
            const HashRange range = range_of_shard(shard, count);
            EXPECT_EQ(range.first, next);
            EXPECT_EQ(tree.shard_of(range.first).number, shard);
            EXPECT_EQ(tree.shard_of(range.last).number, shard);
            next = range.last + 1;
        }
        EXPECT_EQ(next, HashKey{0});  // wrapped around
    }
    // As the real service divides by three and by five.
    EXPECT_EQ(decimal(range_of_shard(0, 3).last), "113427455640312821154458202477256070484");
    EXPECT_EQ(decimal(range_of_shard(4, 5).first), "272225893536750770770699685945414569164");
}

TEST(SequenceNumber, KnownNumber) {
    // hex 2 054c6b202 0 0000000000000000 00 054c6b202 00000000 2
    const SequenceNumber number{1422308226, 0, 1422308226, 0};
    const std::string text = number.text();
    EXPECT_EQ(text.size(), 56u);
    EXPECT_EQ(text, "49547353841177245201980900298761994379545972059850932226");
    EXPECT_EQ(SequenceNumber::parse(text), number);
}

TEST(SequenceNumber, RoundTripsAndGrows) {
    const int64_t created_ms = 1'790'000'000'123;
    for (uint32_t shard : {0u, 3u, 17u, 4000u}) {
        std::string before = starting_sequence_number(created_ms, shard);
        for (int64_t offset : {int64_t{0}, int64_t{1}, int64_t{255}, int64_t{1} << 40}) {
            // the clock stands still, then steps back
            const std::string text = sequence_number(created_ms, shard, offset, created_ms - offset);
            EXPECT_EQ(text.size(), before.size());
            EXPECT_GT(text, before);
            EXPECT_EQ(SequenceNumber::parse(text)->index, offset);
            EXPECT_EQ(SequenceNumber::parse(text)->shard, shard);
            before = text;
        }
    }
    for (const char* bad : {"", "1", "0", "x", "99999999999999999999999999999999999999999999999999999999"})
        EXPECT_FALSE(SequenceNumber::parse(bad)) << bad;
}

// Whether it counts on from the one before or begins anew.
TEST(SequenceNumber, OneBehindTheOtherIsWhatEachIsAlone) {
    const int64_t created_ms = 1'790'000'000'123;
    SequenceNumbers numbers;
    int64_t offset = 0, time_ms = created_ms;
    const auto check = [&](uint32_t shard) {
        ASSERT_EQ(numbers.of(created_ms, shard, offset, time_ms),
                  (SequenceNumber{shard_created_s(created_ms), offset, time_ms / 1000, shard}.text()))
            << offset;
    };
    for (const int64_t from : {int64_t{0}, (int64_t{1} << 40) - 3, int64_t{999'999'999'990}, INT64_MAX - 2000})
        for (offset = from; offset < from + 2000; ++offset) check(0);
    for (offset = 0; offset < 2000; ++offset) {
        if (offset % 7 == 0) time_ms += 1000;
        if (offset % 5 == 0) offset += 2;
        check(offset % 11 < 6 ? 3 : 19);
    }
}

// Times of records are whatever producers say.
TEST(SequenceNumber, TakesAnyTime) {
    const int64_t created_ms = 1'790'000'000'123;
    std::string before = starting_sequence_number(created_ms, 0);
    for (const int64_t time_ms : {INT64_MIN, int64_t{-1}, created_ms, created_ms * 1000, INT64_MAX}) {
        const std::string text = sequence_number(created_ms, 0, 5, time_ms);
        const auto parsed = SequenceNumber::parse(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(parsed->shard_created_s, shard_created_s(created_ms));
        EXPECT_EQ(parsed->index, 5);
        EXPECT_GE(text, before) << time_ms;
        before = text;
    }
    EXPECT_EQ(SequenceNumber::parse(before)->record_s, (int64_t{1} << 36) - 1);
    for (const int64_t odd_ms : {INT64_MIN, INT64_MAX})
        EXPECT_GT(sequence_number(odd_ms, 0, 0, 0), starting_sequence_number(odd_ms, 0)) << odd_ms;
}

TEST(SequenceNumber, ShardId) {
    EXPECT_EQ(shard_id(3), "shardId-000000000003");
    EXPECT_EQ(shard_id(UINT32_MAX), "shardId-004294967295");
}

TEST(Validation, SaysItAsTheServiceDoes) {
    Validation validation;
    validation.partition_key("");
    validation.stream_name("a b");
    EXPECT_EQ(
        body_of(validation.result().error(), Format::json),
        R"({"__type":"ValidationException","message":"2 validation errors detected: Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1; Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"})");
    EXPECT_TRUE(Validation().result());
    EXPECT_EQ(not_base64("ab\xc3\xa9").message,
              "'ab\xc3\xa9' can not be converted to a Blob: Invalid Base64 character: '\xc3\xa9'");
    EXPECT_EQ(body_of(serialization_error("x"), Format::json), R"({"__type":"SerializationException","Message":"x"})");
}

}  // namespace
}  // namespace pinflow::kinesis
