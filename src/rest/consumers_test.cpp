#include "rest/consumers_world.h"

namespace pinflow::rest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ConsumersTest : public ConsumersWorld {};

constexpr const char* gone = R"(404 {"error_code":40403,"message":"Consumer instance not found."})";
constexpr const char* exclusive =
    R"(409 {"error_code":40903,"message":"Illegal state: Subscription to topics, partitions and pattern are mutually exclusive"})";

TEST_F(ConsumersTest, WhatTheCheckerDoes) {
    produce("pins", R"([{"value":{"index": 1}},{"value":{"index": 2},"key":"k"}])");
    EXPECT_EQ(
        shown("POST", "/test/consumers/students", R"({"name":"me","format":"json","auto.offset.reset":"earliest"})"),
        R"(200 {"instance_id":"me","base_uri":"http://h:1/test/consumers/students/instances/me"})");
    const std::string me = "/test/consumers/students/instances/me";
    EXPECT_EQ(shown("POST", me + "/subscription", R"({"topics":["pins"]})"), "204 ");
    const Headers json = {{"Accept", "application/vnd.kafka.json.v2+json"}};
    EXPECT_EQ(send("GET", me + "/records", "", json).body, "[]");
    const auto records = send("GET", me + "/records", "", json);
    EXPECT_EQ(records.content_type, "application/vnd.kafka.json.v2+json");
    EXPECT_EQ(
        records.body,
        R"([{"topic":"pins","key":null,"value":{"index":1},"partition":0,"offset":0},{"topic":"pins","key":"k","value":{"index":2},"partition":0,"offset":1}])");
    EXPECT_EQ(shown("DELETE", me), "204 ");
    EXPECT_EQ(shown("DELETE", me), gone);
    EXPECT_EQ(get(me + "/records"), gone);
    EXPECT_EQ(consumers_->size(), 0U);
}

TEST_F(ConsumersTest, NamesAndBaseUris) {
    EXPECT_THAT(shown("POST", "/consumers/g"),
                testing::AllOf(StartsWith(R"(200 {"instance_id":"rest-consumer-)"),
                               HasSubstr(R"(,"base_uri":"http://h:1/consumers/g/instances/rest-consumer-)")));
    EXPECT_THAT(shown("POST", "/consumers/g", R"({"id":"a","name":"b"})"), StartsWith(R"(200 {"instance_id":"a")"));
    EXPECT_EQ(
        shown("POST", "/consumers/g", R"({"name":"a"})"),
        R"(409 {"error_code":40902,"message":"Consumer with specified consumer ID already exists in the specified consumer group."})");
    EXPECT_THAT(shown("POST", "/consumers/other", R"({"name":"a"})"), StartsWith("200 "));
    const auto behind = send("POST", "/prod/consumers/g g", R"({"name":"x/y"})",
                             {{"Content-Type", "application/vnd.kafka.v2+json"},
                              {"Host", "inside:8082"},
                              {"X-Forwarded-Proto", "https"},
                              {"X-Forwarded-Host", "api.example.org, inside"}});
    EXPECT_THAT(behind.body, HasSubstr(R"("base_uri":"https://api.example.org/prod/consumers/g%20g/instances/x%2Fy")"));
}

TEST_F(ConsumersTest, WaitsForRecordsAndNoLonger) {
    const std::string path = subscribed(R"(["later"])", R"(,"consumer.request.timeout.ms":"20000")");
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(get(path + "/records?timeout=150"), "200 []");
    EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(149));
    FakeExchange waits("GET", path + "/records");
    begin(waits);
    produce("later", R"([{"value":1}])");  // makes the topic: the group shares it out
    EXPECT_THAT(waits.wait().body, HasSubstr(R"("value":1)"));
    FakeExchange again("GET", path + "/records");
    begin(again);
    produce("later", R"([{"value":2}])");
    EXPECT_THAT(again.wait().body, HasSubstr(R"("value":2,"partition":0,"offset":1)"));
}

TEST_F(ConsumersTest, MinBytesAndMaxBytes) {
    const std::string path = subscribed(R"(["t"])", R"(,"fetch.min.bytes":10,"consumer.request.timeout.ms":10000)");
    produce("t", R"([{"value":"12345"},{"value":"12345"},{"value":"12345"}])");  // 7 bytes each
    EXPECT_THAT(get(path + "/records?max_bytes=15"),
                testing::AllOf(HasSubstr(R"("offset":1)"), testing::Not(HasSubstr(R"("offset":2)"))));
    FakeExchange waits("GET", path + "/records");
    begin(waits);
    produce("t", R"([{"value":"12345"}])");
    EXPECT_THAT(waits.wait().body, testing::AllOf(HasSubstr(R"("offset":2)"), HasSubstr(R"("offset":3)")));
    produce("t", R"([{"value":"123456789"}])");
    EXPECT_THAT(get(path + "/records?max_bytes=1"), HasSubstr(R"("offset":4)"));  // the first whatever its size
    produce("t", R"([{"value":1}])");
    EXPECT_THAT(get(path + "/records?timeout=50"), HasSubstr(R"("offset":5)"));  // the time is over
}

TEST_F(ConsumersTest, AValueThatIsNoJsonIsNamedAndCanBePassedOver) {
    send("POST", "/topics/t", R"({"records":[{"value":"MQ=="},{"value":"e3g="},{"value":"Mg=="}]})",
         {{"Content-Type", "application/vnd.kafka.binary.v2+json"}});
    const std::string path = subscribed(R"(["t"])");
    EXPECT_THAT(get(path + "/records"), testing::AllOf(StartsWith("200 "), HasSubstr(R"("offset":0}])")));
    for (int i = 0; i < 2; ++i)
        EXPECT_THAT(
            get(path + "/records"),
            testing::AllOf(StartsWith(R"(500 {"error_code":50002,"message":"Kafka error: Topic t, partition 0: )"),
                           HasSubstr("value of offset 1 is not JSON"), HasSubstr("offset 2")));
    EXPECT_EQ(shown("POST", path + "/positions", R"({"offsets":[{"topic":"t","partition":0,"offset":2}]})"), "204 ");
    EXPECT_EQ(get(path + "/records"), R"(200 [{"topic":"t","key":null,"value":2,"partition":0,"offset":2}])");
}

TEST_F(ConsumersTest, BinaryIsBase64) {
    produce("t", R"([{"value":{"a":1},"key":"k"},{"value":null}])");
    EXPECT_THAT(shown("POST", "/consumers/g", R"({"name":"i","auto.offset.reset":"earliest"})"), StartsWith("200"));
    const std::string path = "/consumers/g/instances/i";
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topics":["t"]})"), "204 ");
    get(path + "/records");
    const auto response = send("GET", path + "/records", "", {{"Accept", "application/vnd.kafka.v2+json"}});
    EXPECT_EQ(response.content_type, v2_json);
    EXPECT_EQ(response.body, R"([{"topic":"t","key":"Imsi","value":"eyJhIjoxfQ==","partition":0,"offset":0},)"
                             R"({"topic":"t","key":null,"value":null,"partition":0,"offset":1}])");
}

TEST_F(ConsumersTest, MediaTypes) {
    const std::string path = subscribed(R"(["t"])");
    const auto status = [&](const std::string& method, const std::string& what, const std::string& body,
                            Headers headers) { return send(method, path + what, body, std::move(headers)).status; };
    for (const char* accept : {"application/vnd.kafka.binary.v2+json", "application/vnd.kafka.v2+json",
                               "application/vnd.kafka.avro.v2+json"}) {
        const auto refused = send("GET", path + "/records", "", {{"Accept", accept}});
        EXPECT_EQ(refused.status, 406) << accept;
        EXPECT_THAT(refused.body, HasSubstr(R"("error_code":40601,)"));
    }
    EXPECT_EQ(send("GET", path + "/records", "", {{"Accept", "text/html"}}).body,
              R"({"error_code":406,"message":"HTTP 406 Not Acceptable"})");
    EXPECT_EQ(status("GET", "/records?timeout=10", "", {{"Accept", "text/html, */*;q=0.1"}}), 200);
    EXPECT_EQ(status("GET", "/subscription", "", {{"Accept", "text/html"}}), 406);
    EXPECT_EQ(status("POST", "/subscription", R"({"topics":["t"]})", {{"Content-Type", "application/json"}}), 415);
    EXPECT_EQ(status("POST", "/subscription", R"({"topics":["t"]})", {}), 415);
    EXPECT_EQ(status("DELETE", "/subscription", "", {{"Content-Type", "application/json"}}), 204);
    EXPECT_EQ(send("GET", path + "/subscription", "", {{"Accept", "application/vnd.kafka.json.v2+json"}}).content_type,
              "application/vnd.kafka.json.v2+json");
}

TEST_F(ConsumersTest, PathsAndMethodsThatAreNot) {
    make();
    for (const char* path : {"/consumers", "/consumers/g/instances", "/consumers/g/members/i",
                             "/consumers/g/instances/i/x", "/consumers/g/instances/i/positions/middle",
                             "/consumers/g/instances/i/records/1", "/consumers/g/instances/i/records?timeout=x"})
        EXPECT_EQ(get(path), R"(404 {"error_code":404,"message":"HTTP 404 Not Found"})") << path;
    for (const char* path : {"/consumers/g", "/consumers/g/instances/i", "/consumers/g/instances/i/positions",
                             "/consumers/g/instances/i/positions/end"})
        EXPECT_EQ(get(path), R"(405 {"error_code":405,"message":"HTTP 405 Method Not Allowed"})") << path;
    for (const char* what : {"/records", "/subscription", "/offsets", "/assignments"})
        EXPECT_EQ(shown("PUT", std::string("/consumers/g/instances/i") + what, "{}").substr(0, 3), "405") << what;
}

TEST_F(ConsumersTest, EveryRequestOfAnInstanceThatIsNotThere) {
    const std::string path = "/consumers/g/instances/nobody";
    const std::string partitions = R"({"partitions":[{"topic":"t","partition":0}]})";
    EXPECT_EQ(get(path + "/records"), gone);
    EXPECT_EQ(get(path + "/subscription"), gone);
    EXPECT_EQ(shown("DELETE", path + "/subscription"), gone);
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topics":["t"]})"), gone);
    EXPECT_EQ(get(path + "/assignments"), gone);
    EXPECT_EQ(shown("POST", path + "/assignments", partitions), gone);
    EXPECT_EQ(shown("POST", path + "/positions", "{}"), gone);
    EXPECT_EQ(shown("POST", path + "/positions/end", partitions), gone);
    EXPECT_EQ(shown("POST", path + "/offsets"), gone);
    EXPECT_EQ(shown("GET", path + "/offsets", partitions), gone);
}

TEST_F(ConsumersTest, SubscriptionsAndAssignmentsExcludeEachOther) {
    ASSERT_TRUE(world_.topics().create("t", 2));
    const std::string path = make();
    EXPECT_EQ(get(path + "/subscription"), R"(200 {"topics":[]})");
    EXPECT_THAT(get(path + "/records"), StartsWith(R"(409 {"error_code":40903)"));
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topics":["t"]})"), "204 ");
    EXPECT_EQ(get(path + "/subscription"), R"(200 {"topics":["t"]})");
    EXPECT_EQ(get(path + "/assignments"),
              R"(200 {"partitions":[{"topic":"t","partition":0},{"topic":"t","partition":1}]})");
    const std::string one = R"({"partitions":[{"topic":"t","partition":1}]})";
    EXPECT_EQ(shown("POST", path + "/assignments", one), exclusive);
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topic_pattern":"t.*"})"), exclusive);
    EXPECT_EQ(shown("DELETE", path + "/subscription"), "204 ");
    EXPECT_EQ(get(path + "/assignments"), R"(200 {"partitions":[]})");
    EXPECT_EQ(shown("POST", path + "/assignments", one), "204 ");
    EXPECT_EQ(get(path + "/assignments"), "200 " + one);
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topics":["t"]})"), exclusive);
    EXPECT_EQ(shown("POST", path + "/assignments", R"({"partitions":[]})"), "204 ");
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topics":["t"]})"), "204 ");
}

TEST_F(ConsumersTest, PatternsFindTopicsThatComeLater) {
    ASSERT_TRUE(world_.topics().create("p.one", 1));
    ASSERT_TRUE(world_.topics().create("q.one", 1));
    const std::string path = make();
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topic_pattern":"("})").substr(0, 22),
              R"(422 {"error_code":422,)");
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topic_pattern":"p\\..*|__.*"})"), "204 ");
    EXPECT_EQ(get(path + "/subscription"), R"(200 {"topics":["p.one"]})");
    get(path + "/records");
    produce("p.two", R"([{"value":2}])");
    EXPECT_THAT(get(path + "/records"), HasSubstr(R"("topic":"p.two")"));
    EXPECT_EQ(get(path + "/subscription"), R"(200 {"topics":["p.one","p.two"]})");
}

TEST_F(ConsumersTest, TwoInstancesShareThePartitions) {
    ASSERT_TRUE(world_.topics().create("t", 4));
    restart({.heartbeat_ms = 20});
    const std::string a = subscribed(R"(["t"])", "", "a"), b = subscribed(R"(["t"])", "", "b");
    const auto half = R"(200 {"partitions":[{"topic":"t","partition":0},{"topic":"t","partition":1}]})";
    const auto rest = R"(200 {"partitions":[{"topic":"t","partition":2},{"topic":"t","partition":3}]})";
    std::string of_a, of_b;
    for (int i = 0; i < 200 && (of_a + of_b).size() != std::string(half).size() + std::string(rest).size(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        of_a = get(a + "/assignments");
        of_b = get(b + "/assignments");
    }
    EXPECT_THAT((std::set{of_a, of_b}), testing::ElementsAre(half, rest));
    produce(
        "t",
        R"([{"value":0,"partition":0},{"value":1,"partition":1},{"value":2,"partition":2},{"value":3,"partition":3}])");
    const std::string from_a = get(a + "/records"), from_b = get(b + "/records");
    EXPECT_EQ(std::ranges::count(from_a + from_b, '{'), 4) << from_a << from_b;
    EXPECT_EQ(shown("DELETE", a), "204 ");
    for (int i = 0; i < 200 && std::ranges::count(get(b + "/assignments"), '{') != 5; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    produce("t", R"([{"value":0,"partition":0},{"value":3,"partition":3}])");
    std::string all;
    for (int i = 0; i < 10 && std::ranges::count(all, '{') < 2; ++i) all += get(b + "/records");
    EXPECT_EQ(std::ranges::count(all, '{'), 2) << all;  // what a had read was committed
}

TEST_F(ConsumersTest, UntouchedInstancesGo) {
    restart({.instance_timeout_ms = 200});
    const std::string path = make();
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topics":["t"]})"), "204 ");
    for (int i = 0; i < 5; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(80));
        EXPECT_THAT(get(path + "/subscription"), StartsWith("200 "));
    }
    for (int i = 0; i < 100 && consumers_->size() > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(get(path + "/subscription"), gone);
    for (int i = 0; i < 100 && groups_->describe("g")->state != broker::GroupState::empty; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(groups_->describe("g")->members.size(), 0U);
}

TEST_F(ConsumersTest, ThoseWhoWantDataGetItAtOnce) {
    restart({.first_poll_empty = false});
    produce("t", R"([{"value":1}])");
    const std::string path = make();
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topics":["t"]})"), "204 ");
    EXPECT_THAT(get(path + "/records"), HasSubstr(R"("value":1)"));
}

TEST_F(ConsumersTest, ReadsThatWaitAreAnsweredWhenItStops) {
    const std::string path = subscribed(R"(["t"])", R"(,"consumer.request.timeout.ms":60000)");
    FakeExchange first("GET", path + "/records"), second("GET", path + "/records"), third("GET", path + "/records");
    begin(first);
    begin(second);
    EXPECT_EQ(shown("DELETE", path), "204 ");
    EXPECT_EQ(first.wait().status, 404);
    EXPECT_EQ(second.wait().status, 404);
    subscribed(R"(["t"])", R"(,"consumer.request.timeout.ms":60000)");
    begin(third);
    end();
    EXPECT_EQ(third.wait().body, R"({"error_code":50302,"message":"Pinflow is stopping."})");
    start({});
}

TEST_F(ConsumersTest, ManyReadsOfOneInstance) {
    const std::string path = subscribed(R"(["t"])", R"(,"consumer.request.timeout.ms":60000)");
    std::vector<std::unique_ptr<FakeExchange>> waiting;
    for (size_t i = 0; i < most_waiting_reads; ++i)
        begin(*waiting.emplace_back(std::make_unique<FakeExchange>("GET", path + "/records")));
    EXPECT_THAT(get(path + "/records"), StartsWith(R"(429 {"error_code":429)"));
    for (size_t i = 0; i < most_waiting_reads; ++i) {
        produce("t", fmt::format(R"([{{"value":{}}}])", i));
        EXPECT_THAT(waiting[i]->wait().body, HasSubstr(fmt::format(R"("offset":{}}}])", i)));
    }
}

}  // namespace
}  // namespace pinflow::rest
