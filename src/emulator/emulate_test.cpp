#include "emulator/emulate.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "base/text.h"
#include "emulator/sample.h"

namespace pinflow::emulator {
namespace {

// A server of a few lines: what `answer` returns is sent as it is; nothing
// closes the connection.
class TinyServer {
  public:
    using Handler = std::function<std::string(const std::string& head, const std::string& body, int number)>;

    explicit TinyServer(Handler handler) : handler_(std::move(handler)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
        ::listen(socket_, 64);
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    TinyServer(const TinyServer&) = delete;
    TinyServer& operator=(const TinyServer&) = delete;
    ~TinyServer() {
        ::shutdown(socket_, SHUT_RDWR);
        acceptor_.join();
        for (std::thread& worker : workers_) worker.join();
        ::close(socket_);
    }
    std::string url() const { return fmt::format("http://127.0.0.1:{}/test", port_); }
    int connections() const { return connections_; }

  private:
    void accept_all() {
        for (int client = 0; (client = ::accept(socket_, nullptr, nullptr)) >= 0;) {
            ++connections_;
            workers_.emplace_back([this, client] {
                serve(client);
                ::close(client);
            });
        }
    }
    void serve(int client) {
        std::string read;
        for (std::array<char, 65536> buffer;;) {
            const size_t end = read.find("\r\n\r\n");
            const size_t length_at = read.find("Content-Length: ");
            size_t length = 0;
            if (end != read.npos && length_at < end) length = std::stoul(read.substr(length_at + 16));
            if (end != read.npos && read.size() >= end + 4 + length) {
                const std::string reply = answer(read.substr(0, end), read.substr(end + 4, length));
                if (reply.empty()) return;
                if (::send(client, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return;
                read.erase(0, end + 4 + length);
                continue;
            }
            const ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
            if (got <= 0) return;
            read.append(buffer.data(), static_cast<size_t>(got));
        }
    }
    std::string answer(const std::string& head, const std::string& body) {
        const std::lock_guard lock(mutex_);
        return handler_(head, body, number_++);
    }

    Handler handler_;
    int socket_;
    uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::mutex mutex_;
    int number_ = 0;
    std::thread acceptor_;
    std::vector<std::thread> workers_;
};

std::string reply(int status, std::string_view body) {
    return fmt::format(
        "HTTP/1.1 {} X\r\nContent-Type: "
        "application/json\r\nContent-Length: {}\r\n\r\n{}",
        status, body.size(), body);
}

std::string success(const std::string& head, const std::string& body) {
    if (head.starts_with("PUT")) return reply(200, R"({"ShardId":"shardId-000000000000","SequenceNumber":"1"})");
    std::string offsets;
    for (size_t at = 0; (at = body.find("\"value\": ", at)) != body.npos; ++at)
        offsets += R"(,{"partition":0,"offset":1,"error_code":null,"error":null})";
    return reply(200, fmt::format("{{\"offsets\":[{}]}}", offsets.empty() ? "" : offsets.substr(1)));
}

TEST(Emulate, SendsTheDrawsOfTheOriginalOneByOne) {
    std::vector<std::string> lines, bodies;
    TinyServer server([&](const std::string& head, const std::string& body, int) {
        lines.push_back(head.substr(0, head.find(" HTTP")));
        bodies.push_back(body);
        return success(head, body);
    });
    const auto summary = emulate({.url = server.url(), .via = Via::both, .id = "u", .rows = 2}).value();
    ASSERT_EQ(lines.size(), 12U);
    EXPECT_EQ(lines[0], "POST /test/topics/u.pin");
    EXPECT_EQ(lines[1], "PUT /test/streams/streaming-u-pin/record");
    EXPECT_EQ(bodies[2], "{\"records\": [{\"value\": " + sample_row(Kind::geo, 7528) + "}]}");
    EXPECT_EQ(bodies[10], "{\"records\": [{\"value\": " + sample_row(Kind::user, 2863) + "}]}");
    EXPECT_EQ(server.connections(),
              12);  // one a request, as requests.post makes them
    EXPECT_EQ(summary.accepted, 12);
    EXPECT_EQ(exit_code(summary), 0);
}

TEST(Emulate, SendsAWholeSourceOnceOverManyConnections) {
    std::multiset<std::string> rows;
    TinyServer server([&](const std::string& head, const std::string& body, int) {
        for (size_t at = 0; (at = body.find("{\"value\": ", at)) != body.npos; ++at)
            rows.insert(body.substr(at, body.find('}', at) - at));
        return success(head, body);
    });
    EmulateOptions options{.url = server.url(), .source = PINFLOW_SOURCE_DIR "/tests/data"};
    options.as_fast_as_possible = true;
    options.batch = 7;
    options.connections = 4;
    int calls = 0;
    const auto summary = emulate(options, {}, [&](const Progress& progress) {
        ++calls;
        EXPECT_EQ(progress.total, 183);
    });
    EXPECT_EQ(summary->accepted, 183);
    EXPECT_EQ(summary->requests, 27);
    EXPECT_EQ(rows.size(), 183U);
    EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), 183U);
    EXPECT_LE(server.connections(), 4);
    EXPECT_GE(calls, 2);
}

TEST(Emulate, TriesAgainWhatMaySucceedLater) {
    TinyServer server([&](const std::string& head, const std::string& body, int number) {
        if (number == 0) return reply(500, "{\"message\":\"not now\"}");
        if (number == 1) return std::string();  // closes
        if (number == 2) return reply(429, "{}");
        return success(head, body);
    });
    EmulateOptions options{.url = server.url(), .rows = 2, .rate = 10000, .connections = 2};
    options.attempts = 5;
    const auto summary = emulate(options).value();
    EXPECT_EQ(summary.accepted, 6);
    EXPECT_EQ(summary.refused, 0);
    EXPECT_GE(summary.retries, 2);  // libcurl itself repeats what a kept connection's closing cut off
    EXPECT_LE(summary.retries, 3);
    EXPECT_GT(summary.answers.at(500), 0);
    EXPECT_EQ(summary.answers.at(200), 6);
}

TEST(Emulate, CountsAndShowsWhatIsRefused) {
    TinyServer server([&](const std::string& head, const std::string& body, int) {
        if (head.find(".geo") != head.npos) return reply(404, R"({"error_code":40401,"message":"Topic not found."})");
        return success(head, body);
    });
    EmulateOptions options{.url = server.url(), .rows = 20, .bad_share = 0.5};
    options.as_fast_as_possible = true;
    const auto summary = emulate(options).value();
    EXPECT_EQ(summary.records, 90);
    EXPECT_EQ(summary.refused, 30);
    EXPECT_EQ(summary.first_refusals.size(), 10U);
    EXPECT_NE(summary.first_refusals[0].answer.find("40401"), std::string::npos);
    EXPECT_EQ(summary.marked.at("user bad: no index").accepted, 1);
    EXPECT_EQ(summary.marked.at("geo bad: no index").accepted, 0);
    EXPECT_EQ(exit_code(summary), 1);
    EXPECT_NE(summary_json(summary).find("\"refused\":30"), std::string::npos);
    EXPECT_NE(summary_text(summary).find("30 refused"), std::string::npos);
}

TEST(Emulate, EndsWhenNobodyAnswersAndRefusesNonsense) {
    EmulateOptions options{.url = "http://127.0.0.1:1", .attempts = 2};
    options.as_fast_as_possible = true;
    const auto summary = emulate(options).value();
    EXPECT_NE(summary.broken.find("nobody answers"), std::string::npos);
    EXPECT_EQ(exit_code(summary), 1);
    EXPECT_EQ(emulate({.url = "ftp://x"}).error().code, Code::invalid);
    EXPECT_EQ(emulate({.id = "a b"}).error().code, Code::invalid);
    EXPECT_EQ(emulate({.source = "/nowhere"}).error().code, Code::not_found);
}

TEST(Emulate, StopsWhenAsked) {
    TinyServer server([](const std::string& head, const std::string& body, int) { return success(head, body); });
    std::stop_source stop;
    const auto summary = emulate({.url = server.url(), .rate = 50}, stop.get_token(), [&](const Progress& progress) {
        if (progress.seconds > 0.5) stop.request_stop();
    });
    EXPECT_TRUE(summary->stopped);
    EXPECT_LT(summary->seconds, 4);
    EXPECT_NEAR(static_cast<double>(summary->records), 50 * summary->seconds, 20);
}

}  // namespace
}  // namespace pinflow::emulator
