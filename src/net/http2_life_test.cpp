// HTTP/2: how connections and exchanges begin and end.
#include <gmock/gmock.h>

#include <fstream>

#include "net/test_http2_door.h"

namespace pinflow::net {
namespace {

using testing::HasSubstr;
using testing::Not;

class Http2LifeTest : public Http2Test {};
INSTANTIATE_TEST_SUITE_P(Over, Http2LifeTest, testing::Values(false, true),
                         [](const auto& with) { return with.param ? "Tls" : "Plain"; });

TEST_P(Http2LifeTest, WhoDoesNotAnswerInTimeLosesItsStreamOnly) {
    open();
    Http2Client client(server_->port(), with());
    const int32_t slow = client.post("/slow", "body");
    EXPECT_EQ(client.answer(slow).status, 504);
    EXPECT_EQ(client.answer(slow).body, "door 504 /slow no answer in time");
    EXPECT_EQ(client.answer(client.post("/d", "fine")).status, 200);
    door_.answer_all();
    EXPECT_EQ(door_.bodies.at(0), "body");
    EXPECT_EQ(client.answer(client.post("/d", "fine")).status, 200);
    EXPECT_EQ(client.so_far(slow).body, "door 504 /slow no answer in time");
    EXPECT_EQ(server_->stats().errors, 1u);
}

TEST_P(Http2LifeTest, AnExchangeOutlivesItsClient) {
    open();
    {
        Http2Client client(server_->port(), with());
        const int32_t left = client.post("/never", "left");
        client.post("/never", "open");
        while (door_.waiting < 2) std::this_thread::yield();
        client.reset(left);
        EXPECT_EQ(client.answer(client.post("/d", "fine")).status, 200);
    }
    for (int i = 0; i < 1000 && server_->stats().connections_open > 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(server_->stats().connections_open, 0u);
    door_.answer_all();
    EXPECT_THAT(door_.bodies, testing::UnorderedElementsAre("left", "open"));
}

TEST_P(Http2LifeTest, AnExchangeOutlivesTheServer) {
    open();
    Http2Client client(server_->port(), with());
    for (const char* body : {"a", "b", "c"}) client.post("/never", body);
    while (door_.waiting < 3) std::this_thread::yield();
    server_.reset();
    EXPECT_EQ(client.goodbye(), std::nullopt);
    loops_.reset();
    door_.answer_all();
    EXPECT_THAT(door_.bodies, testing::UnorderedElementsAre("a", "b", "c"));
}

TEST_P(Http2LifeTest, AStopLetsOpenRequestsEnd) {
    open();
    Http2Client client(server_->port(), with());
    Http2Client idle(server_->port(), with());
    EXPECT_EQ(idle.answer(idle.ask("GET", "/")).status, 200);
    const int32_t open = client.post("/never", "x");
    while (door_.waiting < 1) std::this_thread::yield();
    std::thread stopping([this] { EXPECT_TRUE(server_->drain(std::chrono::seconds(10))); });
    EXPECT_EQ(idle.goodbye(), NGHTTP2_NO_ERROR);
    EXPECT_TRUE(client.read_until([&] { return client.goodbye_so_far().has_value(); }));
    door_.answer_all();
    EXPECT_EQ(client.answer(open).body, "late");
    EXPECT_EQ(client.goodbye(), NGHTTP2_NO_ERROR);
    stopping.join();
}

TEST_P(Http2LifeTest, IsInTheAccessLog) {
    const auto path = std::filesystem::temp_directory_path() / fmt::format("http2-log-{}-{}", ::getpid(), GetParam());
    auto log = AccessLog::open(path, AccessLog::Format::common).value();
    open({}, log.get());
    Http2Client client(server_->port(), with());
    client.answer(client.post("/a?b", "x"));
    server_.reset();
    log->flush();
    std::ifstream file(path);
    const std::string line{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(line, HasSubstr(R"("POST /a?b HTTP/2.0" 200 9 )"));
    std::filesystem::remove(path);
}

TEST_P(Http2LifeTest, StandsBesideHttp1) {
    open();
    TestClient one(server_->port());
    if (GetParam()) EXPECT_EQ(one.start_tls({.protocols = "\x02h2\x08http/1.1"}).protocol(), "h2");
    if (!GetParam()) {
        const Answer upgrade = one.ask(
            "GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n"
            "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n");
        EXPECT_EQ(upgrade.body, "GET /x ") << "an upgrade is not taken";
        EXPECT_EQ(one.ask(http2_preface).status, 505) << "not in the middle of a connection";
    } else {
        one.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_TRUE(one.is_closed()) << "what was agreed upon is spoken";
        TestClient two(server_->port());
        two.start_tls({.protocols = "\x08http/1.1"});
        EXPECT_EQ(two.ask("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").body, "GET /x ");
        TestClient three(server_->port());
        three.start_tls();
        EXPECT_EQ(three.ask(http2_preface).status, 505) << "with TLS only by ALPN";
    }
    TestClient cut(server_->port());
    if (GetParam()) cut.start_tls({.protocols = "\x02h2"});
    cut.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
    EXPECT_TRUE(cut.is_closed());
}

TEST_P(Http2LifeTest, ThePrefaceMayComeInPieces) {
    open();
    TestClient one(server_->port());
    if (GetParam()) one.start_tls({.protocols = "\x02h2"});
    const std::string all =
        http2_preface + http2_frame(NGHTTP2_SETTINGS, 0, 0, "") +
        http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, http2_post_head);
    for (const char c : all) {
        one.send({&c, 1});
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_THAT(one.read_until("POST / "), Not(HasSubstr("ended")));
}

}  // namespace
}  // namespace pinflow::net
