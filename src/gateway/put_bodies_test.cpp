#include "gateway/put_bodies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::gateway {
namespace {

using testing::HasSubstr;

std::string shown(std::string_view body, bool many) {
    PutBody parser;
    const auto parsed = many ? parser.parse_records(body) : parser.parse_record(body);
    if (!parsed) return fmt::format("{} {}", parsed.error().status, parsed.error().body);
    std::string out(parser.stream_name());
    for (const auto& entry : parser.entries())
        out += fmt::format("[{}|{}|{}]", entry.data.value_or("<null>"), entry.partition_key,
                           entry.explicit_hash_key.value_or(""));
    return out;
}

TEST(PutBody, OneRecord) {
    const std::pair<const char*, const char*> rows[] = {
        {R"({"StreamName": "s", "Data": {"index": 1, "x": [1, 2]}, "PartitionKey": "partition-1"})",
         R"(s[{"index":1,"x":[1,2]}|partition-1|])"},
        {R"({"Data": [{"a": 1}], "PartitionKey": "p"})", R"([[{"a":1}]|p|])"},
        {R"({"Data": "{\"a\": 1}", "PartitionKey": "p"})", R"(["{\"a\": 1}"|p|])"},
        {R"({"Data": "eyJhIjoxfQ==", "PartitionKey": "p"})", R"(["eyJhIjoxfQ=="|p|])"},
        {R"({"PartitionKey": "p"})", R"([""|p|])"},
        {R"({"Data": null, "PartitionKey": "p"})", R"([""|p|])"},
        {R"({"Data": "", "PartitionKey": "p"})", R"([""|p|])"},
        {R"({"Data": 1.50, "PartitionKey": 7})", "[1.50|7|]"},
        {R"({"stream-name":"YourStreamName","records":{"value":{"a":1}},"PartitionKey":"p"})", R"([""|p|])"},
        {R"({"Data": true, "PartitionKey": "a\"b\u00e9", "ExplicitHashKey": "12"})", "[true|a\"b\xc3\xa9|12]"},
        {"", R"([""||])"},
    };
    for (const auto& [body, entry] : rows) EXPECT_EQ(shown(body, false), entry) << body;
    EXPECT_THAT(shown("{", false), HasSubstr(R"(400 {"message":"Could not parse request body into json: )"));
    EXPECT_THAT(shown("[]", false), HasSubstr("expected an object"));
}

TEST(PutBody, ManyRecords) {
    const std::pair<const char*, const char*> rows[] = {
        {R"({"records":[{"data":{"a": 1},"partition-key":"p"},{"data":"raw \"text\"","partitionKey":"q"}]})",
         R"([{"a":1}|p|][raw "text"|q|])"},
        {R"({"records":[{"partition-key":"p"},{"data":null}]})", R"([""|p|][""||])"},
        {R"({"StreamName":"s","Records":[{"Data":"eyJhIjoxfQ==","PartitionKey":"p"},{"Data":{"a": 2},"PartitionKey":"p"}]})",
         R"(s[{"a":1}|p|][{"a":2}|p|])"},
        {R"({"Records":[{"Data":null,"PartitionKey":"p","ExplicitHashKey":"5"}]})", "[<null>|p|5]"},
        {"{}", ""},
        {R"({"records":[]})", ""},
    };
    for (const auto& [body, entries] : rows) EXPECT_EQ(shown(body, true), entries) << body;
    EXPECT_EQ(
        shown(R"({"Records":[{"Data":"abc"}]})", true),
        R"(400 {"__type":"SerializationException","Message":"'abc' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3"})");
    EXPECT_THAT(shown(R"({"Records":[{"Data":"ab!c"}]})", true), HasSubstr("Invalid Base64 character: '!'"));
    EXPECT_THAT(shown(R"({"records":{"value":1}})", true),
                HasSubstr("Start of structure or map found where not expected."));
    EXPECT_THAT(shown(R"({"records":7})", true), HasSubstr("Expected list or null"));
    EXPECT_THAT(shown(R"({"records":[1]})", true), HasSubstr("records.1 is not an object"));
}

TEST(PutBody, ShardCount) {
    EXPECT_EQ(shard_count_of("").value(), std::nullopt);
    EXPECT_EQ(shard_count_of(R"({"StreamName":"x"})").value(), std::nullopt);
    EXPECT_EQ(shard_count_of(R"({"ShardCount":""})").value(), std::nullopt);
    EXPECT_EQ(shard_count_of(R"({"ShardCount":3})").value(), 3);
    EXPECT_EQ(shard_count_of(R"({"ShardCount":"4"})").value(), 4);
    EXPECT_EQ(shard_count_of(R"({"ShardCount":"x"})").error().status, 400);
    EXPECT_EQ(shard_count_of("{").error().status, 400);
    const std::string letters(99, 'x');  // what is shown of it ends between two characters
    const auto refused = shard_count_of(fmt::format(R"({{"ShardCount":"{}é"}})", letters));
    EXPECT_THAT(refused.error().body, HasSubstr(fmt::format("ShardCount is not an integer: {}\"", letters)));
}

}  // namespace
}  // namespace pinflow::gateway
