// One task of a connector at work: follows its partitions, hands their committed records to the plugin's task, commits
// the positions that the task says are safe. A job of the scheduler: it runs when there is data, when its task's clock
// ticks, or when its partitions change. docs/connect.md, "How a task reads".
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "connect/assignment.h"
#include "connect/plugins.h"
#include "connect/positions.h"
#include "connect/reporter.h"
#include "connect/scheduler.h"

namespace pinflow::connect {

// auto.offset.reset
enum class Reset : uint8_t { earliest, latest, none };

enum class State : uint8_t { unassigned, running, paused, failed, restarting, stopped };
std::string_view name(State state);  // "RUNNING"
// How the first line of a failed task's trace ends, where it says no more than that.
inline constexpr std::string_view exiting_task = "Exiting WorkerSinkTask due to unrecoverable exception.";

struct TaskSetup {
    std::string connector;
    int id = 0;
    PluginPtr plugin;
    Properties config;  // as the connector is started with
    std::string group;
    Reset reset = Reset::earliest;
};

struct TaskSite {
    broker::Topics& topics;
    std::shared_ptr<broker::Groups> groups;
    Clock& clock;
    std::weak_ptr<Scheduler> scheduler;
    Forgetting forgetting = {};
    std::function<Result<>()> note_begin = {};  // called when the task is made, before it is given anything
};

class TaskRun final : public Job, public std::enable_shared_from_this<TaskRun> {
  public:
    TaskRun(TaskSite site, TaskSetup setup);
    ~TaskRun() override;

    // Any thread; seen when it runs next.
    void assign(std::vector<PartitionPtr> partitions);
    void pause(bool paused);
    std::vector<PartitionPtr> assigned() const;
    struct Status {
        State state = State::unassigned;
        std::string trace;         // of a failure
        std::string trouble = {};  // why what a task at work was given is not safe yet; empty: nothing is in its way
    };
    Status status() const;
    std::set<std::string> active_topics() const;  // of which records were given to the task
    void forget_active_topics();
    struct Counts {
        uint64_t records = 0, failed = 0, dead_letters = 0;
        int64_t lag = 0;  // committed records that no committed position has passed
    };
    Counts counts() const;
    // Somebody waits until what is before these offsets is safe: the task ends what it holds back for more records.
    void hurry(const std::map<PartitionPtr, int64_t>& ends);
    // Everything before is safe; as known since the last hurry(). -1: nothing is known of this partition.
    int64_t safe_end(const PartitionPtr& partition) const;

    int64_t run() override;
    // When it does not run any more: what is safe is committed, the rest given up.
    void close();

  private:
    struct Followed {
        TopicPartition name;
        PartitionPtr partition;
        std::shared_ptr<log::ReaderHold> hold;
        int64_t next = 0;        // to be read
        int64_t given_end = -1;  // behind the last record that the task was given
        int64_t safe_end = -1;   // guarded
        int64_t first_end = 0;   // the log's end when it was followed: another task may have made objects up to there
        bool is_gone = false;    // what was to be read was just removed, or the whole topic was
        std::shared_ptr<std::atomic<bool>> armed = std::make_shared<std::atomic<bool>>(false);
        uint64_t wake = 0;
    };
    using FollowedPtr = std::shared_ptr<Followed>;

    Result<int64_t> step();
    Result<> begin();
    Result<> take_over();
    Result<> revoke(const std::vector<PartitionPtr>& wanted);
    Result<> follow(std::vector<PartitionPtr> added);
    Result<int64_t> start_of(const TopicPartition& name, const log::Partition& partition) const;
    Result<bool> read(Followed& followed);  // whether there is more
    Result<> catch_up(Followed& followed);
    Result<bool> give(Followed& followed, Bytes batches);
    Result<> put(Followed& followed, Bytes batches);
    Result<std::vector<bool>> forgotten_records(const TopicPartition& of) const;
    Result<> tick();
    Result<> commit();
    int64_t lag_before(const log::Partition& partition) const;
    void end_what_is_awaited();
    void note_safe_ends();
    bool is_there(const Followed& followed) const;
    bool wait_for_more();
    void let_go();
    void fail_with(const Error& error);
    bool is_paused() const;

    const TaskSite site_;
    const TaskSetup setup_;
    Positions positions_;
    Reporter reporter_;

    mutable std::mutex mutex_;  // guards what follows
    std::vector<PartitionPtr> wanted_;
    bool paused_ = false;
    Status status_;
    std::set<std::string> active_topics_;
    std::vector<FollowedPtr> followed_;        // changed by the running job only
    std::map<PartitionPtr, int64_t> awaited_;  // by hurry(); ends that are safe are not in it any more

    // Of the running job alone.
    std::unique_ptr<Task> task_;
    bool failed_ = false;
    std::vector<std::byte> memory_;
    std::vector<log::Record> records_;
    Offsets moved_;                              // not committed yet
    std::string commit_trouble_;                 // of the last commit
    std::map<PartitionPtr, int64_t> ended_for_;  // of awaited_, what the task has ended its open objects for
    int64_t ticked_ms_ = 0, committed_ms_ = 0;
    std::atomic<uint64_t> given_ = 0;
};

}  // namespace pinflow::connect
