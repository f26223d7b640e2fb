// One request of a session, and its place among the answers.
#pragma once
#include <memory>
#include <string_view>

#include "kafka/frame_reader.h"
#include "kafka/handler.h"
#include "net/event_loop.h"

namespace pinflow::kafka {

class Session;

class Exchange final : public Answering, public net::Mail, public std::enable_shared_from_this<Exchange> {
  public:
    enum class Outcome : uint8_t { open, answer, nothing, broken };

    Exchange(std::shared_ptr<Session> session, Frame frame);

    // `connection` is what is known before the request is read. False: the frame's header cannot be.
    bool begin(const Call& connection);
    Bytes begin_token(const Call& connection);  // the frame is no request
    const Request& request() const { return request_; }
    const Output& answer() const { return output_; }
    Outcome outcome() const { return arrived_ ? outcome_ : Outcome::open; }  // the loop's thread only

    void send() override { finish(Outcome::answer); }
    void send_nothing() override { finish(Outcome::nothing); }
    void fail() override { finish(Outcome::broken); }
    bool gone() const override;

  private:
    void finish(Outcome outcome);
    void arrive();
    void delivered() override;
    void undeliverable() override { on_its_way_.reset(); }  // the loop has stopped: so has the connection

    std::shared_ptr<Session> session_;  // until the outcome is known
    std::shared_ptr<net::EventLoop> loop_;
    Frame frame_;
    Request request_;
    const int64_t began_us_ = net::EventLoop::now_us();
    Outcome outcome_ = Outcome::open;
    bool arrived_ = false;
    std::shared_ptr<Exchange> on_its_way_;
};

}  // namespace pinflow::kafka
