// One call into Groups: holds its mutex, and makes the calls that came due once the mutex is free again.
#pragma once
#include <functional>
#include <mutex>
#include <vector>

#include "broker/groups.h"

namespace pinflow::broker {

class Groups::Turn {
  public:
    // A thread of the log must not append: what is to be written then waits for the next turn of another thread.
    explicit Turn(Groups& groups, bool may_append = true)
        : groups_(groups), may_append_(may_append), lock_(groups.mutex_), deadline_before_(groups.earliest_locked()) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (may_append_) groups_.append_waiting(*this);
        std::function<void()> wake;
        if (groups_.wake_ && groups_.earliest_locked() < deadline_before_) wake = groups_.wake_;
        lock_.unlock();
        for (auto& call : calls_) call();
        if (wake) wake();
    }

    void afterwards(std::move_only_function<void()> call) { calls_.push_back(std::move(call)); }
    template <class T>
    void answer(AnswerTo<T> to, T with) {
        calls_.push_back([to = std::move(to), with = std::move(with)]() mutable { to(std::move(with)); });
    }

  private:
    Groups& groups_;
    bool may_append_;
    std::unique_lock<std::mutex> lock_;
    int64_t deadline_before_;
    std::vector<std::move_only_function<void()>> calls_;
};

// The log's words as a group's.
GroupError group_error(const Error& error);

}  // namespace pinflow::broker
