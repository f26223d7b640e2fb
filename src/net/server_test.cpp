#include "net/server.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "net/test_client.h"
#include "net/test_door.h"
#include "net/test_gzip.h"

namespace pinflow::net {
namespace {

// Everything holds without TLS and with it.
class ServerTest : public testing::TestWithParam<bool> {
  protected:
    void open(Limits limits = {}, AccessLog* log = nullptr, int threads = 2) {
        loops_ = std::make_unique<Loops>(threads);
        loops_->start();
        auto server = Server::listen(*loops_, "127.0.0.1:0", handler_, limits, log,
                                     GetParam() ? TlsServer::open(certificates_.options()).value() : nullptr);
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
    }
    TestClient client(int receive_buffer = 0) {
        TestClient made(server_->port(), receive_buffer);
        if (GetParam() && made.connected()) EXPECT_EQ(made.start_tls().problem(), "");
        return made;
    }

    static inline const TestCertificates certificates_;
    EchoDoor handler_;
    std::unique_ptr<Loops> loops_;
    std::unique_ptr<Server> server_;
};

INSTANTIATE_TEST_SUITE_P(Over, ServerTest, testing::Values(false, true),
                         [](const auto& with) { return with.param ? "Tls" : "Plain"; });

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
    return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\n{}Content-Length: {}\r\n\r\n{}", path, more, body.size(), body);
}

TEST_P(ServerTest, AnswersManyRequestsOnOneConnection) {
    open();
    TestClient one = client();
    for (int i = 0; i < 50; ++i) {
        const Answer answer = one.ask(post("/a", fmt::format("body {}", i)));
        ASSERT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, fmt::format("POST /a body {}", i));
    }
    EXPECT_EQ(server_->stats().requests, 50u);
    EXPECT_EQ(server_->stats().connections_accepted, 1u);
}

TEST_P(ServerTest, HeadersOfTheAnswer) {
    open();
    const Answer answer = client().ask("GET / HTTP/1.1\r\nHost: h\r\nX-Echo: v\r\n\r\n");
    EXPECT_TRUE(answer.head.contains("\r\nDate: ") && answer.head.contains(" GMT\r\n")) << answer.head;
    EXPECT_TRUE(answer.head.contains("\r\nContent-Type: text/plain\r\n"));
    EXPECT_TRUE(answer.head.contains("\r\nX-Echo: v  X-Smuggled: 1\r\n")) << "a value must not begin a header";
    EXPECT_TRUE(answer.head.contains("\r\nX-Door: /\r\n")) << "what the door puts on every answer";
}

TEST_P(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
    open();
    TestClient one = client();
    std::string all;
    for (int i = 0; i < 200; ++i) all += post(i % 50 == 7 ? "/later" : "/now", std::to_string(i));
    ASSERT_TRUE(one.send(all));
    for (int i = 0; i < 200; ++i) {
        const Answer answer = one.read_answer();
        ASSERT_EQ(answer.status, 200);
        ASSERT_TRUE(answer.body.ends_with(" " + std::to_string(i))) << answer.body;
    }
}

TEST_P(ServerTest, RequestSentByteByByte) {
    open();
    TestClient one = client();
    for (const char c : post("/slow", "0123456789")) ASSERT_TRUE(one.send({&c, 1}));
    EXPECT_EQ(one.read_answer().body, "POST /slow 0123456789");
}

TEST_P(ServerTest, LargeBodiesOfEveryKind) {
    open();
    TestClient one = client();
    for (const size_t size : {3000u, 16000u, 277'000u, 1u << 20, 3u << 20, 10u << 20}) {
        const std::string body(size, 'b');
        EXPECT_EQ(one.ask(post("/size", body)).body, std::to_string(size));
        std::string chunked = "POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (size_t at = 0; at < size; at += 70'000)
            chunked += fmt::format("{:x}\r\n{}\r\n", std::min<size_t>(70'000, size - at), body.substr(at, 70'000));
        EXPECT_EQ(one.ask(chunked + "0\r\n\r\n").body, std::to_string(size));
        EXPECT_EQ(one.ask(post("/size", gzip(body), "Content-Encoding: gzip\r\n")).body, std::to_string(size));
    }
}

TEST_P(ServerTest, BodyOverTheLimitIsAnsweredInTheDoorsShape) {
    open();
    const std::string body((10 << 20) + 1, 'b');
    TestClient one = client();
    Answer answer = one.ask(post("/t", body));
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.body, "door 413 /t the body is over the limit of 10485760 bytes");
    EXPECT_TRUE(answer.head.contains("Connection: close"));
    EXPECT_TRUE(answer.head.contains("\r\nX-Door: /t\r\n"));
    EXPECT_TRUE(client().ask("bad\r\n\r\n").head.contains("\r\nX-Door: ?\r\n"));
    answer = client().ask(post("/t", gzip(body), "Content-Encoding: gzip\r\n"));
    EXPECT_EQ(answer.status, 413) << "counted after decompression";
    answer = client().ask("POST /t HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\na00001\r\n" + body +
                          "\r\n0\r\n\r\n");
    EXPECT_EQ(answer.status, 413);
}

TEST_P(ServerTest, ExpectContinue) {
    open();
    TestClient one = client();
    one.send("POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_TRUE(one.read_answer().head.starts_with("HTTP/1.1 100 Continue\r\n\r\n"));
    EXPECT_EQ(one.ask("data").body, "POST /c data");
    // Too large: refused before anything is sent.
    const Answer answer =
        one.ask("POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(answer.status, 413);
}

TEST_P(ServerTest, HeadAndNoContent) {
    open();
    TestClient one = client();
    one.send("HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n");
    const Answer answer = one.read_answer(true);
    EXPECT_TRUE(answer.head.contains("Content-Length: 8\r\n")) << answer.head;
    const Answer none = one.ask("GET /none HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(none.status, 204);
    EXPECT_FALSE(none.head.contains("Content-Length"));
    EXPECT_EQ(one.ask("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").body, "GET /x ") << "the stream is in step";
}

TEST_P(ServerTest, ConnectionEndsWhenTheClientWishes) {
    open();
    TestClient closing = client();
    EXPECT_TRUE(
        closing.ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").head.contains("Connection: close"));
    EXPECT_TRUE(closing.is_closed());
    TestClient old = client();
    EXPECT_EQ(old.ask("GET / HTTP/1.0\r\n\r\n").status, 200);
    EXPECT_TRUE(old.is_closed());
    TestClient kept = client();
    const std::string keep = "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
    EXPECT_TRUE(kept.ask(keep).head.contains("Connection: keep-alive"));
    EXPECT_EQ(kept.ask(keep).status, 200);
}

TEST_P(ServerTest, HalfClosedClientGetsItsAnswer) {
    open();
    TestClient one = client();
    one.send(post("/later", "x"));
    one.finish_sending();
    EXPECT_EQ(one.read_answer().body, "POST /later x");
    EXPECT_TRUE(one.is_closed());
    TestClient half = client();
    half.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    half.finish_sending();
    EXPECT_EQ(half.read_answer().status, 400);
}

TEST_P(ServerTest, ClientThatLeavesBeforeItsAnswer) {
    open();
    for (int i = 0; i < 20; ++i) client().send(post("/later", std::string(1000, 'x')));
    EXPECT_EQ(client().ask(post("/later", "still")).body, "POST /later still");
    handler_.join();
}

TEST_P(ServerTest, ServerEndsBeforeTheAnswer) {
    open();
    TestClient one = client();
    one.send(post("/later", "x"));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    server_.reset();
    EXPECT_TRUE(one.is_closed());
    loops_.reset();
    handler_.join();
}

TEST_P(ServerTest, HandlerThatThrowsIsA500) {
    open();
    TestClient one = client();
    EXPECT_EQ(one.ask("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n").status, 500);
    EXPECT_EQ(one.ask("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

TEST_P(ServerTest, GarbageIsAnsweredAndDoesNotTouchOthers) {
    open();
    TestClient good = client();
    EXPECT_EQ(good.ask(post("/a", "1")).status, 200);
    EXPECT_EQ(client().ask("\x16\x03\x01 hello").status, 400);
    EXPECT_EQ(client().ask("GET / HTTP/2.0\r\nHost: h\r\n\r\n").status, 505);
    EXPECT_EQ(client().ask("nonsense\r\n\r\n").body,
              "door 400 ? the request line does not begin with a method and a blank");
    EXPECT_EQ(good.ask(post("/a", "2")).status, 200);
}

TEST_P(ServerTest, DrainAnswersWhatIsOpenAndClosesTheRest) {
    open();
    TestClient idle = client();
    EXPECT_EQ(idle.ask(post("/a", "1")).status, 200);
    TestClient busy = client();
    busy.send(post("/later", "x"));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(server_->drain(std::chrono::seconds(5)));
    const Answer answer = busy.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.head.contains("Connection: close"));
    EXPECT_TRUE(idle.is_closed());
    EXPECT_FALSE(client().connected());
}

TEST_P(ServerTest, TakenPortIsNamed) {
    open();
    const auto second = Server::listen(*loops_, server_->address(), handler_);
    ASSERT_FALSE(second);
    EXPECT_TRUE(second.error().message.contains(server_->address()) &&
                second.error().message.contains("another program"))
        << second.error().message;
    for (const char* wrong : {"127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "203.0.113.1:0"})
        EXPECT_FALSE(Server::listen(*loops_, wrong, handler_)) << wrong;
}

TEST_P(ServerTest, AccessLogHasOneLineARequest) {
    const std::string path = testing::TempDir() + "access_log_test.txt";
    ::unlink(path.c_str());
    auto log = AccessLog::open(path, AccessLog::Format::combined);
    ASSERT_TRUE(log);
    open({}, log->get());
    client().ask(post("/a?b=%22c", "body", "User-Agent: me\"\r\n"));
    client().ask("bad\r\n\r\n");
    server_.reset();
    (*log)->flush();
    std::ifstream file(path);
    std::string first, second;
    std::getline(file, first);
    std::getline(file, second);
    EXPECT_TRUE(first.starts_with("127.0.0.1 - - [")) << first;
    EXPECT_TRUE(first.contains("] \"POST /a?b=%22c HTTP/1.1\" 200 12 \"-\" \"me\\x22\" 0.0")) << first;
    EXPECT_TRUE(second.contains("] \"- - -\" 400 ")) << second;
}

}  // namespace
}  // namespace pinflow::net
