#include "broker/groups_timer.h"

#include <algorithm>
#include <chrono>

namespace pinflow::broker {
namespace {

constexpr int64_t longest_sleep_ms = 60'000;

}  // namespace

GroupsTimer::GroupsTimer(std::shared_ptr<Groups> groups, Clock& clock) : groups_(std::move(groups)), clock_(clock) {
    groups_->on_earlier_deadline([signal = signal_] {
        const std::scoped_lock lock(signal->mutex);
        signal->earlier = true;
        signal->changed.notify_one();
    });
    thread_ = std::thread([this] { run(); });
}

GroupsTimer::~GroupsTimer() {
    groups_->on_earlier_deadline(nullptr);
    {
        const std::scoped_lock lock(signal_->mutex);
        signal_->stopping = true;
        signal_->changed.notify_one();
    }
    thread_.join();
}

void GroupsTimer::run() {
    std::unique_lock lock(signal_->mutex);
    while (!signal_->stopping) {
        signal_->earlier = false;
        lock.unlock();
        groups_->tick();
        const int64_t due_ms = groups_->next_deadline_ms();
        const int64_t now_ms = clock_.steady_ms();
        const int64_t sleep_ms = due_ms <= now_ms ? 0 : std::min(due_ms - now_ms, longest_sleep_ms);
        lock.lock();
        signal_->changed.wait_for(lock, std::chrono::milliseconds(sleep_ms),
                                  [this] { return signal_->earlier || signal_->stopping; });
    }
}

}  // namespace pinflow::broker
