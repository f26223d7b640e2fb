// Slow, greedy and silent clients.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <thread>

#include "net/server.h"
#include "net/test_client.h"

namespace pinflow::net {
namespace {

using namespace std::chrono_literals;

class BigAnswers : public Handler {
  public:
    void handle(Exchange& exchange) override {
        Response response;
        response.body.assign(exchange.request().path == "/big" ? 64u << 20 : 2u, 'x');
        exchange.reply(std::move(response));
    }
};

class LimitsTest : public testing::TestWithParam<bool> {
  protected:
    void open(Limits limits) {
        loops_ = std::make_unique<Loops>(2);
        loops_->start();
        auto server = Server::listen(*loops_, "127.0.0.1:0", handler_, limits, nullptr,
                                     GetParam() ? TlsServer::open(certificates_.options()).value() : nullptr);
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
    }
    TestClient client(int receive_buffer = 0) {
        TestClient made(server_->port(), receive_buffer);
        if (GetParam()) made.start_tls();
        return made;
    }
    // False if it does not come true within 10 s.
    template <class Condition>
    bool comes_true(Condition condition) {
        for (int i = 0; i < 1000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }

    static inline const TestCertificates certificates_;
    BigAnswers handler_;
    std::unique_ptr<Loops> loops_;
    std::unique_ptr<Server> server_;
};

INSTANTIATE_TEST_SUITE_P(Over, LimitsTest, testing::Values(false, true),
                         [](const auto& with) { return with.param ? "Tls" : "Plain"; });

const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

int64_t resident_kib() {
    std::ifstream file("/proc/self/statm");
    int64_t pages = 0;
    file >> pages >> pages;
    return pages * 4;
}

TEST_P(LimitsTest, SilentClientIsClosedWithoutAWord) {
    open({.idle_timeout = 100ms});
    TestClient never = client();
    TestClient once = client();
    EXPECT_EQ(once.ask(get).status, 200);
    EXPECT_TRUE(never.is_closed());
    EXPECT_TRUE(once.is_closed());
    EXPECT_EQ(server_->stats().errors, 0u);
}

TEST_P(LimitsTest, HeadersThatTrickleInAre408) {
    open({.header_timeout = 200ms});
    TestClient slow = client();
    // Not beside the reading: a TLS connection has one thread at a time.
    for (int i = 0; i < 12 && slow.send(i == 0 ? "G" : "E"); ++i) std::this_thread::sleep_for(20ms);
    EXPECT_EQ(slow.read_answer().status, 408);
}

TEST_P(LimitsTest, BodyThatStopsIs408) {
    open({.body_timeout = 100ms});
    TestClient slow = client();
    const Answer answer = slow.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
    EXPECT_EQ(answer.status, 408);
    EXPECT_TRUE(answer.body.contains("body did not arrive")) << answer.body;
}

TEST_P(LimitsTest, SlowButSteadyBodyIsServed) {
    open({.body_timeout = 200ms, .min_bytes_per_second = 1000});
    TestClient slow = client();
    slow.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n");
    for (int i = 0; i < 20; ++i) {
        std::this_thread::sleep_for(25ms);
        ASSERT_TRUE(slow.send(std::string(100, 'x')));
    }
    EXPECT_EQ(slow.read_answer().status, 200);
}

TEST_P(LimitsTest, ClientThatStopsReadingIsClosedAndItsMemoryFreed) {
    open({.write_timeout = 200ms});
    TestClient stuck = client(4096);
    TestClient other = client();
    stuck.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(other.ask(get).status, 200);
    EXPECT_TRUE(comes_true([&] { return server_->stats().connections_open == 1; }));
    EXPECT_EQ(other.ask(get).status, 200) << "nobody else is touched";
}

TEST_P(LimitsTest, SlowReaderGetsAllOfALargeAnswer) {
    open({});
    TestClient slow = client(65536);
    EXPECT_EQ(slow.ask("GET /big HTTP/1.1\r\nHost: h\r\n\r\n").body.size(), 64u << 20);
    EXPECT_EQ(slow.ask(get).status, 200);
}

TEST_P(LimitsTest, ConnectionsOverTheLimitAreToldAndRoomIsGivenAgain) {
    open({.max_connections = 3});
    std::vector<TestClient> held;
    for (int i = 0; i < 3; ++i) {
        held.push_back(client());
        ASSERT_EQ(held.back().ask(get).status, 200);
    }
    const Answer refused = client().ask(get);
    EXPECT_EQ(refused.status, GetParam() ? 0 : 503) << "a handshake is too much for those who are over the limit";
    EXPECT_EQ(refused.body.contains("more than 3 connections"), !GetParam()) << refused.body;
    EXPECT_EQ(server_->stats().connections_refused, 1u);
    held.pop_back();
    EXPECT_TRUE(comes_true([&] { return client().ask(get).status == 200; }));
}

TEST_P(LimitsTest, RefusedClientCanReadWhyWhileItStillSends) {
    open({.max_body_bytes = 1000});
    TestClient greedy = client();
    greedy.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n");
    greedy.send(std::string(5'000'000, 'x'));
    EXPECT_EQ(greedy.read_answer().status, 413);
}

TEST_P(LimitsTest, RefusedClientThatNeverLeavesIsClosed) {
    open({.linger_timeout = 100ms});
    TestClient rude = client();
    EXPECT_EQ(rude.ask("bad\r\n\r\n").status, 400);
    EXPECT_TRUE(comes_true([&] { return server_->stats().connections_open == 0; }));
}

TEST_P(LimitsTest, HeaderFloodIs431) {
    open({});
    TestClient flood = client();
    std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 100'000; ++i) head += fmt::format("X-{}: y\r\n", i);
    flood.send(head);
    EXPECT_EQ(flood.read_answer().status, 431);
}

TEST_P(LimitsTest, TenThousandIdleConnectionsAreCheap) {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    // With TLS most of the memory is the clients', in this very process.
    const size_t count = std::min<size_t>(GetParam() ? 200 : 10'000, files.rlim_cur / 2 - 200);
    open({});
    const int64_t before = resident_kib();
    std::vector<TestClient> idle;
    idle.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        idle.push_back(client());
        ASSERT_TRUE(idle.back().connected()) << i;
    }
    for (size_t i = 0; i < count; ++i) ASSERT_EQ(idle[i].ask(get).status, 200) << i;
    EXPECT_EQ(server_->stats().connections_open, count);
    const int64_t held = resident_kib() - before;
    std::this_thread::sleep_for(4s);  // spare memory goes back
    const int64_t at_rest = resident_kib() - before;
    RecordProperty("kib_after_requests", std::to_string(held));
    RecordProperty("kib_at_rest", std::to_string(at_rest));
    fmt::print("{} connections: {} KiB after their requests, {} KiB at rest\n", count, held, at_rest);
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    if (!GetParam()) EXPECT_LT(held, static_cast<int64_t>(count) * 8);
#endif
    for (size_t i = 0; i < count; i += 100) ASSERT_EQ(idle[i].ask(get).status, 200) << i;
}

}  // namespace
}  // namespace pinflow::net
