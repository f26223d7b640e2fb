// Requests that are answered while their body comes, over plain connections and with TLS.
#include "net/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/server.h"
#include "net/test_client.h"
#include "net/test_lines.h"
#include "net/test_tls.h"

namespace pinflow::net {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class StreamTest : public testing::TestWithParam<bool> {
  protected:
    StreamTest() { loops_.start(); }
    void open(const Limits& limits = {}) {
        server_ = Server::listen(loops_, "127.0.0.1:0", lines_, limits, nullptr,
                                 GetParam() ? TlsServer::open(certificates_.options()).value() : nullptr)
                      .value();
    }
    TestClient client(int receive_buffer = 0) {
        if (!server_) open();
        TestClient made(server_->port(), receive_buffer);
        if (GetParam()) EXPECT_EQ(made.start_tls().problem(), "");
        return made;
    }
    static std::string head(const std::string& path, const std::string& more = "") {
        return "POST " + path + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + more + "\r\n";
    }
    static std::string chunk(std::string_view text) { return fmt::format("{:x}\r\n{}\r\n", text.size(), text); }

    TestCertificates certificates_;
    Lines lines_;
    Loops loops_{1};
    std::unique_ptr<Server> server_;
};
INSTANTIATE_TEST_SUITE_P(PlainAndTls, StreamTest, testing::Bool());

TEST_P(StreamTest, AnswersWhileTheBodyComes) {
    auto one = client();
    one.send(head("/lines"));
    const std::string begin = one.read_until("\r\n\r\n");
    EXPECT_THAT(begin, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(begin, HasSubstr("Transfer-Encoding: chunked\r\n"));
    one.send(chunk("a\nb"));
    EXPECT_EQ(one.read_until("]\r\n"), "3\r\n[a]\r\n");
    one.send(chunk("c\n"));
    EXPECT_EQ(one.read_until("]\r\n"), "4\r\n[bc]\r\n");
    one.send("0\r\n\r\n");
    EXPECT_EQ(one.read_until("0\r\n\r\n"), "0\r\n\r\n");
    EXPECT_EQ(one.ask("POST /whole HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi").body, "hi") << "goes on";
    EXPECT_TRUE(lines_.seen.open.comes_to(0));
    EXPECT_EQ(lines_.seen.gone, 0);
}

TEST_P(StreamTest, TakesALengthForABodyToo) {
    auto one = client();
    for (const char* path : {"/lines", "/later"}) {
        one.send(fmt::format("POST {} HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nx\ny\n", path));
        EXPECT_THAT(one.read_until("0\r\n\r\n"), HasSubstr("[x]")) << path;
    }
    one.send("POST /lines HTTP/1.0\r\nContent-Length: 2\r\n\r\nx\n");
    const std::string begin = one.read_until("\r\n\r\n");
    EXPECT_THAT(begin, testing::Not(HasSubstr("chunked")));
    EXPECT_EQ(one.read(100), "[x]");
    EXPECT_TRUE(one.is_closed());
}

TEST_P(StreamTest, ExpectContinueComesFirst) {
    auto one = client();
    one.send(head("/lines", "Expect: 100-continue\r\n"));
    EXPECT_EQ(one.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_THAT(one.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
    one.send(chunk("a\n") + "0\r\n\r\n");
    EXPECT_EQ(one.read_until("0\r\n\r\n"), "3\r\n[a]\r\n0\r\n\r\n");
}

TEST_P(StreamTest, ARefusalIsAnOrdinaryAnswer) {
    auto one = client();
    EXPECT_EQ(one.ask("POST /refused HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab").body, "no");
    EXPECT_EQ(one.ask(head("/refused") + chunk("abc")).status, 404) << "the connection went on";
    EXPECT_TRUE(one.is_closed()) << "the body was not whole";
}

TEST_P(StreamTest, ABugEndsOneAnswerAndNothingElse) {
    auto one = client();
    EXPECT_EQ(one.ask("POST /throw HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab").status, 500);
    one.send(head("/lines") + chunk("a\nthrow\n"));
    EXPECT_EQ(one.read(100'000).find("\r\n0\r\n"), std::string::npos) << "the client sees that it is not whole";
    EXPECT_TRUE(one.is_closed());
    EXPECT_TRUE(lines_.seen.open.comes_to(0));
    EXPECT_EQ(lines_.seen.gone, 1);
    EXPECT_EQ(client().ask("POST /whole HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi").body, "hi");
}

TEST_P(StreamTest, WhoDoesNotReadIsNotReadFrom) {
    auto one = client(4096);
    one.send(head("/wide"));
    std::thread sender([&one] {
        const std::string lines = chunk("0123456789012345678\n");
        for (int i = 0; i < 2000; ++i)
            if (!one.send(lines)) break;
        one.send("0\r\n\r\n");
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const size_t taken = lines_.seen.taken;  // 19 kB of answer each line of 20
    EXPECT_LT(taken * 950, size_t{16} << 20);
    const std::string all = one.read_until("\r\n0\r\n\r\n");
    sender.join();
    EXPECT_EQ(lines_.seen.taken, 2000U * 20);
    EXPECT_EQ(std::ranges::count(all, 'w'), 2000 * 19'000);
}

TEST_P(StreamTest, APauseAtTheEndOfTheBodyEnds) {
    auto one = client(4096);
    std::string lines;
    for (int i = 0; i < 500; ++i) lines += "0123456789012345678\n";
    std::thread sender([&] {
        one.send(fmt::format("POST /wide HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", lines.size(), lines));
    });
    sender.join();
    const std::string all = one.read_until("\r\n0\r\n\r\n");
    EXPECT_EQ(std::ranges::count(all, 'w'), 500 * 19'000);
}

TEST_P(StreamTest, WhoNeverReadsIsClosed) {
    open({.write_timeout = std::chrono::milliseconds(200)});
    auto one = client(4096);
    one.send(head("/wide"));
    for (int i = 0; i < 2000; ++i)
        if (!one.send(chunk("0123456789012345678\n"))) break;
    EXPECT_TRUE(lines_.seen.gone.comes_to(1));
}

TEST_P(StreamTest, MayWaitLongerThanAnyOtherRequest) {
    using std::chrono::milliseconds;
    open({.idle_timeout = milliseconds(100), .body_timeout = milliseconds(100), .stream_timeout = milliseconds(1500)});
    auto one = client();
    one.send(head("/lines") + chunk("a\n"));
    EXPECT_THAT(one.read_until("[a]\r\n"), HasSubstr("200 OK"));
    std::this_thread::sleep_for(milliseconds(600));
    one.send(chunk("b\n"));
    EXPECT_EQ(one.read_until("[b]\r\n"), "3\r\n[b]\r\n");
    EXPECT_TRUE(one.is_closed()) << "but not for ever";
    EXPECT_TRUE(lines_.seen.gone.comes_to(1));
}

TEST_P(StreamTest, GivesBackMemoryWhileItWaits) {
    auto one = client();
    one.send(head("/lines"));
    std::string many;
    for (int i = 0; i < 100; ++i) many += chunk(std::string(20'000, 'x') + "\n");
    std::thread sender([&] { one.send(many); });
    const std::string all = one.read_until("\r\n\r\n") + one.read(2'000'000);
    sender.join();
    std::this_thread::sleep_for(std::chrono::milliseconds(3500));
    one.send(chunk("still\n") + "0\r\n\r\n");
    EXPECT_THAT(one.read_until("0\r\n\r\n"), HasSubstr("[still]"));
}

TEST_P(StreamTest, TellsTheTakerOfALostClient) {
    {
        auto one = client();
        one.send(head("/lines") + chunk("a\n"));
        EXPECT_THAT(one.read_until("[a]\r\n"), HasSubstr("200 OK"));
        EXPECT_EQ(lines_.seen.open, 1);
    }
    EXPECT_TRUE(lines_.seen.open.comes_to(0));
}

TEST_P(StreamTest, SaysWhatIsWrongWithTheBody) {
    open({.max_body_bytes = 1000});
    for (const auto& [body, said] : std::initializer_list<std::pair<std::string, const char*>>{
             {chunk("a\n") + "zz\r\n", "broken 400: a chunk does not begin with its size in hexadecimal"},
             {chunk("a\n") + chunk(std::string(1001, 'x')), "broken 413: over the limit of 1000 bytes"}}) {
        auto one = client();
        one.send(head("/lines") + body);
        const std::string all = one.read_until("\r\n0\r\n\r\n");
        EXPECT_THAT(all, HasSubstr("[a]"));
        EXPECT_THAT(all, HasSubstr(said));
        EXPECT_TRUE(one.is_closed());
    }
    auto one = client();
    one.send(head("/lines") + chunk("a\n"));
    one.finish_sending();
    EXPECT_THAT(one.read_until("\r\n0\r\n\r\n"),
                HasSubstr("broken 400: the connection ended in the middle of a request"));
}

TEST_P(StreamTest, AStopOfTheServerEndsItCleanly) {
    auto one = client();
    one.send(head("/lines") + chunk("a\n"));
    EXPECT_THAT(one.read_until("[a]\r\n"), HasSubstr("200 OK"));
    std::thread stopping([this] { EXPECT_TRUE(server_->drain(std::chrono::seconds(10))); });
    EXPECT_EQ(one.read_until("0\r\n\r\n"), "7\r\nstopped\r\n0\r\n\r\n");
    one.close();
    stopping.join();
}

TEST_P(StreamTest, TheServersEndIsTheTakers) {
    auto one = client();
    one.send(head("/later") + chunk("a\n"));
    EXPECT_THAT(one.read_until("[a]\r\n"), HasSubstr("200 OK"));
    server_.reset();
    EXPECT_EQ(lines_.seen.gone, 1);
    EXPECT_TRUE(one.is_closed());
}

}  // namespace
}  // namespace pinflow::net
