// Joins tables, which know what is to be forgotten, and connectors, which wrote objects of the same records: tasks ask
// the tables before they write, and requests are carried out on the objects, on a thread of its own
// (docs/forgetting.md, "Objects of connectors").
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>

#include "connect/worker.h"
#include "sink/tables.h"

namespace pinflow::app {

// What the worker's tasks ask. `tables` outlive it.
connect::Forgetting forgetting_of(sink::Tables& tables);

class ObjectForgetting {
  public:
    // Before the worker's tasks begin: those obey every request that there is by now. Both outlive it.
    ObjectForgetting(sink::Tables& tables, connect::Worker& worker);
    ~ObjectForgetting();
    ObjectForgetting(const ObjectForgetting&) = delete;
    ObjectForgetting& operator=(const ObjectForgetting&) = delete;

    void start();  // once the tasks have begun
    void stop();   // what is not done is done by the next start

  private:
    // Of a request that is not done.
    struct State {
        bool tasks_obey = false;
        sink::ForgottenObjects found = {};         // so far
        std::map<std::string, int64_t> done = {};  // connectors, and of how many records nobody can say there
        std::string waits = {};
        int64_t retry_at_ms = 0;
        int64_t retry_delay_ms = 0;
    };
    void work();
    void carry_out(const sink::Forgotten& request);
    using TakeOut = std::function<Result<connect::TakenOut>()>;
    std::string take_out(const std::string& from, State& state, const TakeOut& take);
    using Source = std::pair<std::string, TakeOut>;
    std::vector<Source> sources(const sink::Forgotten& request, const connect::ForgetRequest& ask);
    connect::ForgetRequest request_of(const sink::Forgotten& request);
    Result<sink::ForgottenObjects> count(const sink::Forgotten& request);
    std::string progress(const std::string& id) const;

    // Whoever asks the tables may come later than this ends.
    struct Gate {
        std::shared_mutex mutex;
        bool is_open = true;
    };

    sink::Tables& tables_;
    connect::Worker& worker_;
    const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
    std::atomic<bool> stop_ = false;
    mutable std::mutex mutex_;  // guards states_
    std::condition_variable wake_;
    std::map<std::string, State> states_;  // changed by the thread alone
    std::jthread thread_;
};

}  // namespace pinflow::app
