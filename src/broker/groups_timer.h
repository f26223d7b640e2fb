// Calls Groups::tick() when something is due, on a thread of its own.
#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "broker/groups.h"

namespace pinflow::broker {

class GroupsTimer {
  public:
    GroupsTimer(std::shared_ptr<Groups> groups, Clock& clock);
    ~GroupsTimer();  // the thread has ended
    GroupsTimer(const GroupsTimer&) = delete;
    GroupsTimer& operator=(const GroupsTimer&) = delete;

  private:
    void run();

    std::shared_ptr<Groups> groups_;
    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool earlier_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace pinflow::broker
