// A fixed set of threads for work that blocks: queries, files, compression. Jobs run in the order of submission.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pinflow {

class Workers {
  public:
    // `niceness` as nice(2): 0 is normal, 10 gives way to the event loops.
    Workers(int threads, int niceness);
    ~Workers();  // waits for the jobs that run; drops those that wait
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    void run(std::move_only_function<void()> job);  // thread-safe

  private:
    void loop(int niceness);

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::move_only_function<void()>> jobs_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace pinflow
