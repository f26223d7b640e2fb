// A few threads for many jobs that work a little, wait for a time or for a wake, and work again. A job runs on one
// thread at a time. Thread-safe.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace pinflow::connect {

class Job {
  public:
    static constexpr int64_t never = INT64_MAX;
    virtual ~Job() = default;
    // Does a piece of its work. When to run again, on the steady clock.
    virtual int64_t run() = 0;
};
using JobPtr = std::shared_ptr<Job>;

class Scheduler {
  public:
    // `niceness`: the jobs give way to those who answer clients.
    Scheduler(Clock& clock, int threads, int niceness = 5);
    ~Scheduler();  // when the jobs that run have returned
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    void add(const JobPtr& job);  // it is due at once
    void wake(const Job* job);    // it is due now, or again if it is just running; nothing if it is not here
    void remove(const Job* job);  // when it returns the job does not run, and will not. Not from a job.

  private:
    struct Entry {
        JobPtr job;
        int64_t due = 0;
        bool running = false;
        bool woken = false;  // while it ran
        bool removed = false;
    };
    void work(int niceness);
    void put(const Job* job, Entry& entry, int64_t due);  // under the lock
    void finish(const Job* job, int64_t due);             // the same

    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable returned_;
    std::map<const Job*, Entry> jobs_;
    std::set<std::pair<int64_t, const Job*>> timeline_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace pinflow::connect
