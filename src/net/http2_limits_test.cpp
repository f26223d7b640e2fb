// HTTP/2 against clients that are slow, greedy, or mean.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/allowance.h"
#include "net/server.h"
#include "net/test_http2_client.h"

namespace pinflow::net {
namespace {

using namespace std::chrono_literals;

TEST(Allowance, SoManyAtOnceAndSoManyASecond) {
    Allowance allowance(3, 10);
    const auto taken = [&](int64_t at) {
        int count = 0;
        while (count < 100 && allowance.take(at)) ++count;
        return count;
    };
    EXPECT_EQ(taken(1000), 3);
    EXPECT_EQ(taken(1099), 0);
    EXPECT_EQ(taken(1100), 1);
    EXPECT_EQ(taken(1300), 2);
    EXPECT_EQ(taken(90'000), 3) << "never more than at once";
}

// Answers "/big" with much, "/never" when it is told to, anything else at once.
class Door : public Handler {
  public:
    void handle(Exchange& exchange) override {
        ++asked;
        if (exchange.request().path == "/never") {
            const std::lock_guard lock(mutex_);
            return waiting_.push_back(&exchange);
        }
        Response response;
        response.body.assign(exchange.request().path == "/big" ? 4u << 20 : 2u, 'x');
        response.held = std::shared_ptr<void>(nullptr, [this](void*) { --held; });
        ++held;
        exchange.reply(std::move(response));
    }
    void answer_all() {
        const std::lock_guard lock(mutex_);
        for (Exchange* exchange : waiting_) exchange->reply({});
        waiting_.clear();
    }
    std::atomic<int> asked = 0, held = 0;

  private:
    std::mutex mutex_;
    std::vector<Exchange*> waiting_;
};

class Http2LimitsTest : public testing::Test {
  protected:
    ~Http2LimitsTest() override {
        server_.reset();
        door_.answer_all();
    }
    void open(Limits limits = {}) {
        loops_.start();
        server_ = Server::listen(loops_, "127.0.0.1:0", door_, limits).value();
    }
    template <class Condition>
    static bool comes_true(Condition condition) {
        for (int i = 0; i < 2000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
        return condition();
    }
    static std::optional<uint32_t> goodbye_in(std::string_view frames) {
        const auto byte = [&](size_t at) { return static_cast<uint32_t>(static_cast<unsigned char>(frames[at])); };
        while (frames.size() >= 17) {
            if (byte(3) == NGHTTP2_GOAWAY) return byte(16);
            frames.remove_prefix(std::min<size_t>(frames.size(), 9 + byte(0) * 65536 + byte(1) * 256 + byte(2)));
        }
        return {};
    }
    // What comes of a client that goes on sending `bytes`: the error of the GOAWAY, if there is one.
    std::optional<uint32_t> after(Http2Client& client, std::string_view bytes, int times) {
        std::thread sender([&] {
            for (int i = 0; i < times && client.socket().send(bytes); ++i) {
            }
        });
        std::string all;
        for (std::string came = client.socket().read_some(); !came.empty(); came = client.socket().read_some())
            all += came;
        sender.join();
        return goodbye_in(all);
    }
    Door door_;
    Loops loops_{1};
    std::unique_ptr<Server> server_;
};

TEST_F(Http2LimitsTest, WhoIdlesIsToldToGo) {
    open({.idle_timeout = 200ms});
    Http2Client never(server_->port());
    Http2Client once(server_->port());
    EXPECT_EQ(once.answer(once.ask("GET", "/")).status, 200);
    EXPECT_EQ(never.goodbye(), NGHTTP2_NO_ERROR);
    EXPECT_EQ(once.goodbye(), NGHTTP2_NO_ERROR);
    EXPECT_TRUE(comes_true([&] { return server_->stats().connections_open == 0; }));
    EXPECT_EQ(server_->stats().errors, 0u);
}

TEST_F(Http2LimitsTest, WhoWaitsForAnAnswerDoesNotIdle) {
    open({.idle_timeout = 100ms});
    Http2Client client(server_->port());
    const int32_t id = client.ask("GET", "/never");
    std::this_thread::sleep_for(500ms);
    door_.answer_all();
    EXPECT_EQ(client.answer(id).status, 200);
}

TEST_F(Http2LimitsTest, ABodyThatDoesNotComeIs408) {
    open({.body_timeout = 200ms, .linger_timeout = 200ms});
    Http2Client client(server_->port());
    const int32_t id = client.ask("POST", "/", {}, "begin", false);
    EXPECT_EQ(client.answer(id).status, 408);
    EXPECT_EQ(client.answer(client.ask("GET", "/")).status, 200);
}

TEST_F(Http2LimitsTest, HeadersThatDoNotEndCloseTheConnection) {
    open({.header_timeout = 200ms});
    Http2Client client(server_->port());
    client.quiet = true;
    client.socket().send(http2_frame(NGHTTP2_HEADERS, 0, 1, http2_post_head));
    EXPECT_EQ(client.goodbye(), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2LimitsTest, AWindowThatNeverOpensLosesItsStream) {
    open({.write_timeout = 300ms});
    Http2Client client(server_->port(), {.opens_window = false});
    const int32_t big = client.ask("GET", "/big");
    EXPECT_EQ(client.answer(big).error, NGHTTP2_CANCEL);
    EXPECT_EQ(client.so_far(big).body.size(), 65535u);
    EXPECT_TRUE(comes_true([&] { return door_.held == 0; })) << "what the answer held is let go of";
    EXPECT_EQ(client.answer(client.ask("HEAD", "/")).status, 200) << "what needs no window is answered";
}

TEST_F(Http2LimitsTest, WhoReadsNothingIsClosed) {
    open({.write_timeout = 300ms});
    Http2Client client(server_->port(), {.window = 100 << 20, .receive_buffer = 4096});
    nghttp2_session_set_local_window_size(client.session(), NGHTTP2_FLAG_NONE, 0, 100 << 20);
    for (int i = 0; i < 3; ++i) client.ask("GET", "/big");
    EXPECT_TRUE(comes_true([&] { return door_.asked == 3 && server_->stats().connections_open == 0; }));
    EXPECT_TRUE(comes_true([&] { return door_.held == 0; }));
}

TEST_F(Http2LimitsTest, NoMoreRequestsAtATimeThanAllowed) {
    open({.max_requests_at_once = 5});
    Http2Client client(server_->port());
    EXPECT_EQ(client.answer(client.ask("GET", "/")).status, 200);
    EXPECT_EQ(nghttp2_session_get_remote_settings(client.session(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS), 5u);
    for (uint32_t id = 3; id < 15; id += 2)
        client.socket().send(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id, http2_post_head));
    EXPECT_EQ(client.goodbye(), NGHTTP2_PROTOCOL_ERROR);
}

// CVE-2023-44487
TEST_F(Http2LimitsTest, RequestsThatAreLeftAtOnceEndTheConnection) {
    open();
    Http2Client client(server_->port());
    std::string all;
    for (uint32_t id = 1; id < 4000; id += 2)
        all += http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, id, http2_post_head) +
               http2_frame(NGHTTP2_RST_STREAM, 0, id, std::string("\0\0\0\x8", 4));
    EXPECT_EQ(after(client, all, 1), NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_LT(door_.asked, 600);
}

// The same with handlers that take their time: what they have been given is bounded, whatever the client has left.
TEST_F(Http2LimitsTest, WhatHandlersHaveIsBounded) {
    open({.max_requests_at_once = 10});
    Http2Client client(server_->port());
    const std::string never = "\x83\x86\x04\x06/never\x01\x01h";
    for (uint32_t id = 1; id < 200; id += 2) {
        client.socket().send(
            http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, id, never));
        std::this_thread::sleep_for(1ms);
        client.socket().send(http2_frame(NGHTTP2_RST_STREAM, 0, id, std::string("\0\0\0\x8", 4)));
    }
    std::this_thread::sleep_for(100ms);
    EXPECT_LE(door_.asked, 20);
    EXPECT_GE(door_.asked, 5);
    door_.answer_all();
}

TEST_F(Http2LimitsTest, FloodsOfFramesWithoutUseEndTheConnection) {
    open();
    for (const auto& [name, frame] : std::initializer_list<std::pair<const char*, std::string>>{
             {"ping", http2_frame(NGHTTP2_PING, 0, 0, "12345678")},
             {"settings", http2_frame(NGHTTP2_SETTINGS, 0, 0, "")},
             {"priority", http2_frame(NGHTTP2_PRIORITY, 0, 3, std::string("\0\0\0\1\1", 5))}}) {
        Http2Client client(server_->port());
        std::string many;
        for (int i = 0; i < 100; ++i) many += frame;
        EXPECT_EQ(after(client, many, 1000), NGHTTP2_ENHANCE_YOUR_CALM) << name;
    }
    Http2Client client(server_->port());
    client.socket().send(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, http2_post_head));
    EXPECT_EQ(after(client, http2_frame(NGHTTP2_DATA, 0, 1, ""), 5000), NGHTTP2_ENHANCE_YOUR_CALM) << "empty data";
}

// CVE-2024-28182 and its like
TEST_F(Http2LimitsTest, HeadersWithoutEndCloseTheConnection) {
    open();
    Http2Client client(server_->port());
    client.socket().send(http2_frame(NGHTTP2_HEADERS, 0, 1, http2_post_head));
    const std::string more = http2_frame(NGHTTP2_CONTINUATION, 0, 1, std::string("\0\1x\1y", 5));
    after(client, more, 1000);
    EXPECT_TRUE(comes_true([&] { return server_->stats().connections_open == 0; }));
    EXPECT_EQ(server_->stats().requests, 0u);
}

// A few bytes each that stand for 4 KiB: only four times the limit is even looked at.
TEST_F(Http2LimitsTest, AHeadThatUnpacksToMuchEndsTheConnection) {
    open();
    Http2Client client(server_->port());
    std::string head = http2_post_head + std::string("\x40\x01x\x7f\xa1\x1e", 6) + std::string(4000, 'v');
    head += std::string(100, '\xbe');  // the newest entry of the dynamic table
    client.socket().send(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, head));
    EXPECT_EQ(client.goodbye(), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2LimitsTest, BodiesShareTheMemoryOfAllConnections) {
    open({.max_buffered_bytes = 1'000'000});
    Http2Client client(server_->port());
    const int32_t first = client.ask("POST", "/", {}, std::string(400'000, 'x'), false);
    EXPECT_EQ(client.answer(client.ask("GET", "/")).status, 200);
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(client.answer(client.post("/", std::string(400'000, 'x'))).status, 503);
    client.end(first);
    EXPECT_EQ(client.answer(first).status, 200);
    EXPECT_EQ(client.answer(client.post("/", std::string(400'000, 'x'))).status, 200) << "and give it back";
}

}  // namespace
}  // namespace pinflow::net
