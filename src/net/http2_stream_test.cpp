// Requests that are answered while their body comes, over HTTP/2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/server.h"
#include "net/test_http2_client.h"
#include "net/test_lines.h"

namespace pinflow::net {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;

class Http2StreamTest : public testing::TestWithParam<bool> {
  protected:
    Http2StreamTest() { loops_.start(); }
    void open(Limits limits = {}) {
        limits.linger_timeout = std::chrono::milliseconds(200);
        TlsOptions tls = certificates_.options();
        tls.protocols = {"h2"};
        server_ = Server::listen(loops_, "127.0.0.1:0", lines_, limits, nullptr,
                                 GetParam() ? TlsServer::open(tls).value() : nullptr)
                      .value();
    }
    Http2Options with() const { return {.tls = GetParam()}; }
    // A stream that has answered its first line.
    int32_t begin(Http2Client& client, const std::string& path = "/lines") {
        const int32_t id = client.ask("POST", path, {}, "a\n", false);
        EXPECT_TRUE(client.body_comes_to(id, "[a]"));
        return id;
    }

    TestCertificates certificates_;
    Lines lines_;
    Loops loops_{1};
    std::unique_ptr<Server> server_;
};
INSTANTIATE_TEST_SUITE_P(Over, Http2StreamTest, testing::Values(false, true),
                         [](const auto& with) { return with.param ? "Tls" : "Plain"; });

TEST_P(Http2StreamTest, AnswersWhileTheBodyComes) {
    open();
    Http2Client client(server_->port(), with());
    const int32_t id = client.ask("POST", "/lines", {}, "", false);
    EXPECT_TRUE(client.read_until([&] { return client.so_far(id).status != 0; })) << "its head comes at once";
    EXPECT_THAT(client.so_far(id).headers, Not(Contains(Key("content-length"))));
    client.add(id, "a\nb");
    EXPECT_TRUE(client.body_comes_to(id, "[a]"));
    client.add(id, "c\n");
    EXPECT_TRUE(client.body_comes_to(id, "[a][bc]"));
    client.end(id);
    EXPECT_EQ(client.answer(id).error, NGHTTP2_NO_ERROR);
    EXPECT_EQ(client.answer(id).body, "[a][bc]");
    EXPECT_EQ(client.answer(client.post("/whole", "hi")).body, "hi");
    EXPECT_TRUE(lines_.seen.open.comes_to(0));
    EXPECT_EQ(lines_.seen.gone, 0);
    EXPECT_EQ(server_->stats().requests, 2u);
}

TEST_P(Http2StreamTest, ManyAtATime) {
    open();
    Http2Client client(server_->port(), with());
    std::vector<int32_t> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(begin(client, i % 2 == 0 ? "/lines" : "/later"));
    for (int round = 0; round < 20; ++round)
        for (const int32_t id : ids) client.add(id, fmt::format("{}\n", id));
    for (const int32_t id : ids) client.end(id);
    for (const int32_t id : ids) {
        const std::string line = fmt::format("[{}]", id);
        std::string all = "[a]";
        for (int round = 0; round < 20; ++round) all += line;
        EXPECT_EQ(client.answer(id).body, all);
    }
    EXPECT_TRUE(lines_.seen.open.comes_to(0));
}

TEST_P(Http2StreamTest, ARefusalIsAnOrdinaryAnswer) {
    open();
    Http2Client client(server_->port(), with());
    EXPECT_EQ(client.answer(client.post("/refused", "ab")).body, "no");
    const int32_t id = client.ask("POST", "/refused", {}, "ab", false);
    EXPECT_EQ(client.answer(id).status, 404);
    EXPECT_EQ(client.answer(id).error, NGHTTP2_NO_ERROR) << "the rest need not be sent";
    const int32_t sends_on = client.ask("POST", "/refused", {}, std::string(5'000'000, 'x'), true);
    EXPECT_EQ(client.answer(sends_on).body, "no");
    EXPECT_EQ(client.answer(client.post("/lines", "x\n")).body, "[x]");
}

TEST_P(Http2StreamTest, ABugEndsOneAnswerAndNothingElse) {
    open();
    Http2Client client(server_->port(), with());
    const int32_t other = begin(client);
    EXPECT_EQ(client.answer(client.post("/throw", "ab")).status, 500);
    EXPECT_EQ(client.answer(client.post("/lines", "a\nthrow\n")).error, NGHTTP2_INTERNAL_ERROR);
    EXPECT_TRUE(lines_.seen.gone.comes_to(1));
    client.end(other);
    EXPECT_EQ(client.answer(other).body, "[a]");
}

// One that does not take its answer is not read from; the others go on.
TEST_P(Http2StreamTest, WhoDoesNotReadIsNotReadFrom) {
    open();
    Http2Options options = with();
    options.opens_window = false;
    Http2Client client(server_->port(), options);
    nghttp2_session_set_local_window_size(client.session(), NGHTTP2_FLAG_NONE, 0, 1 << 30);
    const int32_t wide = client.ask("POST", "/wide", {}, "", false);
    std::string lines;
    for (int i = 0; i < 200'000; ++i) lines += "0123456789012345678\n";
    client.add(wide, lines, true);
    const int32_t other = client.ask("POST", "/lines", {}, "a\n", false);
    EXPECT_TRUE(client.body_comes_to(other, "[a]"));
    const size_t taken = lines_.seen.taken;  // 19 kB of answer each line of 20
    EXPECT_LT(taken * 950, size_t{16} << 20);
    EXPECT_LT(nghttp2_session_get_stream_remote_window_size(client.session(), wide), 1 << 20)
        << "half a window at most";
    client.reset(wide);
    EXPECT_TRUE(lines_.seen.gone.comes_to(1));
    client.end(other);
    EXPECT_EQ(client.answer(other).body, "[a]");
}

TEST_P(Http2StreamTest, WhatWaitedGoesOn) {
    open();
    Http2Client client(server_->port(), with());
    std::string lines;
    for (int i = 0; i < 500; ++i) lines += "0123456789012345678\n";
    EXPECT_EQ(client.answer(client.post("/wide", lines)).body.size(), 500u * 19'000);
}

TEST_P(Http2StreamTest, WhoNeverReadsLosesTheStream) {
    open({.write_timeout = std::chrono::milliseconds(200)});
    Http2Options options = with();
    options.opens_window = false;
    Http2Client client(server_->port(), options);
    const int32_t wide = client.ask("POST", "/wide", {}, std::string(2000, 'x') + "\n", false);
    EXPECT_EQ(client.answer(wide).error, NGHTTP2_CANCEL);
    EXPECT_TRUE(lines_.seen.gone.comes_to(1));
}

TEST_P(Http2StreamTest, MayWaitLongerThanAnyOtherRequest) {
    using std::chrono::milliseconds;
    open({.idle_timeout = milliseconds(100), .body_timeout = milliseconds(100), .stream_timeout = milliseconds(1500)});
    Http2Client client(server_->port(), with());
    const int32_t id = begin(client);
    std::this_thread::sleep_for(milliseconds(600));
    client.add(id, "b\n");
    EXPECT_TRUE(client.body_comes_to(id, "[b]"));
    EXPECT_EQ(client.answer(id).error, NGHTTP2_CANCEL) << "but not for ever";
    EXPECT_TRUE(lines_.seen.gone.comes_to(1));
}

TEST_P(Http2StreamTest, TellsTheTakerOfALostClient) {
    open();
    {
        Http2Client client(server_->port(), with());
        const int32_t reset = begin(client);
        begin(client);
        client.reset(reset);
        EXPECT_EQ(client.answer(client.post("/whole", "hi")).body, "hi");
        EXPECT_TRUE(lines_.seen.gone.comes_to(1));
    }
    EXPECT_TRUE(lines_.seen.open.comes_to(0));
    EXPECT_EQ(lines_.seen.gone, 2);
}

TEST_P(Http2StreamTest, SaysWhatIsWrongWithTheBody) {
    open({.max_body_bytes = 1000, .max_buffered_bytes = 100'000});
    Http2Client client(server_->port(), with());
    const int32_t id = begin(client);
    client.add(id, std::string(1001, 'x'));
    EXPECT_THAT(client.answer(id).body, HasSubstr("broken 413: over the limit of 1000 bytes"));
    EXPECT_EQ(client.answer(id).error, NGHTTP2_NO_ERROR);
    EXPECT_EQ(client.answer(client.post("/lines", "x\n")).body, "[x]");
}

TEST_P(Http2StreamTest, MoreThanAWindowMayBeLeft) {
    open({.stream_window = 65535});
    Http2Client client(server_->port(), with());
    const std::string line(3'000'000, 'x');
    EXPECT_EQ(client.answer(client.post("/lines", line + "\n")).body, "[" + line + "]");
}

TEST_P(Http2StreamTest, AStopOfTheServerEndsItCleanly) {
    open();
    Http2Client client(server_->port(), with());
    const int32_t id = begin(client);
    std::thread stopping([this] { EXPECT_TRUE(server_->drain(std::chrono::seconds(10))); });
    EXPECT_EQ(client.answer(id).body, "[a]stopped");
    EXPECT_EQ(client.answer(id).error, NGHTTP2_NO_ERROR);
    EXPECT_EQ(client.goodbye(), NGHTTP2_NO_ERROR);
    stopping.join();
}

TEST_P(Http2StreamTest, TheServersEndIsTheTakers) {
    open();
    Http2Client client(server_->port(), with());
    begin(client, "/later");
    server_.reset();
    EXPECT_EQ(lines_.seen.gone, 1);
    EXPECT_EQ(client.goodbye(), std::nullopt);
}

}  // namespace
}  // namespace pinflow::net
