// One call into Transactions: holds its mutex, and makes the calls that came due once the mutex is free again.
#pragma once
#include <functional>
#include <mutex>
#include <vector>

#include "broker/transactions.h"

namespace pinflow::broker {

class Transactions::Turn {
  public:
    explicit Turn(Transactions& transactions)
        : transactions_(transactions), lock_(transactions.mutex_), before_(transactions.earliest_locked()) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        std::function<void()> wake;
        if (transactions_.wake_ && transactions_.earliest_locked() < before_) wake = transactions_.wake_;
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
    Transactions& transactions_;
    std::unique_lock<std::mutex> lock_;
    int64_t before_;
    std::vector<std::move_only_function<void()>> calls_;
};

}  // namespace pinflow::broker
