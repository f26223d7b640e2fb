// The HTTP/2 connection's side of a Stream: pieces of the body go to the taker, and the client may send more once they
// did; what the taker writes leaves as the client's window lets it.
#pragma once
#include <memory>
#include <string>

#include "net/head.h"
#include "net/http2_output.h"
#include "net/stream.h"

namespace pinflow::net {

class Http2Exchange;

class Http2Stream final : public Stream {
  public:
    explicit Http2Stream(Http2Exchange& exchange) : exchange_(exchange) {}
    ~Http2Stream() = default;

    void came(size_t bytes);  // of the body, or its end
    void turn();
    void broken(const Problem& problem);
    void stop();
    bool closed();  // true: all of the answer had left
    bool is_over() const { return ended_ || reply_ != nullptr; }
    std::unique_ptr<Response> take_reply() { return std::move(reply_); }
    int64_t deadline_ms() const;
    size_t ready_bytes(size_t most, bool& last);
    void hand_over(size_t bytes, Http2Output& output);

    const Request& request() const override;
    void count_as(std::string_view operation) override;
    void begin(Response head) override;
    void reply(Response response) override;
    void write(std::string_view bytes) override;
    bool is_full() const override;
    size_t unsent_bytes() const override { return out_.size() - sent_; }
    void end() override;
    void pause() override { paused_ = true; }
    void resume() override;
    Post post() const override;

  private:
    void open();
    void offer();
    template <class Call>
    void call(Call call);  // the taker
    void schedule();
    void open_window();

    Http2Exchange& exchange_;
    std::shared_ptr<StreamTaker> taker_;
    std::unique_ptr<Response> reply_;
    int status_ = 200;
    std::string out_;  // of the answer's body
    size_t sent_ = 0;  // of it
    size_t body_bytes_ = 0;
    size_t held_back_ = 0;  // came, and the client may not send as much anew yet
    int64_t last_came_ms_ = 0;
    int64_t stalled_since_ms_ = 0;  // when the client last took something
    bool waits_for_bytes_ = false;  // nghttp2 does, of the answer's body
    bool ended_ = false;
    bool stopped_ = false;
    bool paused_ = false;
    bool fresh_ = false;  // there is something to offer
    bool inside_ = false;
    mutable bool told_full_ = false;
};

}  // namespace pinflow::net
