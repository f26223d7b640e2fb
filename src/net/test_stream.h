// For tests of what answers while a body comes: a stream without a socket, whose event loop is the test's own thread.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "net/stream.h"

namespace pinflow::net {

class TestStream : public Stream {
  public:
    TestStream() = default;
    TestStream(const TestStream&) = delete;
    TestStream& operator=(const TestStream&) = delete;
    virtual ~TestStream() {  // tasks keep their taker, and that one the queue
        std::deque<Task> left;
        const std::scoped_lock lock(queue_->mutex);
        queue_->is_open = false;
        left.swap(queue_->tasks);
    }

    void begin(Response head) override { head_ = std::move(head); }
    void reply(Response response) override { reply_ = std::move(response); }
    void write(std::string_view bytes) override { written_ += bytes; }
    bool is_full() const override { return full_; }
    size_t unsent_bytes() const override { return unsent_; }
    void end() override { ended_ = true; }
    void pause() override { paused_ = true; }
    void resume() override { paused_ = false; }
    Post post() const override {
        return [queue = queue_](Task task) {
            const std::scoped_lock lock(queue->mutex);
            if (queue->is_open) queue->tasks.push_back(std::move(task));
            queue->wake.notify_all();
        };
    }

    // The next task that was posted; false if none is in that time.
    bool run_task(std::chrono::milliseconds most = std::chrono::seconds(20)) {
        std::unique_lock lock(queue_->mutex);
        if (!queue_->wake.wait_for(lock, most, [&] { return !queue_->tasks.empty(); })) return false;
        Task task = std::move(queue_->tasks.front());
        queue_->tasks.pop_front();
        lock.unlock();
        task();
        return true;
    }

    std::optional<Response> head_, reply_;
    std::string written_;
    bool ended_ = false, paused_ = false, full_ = false;
    size_t unsent_ = 0;

  private:
    struct Queue {
        std::mutex mutex;
        std::condition_variable wake;
        std::deque<Task> tasks;
        bool is_open = true;
    };
    std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
};

}  // namespace pinflow::net
