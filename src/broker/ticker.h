// Calls tick() of a coordinator when something of it is due, on a thread of its own. `What` has
//   void tick();                                            does what is due
//   int64_t next_deadline_ms();                             when something is, on the steady clock
//   void on_earlier_deadline(std::function<void()> wake);   `wake` is called when that has moved to an earlier time
#pragma once
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace pinflow::broker {

template <class What>
class Ticker {
  public:
    Ticker(std::shared_ptr<What> what, Clock& clock) : what_(std::move(what)), clock_(clock) {
        what_->on_earlier_deadline([signal = signal_] {
            const std::scoped_lock lock(signal->mutex);
            signal->earlier = true;
            signal->changed.notify_one();
        });
        thread_ = std::thread([this] { run(); });
    }
    ~Ticker() {  // the thread has ended
        what_->on_earlier_deadline(nullptr);
        {
            const std::scoped_lock lock(signal_->mutex);
            signal_->stopping = true;
            signal_->changed.notify_one();
        }
        thread_.join();
    }
    Ticker(const Ticker&) = delete;
    Ticker& operator=(const Ticker&) = delete;

  private:
    static constexpr int64_t longest_sleep_ms = 60'000;
    struct Signal {  // shared with calls that are on their way while the ticker ends
        std::mutex mutex;
        std::condition_variable changed;
        bool earlier = false;
        bool stopping = false;
    };

    void run() {
        std::unique_lock lock(signal_->mutex);
        while (!signal_->stopping) {
            signal_->earlier = false;
            lock.unlock();
            what_->tick();
            const int64_t due_ms = what_->next_deadline_ms();
            const int64_t now_ms = clock_.steady_ms();
            const int64_t sleep_ms = due_ms <= now_ms ? 0 : std::min(due_ms - now_ms, longest_sleep_ms);
            lock.lock();
            signal_->changed.wait_for(lock, std::chrono::milliseconds(sleep_ms),
                                      [this] { return signal_->earlier || signal_->stopping; });
        }
    }

    std::shared_ptr<What> what_;
    Clock& clock_;
    std::shared_ptr<Signal> signal_ = std::make_shared<Signal>();
    std::thread thread_;
};

}  // namespace pinflow::broker
