// The event loops: one thread each, shared by all listeners. Tasks and timers of others run here too and must not
// block.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace pinflow::net {

class EventLoop;  // net's own: event_loop.h

// One loop, for whoever may outlive it: once it has ended, what is posted is dropped.
class LoopRef {
  public:
    using Task = std::move_only_function<void()>;

    explicit LoopRef(std::shared_ptr<EventLoop> loop) : loop_(std::move(loop)) {}
    void post(Task task) const;  // any thread
    void post_after(std::chrono::milliseconds delay, Task task) const;

  private:
    std::shared_ptr<EventLoop> loop_;
};

class Loops {
  public:
    using Task = std::move_only_function<void()>;

    explicit Loops(int threads);  // at least 1
    ~Loops();                     // stops; listeners go first
    Loops(const Loops&) = delete;
    Loops& operator=(const Loops&) = delete;

    void start();
    // Ends the threads. Tasks and timers that have not run are dropped. Not from a loop's own thread.
    void stop();

    size_t size() const { return loops_.size(); }
    // Runs `task` on loop `index` (modulo size), soon. Any thread; also before start(). Tasks of one caller for one
    // loop run in order.
    void post(size_t index, Task task);
    // Runs `task` on loop `index` after `delay`. Any thread.
    void post_after(size_t index, std::chrono::milliseconds delay, Task task);
    void post_after(std::chrono::milliseconds delay, Task task) { post_after(0, delay, std::move(task)); }

    LoopRef ref(size_t index) const { return LoopRef(loops_[index % loops_.size()]); }
    EventLoop& loop(size_t index) { return *loops_[index % loops_.size()]; }

  private:
    std::vector<std::shared_ptr<EventLoop>> loops_;
};

}  // namespace pinflow::net
