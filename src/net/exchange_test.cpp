// What a door may rely on of its exchanges, over plain connections and with TLS.
#include <gtest/gtest.h>

#include "net/server.h"
#include "net/test_client.h"
#include "net/test_lines.h"
#include "net/test_tls.h"

namespace pinflow::net {
namespace {

// Answers "secure" or "plain", and holds something while it does; "/big" is more than a socket takes.
class Holder : public Handler {
  public:
    void handle(Exchange& exchange) override {
        Response response;
        response.body = exchange.request().secure ? "secure" : "plain";
        if (exchange.request().path == "/big") response.body.assign(20 << 20, 'x');
        ++held;
        response.held = std::shared_ptr<void>(nullptr, [this](void*) { --held; });
        exchange.reply(std::move(response));
    }
    WatchedCount held;
};

class ExchangeTest : public testing::TestWithParam<bool> {
  protected:
    ExchangeTest() {
        loops_.start();
        server_ = Server::listen(loops_, "127.0.0.1:0", handler_, {}, nullptr,
                                 GetParam() ? TlsServer::open(certificates_.options()).value() : nullptr)
                      .value();
    }
    TestClient client() {
        TestClient made(server_->port(), 8192);
        if (GetParam()) EXPECT_EQ(made.start_tls().problem(), "");
        return made;
    }

    TestCertificates certificates_;
    Holder handler_;
    Loops loops_{1};
    std::unique_ptr<Server> server_;
};
INSTANTIATE_TEST_SUITE_P(PlainAndTls, ExchangeTest, testing::Bool());

TEST_P(ExchangeTest, KnowsWhetherItIsSecure) {
    EXPECT_EQ(client().ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").body, GetParam() ? "secure" : "plain");
}

TEST_P(ExchangeTest, WhatAnAnswerHoldsGoesWhenItWasSent) {
    auto one = client();
    one.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(handler_.held.comes_to(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(handler_.held, 1);  // nobody reads
    EXPECT_EQ(one.read_answer().body.size(), size_t{20} << 20);
    EXPECT_TRUE(handler_.held.comes_to(0));
    EXPECT_EQ(one.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    EXPECT_TRUE(handler_.held.comes_to(0));
}

TEST_P(ExchangeTest, WhatAnAnswerHoldsGoesWithAClientThatLeft) {
    {
        auto one = client();
        one.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_TRUE(handler_.held.comes_to(1));
    }
    EXPECT_TRUE(handler_.held.comes_to(0));
}

// Gives its requests 100 ms and answers them when it is told to: "/late" then, all others at once.
class Bounded : public Handler {
  public:
    void handle(Exchange& exchange) override {
        exchange.answer_within(std::chrono::milliseconds(100));
        if (exchange.request().path == "/late")
            late_ = &exchange;
        else
            exchange.reply({.body = std::string(exchange.request().body)});
    }
    // What the request says at that time: its memory must be as it was.
    std::string answer_late() {
        Exchange* const exchange = late_.exchange(nullptr);
        std::string body(exchange->request().body);
        std::string memory = exchange->spare_memory();
        exchange->reply({.body = "too late"});
        return body;
    }

  private:
    std::atomic<Exchange*> late_ = nullptr;
};

class AnswerWithinTest : public testing::TestWithParam<bool> {
  protected:
    AnswerWithinTest() {
        loops_.start();
        server_ = Server::listen(loops_, "127.0.0.1:0", handler_, {}, nullptr,
                                 GetParam() ? TlsServer::open(certificates_.options()).value() : nullptr)
                      .value();
    }
    TestClient client() {
        TestClient made(server_->port());
        if (GetParam()) made.start_tls();
        return made;
    }
    static std::string post(std::string_view path) {
        return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody", path);
    }

    TestCertificates certificates_;
    Bounded handler_;
    Loops loops_{1};
    std::unique_ptr<Server> server_;
};
INSTANTIATE_TEST_SUITE_P(PlainAndTls, AnswerWithinTest, testing::Bool());

TEST_P(AnswerWithinTest, TheClientIsToldAndTheConnectionEnds) {
    auto one = client();
    EXPECT_EQ(one.ask(post("/")).body, "body") << "in time";
    const auto answer = one.ask(post("/late"));
    EXPECT_EQ(answer.status, 504);
    EXPECT_EQ(answer.body, R"({"error_code":504,"message":"no answer in time"})");
    EXPECT_NE(answer.head.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(one.is_closed());
    one.close();
    EXPECT_EQ(client().ask(post("/")).body, "body");
    EXPECT_EQ(handler_.answer_late(), "body");
    EXPECT_EQ(server_->stats().errors, 1u);
    EXPECT_TRUE(server_->drain(std::chrono::seconds(5)));
}

TEST_P(AnswerWithinTest, AnAnswerThatComesWhileTheClientReadsTheOtherGoesNowhere) {
    auto one = client();
    EXPECT_EQ(one.ask(post("/late")).status, 504);
    EXPECT_EQ(handler_.answer_late(), "body");
    EXPECT_TRUE(one.is_closed()) << "nothing more came";
}

TEST_P(AnswerWithinTest, WhoIsInTimeKeepsTheConnection) {
    auto one = client();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(one.ask(post("/")).body, "body");
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
    }
}

}  // namespace
}  // namespace pinflow::net
