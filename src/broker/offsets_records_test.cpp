#include "broker/offsets_records.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "broker/offsets_log.h"

namespace pinflow::broker {
namespace {

std::string hex(const std::string& bytes) {
    return hex_encode(as_bytes(bytes));
}
std::string unhex(std::string_view text) {
    std::string bytes;
    for (size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<char>(hex_digit(text[i]) * 16 + hex_digit(text[i + 1])));
    return bytes;
}

GroupRecord group() {
    return {"consumer",
            7,
            "range",
            "m-1",
            1'700'000'000'000,
            {{"m-1", std::nullopt, "c", "/127.0.0.1", 60'000, 10'000, "sub", "ass"},
             {"i-2", "i", "c", "/127.0.0.1", 60'000, 10'000, "", ""}}};
}

TEST(OffsetsRecords, KeysAreKafkas) {
    EXPECT_EQ(hex(encode_key(OffsetKey{"g", {"pins", 3}})),
              "0001"
              "000167"
              "000470696e73"
              "00000003");
    EXPECT_EQ(hex(encode_key(GroupKey{"g"})),
              "0002"
              "000167");
    EXPECT_EQ(std::get<OffsetKey>(*decode_key(as_bytes(unhex("0000000167000470696e7300000003")))).partition.partition,
              3)
        << "version 0 is read too";
    EXPECT_EQ(std::get<UnknownKey>(*decode_key(as_bytes(unhex("000b000167")))).version, 11) << "of share groups";
}

TEST(OffsetsRecords, CommittedOffsetIsVersion3) {
    const OffsetRecord record{1234, 5, "note", 1'700'000'000'000};
    EXPECT_EQ(hex(encode_value(record)),
              "0003"
              "00000000000004d2"
              "00000005"
              "00046e6f7465"
              "0000018bcfe56800");
    EXPECT_EQ(*decode_offset_value(as_bytes(encode_value(record))), record);
}

TEST(OffsetsRecords, CommittedOffsetWithItsOwnExpiryIsVersion1) {
    const OffsetRecord record{1234, -1, "", 1'700'000'000'000, 1'700'000'000'001};
    EXPECT_EQ(hex(encode_value(record)),
              "0001"
              "00000000000004d2"
              "0000"
              "0000018bcfe56800"
              "0000018bcfe56801");
    EXPECT_EQ(*decode_offset_value(as_bytes(encode_value(record))), record);
}

TEST(OffsetsRecords, GroupIsVersion3) {
    const GroupRecord record = group();
    EXPECT_EQ(*decode_group_value(as_bytes(encode_value(record))), record);
    GroupRecord empty{"consumer", 8, std::nullopt, std::nullopt, 1'700'000'000'000, {}};
    EXPECT_EQ(hex(encode_value(empty)),
              "0003"
              "0008636f6e73756d6572"
              "00000008"
              "ffff"
              "ffff"
              "0000018bcfe56800"
              "00000000");
    EXPECT_EQ(*decode_group_value(as_bytes(encode_value(empty))), empty);
}

TEST(OffsetsRecords, FlexibleVersion4IsRead) {
    // offset 1, leader epoch 2, metadata "n", commit time 3, one tagged field of 2 bytes
    const auto offset =
        decode_offset_value(as_bytes(unhex("0004"
                                           "0000000000000001"
                                           "00000002"
                                           "026e"
                                           "0000000000000003"
                                           "01"
                                           "00"
                                           "02"
                                           "aabb")));
    ASSERT_TRUE(offset) << offset.error().message;
    EXPECT_EQ(*offset, (OffsetRecord{1, 2, "n", 3}));
    const auto empty =
        decode_group_value(as_bytes(unhex("0004"
                                          "09636f6e73756d6572"
                                          "00000008"
                                          "00"
                                          "00"
                                          "0000000000000005"
                                          "01"
                                          "00")));
    ASSERT_TRUE(empty) << empty.error().message;
    EXPECT_EQ(*empty, (GroupRecord{"consumer", 8, std::nullopt, std::nullopt, 5, {}}));
}

TEST(OffsetsRecords, EveryTruncationIsAnError) {
    for (const std::string& whole : {encode_key(OffsetKey{"g", {"pins", 3}}), encode_key(GroupKey{"g"})})
        for (size_t size = 0; size < whole.size(); ++size)
            EXPECT_FALSE(decode_key(as_bytes(whole).first(size))) << size;
    const std::string offset = encode_value(OffsetRecord{1, 2, "note", 3});
    for (size_t size = 0; size < offset.size(); ++size) EXPECT_FALSE(decode_offset_value(as_bytes(offset).first(size)));
    const std::string whole = encode_value(group());
    for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decode_group_value(as_bytes(whole).first(size)));
}

TEST(OffsetsRecords, LyingLengthsAndVersionsAreErrors) {
    EXPECT_FALSE(decode_offset_value(as_bytes(unhex("0005"))));
    EXPECT_FALSE(decode_offset_value(as_bytes(unhex("ffff"))));
    std::string lying = encode_value(GroupRecord{"c", 1, {}, {}, 0, {}});
    lying.replace(lying.size() - 4, 4, unhex("7fffffff"));
    EXPECT_FALSE(decode_group_value(as_bytes(lying)));
}

TEST(OffsetsRecords, GroupsGoToKafkasPartitions) {
    // Math.abs("...".hashCode()) % 50, by Java.
    EXPECT_EQ(partition_of_group("", 50), 0);
    EXPECT_EQ(partition_of_group("a", 50), 47);                  // 97
    EXPECT_EQ(partition_of_group("hello", 50), 22);              // 99162322
    EXPECT_EQ(partition_of_group("polygenelubricants", 50), 0);  // the least int there is
    EXPECT_EQ(partition_of_group("\xc3\xa9", 50), 33);           // é, 233
    EXPECT_EQ(partition_of_group("\xf0\x9f\x98\x80", 50), 49);   // 1772899
}

}  // namespace
}  // namespace pinflow::broker
