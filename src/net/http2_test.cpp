// HTTP/2: what holds of requests and answers, with prior knowledge and by ALPN.
#include <gmock/gmock.h>

#include "net/test_gzip.h"
#include "net/test_http2_door.h"

namespace pinflow::net {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;

INSTANTIATE_TEST_SUITE_P(Over, Http2Test, testing::Values(false, true),
                         [](const auto& with) { return with.param ? "Tls" : "Plain"; });

TEST_P(Http2Test, AnswersManyRequestsAtATime) {
    open();
    Http2Client client(server_->port(), with());
    for (int round = 0; round < 3; ++round) {
        std::map<int32_t, std::string> asked;
        for (int i = 0; i < 90; ++i) {
            const char* const path = i % 2 == 0 ? "/later" : "/now";
            asked[client.post(path, fmt::format("body {}", i))] = fmt::format("POST {} body {}", path, i);
        }
        for (const auto& [id, expected] : asked) {
            EXPECT_EQ(client.answer(id).status, 200);
            EXPECT_EQ(client.answer(id).body, expected);
            EXPECT_EQ(client.answer(id).error, NGHTTP2_NO_ERROR);
        }
    }
    EXPECT_EQ(server_->stats().requests, 270u);
    EXPECT_EQ(server_->stats().connections_accepted, 1u);
    EXPECT_EQ(server_->stats().connections_open, 1u);
    EXPECT_EQ(server_->stats().errors, 0u);
    Totals totals;
    server_->add_operations(totals);
    EXPECT_EQ(totals["door"].answers[200], 270u);
}

TEST_P(Http2Test, HeadersOfTheAnswer) {
    open();
    Http2Client client(server_->port(), with());
    const Http2Answer& answer = client.answer(client.ask("GET", "/", {{"x-echo", "v"}}));
    EXPECT_THAT(answer.headers, Contains(Pair("date", HasSubstr("GMT"))));
    EXPECT_THAT(answer.headers, Contains(Pair("content-type", "text/plain")));
    EXPECT_THAT(answer.headers, Contains(Pair("content-length", "6")));
    EXPECT_THAT(answer.headers, Contains(Pair("x-echo", "v  X-Smuggled: 1")));
    EXPECT_THAT(answer.headers, Contains(Pair("x-door", "/")));
    for (const char* name : {"connection", "keep-alive", "bad name", "x-smuggled"})
        EXPECT_THAT(answer.headers, Not(Contains(Key(name))));
}

TEST_P(Http2Test, TheDoorSeesARequestLikeAnyOther) {
    open();
    Http2Client client(server_->port(), with());
    EXPECT_EQ(client.answer(client.ask("GET", "/request?a=1&b")).body,
              fmt::format("/request?a=1&b|/request|a=1&b|h|{}", GetParam()));
    const Http2Answer& head = client.answer(client.ask("HEAD", "/now"));
    EXPECT_EQ(head.body, "");
    EXPECT_THAT(head.headers, Contains(Pair("content-length", "10")));
    const Http2Answer& none = client.answer(client.ask("GET", "/none"));
    EXPECT_EQ(none.status, 204);
    EXPECT_THAT(none.headers, Not(Contains(Key("content-length"))));
    EXPECT_EQ(client.answer(client.ask("GET", "/throw")).status, 500);
}

TEST_P(Http2Test, LargeBodiesGoBothWaysThroughSmallWindows) {
    open();
    Http2Client client(server_->port(), with());
    const int32_t up = client.post("/size", std::string(9'000'000, 'x'));
    const int32_t down = client.ask("GET", "/big");
    const int32_t small = client.ask("GET", "/small");
    EXPECT_EQ(client.answer(small).body, "GET /small ");
    EXPECT_FALSE(client.so_far(down).closed) << "who asks for little does not wait for much";
    EXPECT_EQ(client.answer(up).body, "9000000");
    EXPECT_EQ(client.answer(down).body, std::string(5 << 20, 'x'));
}

TEST_P(Http2Test, TakesGzip) {
    open();
    Http2Client client(server_->port(), with());
    const std::string text(300'000, 'a');
    const Http2Client::Headers headers{{"content-encoding", "gzip"}};
    EXPECT_EQ(client.answer(client.post("/size", gzip(text), headers)).body, "300000");
    EXPECT_EQ(client.answer(client.post("/size", "no gzip", headers)).status, 400);
    const std::string cut = gzip("abcdefgh").substr(0, 15);
    EXPECT_EQ(client.answer(client.post("/size", cut, headers)).body, "door 400 /size the body is not whole gzip data");
    EXPECT_EQ(client.answer(client.post("/size", gzip(std::string(11 << 20, 'a')), headers)).status, 413);
    EXPECT_EQ(client.answer(client.post("/size", "x", {{"content-encoding", "br"}})).status, 415);
}

TEST_P(Http2Test, ContinueComesFirst) {
    open();
    Http2Client client(server_->port(), with());
    const int32_t id = client.ask("POST", "/size", {{"expect", "100-continue"}}, "", false);
    EXPECT_TRUE(client.read_until([&] { return client.so_far(id).continues == 1; }));
    client.add(id, "abc", true);
    EXPECT_EQ(client.answer(id).body, "3");
    EXPECT_EQ(client.answer(id).continues, 1);
    EXPECT_EQ(client.answer(client.post("/size", "abc", {{"expect", "miracles"}})).status, 417);
}

TEST_P(Http2Test, TrailersAreDropped) {
    open();
    Http2Client client(server_->port(), with());
    client.socket().send(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, http2_post_head) +
                         http2_frame(NGHTTP2_DATA, 0, 1, "abc") +
                         http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
                                     std::string_view("\0\6x-echo\3abc", 12)));
    std::string came;
    while (came.find("POST / abc") == std::string::npos) {
        const std::string more = client.socket().read_some();
        ASSERT_FALSE(more.empty()) << came;
        came += more;
    }
    EXPECT_EQ(server_->stats().errors, 0u);
}

TEST_P(Http2Test, WhatIsOverALimitIsToldAndTheConnectionGoesOn) {
    open({.max_body_bytes = 1000, .max_header_bytes = 2000, .max_target_bytes = 100, .max_headers = 10});
    Http2Client client(server_->port(), with());
    using Headers = Http2Client::Headers;
    EXPECT_EQ(client.answer(client.post("/a", std::string(1001, 'x'), {{"content-length", "1001"}})).status, 413);
    const Http2Answer& undeclared = client.answer(client.post("/a", std::string(200'000, 'x')));
    EXPECT_EQ(undeclared.body, "door 413 /a the body is over the limit of 1000 bytes");
    EXPECT_EQ(client.answer(client.ask("GET", "/" + std::string(100, 'x'))).status, 414);
    EXPECT_EQ(client.answer(client.ask("GET", "/b", {{"x", std::string(2000, 'x')}})).body,
              "door 431 /b the headers are over the limit of 2000 bytes");
    EXPECT_EQ(client.answer(client.ask("GET", "/c", Headers(10, {"x", "y"}))).body, "door 431 /c more than 10 headers");
    EXPECT_EQ(client.answer(client.post("/d", "fine")).body, "POST /d fine");
    EXPECT_EQ(server_->stats().errors, 5u);
}

TEST_P(Http2Test, WhatIsMalformedEndsItsStream) {
    open();
    Http2Client client(server_->port(), with());
    for (const auto& header : {std::pair<std::string, std::string>{"connection", "close"},
                               {"transfer-encoding", "chunked"},
                               {"x", "a\nb"},
                               {"content-length", "77"}}) {
        const Http2Answer& answer = client.answer(client.post("/a", "x", {header}));
        EXPECT_EQ(answer.error, NGHTTP2_PROTOCOL_ERROR) << header.first;
        EXPECT_EQ(answer.status, 0);
    }
    EXPECT_EQ(client.answer(client.post("/d", "fine")).status, 200);
}

}  // namespace
}  // namespace pinflow::net
