// The protocol of one HTTP/2 connection (RFC 9113), by nghttp2, without sockets: what came goes in, what is to be sent
// comes out, and requests go to the door between the two. Frames, HPACK and flow control are nghttp2's; what a client
// may cost us is looked after here. On the loop's thread.
//
//   receive() ... -> turn() -> fill(), send output(), until there is none -> is_done()?
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/allowance.h"
#include "net/http2_output.h"
#include "net/shard.h"

struct nghttp2_session;  // nghttp2's

namespace pinflow::net {

class Http2Exchange;

// Why a connection or a stream ends: the codes of RFC 9113, section 7, that are ours to say.
enum class Http2Error : uint32_t { none = 0, protocol = 1, internal = 2, refused = 7, cancel = 8, calm = 11 };

class Http2Core {
  public:
    // What has the connection.
    class Owner {
      public:
        virtual void wants_turn() = 0;  // soon, and once: turn(), and send
        // No handler has an exchange of a closed connection any more: the owner may go. `loop_ended`: and nobody else
        // has it.
        virtual void all_answered(bool loop_ended) = 0;

      protected:
        ~Owner() = default;
    };

    Http2Core(Shard& shard, Owner& owner, std::string_view peer, bool secure);
    ~Http2Core();
    Http2Core(const Http2Core&) = delete;
    Http2Core& operator=(const Http2Core&) = delete;

    bool receive(std::string_view bytes);                // false: nothing sensible can be sent any more either
    void turn();                                         // to the door with what has come
    bool has_work() const { return !touched_.empty(); }  // for turn()
    bool fill();  // the empty output() with some of what is to be sent; false: as above
    Http2Output& output() { return output_; }
    bool is_done() const;  // no more is to be sent, no more is of interest
    bool has_failed() const { return failed_; }
    bool is_idle() const { return exchanges_.empty(); }
    void check(int64_t now_ms);   // deadlines of streams
    void stop();                  // no new streams; those that are open end
    void finish(Http2Error why);  // at once: what is open is dropped
    void closed();                // the connection is: what is open ends
    bool has_open_exchanges() const { return open_.load() > 0; }
    void shrink();

    // For its exchanges.
    Shard& shard() { return shard_; }
    std::string_view peer() const { return peer_; }
    bool secure() const { return secure_; }
    uint64_t next_tag() { return tag_ += 0x9e3779b97f4a7c15; }
    void touch(Http2Exchange& exchange);  // it has something to do in the next turn
    void opened() { open_.fetch_add(1, std::memory_order_relaxed); }
    void answered(bool loop_ended = false);  // the other end of opened(); this may be gone then
    void release(Http2Exchange& exchange);   // it is over
    void submit_continue(int32_t id);
    // `lines` as of append_header_lines(), good until the stream is closed. With a body: the exchange has it.
    // `is_long`: it shares the connection with others.
    void submit_answer(Http2Exchange& exchange, int status, std::string& lines, bool has_body, bool is_long);
    void go_on(int32_t id);  // there is something of the body again
    void reset(int32_t id, Http2Error why);
    void consumed(int32_t id, size_t bytes);  // of a stream's window
    void abandoned();                         // a client has left what was not answered yet
    void wake();                              // something is to be sent

  private:
    friend struct Http2Callbacks;
    struct Free {
        void operator()(nghttp2_session* session) const;
    };

    bool begin_exchange(int32_t id);
    Http2Exchange* find(int32_t id) const;
    void came_without_use();  // a frame
    void told_of_stop();

    Shard& shard_;
    Owner& owner_;
    const std::string_view peer_;
    const bool secure_;
    uint64_t tag_;
    std::unique_ptr<nghttp2_session, Free> session_;
    std::vector<std::unique_ptr<Http2Exchange>> exchanges_, spare_;
    std::vector<Http2Exchange*> touched_, now_;
    Http2Output output_;
    std::atomic<size_t> open_ = 0;  // exchanges that a handler has
    Allowance resets_, useless_frames_;
    int64_t stopping_since_ms_ = 0;  // 0: it does not; -1: the client has been told all
    bool inside_ = false;            // receive(), turn() or fill()
    bool closed_ = false;
    bool failed_ = false;  // the client was told an error
};

}  // namespace pinflow::net
