// Bad input over real sockets: the whole door behind the server. Every answer is in the door's own shape, memory stays
// bounded, and nobody else is touched.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "gateway/gateway_world.h"
#include "net/server.h"
#include "net/test_client.h"
#include "net/test_gzip.h"

namespace pinflow::gateway {
namespace {

using namespace std::chrono_literals;
using net::Answer;
using net::TestClient;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr size_t ten_mebibytes = size_t{10} << 20;
const std::string produce_headers = "Content-Type: application/vnd.kafka.json.v2+json\r\n";

std::string message(std::string_view method, std::string_view target, std::string_view body,
                    const std::string& headers = produce_headers) {
    return fmt::format("{} {} HTTP/1.1\r\nHost: h\r\n{}Content-Length: {}\r\n\r\n{}", method, target, headers,
                       body.size(), body);
}
std::string records(std::string_view value) {
    return fmt::format(R"({{"records":[{{"value":{}}}]}})", value);
}

int64_t resident_kib() {
    std::ifstream file("/proc/self/statm");
    int64_t pages = 0;
    file >> pages >> pages;
    return pages * 4;
}

class BadInputTest : public GatewayTest {
  protected:
    void SetUp() override { open({}); }
    void open(net::Limits limits) {
        server_.reset();
        loops_ = std::make_unique<net::Loops>(2);
        loops_->start();
        auto server = net::Server::listen(*loops_, "127.0.0.1:0", gateway_, limits);
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
    }
    TestClient client() { return TestClient(server_->port()); }
    // "413 body", after a look at what every answer must have.
    std::string asked(const std::string& bytes) {
        TestClient one = client();
        return checked(one.ask(bytes));
    }
    static std::string checked(const Answer& answer) {
        EXPECT_THAT(answer.head, HasSubstr("\r\nAccess-Control-Allow-Origin: *\r\n"));
        return fmt::format("{} {}", answer.status, answer.body);
    }
    // A produce request whose value is `value`.
    std::string stored(std::string_view value) { return asked(message("POST", "/topics/t", records(value))); }
    void expect_alive() { EXPECT_THAT(stored("1"), HasSubstr("200 {\"offsets\"")); }

    std::unique_ptr<net::Loops> loops_;
    std::unique_ptr<net::Server> server_;
};

TEST_F(BadInputTest, TenMebibytesAreTakenAndOneByteMoreIsNot) {
    const std::string frame = records("\"\"");
    const std::string value = "\"" + std::string(ten_mebibytes - frame.size(), 'x') + "\"";
    EXPECT_EQ(records(value).size(), ten_mebibytes);
    EXPECT_THAT(stored(value), HasSubstr("200 {\"offsets\":[{\"partition\":0,\"offset\":0,"));
    EXPECT_EQ(world_.values("t").at(0), value);

    const std::string larger = records("\"x" + value.substr(1));
    const std::string plain = R"(413 {"error_code":413,"message":"the body is over the limit of 10485760 bytes"})";
    const std::string of_streams = R"(413 {"message":"Request Too Long"})";
    const std::string chunk = fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", larger.size(), larger);
    const std::string chunked = produce_headers + "Host: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk;
    const std::string gzipped = net::gzip(larger), gzip_headers = produce_headers + "Content-Encoding: gzip\r\n";
    EXPECT_EQ(asked(message("POST", "/topics/t", larger)), plain);
    EXPECT_EQ(asked(message("POST", "/test/topics/t", larger)), plain);
    EXPECT_EQ(asked(message("PUT", "/streams/streaming-a/record", larger)), of_streams);
    EXPECT_EQ(asked(message("PUT", "/test/streams/streaming-a/record", larger)), of_streams);
    EXPECT_EQ(asked("POST /topics/t HTTP/1.1\r\n" + chunked), plain);
    EXPECT_EQ(asked("POST /test/topics/t HTTP/1.1\r\n" + chunked), plain);
    EXPECT_EQ(asked(message("POST", "/topics/t", gzipped, gzip_headers)), plain);
    EXPECT_EQ(asked(message("POST", "/test/topics/t", gzipped, gzip_headers)), plain);
    EXPECT_EQ(world_.values("t").size(), 1u);
    expect_alive();
}

TEST_F(BadInputTest, AGzipBombCostsNoMoreThanTheLimit) {
    // 9 MiB of compressed zeros and more than 9 GiB of them: the same member over and over.
    const std::string member = net::gzip(std::string(size_t{64} << 20, '0'));
    std::string bomb;
    while (bomb.size() + member.size() < ten_mebibytes - 1024) bomb += member;
    expect_alive();
    const int64_t before = resident_kib();
    std::vector<TestClient> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(client());
        EXPECT_EQ(checked(clients.back().ask(
                      message("POST", "/topics/t", bomb, produce_headers + "Content-Encoding: gzip\r\n"))),
                  R"(413 {"error_code":413,"message":"the body is over the limit of 10485760 bytes"})");
    }
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    EXPECT_LT(resident_kib() - before, 128 << 10);
#else
    (void)before;
#endif
    expect_alive();
}

TEST_F(BadInputTest, WhatIsNotJson) {
    const std::string deep(1'000'000, '['), deep_objects = [] {
        std::string text;
        for (int i = 0; i < 1'000'000; ++i) text += "{\"a\":";
        return text;
    }();
    for (const std::string& value : {deep, deep + std::string(1'000'000, ']'), deep_objects})
        EXPECT_THAT(stored(value), testing::AllOf(HasSubstr("400 {\"error_code\":400"), HasSubstr("512 levels")));
    EXPECT_THAT(asked(message("POST", "/topics/t", deep)), HasSubstr("400 {\"error_code\":400"));
    EXPECT_THAT(asked(message("PUT", "/test/streams/streaming-a/record", R"({"Data":)" + deep, "")),
                testing::AllOf(HasSubstr(R"(400 {"message":"Could not parse request body into json: )"),
                               HasSubstr("512 levels")));
    EXPECT_THAT(stored("\"a\xff\""), testing::AllOf(HasSubstr("400"), HasSubstr("not UTF-8"), HasSubstr("0xff")));
    EXPECT_THAT(stored("\"\xed\xa0\x80\""), HasSubstr("not UTF-8"));
    EXPECT_THAT(stored(R"("\ud800")"), HasSubstr("half of a surrogate pair"));
    EXPECT_THAT(stored(std::string("\"a\0b\"", 5)), HasSubstr("a control character in a string must be escaped"));
    EXPECT_THAT(stored(std::string("1\0", 2)), HasSubstr("400"));
    for (const char* bad :
         {"01", "1.", ".5", "+1", "1e", "0x10", "NaN", "Infinity", "-", "{a:1}", "{'a':1}", "[1,]", ""})
        EXPECT_THAT(stored(bad), HasSubstr("400 {\"error_code\":400")) << bad;
    EXPECT_FALSE(world_.topics().find("t"));  // nothing was made on the way
    EXPECT_THAT(asked(message("PUT", "/test/streams/streaming-a/record", "{\"Data\":\"\xff\"}", "")),
                HasSubstr(R"(400 {"message":"Could not parse request body into json: )"));
    EXPECT_FALSE(world_.topics().find("streaming-a"));
    expect_alive();
}

TEST_F(BadInputTest, OddJsonIsKept) {
    const std::pair<const char*, const char*> rows[] = {
        {"1e400", "1e400"},
        {"-123456789012345678901234567890.00001e-999", "-123456789012345678901234567890.00001e-999"},
        {R"({"a":1, "b":2, "a":3})", R"({"a":3,"b":2})"},
        {R"("a\u0000b")", R"("a\u0000b")"},
        {R"({"":{"":[]}})", R"({"":{"":[]}})"},
        {"\"\xf4\x8f\xbf\xbf\xef\xbb\xbf\"", "\"\xf4\x8f\xbf\xbf\xef\xbb\xbf\""},
    };
    for (const auto& [value, text] : rows) {
        EXPECT_THAT(stored(value), HasSubstr("200 {\"offsets\"")) << value;
        EXPECT_EQ(world_.values("t").back(), text);
    }
}

TEST_F(BadInputTest, EveryAnswerIsInTheDoorsShape) {
    open({.max_header_bytes = 4096, .max_target_bytes = 1000, .max_connections = 50, .header_timeout = 100ms});
    const std::string error_400 = R"(400 {"error_code":400,"message":")";
    EXPECT_THAT(asked("nonsense\r\n\r\n"), HasSubstr(error_400));
    EXPECT_THAT(asked("GET / HTTP/1.1\r\n\r\n"), HasSubstr(error_400));
    EXPECT_THAT(asked(std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 29)), HasSubstr(error_400));
    EXPECT_THAT(asked("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), HasSubstr(R"(505 {"error_code":505,"message":")"));
    EXPECT_THAT(asked("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n"),
                HasSubstr(R"(414 {"error_code":414,"message":")"));
    EXPECT_THAT(asked("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(5000, 'x') + "\r\n\r\n"),
                HasSubstr(R"(431 {"error_code":431,"message":")"));
    EXPECT_THAT(asked("POST /topics/t HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
                HasSubstr(R"(501 {"error_code":501,"message":")"));
    EXPECT_THAT(asked("POST /test/topics/t HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"),
                HasSubstr(R"(400 {"message":")"));
    EXPECT_THAT(asked("POST /topics/t HTTP/1.1\r\nHost: h\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx"),
                HasSubstr(R"(415 {"error_code":415,"message":")"));
    EXPECT_THAT(asked("GET / HTT"), HasSubstr(R"(408 {"error_code":408,"message":")"));
    const std::string ids = "\r\nx-amzn-RequestId: ";
    EXPECT_THAT(client().ask("GET /test/x HTTP/1.1\r\nHost: h\r\n\r\n").head, HasSubstr(ids));
    EXPECT_THAT(client().ask("GET /topics HTTP/1.1\r\nHost: h\r\n\r\n").head, Not(HasSubstr(ids)));
    std::vector<TestClient> held;
    for (int i = 0; i < 50; ++i) {
        held.push_back(client());
        ASSERT_EQ(held.back().ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200) << i;
    }
    EXPECT_THAT(asked("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), HasSubstr(R"(503 {"error_code":503,"message":"more than)"));
}

TEST_F(BadInputTest, HalfRequestsStoreNothing) {
    const std::string whole = message("POST", "/topics/t", records(R"({"a":1})"));
    for (size_t length = 1; length < whole.size(); length += 7) {
        TestClient half = client();
        half.send(std::string_view(whole).substr(0, length));
        if (length % 2 == 0) half.finish_sending();
    }
    EXPECT_THAT(asked(message("POST", "/topics/t", R"({"records":[{"value":1})")), HasSubstr("400"));
    EXPECT_FALSE(world_.topics().find("t"));
    expect_alive();
}

TEST_F(BadInputTest, PipelinedRequestsKeepTheirOrderAndTheirErrors) {
    TestClient one = client();
    std::string all = message("POST", "/topics/t", records("0"));
    ASSERT_EQ(one.ask(all).status, 200);
    all.clear();
    for (int i = 1; i <= 100; ++i) all += message("POST", "/topics/t", i % 10 == 0 ? "{" : records(std::to_string(i)));
    std::thread sender([&] { one.send(all); });
    int64_t offset = 0;
    for (int i = 1; i <= 100; ++i) {
        const Answer answer = one.read_answer();
        EXPECT_EQ(answer.status, i % 10 == 0 ? 400 : 200);
        if (i % 10 != 0) EXPECT_THAT(answer.body, HasSubstr(fmt::format("\"offset\":{},", ++offset)));
    }
    sender.join();
    EXPECT_EQ(world_.values("t").size(), 91u);
}

TEST_F(BadInputTest, BodiesOfEveryKindAreTheSameRecord) {
    const std::string body = records(R"({"a":1})");
    TestClient one = client();
    EXPECT_EQ(one.ask(message("POST", "/topics/t", body)).status, 200);
    EXPECT_EQ(
        one.ask(message("POST", "/topics/t", net::gzip(body), produce_headers + "Content-Encoding: gzip\r\n")).status,
        200);
    EXPECT_EQ(one.ask("POST /topics/t HTTP/1.1\r\nHost: h\r\n" + produce_headers +
                      fmt::format("Transfer-Encoding: chunked\r\n\r\n4\r\n{}\r\n{:x};x=y\r\n{}\r\n0\r\nT: v\r\n\r\n",
                                  body.substr(0, 4), body.size() - 4, body.substr(4)))
                  .status,
              200);
    one.send(fmt::format("POST /topics/t HTTP/1.1\r\nHost: h\r\n{}Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
                         produce_headers, body.size()));
    EXPECT_THAT(one.read_answer().head, testing::StartsWith("HTTP/1.1 100"));
    EXPECT_EQ(one.ask(body).status, 200);
    EXPECT_THAT(world_.values("t"), ElementsAre(R"({"a":1})", R"({"a":1})", R"({"a":1})", R"({"a":1})"));
}

TEST_F(BadInputTest, TopicNamesWithEveryCharacter) {
    for (int c = 0; c < 256; ++c) {
        const std::string name = fmt::format("t%{:02x}", c);
        const std::string text = asked(message("POST", "/test/topics/" + name, records("1")));
        const bool allowed = (c < 128 && std::isalnum(c)) || c == '.' || c == '_' || c == '-';
        EXPECT_THAT(text, HasSubstr(allowed ? "200 {\"offsets\"" : "422 {\"error_code\":42201,\"message\":\"")) << c;
    }
    for (const std::string& name : {std::string(250, 'x'), std::string("."), std::string(".."), std::string("%2e%2E"),
                                    std::string("..%2f..%2fetc%2fpasswd"), std::string("\xff")})
        EXPECT_THAT(asked(message("POST", "/topics/" + name, records("1"))), HasSubstr("422 {\"error_code\":42201"))
            << name;
    EXPECT_THAT(asked(message("POST", "/topics/" + std::string(249, 'x'), records("1"))), HasSubstr("200"));
    EXPECT_THAT(asked(message("POST", "/topics/t%", records("1"))), HasSubstr(R"(400 {"error_code":400)"));
    EXPECT_THAT(asked(message("PUT", "/test/streams/a%2fb/record", R"({"Data":1,"PartitionKey":"k"})")),
                HasSubstr("ValidationException"));
}

}  // namespace
}  // namespace pinflow::gateway
