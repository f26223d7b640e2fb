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
    struct Signal {  // shared with calls that are on their way while the timer ends
        std::mutex mutex;
        std::condition_variable changed;
        bool earlier = false;
        bool stopping = false;
    };
    void run();

    std::shared_ptr<Groups> groups_;
    Clock& clock_;
    std::shared_ptr<Signal> signal_ = std::make_shared<Signal>();
    std::thread thread_;
};

}  // namespace pinflow::broker
