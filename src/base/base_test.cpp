#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/disk.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/uuid.h"

namespace pinflow {
namespace {

TEST(Crc32c, KnownAnswer) {
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283u);  // RFC 3720, B.4
    EXPECT_EQ(crc32c(as_bytes("56789"), crc32c(as_bytes("1234"))), 0xe3069283u);
    EXPECT_EQ(crc32c({}), 0u);
}

TEST(Uuid, TextForms) {
    const Uuid uuid = Uuid::random();
    EXPECT_EQ(Uuid::parse(uuid.text()), uuid);
    EXPECT_EQ(Uuid::parse_kafka(uuid.kafka_text()), uuid);
    EXPECT_EQ(uuid.kafka_text().size(), 22u);
    EXPECT_FALSE(Uuid::parse("no"));
}

TEST(Text, PercentAndSplit) {
    EXPECT_EQ(percent_decode("a%2Fb+c"), "a/b+c");
    EXPECT_FALSE(percent_decode("%2"));
    EXPECT_FALSE(percent_decode("%zz"));
    EXPECT_EQ(percent_encode("a b/c", "/"), "a%20b/c");
    EXPECT_EQ(split("a//b", '/').size(), 3u);
    EXPECT_EQ(trim(" \tx y\n"), "x y");
    EXPECT_EQ(parse_int("-12"), -12);
    EXPECT_FALSE(parse_int("12 "));
    EXPECT_FALSE(parse_int("9223372036854775808"));
    EXPECT_TRUE(is_valid_utf8("\xe2\x80\xa6"));
    EXPECT_FALSE(is_valid_utf8("\xff"));
}

TEST(Text, IsoTime) {
    EXPECT_EQ(iso_time_ms(1598586767000), "2020-08-28T03:52:47Z");
    EXPECT_EQ(iso_time_ms(-1), "1969-12-31T23:59:59.999Z");
}

TEST(ReplaceFile, KeepsOldContentsOrNewAndTakesTheLongestNames) {
    const auto folder = std::filesystem::temp_directory_path() / ("pinflow-base-" + Uuid::random().text());
    std::filesystem::create_directories(folder);
    for (const size_t length : {1, 250, 251, 252, 255}) {
        const auto path = folder / std::string(length, 'x');
        for (const char* contents : {"old", "new"}) {
            const auto replaced = replace_file(posix_disk(), path, contents);
            ASSERT_TRUE(replaced) << replaced.error().message;
            EXPECT_EQ(read_file(posix_disk(), path).value(), contents);
        }
        std::filesystem::remove(path);
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder));
    EXPECT_FALSE(replace_file(posix_disk(), folder / std::string(256, 'x'), "no such name"));
    std::filesystem::remove_all(folder);
}

TEST(JsonWriter, WritesNoInvalidUtf8) {
    EXPECT_EQ(json_string("a\x80z\xe2\x80\xa6\xe2\x80"), "\"a\ufffdz\u2026\ufffd\ufffd\"");
    EXPECT_EQ(json_string("\xff\"\n"), "\"\ufffd\\\"\\n\"");
    EXPECT_EQ(json_string("caf\u00e9"), "\"caf\u00e9\"");
}

TEST(JsonWriter, NestsAndEscapes) {
    JsonWriter json;
    json.begin_object().key("a").begin_array().number(1).number(2.5).null().boolean(true).end_array();
    json.key("b\n").string("\"\x01\xc3\xa9").key("c").begin_object().end_object().end_object();
    EXPECT_EQ(json.text(), "{\"a\":[1,2.5,null,true],\"b\\n\":\"\\\"\\u0001\xc3\xa9\",\"c\":{}}");
}

}  // namespace
}  // namespace pinflow
