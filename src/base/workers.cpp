#include "base/workers.h"

#include <sys/resource.h>
#include <unistd.h>

namespace pinflow {

Workers::Workers(int threads, int niceness) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, niceness] { loop(niceness); });
}

Workers::~Workers() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        jobs_.clear();
    }
    wake_.notify_all();
}

void Workers::run(std::move_only_function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void Workers::loop(int niceness) {
    // Linux gives every thread its own niceness. It only ranks our threads, so being refused changes nothing else.
    if (niceness != 0) (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
    while (true) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (stopping_) return;
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
    }
}

}  // namespace pinflow
