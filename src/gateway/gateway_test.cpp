#include "gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/gateway_world.h"

namespace pinflow::gateway {
namespace {

using rest::header_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

const std::string json_type = "application/vnd.kafka.json.v2+json";
const std::string one_record = R"({"records":[{"value":{"a":1}}]})";
constexpr const char* missing = R"(403 {"message":"Missing Authentication Token"})";
constexpr const char* put_answer = R"(200 \{"SequenceNumber":"[0-9]{56}","ShardId":"shardId-000000000000"\})";

TEST_F(GatewayTest, WhatDoesNotExist) {
    EXPECT_EQ(shown("GET", "/nothing"), R"(404 {"error_code":404,"message":"HTTP 404 Not Found"})");
    for (const char* path : {"/test/nothing", "/Pinetrest/Pinetrest/streams/stream_name/streaming-1-pin",
                             "/test/streams/s/x", "/test/streams/s/record/x", "/streams/s/sharditerator"})
        EXPECT_EQ(shown("PUT", path), missing) << path;
    const auto response = send("PUT", "/test/nothing");
    EXPECT_EQ(header_of(response, "x-amzn-ErrorType"), "MissingAuthenticationTokenException");
    EXPECT_THAT(header_of(response, "x-amzn-RequestId"),
                MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_THAT(header_of(response, "x-amz-apigw-id"), MatchesRegex("[A-Za-z0-9_-]{15}="));
    EXPECT_NE(header_of(response, "x-amzn-RequestId"), header_of(send("PUT", "/test/nothing"), "x-amzn-RequestId"));
    EXPECT_EQ(shown("GET", "/test/topics/x"), R"(404 {"error_code":40401,"message":"Topic not found."})");
    EXPECT_THAT(shown("GET", "/topics/%zz"), HasSubstr(R"(400 {"error_code":400)"));
    EXPECT_THAT(shown("GET", "/test/topics/%zz"), HasSubstr(R"(400 {"message":)"));
}

TEST_F(GatewayTest, ATopicMayBeNamedLikeAResource) {
    EXPECT_THAT(shown("POST", "/topics/streams", one_record, {{"Content-Type", json_type}}),
                HasSubstr("200 {\"offsets\""));
    EXPECT_THAT(world_.values("streams"), ElementsAre(R"({"a":1})"));
}

TEST_F(GatewayTest, OptionsOnAnyPath) {
    for (const char* path : {"/", "/test/topics/x", "/nothing", "/dev/streams/s/record"}) {
        const auto response = send("OPTIONS", path);
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "*");
        EXPECT_THAT(header_of(response, "Access-Control-Allow-Methods"), HasSubstr("PUT"));
        EXPECT_THAT(header_of(response, "Access-Control-Allow-Headers"), HasSubstr("X-Api-Key"));
    }
}

TEST_F(GatewayTest, ErrorsOfTheSessionSpeakTheDoorsLanguage) {
    const rest::FakeExchange plain("POST", "/topics/t"), staged("POST", "/test/topics/t");
    const rest::FakeExchange streams("PUT", "/streams/s/record");
    const auto error_of = [&](int status, std::string_view message, const net::Request* request) {
        return with_headers_of_door(gateway_.error_response(status, message, request), request);
    };
    auto response = error_of(413, "too long", &plain.request());
    EXPECT_EQ(response.body, R"({"error_code":413,"message":"too long"})");
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(header_of(response, "x-amzn-RequestId"), "");
    response = error_of(413, "too long", &staged.request());
    EXPECT_EQ(response.body, R"({"error_code":413,"message":"too long"})");
    EXPECT_EQ(header_of(response, "x-amzn-RequestId").size(), 36u);
    response = error_of(413, "too long", &streams.request());
    EXPECT_EQ(response.body, R"({"message":"Request Too Long"})");
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(header_of(response, "x-amzn-ErrorType"), "RequestTooLargeException");
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(header_of(response, "x-amzn-RequestId").size(), 36u);
    response = error_of(400, "no", nullptr);
    EXPECT_EQ(response.body, R"({"error_code":400,"message":"no"})");
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "*");
}

TEST_F(GatewayTest, StreamsAreCreatedListedDescribedAndDeleted) {
    EXPECT_EQ(shown("GET", "/dev/streams"), R"(200 {"HasMoreStreams":false,"StreamNames":[],"StreamSummaries":[]})");
    EXPECT_EQ(shown("POST", "/staging/streams/b", R"({"StreamName":"b"})"), "200 ");
    EXPECT_EQ(shown("POST", "/staging/streams/a", R"({"ShardCount":2})"), "200 ");
    ASSERT_TRUE(world_.topics().create("plain", 1));
    EXPECT_EQ(world_.topics().find("b")->partitions.size(), 5u);
    EXPECT_EQ(
        shown("POST", "/staging/streams/a"),
        R"(400 {"__type":"ResourceInUseException","message":"Stream a under account 000000000000 already exists."})");
    EXPECT_THAT(shown("GET", "/streams?Limit=1", "{}"),
                HasSubstr(R"({"HasMoreStreams":true,"NextToken":"YQ==","StreamNames":["a"],)"));
    EXPECT_THAT(shown("GET", "/streams?Limit=1&NextToken=YQ%3D%3D"), HasSubstr(R"("StreamNames":["b"])"));
    EXPECT_THAT(shown("GET", "/test/streams?ExclusiveStartStreamName=a&Limit=3", "{}"),
                HasSubstr(R"({"HasMoreStreams":false,"StreamNames":["b"],)"));
    EXPECT_THAT(
        shown("GET", "/streams?Limit=0"),
        HasSubstr(
            "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"));
    const auto described = shown("GET", "/test/streams/a", R"({"StreamName":"a"})");
    EXPECT_THAT(
        described,
        HasSubstr(
            R"(200 {"StreamDescription":{"EncryptionType":"NONE","EnhancedMonitoring":[{"ShardLevelMetrics":[]}],"HasMoreShards":false,)"));
    EXPECT_THAT(
        described,
        HasSubstr(
            R"({"HashKeyRange":{"EndingHashKey":"340282366920938463463374607431768211455","StartingHashKey":"170141183460469231731687303715884105728"},"SequenceNumberRange":{"StartingSequenceNumber":"4)"));
    EXPECT_THAT(described, HasSubstr(R"("StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/a")"));
    EXPECT_THAT(described, HasSubstr(R"("StreamStatus":"ACTIVE"}})"));
    EXPECT_EQ(shown("DELETE", "/test/streams/a"), "200 ");
    EXPECT_EQ(
        shown("DELETE", "/test/streams/plain"),
        R"(400 {"__type":"ResourceNotFoundException","message":"Stream plain under account 000000000000 not found."})");
    EXPECT_THAT(shown("GET", "/streams/a"), HasSubstr("ResourceNotFoundException"));
}

TEST_F(GatewayTest, PutRecord) {
    ASSERT_EQ(shown("POST", "/streams/s", R"({"ShardCount":1})"), "200 ");
    const std::string first =
        shown("PUT", "/test/streams/s/record", R"({"StreamName":"wrong","Data":{"a": 1},"PartitionKey":"k"})");
    const std::string second = shown("PUT", "/test/streams/s/record", R"({"Data":"text","PartitionKey":"k"})");
    EXPECT_THAT(first, MatchesRegex(put_answer));
    EXPECT_LT(first, second);
    using Stored = rest::DoorWorld::Stored;
    EXPECT_THAT(world_.records("s"), ElementsAre(Stored{"k", R"({"a":1})"}, Stored{"k", R"("text")"}));
    EXPECT_EQ(
        shown("PUT", "/streams/s/record", R"({"Data":1})"),
        R"(400 {"__type":"ValidationException","message":"1 validation error detected: Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1"})");
    EXPECT_EQ(
        shown("PUT", "/streams/nowhere/record", R"({"Data":1,"PartitionKey":"k"})"),
        R"(400 {"__type":"ResourceNotFoundException","message":"Stream nowhere under account 000000000000 not found."})");
    EXPECT_FALSE(world_.topics().find("nowhere"));
    EXPECT_THAT(
        shown("PUT", "/streams/s/record",
              R"({"Data":1,"PartitionKey":"k","ExplicitHashKey":"340282366920938463463374607431768211456"})"),
        HasSubstr(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was 3402"));
}

TEST_F(GatewayTest, TheStreamStandsInThePathThenTheQueryThenTheBody) {
    const std::string body = R"({"StreamName":"streaming-body","Data":1,"PartitionKey":"k"})";
    EXPECT_THAT(shown("PUT", "/test/streams/streaming-path/record?stream-name=streaming-query", body),
                MatchesRegex(put_answer));
    EXPECT_THAT(shown("PUT", "/test/streams/record?stream-name=streaming-query", body), MatchesRegex(put_answer));
    EXPECT_THAT(shown("PUT", "/test/streams/record", body), MatchesRegex(put_answer));
    for (const char* name : {"streaming-path", "streaming-query", "streaming-body"}) {
        EXPECT_EQ(world_.values(name).size(), 1u) << name;
        EXPECT_EQ(world_.topics().find(name)->partitions.size(), 1u);
    }
    EXPECT_THAT(shown("GET", "/streams"),
                HasSubstr(R"("StreamNames":["streaming-body","streaming-path","streaming-query"])"));
    EXPECT_THAT(shown("GET", "/streams?stream-name=streaming-path"), HasSubstr("\"StreamDescription\""));
}

TEST_F(GatewayTest, APlainTopicBecomesAStreamIfItsNameAllows) {
    send("POST", "/topics/streaming-1-pin", one_record, {{"Content-Type", json_type}});
    EXPECT_THAT(shown("PUT", "/streams/streaming-1-pin/record", R"({"Data":2,"PartitionKey":"k"})"),
                MatchesRegex(put_answer));
    EXPECT_THAT(world_.values("streaming-1-pin"), ElementsAre(R"({"a":1})", "2"));
    EXPECT_THAT(shown("GET", "/streams"), HasSubstr(R"("StreamNames":["streaming-1-pin"])"));
}

TEST_F(GatewayTest, PutRecordsInBothShapes) {
    ASSERT_EQ(shown("POST", "/streams/s", R"({"ShardCount":2})"), "200 ");
    // "a" hashes into the first half of the space, "" is refused, ExplicitHashKey says the second half.
    const auto text = shown("PUT", "/kinesis/streams/s/records",
                            R"({"records":[{"data":{"a":1},"partition-key":"a"},{"data":"raw","partition-key":"a"}]})");
    EXPECT_THAT(
        text,
        MatchesRegex(
            R"(200 \{"FailedRecordCount":0,"Records":\[\{"SequenceNumber":"[0-9]{56}","ShardId":"shardId-000000000000"\},\{"SequenceNumber":"[0-9]{56}","ShardId":"shardId-000000000000"\}\]\})"));
    EXPECT_THAT(
        shown(
            "POST", "/dev/streams/s/records",
            R"({"StreamName":"s","Records":[{"Data":"eyJhIjoxfQ==","PartitionKey":"a","ExplicitHashKey":"340282366920938463463374607431768211455"}]})"),
        HasSubstr("shardId-000000000001"));
    EXPECT_THAT(world_.values("s", 0), ElementsAre(R"({"a":1})", "raw"));
    EXPECT_THAT(world_.values("s", 1), ElementsAre(R"({"a":1})"));
    EXPECT_THAT(
        shown("PUT", "/streams/s/records", R"({"Records":[{"Data":null,"PartitionKey":"a"}]})"),
        HasSubstr("Value null at 'records.1.member.data' failed to satisfy constraint: Member must not be null"));
    EXPECT_THAT(shown("PUT", "/streams/s/records", "{}"),
                HasSubstr("Value '[]' at 'records' failed to satisfy constraint: Member must have length greater than "
                          "or equal to 1"));
    std::string many = R"({"records":[)";
    for (int i = 0; i < 501; ++i) many += fmt::format(R"({}{{"data":1,"partition-key":"a"}})", i ? "," : "");
    EXPECT_THAT(shown("PUT", "/streams/s/records", many + "]}"),
                HasSubstr("Member must have length less than or equal to 500"));
}

using Headers = std::vector<std::pair<std::string, std::string>>;

Headers native(std::string action, std::string type = "application/x-amz-json-1.1") {
    return {{"X-Amz-Target", "Kinesis_20131202." + std::move(action)}, {"Content-Type", std::move(type)}};
}

TEST_F(GatewayTest, TheServicesOwnDoorIsPostToTheRoot) {
    auto response = send("POST", "/", R"({"StreamName":"s","ShardCount":1})", native("CreateStream"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.content_type, "application/x-amz-json-1.1");
    EXPECT_EQ(header_of(response, "x-amzn-RequestId").size(), 36u);
    EXPECT_EQ(header_of(response, "x-amz-id-2").size(), 96u);
    EXPECT_EQ(header_of(response, "x-amz-apigw-id"), "");
    EXPECT_THAT(shown("POST", "/", "{}", native("ListStreams", "application/json; charset=utf-8")),
                HasSubstr(R"("StreamNames":["s"])"));
    EXPECT_THAT(shown("POST", "/?Action=ListStreams", "{}", {{"Content-Type", "application/x-amz-json-1.1"}}),
                HasSubstr(R"("StreamNames":["s"])"));
    EXPECT_EQ(shown("GET", "/"), "200 {}");  // the REST Proxy's
    response = send("POST", "//", "\xa0", native("ListStreams", "application/x-amz-cbor-1.1"));
    EXPECT_EQ(response.content_type, "application/x-amz-cbor-1.1");
    EXPECT_TRUE(response.body.starts_with("\xbf\x6eHasMoreStreams\xf4"));
}

TEST_F(GatewayTest, WhatTheServicesOwnDoorRefuses) {
    EXPECT_EQ(shown("POST", "/", "{}", native("Nothing")),
              R"(400 {"__type":"UnknownOperationException","message":"There is no action 'Nothing'."})");
    EXPECT_THAT(
        shown("POST", "/", "{}",
              {{"X-Amz-Target", "DynamoDB_20120810.ListTables"}, {"Content-Type", "application/x-amz-json-1.0"}}),
        testing::StartsWith("404 <UnknownOperationException/>"));
    EXPECT_THAT(
        shown("POST", "/", "{}",
              {{"X-Amz-Target", "DynamoDB_20120810.ListTables"}, {"Content-Type", "application/x-amz-json-1.1"}}),
        HasSubstr(R"(400 {"__type":"UnknownOperationException",)"));
    EXPECT_THAT(shown("POST", "/", "", native("ListStreams")),
                HasSubstr(R"(400 {"__type":"SerializationException","Message":"not JSON)"));
    EXPECT_THAT(shown("POST", "/", "{}", native("DescribeStream", "application/x-amz-cbor-1.1")),
                HasSubstr("SerializationException"));
    EXPECT_EQ(shown("POST", "/", "{}", {}), "200 {}");  // the REST Proxy's
    const rest::FakeExchange large("POST", "/", "", native("PutRecords"));
    const auto response = gateway_.error_response(413, "too long", &large.request());
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.body, "");
}

TEST_F(GatewayTest, WhatTheSessionRefusesIsInTheRequestsFormat) {
    const rest::FakeExchange json("POST", "/", "", native("PutRecords", "application/json"));
    auto response = gateway_.error_response(503, "busy", &json.request());
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(response.body, R"({"__type":"ServiceUnavailable","message":"busy"})");
    const rest::FakeExchange cbor("POST", "/", "", native("PutRecords", "application/x-amz-cbor-1.1"));
    response = gateway_.error_response(503, "busy", &cbor.request());
    EXPECT_EQ(response.content_type, "application/x-amz-cbor-1.1");
    EXPECT_EQ(response.body,
              "\xbf\x66__type\x72ServiceUnavailable\x67message\x64"
              "busy\xff");
    const rest::FakeExchange other("POST", "/", "", native("PutRecords", "text/plain"));
    EXPECT_EQ(gateway_.error_response(400, "bad", &other.request()).content_type, "application/x-amz-json-1.1");
}

TEST_F(GatewayTest, TheTutorialsRoutesRead) {
    ASSERT_EQ(shown("POST", "/streams/s", R"({"ShardCount":2})"), "200 ");
    send("PUT", "/test/streams/s/record", R"({"Data":{"a":1},"PartitionKey":"k","ExplicitHashKey":"0"})");
    const std::string answer = shown("GET", "/test/streams/s/sharditerator?shard-id=shardId-000000000000");
    ASSERT_THAT(answer, testing::StartsWith(R"(200 {"ShardIterator":")"));
    const std::string iterator = answer.substr(22, answer.size() - 24);
    EXPECT_THAT(shown("GET", "/test/streams/s/records", "", {{"Shard-Iterator", iterator}}),
                HasSubstr(R"("Data":"eyJhIjoxfQ==","PartitionKey":"k")"));
    EXPECT_THAT(shown("GET", "/test/streams/other/records", "", {{"Shard-Iterator", iterator}}),
                HasSubstr(R"("message":"Invalid ShardIterator.")"));
    EXPECT_THAT(shown("GET", "/test/streams/s/records"), HasSubstr("Value null at 'shardIterator'"));
    EXPECT_THAT(shown("GET", "/test/streams/s/sharditerator"), HasSubstr("Value null at 'shardId'"));
    EXPECT_THAT(shown("GET", "/streams/s/sharditerator?shard-id=5"), HasSubstr("does not exist"));
}

TEST_F(GatewayTest, WorkersCreateStreams) {
    Workers workers(1, 0);
    Gateway gateway(rest_, kinesis_, {.workers = &workers});
    rest::FakeExchange exchange("PUT", "/test/streams/streaming-w/record", R"({"Data":{"a": 1},"PartitionKey":"k"})");
    gateway.handle(exchange);
    EXPECT_EQ(exchange.wait().status, 200);
    EXPECT_THAT(world_.values("streaming-w"), ElementsAre(R"({"a":1})"));
}

}  // namespace
}  // namespace pinflow::gateway
