// What a door may rely on of its exchanges, over plain connections and with TLS.
#include <gtest/gtest.h>

#include <thread>

#include "net/server.h"
#include "net/test_client.h"
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
        held.fetch_add(1);
        response.held = std::shared_ptr<void>(nullptr, [this](void*) { held.fetch_sub(1); });
        exchange.reply(std::move(response));
    }
    bool comes_to(int count) const {
        for (int i = 0; i < 1000 && held != count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return held == count;
    }
    std::atomic<int> held = 0;
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
    EXPECT_TRUE(handler_.comes_to(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(handler_.held, 1);  // nobody reads
    EXPECT_EQ(one.read_answer().body.size(), size_t{20} << 20);
    EXPECT_TRUE(handler_.comes_to(0));
    EXPECT_EQ(one.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
    EXPECT_TRUE(handler_.comes_to(0));
}

TEST_P(ExchangeTest, WhatAnAnswerHoldsGoesWithAClientThatLeft) {
    {
        auto one = client();
        one.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_TRUE(handler_.comes_to(1));
    }
    EXPECT_TRUE(handler_.comes_to(0));
}

}  // namespace
}  // namespace pinflow::net
