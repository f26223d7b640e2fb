// A request that is answered while its body comes: for bodies and answers without an end in sight. Nothing here knows
// sockets. Everything happens on the connection's event loop, and nothing may block.
//
//   Handler::takes_stream() -> open_stream(): begin(), or reply() -> take() ... write() ... -> end()
#pragma once
#include <functional>
#include <string_view>

#include "net/http.h"

namespace pinflow::net {

// What a door is given: the way to the client. Good until end(), reply() or StreamTaker::gone(), whichever is first.
class Stream {
  public:
    using Task = std::move_only_function<void()>;
    using Post = std::function<void(Task)>;

    virtual const Request& request() const = 0;               // its body is empty
    virtual void count_as(std::string_view /*operation*/) {}  // as Exchange::count_as()
    // The answer's status and headers; bytes of its body may follow. The client is told at once where it still sends.
    virtual void begin(Response head) = 0;
    // In place of all else, before begin(): an answer as to any other request. What the client still sends is dropped.
    virtual void reply(Response response) = 0;
    virtual void write(std::string_view bytes) = 0;  // copied; sent when this turn ends
    // The client does not take what was written: pause(), or memory grows. StreamTaker::drained() tells when it has.
    virtual bool is_full() const = 0;
    virtual size_t unsent_bytes() const { return 0; }  // of what was written, as far as is known
    // The answer is whole. If the client is still sending, the connection ends with it.
    virtual void end() = 0;
    // No take() and no reading from here on until resume(), which offers again what was left.
    virtual void pause() = 0;
    virtual void resume() = 0;
    // A way for other threads to come here. Tasks may run after the stream's end, and are dropped if the loop has
    // ended.
    virtual Post post() const = 0;

  protected:
    ~Stream() = default;
};

// What a door gives: where the body goes.
class StreamTaker {
  public:
    virtual ~StreamTaker() = default;
    // All of the body that has come and was not taken; `last`: no more comes. Answers how many bytes from its front are
    // done with. Called when there is more than last time.
    virtual size_t take(std::string_view bytes, bool last) = 0;
    virtual void drained() = 0;
    // What the client sends cannot be read on (400: no chunk, cut off; 413: limit untaken bytes; 503: no memory): tell
    // it and end().
    virtual void broken(int status, std::string_view message) = 0;
    virtual void stop() = 0;  // the server ends: end() soon
    virtual void gone() = 0;  // the client has left
};

}  // namespace pinflow::net
