// The connection's side of a Stream: pieces of the body go to the taker as they come, what it writes leaves in chunks,
// and neither runs ahead of the other. Belongs to its session, which goes on with its next request when both are done.
#pragma once
#include <memory>
#include <string>

#include "net/response_head.h"
#include "net/stream.h"

namespace pinflow::net {

class Session;

class SessionStream final : public Stream, public TurnTask {
  public:
    explicit SessionStream(Session& session);
    ~SessionStream() = default;

    // Of these, what answers true tells the session to go on with its reader. The stream may be gone then.
    bool offer();  // there is a piece
    void wait();   // for more of the body
    void broken(int status, std::string_view message);
    void stop();
    void closed();  // the connection is
    void read_ended() { reading_ = false; }
    // Since when nothing has come, if nothing is to be sent either; else -1.
    int64_t waits_since_ms() const { return reading_ && !waiting_ ? read_began_ms_ : -1; }
    int status() const { return status_; }
    size_t body_bytes() const { return body_bytes_; }

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
    template <class Call>
    void call(Call call);  // the taker
    bool settle();
    bool flush();
    void wait_to_send();
    void on_writable(bool failed);
    void end_turn() override;
    void schedule();
    void set_deadline();
    bool is_over() const { return ended_ || reply_ != nullptr; }

    Session& session_;
    std::shared_ptr<StreamTaker> taker_;
    std::unique_ptr<Response> reply_;
    Framing framing_;
    int status_ = 200;
    std::string out_;  // head and body, as they go out
    size_t sent_ = 0;  // of it
    size_t body_bytes_ = 0;
    int64_t read_began_ms_ = 0;
    int64_t stalled_since_ms_ = 0;  // when the client last took something
    bool head_only_ = true;         // out_ holds nothing of the body: it may wait for some
    bool ended_ = false;
    bool paused_ = false;
    bool resumed_ = false;    // what was left is to be offered again
    bool inside_ = false;     // a call of the taker's
    bool scheduled_ = false;  // end_turn()
    bool reading_ = false;
    bool waiting_ = false;  // to send
    mutable bool told_full_ = false;
};

}  // namespace pinflow::net
