#include "rest/v3_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(const std::optional<Bytes>& bytes) {
    return bytes ? std::string(as_text(*bytes)) : "-";
}

// "partition|key|value|timestamp|header=value,…", or "code message".
std::string told(const V3Record& record) {
    if (record.refusal) return fmt::format("{} {}", record.refusal->code, record.refusal->message);
    std::string text = fmt::format("{}|{}|{}|{}|", record.record.partition, text_of(record.record.key),
                                   text_of(record.record.value), record.record.timestamp_ms);
    for (const auto& header : record.record.headers) text += fmt::format("{}={},", header.key, text_of(header.value));
    return text;
}

// All that is read of a text that comes in pieces of this size; "! …" at last if it is broken.
std::vector<std::string> read_all(std::string_view text, size_t step, size_t most = 100) {
    V3Records reader;
    std::vector<std::string> all;
    std::string pending;
    bool more = false;
    while (!text.empty() || more) {
        if (!more) {
            pending += text.substr(0, step);
            text.remove_prefix(std::min(step, text.size()));
        }
        const auto read = reader.read(pending, most);
        for (const V3Record& record : read.records) all.push_back(told(record));
        pending.erase(0, read.taken);
        more = read.records.size() == most;
        if (read.broken) return all.push_back("! " + read.broken->message), all;
    }
    if (!pending.empty()) all.push_back("left: " + pending);
    return all;
}

std::string one(std::string_view text) {
    const auto all = read_all(text, text.size());
    EXPECT_EQ(all.size(), 1U) << text;
    return all.empty() ? "" : all.front();
}

constexpr std::string_view several =
    R"({"value":{"type":"JSON","data":{"a": "}{\"\\"} }}{})"
    "\r\n"
    R"( {"key":{"data":"a2V5","type":"BINARY"},"value":{"type":"STRING","data":"\u00e4\n\"x"},"partition_id":3,)"
    R"("timestamp":"1970-01-01T00:00:01.5Z","headers":[{"name":"h","value":"dg=="},{"name":"n","value":null}]})"
    "{\"value\":null,\"headers\":[{\"name\":\"only\",\"value\":\"\"}]}\n";

TEST(V3Records, SeveralBehindEachOtherInPiecesOfAnySize) {
    const std::vector<std::string> wanted = {"-1|-|{\"a\":\"}{\\\"\\\\\"}|-1|", "-1|-|-|-1|",
                                             "3|key|\xc3\xa4\n\"x|1500|h=v,n=-,", "-1|-|-|-1|only=,"};
    for (size_t step = 1; step <= several.size(); ++step) EXPECT_EQ(read_all(several, step), wanted) << step;
    EXPECT_EQ(read_all(several, 1000, 1), wanted) << "one at a time";
    EXPECT_EQ(read_all(several, 7, 2), wanted);
}

TEST(V3Records, ARecordThatIsRefusedEndsNothing) {
    for (const auto& [record, said] : std::initializer_list<std::pair<const char*, const char*>>{
             {R"({"value":{"type":"BINARY","data":1}})", "400 Bad Request: data=1 is not a base64 string."},
             {R"({"value":{"type":"BINARY","data":"%"}})", "400 Bad Request: data=\"%\" is not a valid base64 string."},
             {R"({"key":{"type":"STRING","data":{}}})", "400 Bad Request: data={} is not a string."},
             {R"({"value":{"type":"XML","data":1}})", "400 Bad Request: type=\"XML\" is none of"},
             {R"({"value":{"data":1}})", "42206 Payload error. Schema Registry must be configured"},
             {R"({"value":{"type":"AVRO","schema":"{}","data":1}})", "42206 Payload error. Schema Registry"},
             {R"({"value":{"type":"JSON","schema_id":1,"data":1}})", "'type=JSON' cannot be used with 'schema_id'."},
             {R"({"value":7})", "400 Bad Request: key and value must be objects"},
             {R"({"val":{}})", "400 Bad Request: Unrecognized field: val"},
             {R"({"id":"x"})", "400 Bad Request: Unrecognized field: id"},
             {R"({"partition_id":-1})", "40402 Partition not found."},
             {R"({"partition_id":"a"})", "400 Bad Request: partition_id=\"a\" is not a whole number"},
             {R"({"timestamp":"yesterday"})", "400 Bad Request: timestamp=\"yesterday\" is no time"},
             {R"({"headers":{}})", "400 Bad Request: headers must be a list"},
             {R"({"headers":[1]})", "400 Bad Request: each of headers must be an object"},
             {R"({"headers":[{"value":"dg=="}]})", "400 Bad Request: a header must have a name"},
             {R"({"headers":[{"name":"n","value":"!"}]})", "is not a valid base64 string."}}) {
        const auto all = read_all(std::string(record) + R"({"key":{"type":"STRING","data":"k"}})", 1000);
        ASSERT_EQ(all.size(), 2U) << record;
        EXPECT_THAT(all[0], HasSubstr(said)) << record;
        EXPECT_EQ(all[1], "-1|k|-|-1|") << record;
    }
}

TEST(V3Records, WhatIsNoJsonEndsAll) {
    EXPECT_THAT(read_all(R"({}{"value":})", 100),
                ElementsAre("-1|-|-|-1|", HasSubstr("! Bad Request: Error processing")));
    EXPECT_THAT(read_all("{} [{}]", 100), ElementsAre("-1|-|-|-1|", HasSubstr("expected an object")));
    EXPECT_THAT(read_all("{},{}", 1), ElementsAre("-1|-|-|-1|", HasSubstr("expected an object")));
    EXPECT_THAT(read_all("{}{\"value\":\"\xff\"}{}", 100), ElementsAre("-1|-|-|-1|", HasSubstr("UTF-8")));
    EXPECT_THAT(read_all(R"({"value":{"type":"STRING")", 3), ElementsAre(testing::StartsWith("left: {")));
    EXPECT_THAT(read_all(" \n ", 1), ElementsAre());
}

TEST(V3Records, NullIsAsIfNotThere) {
    EXPECT_EQ(
        one(R"({"value":{"type":"JSON","data":null},"key":null,"partition_id":null,"timestamp":null,"headers":null})"),
        "-1|-|-|-1|");
    EXPECT_EQ(one(R"({"value":{"type":"STRING","data":"null"}})"), "-1|-|null|-1|");
    EXPECT_EQ(one(R"({"key":{"type":"STRING","data":""},"value":{"type":"BINARY","data":""}})"), "-1|||-1|");
}

TEST(V3Records, ABatchHasIds) {
    V3Records reader;
    const auto read = reader.read_batch(
        R"({"entries":[{"id":"a","value":{"type":"JSON","data":1},"headers":[{"name":"x"}]},{"id":"b","value":{"type":"BINARY","data":1}}]})");
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 2U);
    EXPECT_EQ((*read)[0].id, "a");
    EXPECT_EQ(told((*read)[0]), "-1|-|1|-1|x=-,");
    EXPECT_THAT(told((*read)[1]), HasSubstr("not a base64 string"));
    for (const auto& [body, said] : std::initializer_list<std::pair<const char*, const char*>>{
             {"", "Request body is empty. Data is required."},
             {R"({"entries":[]})", "Empty batch."},
             {R"({})", "Empty batch."},
             {R"({"entries":[{"id":"a"},{"id":"a"}]})", "Batch entry IDs are not distinct."},
             {R"({"entries":[{}]})", "Batch entry identifier is not a valid string."},
             {R"({"entries":[{"id":1}]})", "Batch entry identifier is not a valid string."}}) {
        const auto refused = reader.read_batch(body);
        ASSERT_FALSE(refused) << body;
        EXPECT_EQ(refused.error().code, 42208);
        EXPECT_EQ(refused.error().message, said);
    }
    EXPECT_EQ(reader.read_batch("{").error().code, 400);
    EXPECT_EQ(one("{}"), "-1|-|-|-1|");
}

}  // namespace
}  // namespace pinflow::rest
