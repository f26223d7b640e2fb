// Every way in which real producers were seen to post (the programs that students wrote against the cloud): what they
// send, and what they check in the answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_text.h"
#include "gateway/gateway_world.h"

namespace pinflow::gateway {
namespace {

const std::string pin =
    R"({"index": 7528, "title": "No Title Data Available", "tag_list": "N,o, ,T,a,g,s", "downloaded": 0})";
const std::string compact_pin =
    R"({"index":7528,"title":"No Title Data Available","tag_list":"N,o, ,T,a,g,s","downloaded":0})";

struct Row {
    const char* who;
    const char* method;
    const char* target;
    std::string body;
    const char* topic;  // where the record must be found
    std::string value;  // the last one stored there
    const char* accept = "*/*";
};

std::string records(const std::string& value) {
    return R"({"records": [{"value": )" + value + "}]}";
}
std::string stream_record(const std::string& name, const std::string& data, const std::string& key = "partition-1") {
    return R"({"StreamName": ")" + name + R"(", "Data": )" + data + R"(, "PartitionKey": ")" + key + R"("})";
}

class ProducersTest : public GatewayTest {
  protected:
    void check(const Row& row, const char* content_type, const char* expected) {
        const auto response =
            send(row.method, row.target, row.body,
                 {{"Content-Type", content_type}, {"Accept", row.accept}, {"Accept-Encoding", "gzip, deflate"}});
        EXPECT_EQ(response.status, 200) << row.who << ": " << response.body;
        EXPECT_TRUE(compact_json(response.body)) << row.who;  // response.json()
        EXPECT_THAT(response.body, testing::HasSubstr(expected)) << row.who;
        const auto values = world_.values(row.topic);
        ASSERT_FALSE(values.empty()) << row.who;
        EXPECT_EQ(values.back(), row.value) << row.who;
        EXPECT_EQ(world_.topics().find(row.topic)->partitions.size(), 1u)
            << row.who;  // readers look at partition 0 only
    }
};

TEST_F(ProducersTest, OverTheRestProxy) {
    const Row rows[] = {
        {"dictionary", "POST", "/test/topics/129a67850695.pin", records(pin), "129a67850695.pin", compact_pin},
        {"stage Production", "POST", "/Production/topics/a.pin", records(pin), "a.pin", compact_pin},
        {"no stage", "POST", "/topics/b.pin", records(pin), "b.pin", compact_pin},
        {"date with colons", "POST", "/prod/topics/c.geo", records(R"({"ind": 1, "timestamp": "2018:03:09 00:09:06"})"),
         "c.geo", R"({"ind":1,"timestamp":"2018:03:09 00:09:06"})"},
        {"array of one", "POST", "/dev/topics/d.pin", records("[" + pin + "]"), "d.pin", "[" + compact_pin + "]"},
        {"Accept with weights", "POST", "/test/topics/e.pin", records(pin), "e.pin", compact_pin,
         "application/vnd.kafka.v2+json; q=0.9, application/json; q=0.5"},
        {"Accept v2", "POST", "/test/topics/f.pin", records(pin), "f.pin", compact_pin,
         "application/vnd.kafka.v2+json"},
        {"topic named like a stream", "POST", "/test/topics/streaming-x-pin", records(pin), "streaming-x-pin",
         compact_pin},
        {"trailing slash", "POST", "/prod/topics/g.pin/", records(pin), "g.pin", compact_pin},
        {"stage spelled freely", "POST", "/pintrest/topics/h.pin", records(pin), "h.pin", compact_pin},
        {"stage is the user id", "POST", "/129a67850695/topics/i.pin", records(pin), "i.pin", compact_pin},
        {"indented body", "POST", "/dev/topics/j.pin",
         "{\n    \"records\": [\n        {\n            \"value\": {\n                \"a\": 1\n            }\n        "
         "}\n    ]\n}",
         "j.pin", R"({"a":1})"},
        {"escapes", "POST", "/dev/topics/k.pin",
         records(R"({"title": "caf\u00e9 \ud83d\ude00 \/ \"x\"", "n": -5.34445})"), "k.pin",
         "{\"title\":\"caf\xc3\xa9 \xf0\x9f\x98\x80 / \\\"x\\\"\",\"n\":-5.34445}"},
    };
    for (const Row& row : rows)
        check(
            row, "application/vnd.kafka.json.v2+json",
            R"({"offsets":[{"partition":0,"offset":0,"error_code":null,"error":null}],"key_schema_id":null,"value_schema_id":null})");
}

TEST_F(ProducersTest, AWholeTableInOnePost) {
    std::string body = R"({"records": [)";
    for (int i = 0; i < 11154; ++i) body += fmt::format("{}{{\"value\": {}}}", i ? ", " : "", pin);
    check({"table", "POST", "/prod/topics/t.pin", body + "]}", "t.pin", compact_pin},
          "application/vnd.kafka.json.v2+json",
          R"({"partition":0,"offset":11153,"error_code":null,"error":null}],"key_schema_id")");
    std::string rows = "[";
    for (int i = 0; i < 250; ++i) rows += (i ? ", " : "") + pin;
    const auto response = send("POST", "/dev/topics/u.pin", records(rows + "]"),
                               {{"Content-Type", "application/vnd.kafka.json.v2+json"}});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(world_.values("u.pin").size(), 1u);  // 250 rows, one record
}

TEST_F(ProducersTest, OverTheStreams) {
    const std::string quoted = R"("{\"index\": 1}")", base64 = R"("eyJpbmRleCI6IDF9")";
    const Row rows[] = {
        {"the norm", "PUT", "/test/streams/streaming-a-pin/record", stream_record("streaming-a-pin", pin),
         "streaming-a-pin", compact_pin},
        {"literal template as name", "PUT", "/dev/streams/streaming-b-pin/record",
         stream_record("{self.stream_name}", pin), "streaming-b-pin", compact_pin},
        {"no StreamName", "PUT", "/dev/streams/streaming-c-pin/record",
         R"({"Data": )" + pin + R"(, "PartitionKey": "test_pin"})", "streaming-c-pin", compact_pin},
        {"array of one", "PUT", "/dev/streams/streaming-d-pin/record", stream_record("x", "[" + pin + "]"),
         "streaming-d-pin", "[" + compact_pin + "]"},
        {"JSON in a string", "PUT", "/dev/streams/streaming-e-pin/record", stream_record("x", quoted),
         "streaming-e-pin", quoted},
        {"base64 in a string", "PUT", "/dev/streams/streaming-f-pin/record", stream_record("x", base64),
         "streaming-f-pin", base64},
        {"no Data at all", "PUT", "/dev/streams/streaming-g-pin/record",
         R"({"stream-name":"YourStreamName","records":{"value":{"a":1}},"PartitionKey":"p"})", "streaming-g-pin",
         "\"\""},
        {"stream in the query", "PUT", "/test/streams/record?stream-name=streaming-h-pin",
         stream_record("x", pin, "qwer"), "streaming-h-pin", compact_pin},
        {"double slash", "PUT", "/dev//streams/streaming-i-pin/record", stream_record("x", pin), "streaming-i-pin",
         compact_pin},
        {"trailing slash", "PUT", "/dev/streams/streaming-j-pin/record/", stream_record("x", pin), "streaming-j-pin",
         compact_pin},
        {"stage kinesis_API", "PUT", "/kinesis_API/streams/streaming-k-pin/record", stream_record("x", pin),
         "streaming-k-pin", compact_pin},
        {"a column of nulls", "PUT", "/dev/streams/streaming-l-pin/record", stream_record("x", R"({"img_src": null})"),
         "streaming-l-pin", R"({"img_src":null})"},
    };
    for (const Row& row : rows) check(row, "application/json", R"("ShardId":"shardId-000000000000"})");
}

TEST_F(ProducersTest, ManyRecordsOverTheStreams) {
    const Row rows[] = {
        {"tutorial shape", "PUT", "/kinesis/streams/streaming-a/records",
         R"({"StreamName": "s", "records": [{"data": )" + pin + R"(, "partition-key": "partition-1"}]})", "streaming-a",
         compact_pin},
        {"AWS shape, posted", "POST", "/dev/streams/streaming-b/records",
         R"({"StreamName": "s", "Records": [{"Data": )" + pin + R"(, "PartitionKey": "partition-1"}]})", "streaming-b",
         compact_pin},
    };
    for (const Row& row : rows)
        check(row, "application/json", R"({"FailedRecordCount":0,"Records":[{"SequenceNumber":"4)");
}

TEST_F(ProducersTest, LookingBeforeSending) {
    send("PUT", "/dev/streams/streaming-0e-pin/record", stream_record("x", pin));
    EXPECT_THAT(shown("GET", "/dev/streams"), testing::HasSubstr(R"("StreamNames":["streaming-0e-pin"])"));
    EXPECT_THAT(shown("GET", "/test/streams?ExclusiveStartStreamName=streaming-0e&Limit=3", "{}"),
                testing::HasSubstr("streaming-0e-pin"));
    EXPECT_THAT(shown("GET", "/test/streams/streaming-0e-pin", R"({"StreamName": "streaming-0e-pin"})"),
                testing::HasSubstr(R"("StreamName":"streaming-0e-pin")"));
    EXPECT_EQ(shown("GET", "/test/topics"), R"(200 ["streaming-0e-pin"])");
    EXPECT_THAT(shown("POST", "/test", "index=1&title=x"), testing::StartsWith("404"));  // ignores the answer
}

// As an event loop that puts off until the test says that the turn is over.
class TurnExchange final : public rest::FakeExchange {
  public:
    TurnExchange(std::vector<net::TurnTask*>& tasks, std::string method, std::string target, std::string body,
                 Headers headers)
        : FakeExchange(std::move(method), std::move(target), std::move(body), std::move(headers)), tasks_(tasks) {}
    void at_turn_end(net::TurnTask& task) override { tasks_.push_back(&task); }

  private:
    std::vector<net::TurnTask*>& tasks_;
};

TEST_F(ProducersTest, PutsOfATurnShareABatchWhicheverWayTheyCome) {
    send("PUT", "/dev/streams/streaming-a/record", stream_record("x", "0"));  // makes the stream
    std::vector<net::TurnTask*> tasks;
    const std::string many = R"({"records":[{"data":2,"partition-key":"p"}]})";
    TurnExchange one(tasks, "PUT", "/dev/streams/streaming-a/record", stream_record("x", "1"), {}),
        several(tasks, "PUT", "/dev/streams/streaming-a/records", many, {}),
        native(tasks, "POST", "/", R"({"StreamName":"streaming-a","Data":"Mw==","PartitionKey":"p"})",
               {{"X-Amz-Target", "Kinesis_20131202.PutRecord"}, {"Content-Type", "application/x-amz-json-1.1"}});
    for (TurnExchange* each : {&one, &several, &native}) gateway_.handle(*each);
    ASSERT_EQ(tasks.size(), 1u);
    tasks.front()->end_turn();
    for (TurnExchange* each : {&one, &several, &native}) EXPECT_EQ(each->wait().status, 200);
    EXPECT_THAT(world_.values("streaming-a"), testing::ElementsAre("0", "1", "2", "3"));
    const auto fetched = world_.topics().find("streaming-a")->partitions[0]->read(1, 1 << 20).value();
    EXPECT_EQ(log::BatchHeader::load(fetched.batches.data()).record_count, 3);
}

}  // namespace
}  // namespace pinflow::gateway
