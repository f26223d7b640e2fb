#include "broker/groups_timer.h"

#include <algorithm>
#include <chrono>

namespace pinflow::broker {
namespace {

constexpr int64_t longest_sleep_ms = 60'000;

}  // namespace

GroupsTimer::GroupsTimer(std::shared_ptr<Groups> groups, Clock& clock) : groups_(std::move(groups)), clock_(clock) {
    groups_->on_earlier_deadline([this] {
        const std::scoped_lock lock(mutex_);
        earlier_ = true;
        changed_.notify_one();
    });
    thread_ = std::thread([this] { run(); });
}

GroupsTimer::~GroupsTimer() {
    groups_->on_earlier_deadline(nullptr);
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        changed_.notify_one();
    }
    thread_.join();
}

void GroupsTimer::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        earlier_ = false;
        lock.unlock();
        groups_->tick();
        const int64_t due_ms = groups_->next_deadline_ms();
        const int64_t now_ms = clock_.steady_ms();
        const int64_t sleep_ms = due_ms <= now_ms ? 0 : std::min(due_ms - now_ms, longest_sleep_ms);
        lock.lock();
        changed_.wait_for(lock, std::chrono::milliseconds(sleep_ms), [this] { return earlier_ || stopping_; });
    }
}

}  // namespace pinflow::broker
