// What a client hears when the disk fails under the door: never 200 for what may be lost, and service again when the
// disk is well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <climits>
#include <thread>

#include "base/faulty_disk.h"
#include "gateway/gateway_world.h"

namespace pinflow::gateway {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class DiskFaultsTest : public testing::Test {
  protected:
    std::string post(std::string_view topic, int count = 1, size_t bytes = 1) {
        const std::string record = fmt::format(R"({{"value":"{}"}})", std::string(bytes, 'x'));
        std::string body = R"({"records":[)";
        for (int i = 0; i < count; ++i) body += (i ? "," : "") + record;
        return ask("POST", fmt::format("/topics/{}", topic), body + "]}");
    }
    std::string put() { return ask("PUT", "/test/streams/s/record", R"({"Data":1,"PartitionKey":"k"})"); }
    std::string ask(std::string method, std::string target, std::string body) {
        rest::FakeExchange exchange(std::move(method), std::move(target), std::move(body),
                                    {{"Content-Type", "application/vnd.kafka.json.v2+json"}});
        gateway_.handle(exchange);
        const auto response = exchange.wait();
        return fmt::format("{} {}", response.status, response.body);
    }
    // The log tries the disk again after a while.
    bool serves_again() {
        for (int i = 0; i < 200; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(25)))
            if (post("t").starts_with("200")) return true;
        return false;
    }

    FaultyDisk disk_{1};
    rest::DoorWorld world_{disk_};
    rest::Rest rest_{world_.topics(), system_clock()};
    kinesis::Kinesis kinesis_{world_.topics(), system_clock()};
    Gateway gateway_{rest_, kinesis_};
};

TEST_F(DiskFaultsTest, FullDisk) {
    ASSERT_THAT(post("t"), HasSubstr("200"));
    ASSERT_EQ(ask("POST", "/streams/s", R"({"ShardCount":1})"), "200 ");
    disk_.limit_bytes(disk_.used_bytes());
    std::string answer;
    for (int i = 0; i < 100 && !answer.starts_with("500"); ++i) answer = post("t", 1, 1'000'000);
    EXPECT_THAT(answer, MatchesRegex(R"(500 \{"error_code":50002,"message":"[^"]+"\})"));
    EXPECT_THAT(answer, HasSubstr("space"));
    answer.clear();
    for (int i = 0; i < 100 && !answer.starts_with("500"); ++i) answer = put();
    EXPECT_THAT(answer, MatchesRegex(R"(500 \{"__type":"InternalFailure","message":"[^"]+"\})"));
    EXPECT_THAT(ask("POST", "/topics/new", R"({"records":[{"value":1}]})"), HasSubstr(R"(500 {"error_code":50002)"));
    const size_t stored = world_.values("t").size();
    disk_.limit_bytes(UINT64_MAX);
    EXPECT_TRUE(serves_again());
    EXPECT_GT(world_.values("t").size(), stored);
}

TEST_F(DiskFaultsTest, FailedSyncIsNeverA200) {
    ASSERT_THAT(post("t"), HasSubstr("200"));
    for (int round = 0; round < 5; ++round) {
        disk_.fail_syncs(INT_MAX);  // the write-ahead log's, the segment's, those of checkpoints between them
        EXPECT_FALSE(post("t").starts_with("200"));
        disk_.fail_syncs(0);
        EXPECT_TRUE(serves_again());
    }
}

TEST_F(DiskFaultsTest, FailedWriteSaysSo) {
    ASSERT_THAT(post("t"), HasSubstr("200"));
    disk_.fail_writes(1);
    const std::string answer = post("t");
    EXPECT_THAT(answer,
                testing::AnyOf(HasSubstr(R"(500 {"error_code":50002)"), HasSubstr(R"(503 {"error_code":50302)")));
    EXPECT_TRUE(serves_again());
}

}  // namespace
}  // namespace pinflow::gateway
