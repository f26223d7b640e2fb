#include "rest/rest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "rest/door_world.h"

namespace pinflow::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RestTest : public testing::Test {
  protected:
    net::Response send(std::string method, const std::string& path, std::string body = "",
                       FakeExchange::Headers headers = {{"Content-Type", "application/vnd.kafka.json.v2+json"}}) {
        FakeExchange exchange(std::move(method), path, std::move(body), std::move(headers));
        std::vector<std::string_view> segments;
        for (std::string_view segment : split(exchange.request().path, '/'))
            if (!segment.empty()) segments.push_back(segment);
        rest_.handle(exchange, segments);
        return exchange.wait();
    }
    // "200 body"
    std::string shown(std::string method, const std::string& path, std::string body = "") {
        const auto response = send(std::move(method), path, std::move(body));
        EXPECT_EQ(response.content_type, v2_json);
        return fmt::format("{} {}", response.status, response.body);
    }

    DoorWorld world_;
    Rest rest_{world_.topics(), system_clock()};
};

constexpr const char* not_found = R"(404 {"error_code":40401,"message":"Topic not found."})";
constexpr const char* no_partition = R"(404 {"error_code":40402,"message":"Partition not found."})";

TEST_F(RestTest, ProducesToATopicThatItCreates) {
    EXPECT_EQ(
        shown("POST", "/topics/129a67850695.pin", R"({"records": [{"value": {"index": 7528, "t": "caf\u00e9"}}]})"),
        R"(200 {"offsets":[{"partition":0,"offset":0,"error_code":null,"error":null}],"key_schema_id":null,"value_schema_id":null})");
    EXPECT_EQ(
        shown("POST", "/topics/129a67850695.pin", R"({"records":[{"value":null},{"value":"x","key":{"k":1}}]})"),
        R"(200 {"offsets":[{"partition":0,"offset":1,"error_code":null,"error":null},{"partition":0,"offset":2,"error_code":null,"error":null}],"key_schema_id":null,"value_schema_id":null})");
    EXPECT_THAT(world_.values("129a67850695.pin"),
                ElementsAre("{\"index\":7528,\"t\":\"caf\xc3\xa9\"}", "<null>", "\"x\""));
    EXPECT_EQ(world_.records("129a67850695.pin")[2].key, R"({"k":1})");
    EXPECT_EQ(world_.topics().find("129a67850695.pin")->partitions.size(), 1u);
}

TEST_F(RestTest, OffsetsStandInTheOrderOfTheRequest) {
    ASSERT_TRUE(world_.topics().create("t", 3));
    EXPECT_EQ(
        shown("POST", "/topics/t",
              R"({"records":[{"value":0,"partition":2},{"value":1,"partition":0},{"value":2,"partition":2}]})"),
        R"(200 {"offsets":[{"partition":2,"offset":0,"error_code":null,"error":null},{"partition":0,"offset":0,"error_code":null,"error":null},{"partition":2,"offset":1,"error_code":null,"error":null}],"key_schema_id":null,"value_schema_id":null})");
    EXPECT_THAT(world_.values("t", 2), ElementsAre("0", "2"));
    EXPECT_THAT(world_.values("t", 0), ElementsAre("1"));
}

TEST_F(RestTest, PartitionOfThePath) {
    ASSERT_TRUE(world_.topics().create("t", 2));
    EXPECT_THAT(shown("POST", "/topics/t/partitions/1", R"({"records":[{"value":1},{"value":2}]})"),
                HasSubstr(R"("partition":1,"offset":1)"));
    EXPECT_EQ(world_.values("t", 1).size(), 2u);
    EXPECT_EQ(shown("POST", "/topics/t/partitions/2", R"({"records":[{"value":1}]})"), no_partition);
    EXPECT_EQ(shown("POST", "/topics/t/partitions/-1", R"({"records":[{"value":1}]})"), no_partition);
    EXPECT_EQ(shown("POST", "/topics/t", R"({"records":[{"value":1},{"value":1,"partition":2}]})"), no_partition);
    EXPECT_EQ(world_.values("t", 0).size(), 0u);  // all or nothing
    EXPECT_THAT(shown("POST", "/topics/t/partitions/x", R"({"records":[{"value":1}]})"),
                HasSubstr("HTTP 404 Not Found"));
}

TEST_F(RestTest, KeysChooseThePartitionAsKafkaDoes) {
    ASSERT_TRUE(world_.topics().create("t", 4));
    for (int i = 0; i < 2; ++i)
        send("POST", "/topics/t", R"({"records":[{"key":"Zm9vYmFy","value":"eA=="}]})",
             {{"content-type", "application/vnd.kafka.binary.v2+json"}});
    // murmur2("foobar") is -790332482
    const int32_t partition = (-790332482 & 0x7fffffff) % 4;
    EXPECT_THAT(world_.records("t", partition),
                ElementsAre(DoorWorld::Stored{"foobar", "x"}, DoorWorld::Stored{"foobar", "x"}));
}

TEST_F(RestTest, RequestsWithoutKeysTakeTurns) {
    ASSERT_TRUE(world_.topics().create("t", 2));
    for (int i = 0; i < 4; ++i) send("POST", "/topics/t", R"({"records":[{"value":1},{"value":2}]})");
    EXPECT_EQ(world_.values("t", 0).size(), 4u);
    EXPECT_EQ(world_.values("t", 1).size(), 4u);
}

TEST_F(RestTest, RefusesWhatTheServiceRefuses) {
    for (const char* type : {"application/json", "application/vnd.kafka.v2+json", "", "text/plain"}) {
        const auto response = send("POST", "/topics/t", R"({"records":[{"value":1}]})", {{"Content-Type", type}});
        EXPECT_EQ(response.status, 415);
        EXPECT_EQ(response.body, R"({"error_code":415,"message":"HTTP 415 Unsupported Media Type"})");
    }
    EXPECT_EQ(send("POST", "/topics/t", "{}", {{"Content-Type", "application/vnd.kafka.avro.v2+json"}}).status, 415);
    EXPECT_THAT(shown("POST", "/topics/t", "{"),
                HasSubstr(R"(400 {"error_code":400,"message":"The request body is not)"));
    EXPECT_EQ(shown("POST", "/topics/t", R"({"records":[]})"),
              R"(422 {"error_code":422,"message":"records may not be empty"})");
    EXPECT_THAT(shown("POST", "/topics/a b", R"({"records":[{"value":1}]})"),
                HasSubstr(R"(422 {"error_code":42201,"message":)"));
    EXPECT_FALSE(world_.topics().find("t"));  // nothing was created on the way
    EXPECT_EQ(send("POST", "/topics/t", "", {{"Accept", "text/html"}}).status, 406);
    EXPECT_EQ(shown("PUT", "/topics/t"), R"(405 {"error_code":405,"message":"HTTP 405 Method Not Allowed"})");
}

TEST_F(RestTest, OneRecordOverTheLimitGetsItsOwnError) {
    ASSERT_TRUE(world_.topics().create("t", 1, {{"max.message.bytes", "1000"}}));
    const std::string large(2000, 'x');
    const auto text = shown("POST", "/topics/t",
                            fmt::format(R"({{"records":[{{"value":1}},{{"value":"{}"}},{{"value":3}}]}})", large));
    EXPECT_THAT(
        text,
        HasSubstr(
            R"(200 {"offsets":[{"partition":0,"offset":0,"error_code":null,"error":null},{"partition":null,"offset":null,"error_code":50002,"error":"The record takes)"));
    EXPECT_THAT(text, HasSubstr("max.message.bytes = 1000"));
    EXPECT_THAT(world_.values("t"), ElementsAre("1", "3"));
}

TEST_F(RestTest, ManyRecordsAreSplitIntoBatchesOfTheAllowedSize) {
    ASSERT_TRUE(world_.topics().create("t", 1, {{"max.message.bytes", "1000"}}));
    std::string body = R"({"records":[)";
    for (int i = 0; i < 100; ++i) body += fmt::format("{}{{\"value\":\"{:0100}\"}}", i ? "," : "", i);
    EXPECT_THAT(shown("POST", "/topics/t", body + "]}"), HasSubstr(R"("offset":99,"error_code":null)"));
    const auto values = world_.values("t");
    ASSERT_EQ(values.size(), 100u);
    EXPECT_EQ(values[99], fmt::format("\"{:0100}\"", 99));
}

TEST_F(RestTest, LooksAtTopics) {
    EXPECT_EQ(shown("GET", "/"), "200 {}");
    EXPECT_EQ(shown("GET", "/topics"), "200 []");
    ASSERT_TRUE(world_.topics().create("b", 2));
    ASSERT_TRUE(world_.topics().create("a", 1));
    EXPECT_EQ(shown("GET", "/topics"), R"(200 ["a","b"])");
    EXPECT_EQ(shown("GET", "/brokers"), R"(200 {"brokers":[1]})");
    const std::string first = R"({"partition":0,"leader":1,"replicas":[{"broker":1,"leader":true,"in_sync":true}]})";
    const std::string second = R"({"partition":1,"leader":1,"replicas":[{"broker":1,"leader":true,"in_sync":true}]})";
    EXPECT_EQ(shown("GET", "/topics/b/partitions"), "200 [" + first + "," + second + "]");
    EXPECT_EQ(shown("GET", "/topics/b/partitions/1"), "200 " + second);
    EXPECT_THAT(shown("GET", "/topics/a"), testing::AllOf(HasSubstr(R"(200 {"name":"a","configs":{)"),
                                                          HasSubstr(R"("segment.bytes":"1073741824")"),
                                                          HasSubstr(R"(},"partitions":[)" + first + "]}")));
    send("POST", "/topics/a", R"({"records":[{"value":1},{"value":2}]})");
    EXPECT_EQ(shown("GET", "/topics/a/partitions/0/offsets"), R"(200 {"beginning_offset":0,"end_offset":2})");
    for (const char* path :
         {"/topics/x", "/topics/x/partitions", "/topics/x/partitions/0", "/topics/x/partitions/0/offsets"})
        EXPECT_EQ(shown("GET", path), not_found);
    for (const char* path : {"/topics/a/partitions/1", "/topics/a/partitions/7/offsets"})
        EXPECT_EQ(shown("GET", path), no_partition);
    EXPECT_EQ(shown("GET", "/nothing"), R"(404 {"error_code":404,"message":"HTTP 404 Not Found"})");
    EXPECT_THAT(shown("POST", "/consumers/students"), HasSubstr(R"(501 {"error_code":50101)"));
}

TEST_F(RestTest, SaysWhatIsNotServed) {
    for (const char* path : {"/consumers/students", "/consumers/g/instances/i/records", "/v3", "/v3/clusters"})
        for (const char* method : {"GET", "POST", "DELETE"})
            EXPECT_THAT(shown(method, path),
                        testing::AllOf(testing::StartsWith(R"(501 {"error_code":50101,"message":"/)"),
                                       HasSubstr("is not served here")))
                << path;
}

TEST_F(RestTest, MethodsThatAResourceDoesNotHave) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    const std::string refused = R"(405 {"error_code":405,"message":"HTTP 405 Method Not Allowed"})";
    for (const auto& [method, path] :
         std::initializer_list<std::pair<const char*, const char*>>{{"DELETE", "/topics/t"},
                                                                    {"POST", "/topics"},
                                                                    {"PUT", "/"},
                                                                    {"POST", "/brokers"},
                                                                    {"POST", "/topics/t/partitions"},
                                                                    {"POST", "/topics/t/partitions/0/offsets"},
                                                                    {"PATCH", "/topics/t"}})
        EXPECT_EQ(shown(method, path, "{}"), refused) << method << ' ' << path;
    EXPECT_EQ(shown("POST", "/"), "200 {}");
    EXPECT_EQ(shown("HEAD", "/topics"), R"(200 ["t"])");  // the session leaves the body out
    for (const char* path : {"/topics/t/partition", "/topics/t/partitions/0/offset", "/topics/t/partitions/0/offsets/1",
                             "/brokers/1", "/topics/t/partitions/99999999999"})
        EXPECT_EQ(shown("GET", path), R"(404 {"error_code":404,"message":"HTTP 404 Not Found"})") << path;
}

TEST_F(RestTest, WithoutAutoCreationATopicMustBeThere) {
    const auto folder = std::filesystem::temp_directory_path() / ("pinflow-rest-" + Uuid::random().text());
    {
        const auto log = log::Log::open(posix_disk(), system_clock(), folder / "log", {}).value();
        const auto topics =
            broker::Topics::open(posix_disk(), system_clock(), *log, folder / "topics", {.auto_create = false}).value();
        Rest rest(*topics, system_clock());
        FakeExchange exchange("POST", "/topics/t", R"({"records":[{"value":1}]})",
                              {{"content-type", "application/vnd.kafka.json.v2+json"}});
        rest.handle(exchange, std::array<std::string_view, 2>{"topics", "t"});
        EXPECT_EQ(exchange.wait().body, R"({"error_code":40401,"message":"Topic not found."})");
        EXPECT_TRUE(log->close());
    }
    std::filesystem::remove_all(folder);
}

TEST_F(RestTest, CreatesTopicsOnAWorker) {
    Workers workers(1, 0);
    Rest rest(world_.topics(), system_clock(), {.workers = &workers});
    FakeExchange exchange("POST", "/topics/new", R"({"records":[{"value":1}]})",
                          {{"content-type", "application/vnd.kafka.json.v2+json"}});
    rest.handle(exchange, std::array<std::string_view, 2>{"topics", "new"});
    EXPECT_EQ(exchange.wait().status, 200);
    EXPECT_THAT(world_.values("new"), ElementsAre("1"));
}

TEST(RestAnswers, CodesMapOnce) {
    EXPECT_EQ(refusal_of({Code::disk_full, "x"}).status, 500);
    EXPECT_EQ(refusal_of({Code::disk_full, "x"}).code, 50002);
    EXPECT_EQ(refusal_of({Code::unavailable, "x"}).status, 503);
    EXPECT_EQ(refusal_of({Code::not_found, "x"}).code, 40403);
}

}  // namespace
}  // namespace pinflow::rest
