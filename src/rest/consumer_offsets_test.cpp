#include "rest/consumers_world.h"

namespace pinflow::rest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ConsumerOffsetsTest : public ConsumersWorld {
  protected:
    std::string committed(const std::string& path) {
        return shown("GET", path + "/offsets", R"({"partitions":[{"topic":"t","partition":0}]})");
    }
    std::string offset_of(const std::string& records) {  // of the first
        const size_t at = records.find(R"("offset":)");
        return at == records.npos ? records : records.substr(at + 9, records.find('}', at) - at - 9);
    }
};

TEST_F(ConsumerOffsetsTest, WhatWasReadIsCommittedAtTheEnd) {
    produce("t", R"([{"value":0},{"value":1},{"value":2}])");
    const std::string path = subscribed(R"(["t"])");
    EXPECT_EQ(committed(path), R"(200 {"offsets":[]})");
    EXPECT_EQ(offset_of(get(path + "/records")), "0");
    EXPECT_EQ(shown("DELETE", path), "204 ");
    produce("t", R"([{"value":3}])");
    subscribed(R"(["t"])");
    EXPECT_EQ(committed(path), R"(200 {"offsets":[{"topic":"t","partition":0,"offset":3,"metadata":""}]})");
    EXPECT_EQ(offset_of(get(path + "/records")), "3");
}

TEST_F(ConsumerOffsetsTest, AutoCommitComesByItself) {
    restart({.auto_commit_ms = 50});
    produce("t", R"([{"value":0},{"value":1}])");
    const std::string path = subscribed(R"(["t"])");
    EXPECT_EQ(offset_of(get(path + "/records")), "0");
    for (int i = 0; i < 200 && !committed(path).contains("\"offset\":2"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_THAT(committed(path), HasSubstr("\"offset\":2"));
}

TEST_F(ConsumerOffsetsTest, WithoutAutoCommitOnlyWhatIsAskedFor) {
    produce("t", R"([{"value":0},{"value":1},{"value":2}])");
    const std::string path = subscribed(R"(["t"])", R"(,"auto.commit.enable":"false")");
    EXPECT_EQ(offset_of(get(path + "/records")), "0");
    EXPECT_EQ(shown("DELETE", path), "204 ");
    subscribed(R"(["t"])", R"(,"auto.commit.enable":"false")");
    EXPECT_EQ(offset_of(get(path + "/records")), "0");
    EXPECT_EQ(shown("POST", path + "/offsets"), "200 []");
    EXPECT_THAT(committed(path), HasSubstr("\"offset\":3"));
    EXPECT_EQ(shown("POST", path + "/offsets?async=true"), "200 []");
    EXPECT_EQ(
        shown("POST", path + "/offsets", R"({"offsets":[{"topic":"t","partition":0,"offset":0,"metadata":"half"}]})"),
        "200 []");
    EXPECT_EQ(committed(path), R"(200 {"offsets":[{"topic":"t","partition":0,"offset":1,"metadata":"half"}]})");
    EXPECT_EQ(shown("POST", path + "/offsets", "{}"), "200 []");
    EXPECT_THAT(committed(path), HasSubstr("\"offset\":3")) << "no offsets are all that was read";
    EXPECT_EQ(shown("POST", path + "/offsets", R"({"offsets":[{"topic":"t","partition":9,"offset":0}]})"),
              R"(404 {"error_code":40402,"message":"Partition not found."})");
    EXPECT_EQ(shown("POST", path + "/offsets", R"({"offsets":[{"topic":"u","partition":0,"offset":0}]})"),
              R"(404 {"error_code":40401,"message":"Topic not found."})");
    EXPECT_EQ(shown("GET", path + "/offsets"), R"(404 {"error_code":40402,"message":"Partition not found."})");
    EXPECT_THAT(
        shown("POST", path + "/offsets",
              fmt::format(R"({{"offsets":[{{"topic":"t","partition":0,"offset":0,"metadata":"{:05000}"}}]}})", 0)),
        StartsWith(R"(400 {"error_code":40002)"));
}

TEST_F(ConsumerOffsetsTest, Positions) {
    produce("t", R"([{"value":0},{"value":1},{"value":2}])");
    const std::string path = subscribed(R"(["t"])");
    EXPECT_EQ(offset_of(get(path + "/records")), "0");
    const std::string all = R"({"partitions":[{"topic":"t","partition":0}]})";
    EXPECT_EQ(shown("POST", path + "/positions/beginning", all), "204 ");
    EXPECT_EQ(offset_of(get(path + "/records")), "0");
    EXPECT_EQ(shown("POST", path + "/positions", R"({"offsets":[{"topic":"t","partition":0,"offset":1}]})"), "204 ");
    EXPECT_EQ(offset_of(get(path + "/records")), "1");
    EXPECT_EQ(shown("POST", path + "/positions",
                    R"({"timestamps":[{"topic":"t","partition":0,"timestamp":"2020-01-01T00:00:00Z"}]})"),
              "204 ");
    EXPECT_EQ(offset_of(get(path + "/records")), "0");
    EXPECT_EQ(shown("POST", path + "/positions",
                    R"({"timestamps":[{"topic":"t","partition":0,"timestamp":"2100-01-01T00:00:00Z"}]})"),
              "204 ");
    EXPECT_EQ(get(path + "/records?timeout=20"), "200 []");
    EXPECT_EQ(shown("POST", path + "/positions/beginning", R"({"partitions":[]})"), "204 ");
    EXPECT_EQ(shown("POST", path + "/positions/end", all), "204 ");
    produce("t", R"([{"value":3}])");
    EXPECT_EQ(offset_of(get(path + "/records")), "3");
    EXPECT_EQ(shown("POST", path + "/positions", R"({"offsets":[{"topic":"t","partition":7,"offset":1}]})"),
              R"(409 {"error_code":40903,"message":"Illegal state: No current assignment for partition t-7"})");
    EXPECT_EQ(shown("POST", path + "/positions/end", R"({"partitions":[{"topic":"u","partition":0}]})"),
              R"(409 {"error_code":40903,"message":"Illegal state: No current assignment for partition u-0"})");
}

TEST_F(ConsumerOffsetsTest, AReadThatWaitsGoesWhereItIsSent) {
    produce("t", R"([{"value":0}])");
    const std::string path = subscribed(R"(["t"])", R"(,"consumer.request.timeout.ms":20000)");
    EXPECT_EQ(offset_of(get(path + "/records")), "0");
    FakeExchange waits("GET", path + "/records");
    begin(waits);
    EXPECT_EQ(shown("POST", path + "/positions/beginning", R"({"partitions":[]})"), "204 ");
    EXPECT_EQ(offset_of(waits.wait().body), "0");
}

TEST_F(ConsumerOffsetsTest, AssignedPartitionsNeedNoGroup) {
    produce("t", R"([{"value":0},{"value":1}])");
    const std::string path = make(R"(,"auto.commit.enable":"false")");
    EXPECT_EQ(shown("POST", path + "/assignments", R"({"partitions":[{"topic":"t","partition":0}]})"), "204 ");
    EXPECT_EQ(offset_of(get(path + "/records")), "0");  // at once
    EXPECT_EQ(shown("POST", path + "/offsets"), "200 []");
    EXPECT_THAT(committed(path), HasSubstr("\"offset\":2"));
    subscribed(R"(["t"])", "", "member");
    get("/consumers/g/instances/member/assignments");
    EXPECT_EQ(shown("POST", path + "/offsets", R"({"offsets":[{"topic":"t","partition":0,"offset":0}]})").substr(0, 25),
              R"(500 {"error_code":50002,")");  // nobody commits beside living members
}

TEST_F(ConsumerOffsetsTest, WhereToBeginWithoutACommit) {
    produce("t", R"([{"value":0}])");
    const auto begin_at = [&](const std::string& reset) {
        EXPECT_THAT(shown("POST", "/consumers/" + reset,
                          fmt::format(R"({{"name":"i","format":"json","auto.offset.reset":"{}"}})", reset)),
                    StartsWith("200"));
        const std::string path = "/consumers/" + reset + "/instances/i";
        EXPECT_EQ(shown("POST", path + "/assignments", R"({"partitions":[{"topic":"t","partition":0}]})"), "204 ");
        return path;
    };
    const std::string latest = begin_at("latest"), none = begin_at("none");
    EXPECT_EQ(get(latest + "/records?timeout=20"), "200 []");
    EXPECT_EQ(
        get(none + "/records"),
        R"(500 {"error_code":50002,"message":"Kafka error: Undefined offset with no reset policy for partition: t-0"})");
    EXPECT_EQ(shown("POST", none + "/positions/beginning", R"({"partitions":[]})"), "204 ");
    EXPECT_EQ(offset_of(get(none + "/records")), "0");
    produce("t", R"([{"value":1}])");
    EXPECT_EQ(offset_of(get(latest + "/records")), "1");
    EXPECT_EQ(shown("POST", none + "/positions", R"({"offsets":[{"topic":"t","partition":0,"offset":99}]})"), "204 ");
    EXPECT_THAT(get(none + "/records"), HasSubstr("Offset 99 is out of range"));
    EXPECT_EQ(shown("POST", latest + "/positions", R"({"offsets":[{"topic":"t","partition":0,"offset":99}]})"), "204 ");
    EXPECT_EQ(get(latest + "/records?timeout=20"), "200 []");
}

TEST_F(ConsumerOffsetsTest, ATopicMadeAnewIsReadFromItsFront) {
    produce("t", R"([{"value":0},{"value":1}])");
    const std::string path = subscribed(R"(["t"])");
    EXPECT_EQ(offset_of(get(path + "/records")), "0");
    ASSERT_TRUE(world_.topics().remove("t"));
    EXPECT_EQ(get(path + "/records?timeout=20"), "200 []");
    produce("t", R"([{"value":"new"},{"value":1},{"value":2},{"value":3}])");
    std::string read;
    for (int i = 0; i < 20 && !read.contains("new"); ++i) read = get(path + "/records");
    EXPECT_THAT(read, HasSubstr(R"("value":"new","partition":0,"offset":0)"));
}

}  // namespace
}  // namespace pinflow::rest
