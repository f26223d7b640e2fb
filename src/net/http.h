// One HTTP exchange as a door sees it: a Request and the Response it owes. Nothing here knows sockets, so doors are
// tested without any.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pinflow::net {

struct Header {
    std::string_view name;   // as sent; compare with equals_ignoring_case
    std::string_view value;  // blanks around it removed
};

// Views into the connection's buffer: valid until the exchange is answered.
struct Request {
    std::string_view method;  // "GET"; methods are case-sensitive
    std::string_view target;  // as sent: "/a%2Fb?x=1"
    std::string_view path;    // before '?', still percent-encoded
    std::string_view query;   // behind '?', still percent-encoded; may be empty
    std::span<const Header> headers;
    std::string_view body;  // whole; chunks joined, gzip decompressed
    std::string_view peer;  // "127.0.0.1:51234"
    bool secure = false;    // it came over TLS
    uint64_t tag = 0;       // tells it from all others: what request ids are made from

    std::string_view header(std::string_view name) const;      // the first of that name, or empty
    std::string query_parameter(std::string_view name) const;  // percent-decoded, '+' is a blank; or empty
};

struct Response {
    int status = 200;
    std::string_view content_type = "application/json";  // of static lifetime; no header if empty
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  // Content-Length, Date and Connection are the session's
    std::shared_ptr<const void> held = {};                     // let go of when the answer has left, or cannot any more
    int note = 0;                                              // the handler's own; the access log is told
};

// Work that a handler puts off, to do it once for many requests.
class TurnTask {
  public:
    virtual void end_turn() = 0;

  protected:
    ~TurnTask() = default;
};

// A request that waits for its answer. The handler calls reply() exactly once, from any thread, at once or later; the
// exchange and its request are valid until then, also when the client has gone.
class Exchange {
  public:
    virtual const Request& request() const = 0;
    virtual void reply(Response response) = 0;
    // Calls the task once, on this event loop, when the requests that are at hand now have been handed out. For use
    // inside handle(). Where there is no loop: at once.
    virtual void at_turn_end(TurnTask& task) { task.end_turn(); }
    // What /metrics counts the request under: one of a door's few names, of static lifetime ("topics.produce",
    // "PutRecord"). Inside handle(); the last call counts.
    virtual void count_as(std::string_view /*operation*/) {}
    // An empty string for the answer's body, with memory that the connection has used before. Any thread, until
    // reply().
    virtual std::string spare_memory() { return {}; }
    // If there is no answer after so long, the client gets the handler's error_response(504) and the connection ends;
    // the exchange and its request stay valid until reply(), whose answer goes nowhere then. Noticed within a quarter
    // of it, at least 20 ms and at most a second. For use inside handle(); once.
    virtual void answer_within(std::chrono::milliseconds /*timeout*/) {}

  protected:
    ~Exchange() = default;
};

class Stream;
class StreamTaker;

// What a listener hands its requests to. handle() runs on the connection's event loop: it must not block.
class Handler {
  public:
    virtual ~Handler() = default;
    virtual void handle(Exchange& exchange) = 0;
    // Whether this request, of which the head has come, is answered while its body comes (net/stream.h), and is not for
    // handle(). Asked of every request with a body, but not of compressed ones: it must be quick.
    virtual bool takes_stream(const Request& request) const;
    virtual std::shared_ptr<StreamTaker> open_stream(Stream& stream);  // when takes_stream() said so
    // The body of an answer that the session itself gives (400, 408, 413, 414, 415, 417, 431, 501, 503, 504, 505), in
    // the door's own shape. `request` is there when its head could be read; its body is empty. Any thread; must not
    // block. Unless overridden: {"error_code":413,"message":"..."}.
    virtual Response error_response(int status, std::string_view message, const Request* request);
    // Headers that every answer of the door carries, the session's own errors too: whole lines, "Name: value\r\n",
    // appended to `head`. `request` as above. On the connection's event loop.
    virtual void append_headers(std::string& head, const Request* request);
};

std::string_view status_text(int status);  // "Not Found"; empty if it is not one of RFC 9110's

}  // namespace pinflow::net
