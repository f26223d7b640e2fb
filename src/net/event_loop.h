// One event loop and what its sessions share: the thread, spare memory, the Date header, and a mailbox through which
// other threads hand back answers. Includes Asio: for net's own files only.
#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "net/buffer.h"
#include "net/http.h"
#include "net/loops.h"

namespace pinflow::net {

// Something another thread leaves at a loop. It must not be left again before it was delivered.
class Mail {
  public:
    virtual void delivered() = 0;      // on the loop's thread
    virtual void undeliverable() = 0;  // the loop has stopped: on the thread that pushed, or that stops
  protected:
    ~Mail() = default;

  private:
    friend class EventLoop;
    Mail* next_mail_ = nullptr;
};

class EventLoop : public std::enable_shared_from_this<EventLoop> {
  public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    void start();
    void stop();  // not from its own thread
    bool is_running() const { return running_.load(std::memory_order_acquire); }
    bool on_its_thread() const;

    void post(Loops::Task task);                                         // any thread
    void post_after(std::chrono::milliseconds delay, Loops::Task task);  // any thread
    void run_and_wait(Loops::Task task);  // not from its own thread; runs here if the loop does not run
    void push(Mail& mail);                // any thread; wakes the loop once a burst

    // From here on: the loop's thread only.
    boost::asio::io_context& context() { return context_; }
    BufferPool& pool() { return pool_; }
    static int64_t now_ms();       // steady, a few ms coarse
    static int64_t now_us();       // steady, exact
    std::string_view date_line();  // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    std::span<char> scratch();     // for bytes that nobody reads
    void at_turn_end(TurnTask& task);

  private:
    // Handlers that are due but never run may own what owns this loop, so they go when it stops, not with it.
    struct Context : boost::asio::io_context {
        using io_context::io_context;
        using io_context::shutdown;
    };
    struct Waiting {
        boost::asio::steady_timer timer;
        Loops::Task task;
    };

    void run_tasks();
    void drop_tasks();
    void deliver();
    Mail* take_mail(Mail* leave);

    Context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
    std::atomic<bool> running_ = false;
    std::atomic<Mail*> mail_ = nullptr;  // newest first
    std::mutex tasks_mutex_;             // guards the next two
    std::vector<Loops::Task> tasks_;
    bool tasks_dropped_ = false;  // stopped: what is posted now goes too
    std::list<Waiting> timers_;
    BufferPool pool_;
    std::string date_line_;
    int64_t date_second_ = 0;
    std::unique_ptr<char[]> scratch_;
};

}  // namespace pinflow::net
