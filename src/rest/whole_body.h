// A body that has come whole, for a taker of streams: given to it at once, and what it writes is one answer.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/workers.h"
#include "net/stream.h"

namespace pinflow::rest {

// Keeps itself alive until it has answered. What a stream has its loop for happens on a worker, one thing at a time.
class WholeBody final : public net::Stream, public std::enable_shared_from_this<WholeBody> {
  public:
    using Open = std::function<std::shared_ptr<net::StreamTaker>(net::Stream&)>;

    // `workers` may be null: then on whatever thread calls.
    static void stream(net::Exchange& exchange, Workers* workers, Open open);

    WholeBody(net::Exchange& exchange, Workers* workers) : exchange_(exchange), workers_(workers) {}

    const net::Request& request() const override { return exchange_.request(); }
    void begin(net::Response head) override { response_ = std::move(head); }
    void reply(net::Response response) override;
    void write(std::string_view bytes) override { response_.body.append(bytes); }
    bool is_full() const override { return false; }
    void end() override { reply(std::move(response_)); }
    void pause() override {}
    void resume() override;
    Post post() const override;

  private:
    void run(Task task);
    void run_all();
    void offer();

    net::Exchange& exchange_;
    Workers* const workers_;
    std::shared_ptr<net::StreamTaker> taker_;
    size_t taken_ = 0;
    bool answered_ = false;
    net::Response response_;
    std::mutex mutex_;  // guards what follows
    std::deque<Task> tasks_;
    bool running_ = false;
};

}  // namespace pinflow::rest
