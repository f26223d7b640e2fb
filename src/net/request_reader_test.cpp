#include "net/request_reader.h"

#include <gtest/gtest.h>

#include <cstring>

#include "net/test_gzip.h"

namespace pinflow::net {
namespace {

using Event = RequestReader::Event;

// A reader and what it needs.
struct Reading {
    explicit Reading(const Limits& with = {}) : limits(with) {}

    // Feeds at most `step` bytes a read, until a request is ready, the reader fails or the input ends.
    Event feed(std::string_view input, size_t step = SIZE_MAX) {
        Event event = reader.resume();
        rest = input;
        while (true) {
            if (event == Event::wants_continue) {
                ++continues;
                event = reader.resume();
                continue;
            }
            if (event != Event::need_more || rest.empty()) return event;
            const std::span<char> room = reader.prepare();
            const size_t count = std::min({step, room.size(), rest.size()});
            std::memcpy(room.data(), rest.data(), count);
            rest.remove_prefix(count);
            event = reader.commit(count);
        }
    }

    Limits limits;
    BufferPool pool;
    MemoryBudget budget{size_t{1} << 30};
    RequestReader reader{limits, pool, budget, "peer"};
    std::string_view rest;
    int continues = 0;
};

int status_of(std::string_view input, const Limits& limits = {}) {
    Reading reading(limits);
    switch (reading.feed(input)) {
        case Event::ready:
            return 200;
        case Event::failed:
            return reading.reader.problem().status;
        default:
            return 0;
    }
}

std::string with_header(std::string_view header) {
    return fmt::format("POST / HTTP/1.1\r\nHost: h\r\n{}\r\n\r\n", header);
}

std::string chunked(std::string_view body) {
    return with_header("Transfer-Encoding: chunked") + std::string(body);
}

std::string gzip_request(std::string_view compressed) {
    return fmt::format("POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{}",
                       compressed.size(), compressed);
}

TEST(RequestReader, TakesARequestApart) {
    Reading reading;
    ASSERT_EQ(
        reading.feed(
            "\r\nPOST /a%2Fb?x=1&y HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nA:  b c \t\r\nContent-Length: 3\r\n\r\nxyz"),
        Event::ready);
    const Request& request = reading.reader.request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/a%2Fb?x=1&y");
    EXPECT_EQ(request.path, "/a%2Fb");
    EXPECT_EQ(request.query, "x=1&y");
    EXPECT_EQ(request.header("a"), "b c");
    EXPECT_EQ(request.headers.size(), 4u);
    EXPECT_EQ(request.body, "xyz");
    EXPECT_EQ(request.peer, "peer");
}

TEST(RequestReader, AbsoluteTargetsLoseTheirHost) {
    Reading reading;
    ASSERT_EQ(reading.feed("GET http://h:1/p/q?a HTTP/1.1\r\nHost: h\r\n\r\n"), Event::ready);
    EXPECT_EQ(reading.reader.request().path, "/p/q");
    EXPECT_EQ(reading.reader.request().query, "a");
    reading.reader.finish();
    ASSERT_EQ(reading.feed("GET http://h?a HTTP/1.1\r\nHost: h\r\n\r\n"), Event::ready);
    EXPECT_EQ(reading.reader.request().path, "/");
}

TEST(RequestReader, EveryRequestSurvivesBeingSplitAnywhere) {
    const std::string body = "0123456789abcdefghij";
    const std::string requests[] = {
        "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n" + body,
        chunked("5;x=\"y\"\r\n01234\r\nf\r\n56789abcdefghij\r\n0\r\nTrailer: t\r\n\r\n"),
        gzip_request(gzip(body)),
        gzip_request(gzip(body.substr(0, 7)) + gzip(body.substr(7))),
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n" + body,
    };
    for (const std::string& request : requests) {
        const std::string pair = request + request;
        for (size_t step = 1; step <= request.size(); ++step) {
            Reading reading;
            ASSERT_EQ(reading.feed(pair, step), Event::ready) << step << request;
            ASSERT_EQ(reading.reader.request().body, body) << step << request;
            reading.reader.finish();
            ASSERT_EQ(reading.feed(reading.rest, step), Event::ready) << step << request;
            ASSERT_EQ(reading.reader.request().body, body) << step << request;
            reading.reader.finish();
            ASSERT_TRUE(reading.reader.between_requests());
            ASSERT_EQ(reading.budget.used(), 0u);
        }
    }
}

TEST(RequestReader, RefusesWhatTwoServersCouldReadInTwoWays) {
    for (const std::string_view header : {"Content-Length: 1\r\nTransfer-Encoding: chunked",
                                          "Content-Length: 1\r\nContent-Length: 1",
                                          "Content-Length: 1, 1",
                                          "Content-Length: +1",
                                          "Content-Length: 0x1",
                                          "Content-Length: -1",
                                          "Content-Length:",
                                          "Content-Length : 1",
                                          "Transfer-Encoding : chunked",
                                          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                                          "Transfer-Encoding:",
                                          " folded: 1",
                                          "A: b\r\n folded",
                                          "A: b\rc: d",
                                          "A: b\nc: d",
                                          "A\x01: b",
                                          "no colon",
                                          ": no name",
                                          "A: b\x7f",
                                          "Host: again",
                                          "A(: b"})
        EXPECT_EQ(status_of(with_header(header)), 400) << header;
    EXPECT_EQ(status_of(with_header(std::string_view("A: b\0c", 6))), 400);
    EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
    EXPECT_EQ(status_of("GET / HTTP/1.1\nHost: h\n\n"), 400);
}

TEST(RequestReader, RefusesBadRequestLines) {
    for (const std::string_view line :
         {"GET /", "GET", "GET  / HTTP/1.1", "GET /a b HTTP/1.1", "GET / HTTP/1.1 ", "GET / http/1.1",
          "GET / HTTP/1.10", "GET a HTTP/1.1", "G\x01T / HTTP/1.1", "GET /\x01 HTTP/1.1", "GET /\x7f HTTP/1.1",
          "GET / HTTP/1", "@", "G(T / HTTP/1.1"})
        EXPECT_EQ(status_of(fmt::format("{}\r\nHost: h\r\n\r\n", line)), 400) << line;
    EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
    EXPECT_EQ(status_of("GET / HTTP/1.2\r\nHost: h\r\n\r\n"), 200);
    EXPECT_EQ(status_of("CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n"), 501);
    EXPECT_EQ(status_of("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
}

TEST(RequestReader, CodingsAndExpectationsItDoesNotKnow) {
    EXPECT_EQ(status_of(with_header("Transfer-Encoding: gzip, chunked")), 501);
    EXPECT_EQ(status_of(with_header("Transfer-Encoding: identity")), 501);
    EXPECT_EQ(status_of(with_header("Content-Encoding: br")), 415);
    EXPECT_EQ(status_of(with_header("Content-Encoding: gzip\r\nContent-Encoding: gzip")), 415);
    EXPECT_EQ(status_of(with_header("Content-Encoding: identity")), 200);
    EXPECT_EQ(status_of(with_header("Expect: 200-ok")), 417);
}

TEST(RequestReader, RefusesBadChunks) {
    for (const std::string_view body :
         {"\r\n", "g\r\n", "-1\r\n", " 1\r\n", "1 \r\n", "0x1\r\n", "1\n", "1\rx", "1\r\nab", "1\r\na\n", "1\r\na\rb",
          ";\r\n", "0000000000000001\r\na", "1;\x01\r\n", "0\r\n bad: 1\r\n\r\n", "0\r\nno-colon\r\n\r\n",
          "0\r\na: \x01\r\n", "0\r\n\n"})
        EXPECT_EQ(status_of(chunked(body)), 400) << body;
    EXPECT_EQ(status_of(chunked("ffffffffffffff\r\na")), 0) << "its bytes are counted as they come";
    EXPECT_EQ(status_of(chunked("1;" + std::string(40'000, 'x'))), 431);
    EXPECT_EQ(status_of(chunked("0\r\na: " + std::string(40'000, 'x'))), 431);
}

TEST(RequestReader, RefusesBadGzip) {
    const std::string good = gzip("hello");
    EXPECT_EQ(status_of(gzip_request("not gzip at all")), 400);
    EXPECT_EQ(status_of(gzip_request(good.substr(0, good.size() - 1))), 400);
    EXPECT_EQ(status_of(gzip_request(good + "rubbish")), 400);
    std::string damaged = good;
    damaged[good.size() - 6] = static_cast<char>(damaged[good.size() - 6] ^ 1);  // the checksum
    EXPECT_EQ(status_of(gzip_request(damaged)), 400);
    EXPECT_EQ(status_of(with_header("Content-Encoding: gzip")), 200) << "no body";
}

TEST(RequestReader, LimitsHold) {
    Limits limits{.max_body_bytes = 1000, .max_header_bytes = 2000, .max_target_bytes = 100, .max_headers = 5};
    EXPECT_EQ(status_of(gzip_request(gzip(std::string(1000, 'a'))), limits), 200);
    EXPECT_EQ(status_of(gzip_request(gzip(std::string(1001, 'a'))), limits), 413);
    EXPECT_EQ(status_of(gzip_request(gzip(std::string(30 << 20, 'a'))), Limits{}), 413) << "a bomb";
    EXPECT_EQ(status_of(with_header("Content-Length: 1001"), limits), 413);
    EXPECT_EQ(status_of(with_header("Content-Length: 99999999999999999999999"), limits), 413);
    EXPECT_EQ(status_of(chunked("3e9\r\n" + std::string(1001, 'a')), limits), 413);
    EXPECT_EQ(status_of(chunked("3e8\r\n" + std::string(1000, 'a') + "\r\n0\r\n\r\n"), limits), 200);
    EXPECT_EQ(status_of("GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", limits), 414);
    EXPECT_EQ(status_of("GET /" + std::string(5000, 'a'), limits), 414);
    EXPECT_EQ(status_of(with_header("A: " + std::string(2000, 'a')), limits), 431);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nA: " + std::string(5000, 'a'), limits), 431);
    EXPECT_EQ(status_of(with_header("a:1\r\nb:1\r\nc:1\r\nd:1"), limits), 200);
    EXPECT_EQ(status_of(with_header("a:1\r\nb:1\r\nc:1\r\nd:1\r\ne:1"), limits), 431);
}

TEST(RequestReader, ABudgetForLargeBodies) {
    Reading reading;
    MemoryBudget small(3 << 20);
    RequestReader reader(reading.limits, reading.pool, small, "peer");
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n";
    std::memcpy(reader.prepare().data(), head.data(), head.size());
    ASSERT_EQ(reader.commit(head.size()), Event::need_more);
    EXPECT_EQ(small.used(), 0u) << "an announcement costs nothing";
    Event event = Event::need_more;
    while (event == Event::need_more) {
        const auto room = reader.prepare();
        std::memset(room.data(), 'x', room.size());
        event = reader.commit(room.size());
    }
    EXPECT_EQ(event, Event::failed);
    EXPECT_EQ(reader.problem().status, 503);
    reader.finish();
    EXPECT_EQ(small.used(), 0u);
}

TEST(RequestReader, ContinueIsAskedForOnlyWhenNothingHasCome) {
    Reading reading;
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
    EXPECT_EQ(reading.feed(head), Event::need_more);
    EXPECT_EQ(reading.continues, 1);
    EXPECT_EQ(reading.feed("ab"), Event::ready);
    reading.reader.finish();
    EXPECT_EQ(reading.feed(head + "ab"), Event::ready);
    EXPECT_EQ(reading.continues, 1);
}

TEST(RequestReader, IdleConnectionGivesItsMemoryBack) {
    Reading reading;
    ASSERT_EQ(reading.feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9000\r\n\r\n" + std::string(9000, 'x')),
              Event::ready);
    reading.reader.finish();
    EXPECT_GE(reading.reader.prepare().size(), 9000u) << "the next request fits";
    EXPECT_TRUE(reading.reader.has_spare_memory());
    reading.reader.shrink();
    EXPECT_EQ(reading.reader.prepare().size(), 4096u);
    EXPECT_FALSE(reading.reader.has_spare_memory());
    EXPECT_EQ(reading.feed("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), Event::ready);
}

}  // namespace
}  // namespace pinflow::net
