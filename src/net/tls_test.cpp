// TLS as clients meet it at a listener.
#include "net/tls.h"

#include <gtest/gtest.h>

#include <thread>

#include "net/server.h"
#include "net/test_client.h"

namespace pinflow::net {
namespace {

using namespace std::chrono_literals;

// "/big" is 20 MB in which every place tells itself; everything else is answered with its body.
class Echo : public Handler {
  public:
    static std::string big() {
        std::string text;
        for (size_t i = 0; text.size() < 20'000'000; ++i) text += fmt::format("{:x}.", i);
        return text;
    }
    void handle(Exchange& exchange) override {
        handled.fetch_add(1);
        exchange.reply({.body = exchange.request().path == "/big" ? big() : std::string(exchange.request().body)});
    }
    std::atomic<int> handled = 0;
};

class TlsTest : public testing::Test {
  protected:
    void open(const TlsOptions& options, Limits limits = {}) {
        loops_ = std::make_unique<Loops>(2);
        loops_->start();
        auto tls = TlsServer::open(options);
        ASSERT_TRUE(tls) << tls.error().message;
        server_ = Server::listen(*loops_, "127.0.0.1:0", handler_, limits, nullptr, std::move(*tls)).value();
    }
    TestClient client(int receive_buffer = 0) const { return TestClient(server_->port(), receive_buffer); }
    TlsStats stats() const { return server_->stats().tls; }
    template <class Condition>
    bool comes_true(Condition condition) {
        for (int i = 0; i < 1000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }

    TestCertificates files_;
    Echo handler_;
    std::unique_ptr<Loops> loops_;
    std::unique_ptr<Server> server_;
};

const std::string get_root = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string http_1_1 = "\x08http/1.1";

std::string post(std::string_view body) {
    return fmt::format("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

TEST_F(TlsTest, TrustedByClientsOfItsCa) {
    open(files_.options());
    TestClient one = client();
    const TestTls& tls = one.start_tls({.ca = files_.file("ca.crt"), .protocols = "\x02h2" + http_1_1});
    ASSERT_EQ(tls.problem(), "");
    EXPECT_EQ(tls.protocol(), "http/1.1");
    EXPECT_STREQ(SSL_get_version(tls.ssl()), "TLSv1.3");
    for (int i = 0; i < 20; ++i) EXPECT_EQ(one.ask(post(fmt::format("body {}", i))).body, fmt::format("body {}", i));
    EXPECT_EQ(stats().handshakes, 1u);
    EXPECT_EQ(stats().failures, 0u);
}

TEST_F(TlsTest, LargeBodiesBothWaysOverSmallSocketBuffers) {
    open(files_.options());
    const std::string big = Echo::big();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TestClient one = client(8192);
        ASSERT_EQ(one.start_tls({.newest_version = version}).problem(), "");
        EXPECT_TRUE(one.ask("GET /big HTTP/1.1\r\nHost: h\r\n\r\n").body == big);
        const std::string part = big.substr(0, 9'000'000);
        EXPECT_TRUE(one.ask(post(part)).body == part);
        EXPECT_EQ(one.ask(post("in step")).body, "in step");
    }
}

TEST_F(TlsTest, SecondConnectionResumesTheFirst) {
    open(files_.options());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TestClient one = client(), two = client();
        const TestTls& first = one.start_tls({.newest_version = version});
        EXPECT_EQ(one.ask(get_root).status, 200);  // tickets come behind the handshake
        SSL_SESSION* const session = SSL_get1_session(first.ssl());
        EXPECT_EQ(two.start_tls({.newest_version = version, .session = session}).problem(), "");
        EXPECT_EQ(two.ask(get_root).status, 200);
        SSL_SESSION_free(session);
    }
    EXPECT_EQ(stats().handshakes, 4u);
    EXPECT_EQ(stats().resumed, 2u);
}

TEST_F(TlsTest, OldVersionsAndForeignProtocolsAreTurnedAway) {
    open(files_.options());
    EXPECT_NE(client().start_tls({.newest_version = TLS1_1_VERSION}).problem(), "");
    EXPECT_NE(client().start_tls({.protocols = "\x02h2"}).problem(), "");
    EXPECT_TRUE(comes_true([&] { return stats().failures == 2; }));
    EXPECT_EQ(stats().handshakes, 0u);
}

TEST_F(TlsTest, RenegotiationIsRefused) {
    open(files_.options());
    TestClient one = client();
    const TestTls& tls = one.start_tls({.newest_version = TLS1_2_VERSION});
    EXPECT_EQ(one.ask(get_root).status, 200);
    EXPECT_EQ(SSL_renegotiate(tls.ssl()), 1);
    EXPECT_NE(SSL_do_handshake(tls.ssl()), 1);
    EXPECT_EQ(stats().handshakes, 1u);
    TestClient other = client();
    other.start_tls();
    EXPECT_EQ(other.ask(get_root).status, 200);
}

TEST_F(TlsTest, KeyUpdateInTheMiddleOfAConnection) {
    open(files_.options());
    TestClient one = client();
    const TestTls& tls = one.start_tls();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(one.ask(post(std::string(100'000, 'x'))).body.size(), 100'000u);
        EXPECT_EQ(SSL_key_update(tls.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    }
}

TEST_F(TlsTest, EndIsTold) {
    open(files_.options());
    TestClient one = client();
    TestTls& tls = one.start_tls();
    one.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(one.read_answer().status, 200);
    char byte = 0;
    EXPECT_EQ(tls.receive(&byte, 1), 0) << "close_notify, not an end that anybody could have made";
}

TEST_F(TlsTest, CutRequestIsNeverHandled) {
    open(files_.options());
    {
        TestClient one = client();
        one.start_tls();
        one.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    }  // closed without close_notify
    EXPECT_TRUE(comes_true([&] { return server_->stats().connections_open == 0; }));
    EXPECT_EQ(handler_.handled.load(), 0);
}

TEST_F(TlsTest, CutHandshakeCountsAsFailure) {
    open(files_.options());
    client().send("\x16\x03\x01\x02\x00\x01\x00");
    EXPECT_TRUE(comes_true([&] { return stats().failures == 1; }));
    client().send(std::string("\x16\x03\x01\x00\x05garbage beyond", 19));
    EXPECT_TRUE(comes_true([&] { return stats().failures == 2; }));
    client().close();  // as a port scanner, or somebody's health check
    EXPECT_TRUE(comes_true([&] { return server_->stats().connections_open == 0; }));
    EXPECT_EQ(stats().failures, 2u);
}

TEST_F(TlsTest, PlainHttpIsToldWhatToDo) {
    open(files_.options());
    const Answer answer = client().ask(post("hello"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(answer.body.contains("https://")) << answer.body;
    EXPECT_EQ(stats().failures, 1u);
    EXPECT_EQ(handler_.handled.load(), 0);
}

TEST_F(TlsTest, SlowHandshakeIsClosed) {
    open(files_.options(), {.handshake_timeout = 150ms});
    TestClient silent = client(), slow = client(), quick = client();
    quick.start_tls();
    constexpr char hello[] = "\x16\x03\x01\x01\x00";  // and 256 bytes that take their time
    std::thread trickle([&] {
        for (int i = 0; i < 100 && slow.send({&hello[i % 5], 1}); ++i) std::this_thread::sleep_for(20ms);
    });
    EXPECT_TRUE(silent.is_closed());
    trickle.join();
    EXPECT_TRUE(comes_true([&] { return server_->stats().connections_open == 1; }));
    EXPECT_EQ(stats().failures, 1u) << "who sends nothing has not begun";
    EXPECT_EQ(quick.ask(get_root).status, 200) << "a finished handshake has no deadline";
}

TEST_F(TlsTest, ClientCertificates) {
    TlsOptions options = files_.options();
    options.clients = ClientCertificate::required;
    open(options);
    const TestTlsOptions with{.client = issue(files_.ca, {.name = "loader"}).value()};
    for (int i = 0; i < 2; ++i) {
        TestClient known = client();
        known.start_tls(with);
        EXPECT_EQ(known.ask(get_root).status, 200);
    }
    const KeyPair stranger = make_authority("Somebody else").value();
    for (const TestTlsOptions& wrong :
         {TestTlsOptions{}, TestTlsOptions{.client = issue(stranger, {.name = "x"}).value()}}) {
        TestClient refused = client();
        refused.start_tls(wrong);  // with TLS 1.3 the client learns it from the first answer
        EXPECT_EQ(refused.ask(get_root).status, 0);
    }
    EXPECT_TRUE(comes_true([&] { return stats().failures == 2; }));
    EXPECT_EQ(stats().handshakes, 2u);
}

TEST_F(TlsTest, ChangedFilesAreUsedUnderLoad) {
    open(files_.options());
    std::atomic<bool> done = false;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> load;
    for (int i = 0; i < 2; ++i)
        load.emplace_back([&] {
            while (!done) {
                TestClient one = client();
                if (!one.start_tls({.ca = files_.file("ca.crt")}).problem().empty()) ++wrong;
                for (int n = 0; n < 20; ++n) wrong += one.ask(post("x")).body == "x" ? 0 : 1;
            }
        });
    const auto serial = [&] { return client().start_tls().serial(); };
    const std::string first = serial();
    files_.renew();
    EXPECT_TRUE(comes_true([&] { return serial() != first; }));
    const std::string second = serial();
    files_.write("server.crt", "nothing of use");
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(serial(), second) << "what cannot be used changes nothing";
    files_.write("server.crt", issue(files_.ca, {.name = "x", .names = {"localhost"}})->certificate);
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(serial(), second) << "nor does a certificate of another key";
    files_.renew();
    EXPECT_TRUE(comes_true([&] { return serial() != second; }));
    done = true;
    for (std::thread& each : load) each.join();
    EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace pinflow::net
