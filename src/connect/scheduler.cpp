#include "connect/scheduler.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

namespace pinflow::connect {

Scheduler::Scheduler(Clock& clock, int threads, int niceness) : clock_(clock) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, niceness] { work(niceness); });
}

Scheduler::~Scheduler() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    threads_.clear();
}

void Scheduler::put(const Job* job, Entry& entry, int64_t due) {
    timeline_.erase({entry.due, job});
    entry.due = due;
    if (due == Job::never) return;
    timeline_.emplace(due, job);
    wake_.notify_one();
}

void Scheduler::add(const JobPtr& job) {
    const std::scoped_lock lock(mutex_);
    put(job.get(), jobs_[job.get()] = Entry{.job = job}, clock_.steady_ms());
}

void Scheduler::wake(const Job* job) {
    const std::scoped_lock lock(mutex_);
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) return;
    if (found->second.running)
        found->second.woken = true;
    else
        put(job, found->second, clock_.steady_ms());
}

void Scheduler::remove(const Job* job) {
    std::unique_lock lock(mutex_);
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) return;
    found->second.removed = true;
    returned_.wait(lock, [&] { return !found->second.running; });
    timeline_.erase({found->second.due, job});
    jobs_.erase(found);
}

void Scheduler::finish(const Job* job, int64_t due) {
    Entry& entry = jobs_.at(job);
    entry.running = false;
    if (entry.removed) return returned_.notify_all();
    put(job, entry, std::exchange(entry.woken, false) ? clock_.steady_ms() : due);
}

void Scheduler::work(int niceness) {
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (timeline_.empty()) {
            wake_.wait(lock);
            continue;
        }
        const auto [due, job] = *timeline_.begin();
        const int64_t now = clock_.steady_ms();
        if (due > now) {
            wake_.wait_for(lock, std::chrono::milliseconds(due - now));
            continue;
        }
        timeline_.erase(timeline_.begin());
        Entry& entry = jobs_.at(job);
        entry.running = true;
        const JobPtr held = entry.job;
        lock.unlock();
        const int64_t again = held->run();
        lock.lock();
        finish(job, again);
    }
}

}  // namespace pinflow::connect
