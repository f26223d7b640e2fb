// The worker: connectors by name, what they are wanted to be, and their tasks. What Connect's REST interface asks for,
// without HTTP; refusals carry the status and the words that Kafka Connect has for them. Thread-safe: one change at a
// time, which may wait for tasks to end; questions wait for nothing. docs/connect.md.
#pragma once
#include <condition_variable>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/disk.h"
#include "broker/topic_pattern.h"
#include "connect/registry_file.h"
#include "connect/task_run.h"
#include "connect/validation.h"

namespace pinflow::connect {

// What a call is refused with.
struct RestError {
    int status = 500;
    std::string message;
};
template <class T = void>
using Answer = std::expected<T, RestError>;

struct WorkerSite {
    broker::Topics& topics;
    std::shared_ptr<broker::Groups> groups;
    Clock& clock;
    Disk& disk;
    std::filesystem::path file;  // where the connectors are kept
    Plugins plugins;
    Forgetting forgetting = {};
};

struct ConnectorInfo {
    std::string name;
    Properties config;
    int tasks = 0;
};

struct ConnectorStatus {
    std::string name;
    TaskRun::Status connector;
    std::vector<TaskRun::Status> tasks;
};

struct PutResult {
    bool created = false;
    ConnectorInfo info;
};

// Nothing: the offset is forgotten.
using OffsetChanges = std::map<TopicPartition, std::optional<int64_t>>;

class Worker {
  public:
    // Reads the file. Nothing runs before start().
    static Result<std::unique_ptr<Worker>> open(WorkerSite site, int threads);
    ~Worker();  // stop()
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void start(std::string worker_id);  // "127.0.0.1:8083"
    void stop();                        // tasks commit what is safe and end

    const Plugins& plugins() const { return site_.plugins; }
    const std::string& worker_id() const { return worker_id_; }
    Answer<Validation> check(const Given& config) const;
    Answer<std::vector<Key>> keys_of(const std::string& plugin) const;  // all sink connectors' too

    std::vector<std::string> names() const;
    Answer<ConnectorInfo> info(const std::string& name) const;
    Answer<ConnectorStatus> status(const std::string& name) const;
    Answer<TaskRun::Status> task_status(const std::string& name, int task) const;
    Answer<std::vector<Properties>> task_configs(const std::string& name) const;
    Answer<std::set<std::string>> active_topics(const std::string& name) const;
    Answer<> forget_active_topics(const std::string& name);
    Answer<Offsets> offsets(const std::string& name) const;
    struct Counts {
        std::map<State, int> connectors, tasks;
        std::map<std::string, TaskRun::Counts> by_connector;
    };
    Counts counts() const;
    // Waits until every record committed before is safe where its connectors put it: in an object, in a dead letter.
    // What is not, one sentence for each connector.
    std::vector<std::string> drain(int64_t timeout_ms);

    // A new connector, or with `replace` another configuration for one that is there.
    Answer<PutResult> put(const std::string& name, const Given& config, std::optional<Target> initial, bool replace);
    Answer<PutResult> patch(const std::string& name, const Given& changes);  // nothing: the key goes
    Answer<> remove(const std::string& name);
    Answer<> set_target(const std::string& name, Target target);
    // Nothing: the connector alone was restarted. Else what restarts, as it is told to the caller.
    Answer<std::optional<ConnectorStatus>> restart(const std::string& name, bool with_tasks, bool only_failed);
    Answer<> restart_task(const std::string& name, int task);
    Answer<> change_offsets(const std::string& name, const OffsetChanges& changes);
    Answer<> reset_offsets(const std::string& name);

    // worker_forget.cpp: records that people asked to be forgotten (docs/forgetting.md).
    // Tasks that read one of these topics begin anew: what they hold that was not judged goes.
    void begin_anew(const std::set<std::string>& topics);
    // Those that read one of them, or have an offset of it.
    std::vector<std::string> readers_of(const std::set<std::string>& topics) const;
    // Takes them out of what the connector wrote; nothing if it is gone meanwhile.
    Result<TakenOut> take_out(const std::string& name, const ForgetRequest& request);
    // worker_former.cpp: places where connectors wrote that are gone or write elsewhere now.
    Result<std::map<std::string, std::string>> former_places() const;  // and the connector that wrote there last
    Answer<> forget_place(const std::string& location);                // nobody looks there any more
    Result<TakenOut> take_out_of_former(const std::string& location, ForgetRequest request);

  private:
    class Discovery;
    using TaskPtr = std::shared_ptr<TaskRun>;
    struct Connector {
        Stored stored;
        PluginPtr plugin;   // null: there is none of its class
        Properties config;  // as it runs
        TaskRun::Status status;
        std::vector<TaskPtr> tasks;
        std::set<std::string> active_topics;  // beside those of its tasks
        std::vector<std::string> topics;
        std::optional<broker::TopicPattern> pattern;
        std::string group;
        Reset reset = Reset::earliest;
    };
    using Connectors = std::map<std::string, Connector, std::less<>>;

    Worker(WorkerSite site, int threads);
    Result<> load();
    Result<> change_file(const std::function<void(Registry&)>& how);
    Answer<> save(const std::function<void(Registry&)>& how);
    Result<> note_begin(const std::string& name);
    const Connector* find(const std::string& name) const;  // under mutex_, as all that gives a Connector
    ConnectorInfo info_of(const std::string& name, const Connector& connector) const;
    ConnectorStatus status_of(const std::string& name, const Connector& connector) const;
    Answer<> check_stopped(const std::string& name) const;
    Answer<> check_partitions(const std::string& name, const OffsetChanges& changes) const;
    bool is_idle(const std::string& name) const;
    std::filesystem::path former_file() const;
    Result<Registry> former() const;
    std::optional<Plugin::Place> place_of(const Properties& config) const;
    Result<> write_former(const Registry& all) const;
    bool stays(const Connector& connector, const Properties& next) const;
    Answer<> keep_place(const std::string& name, const Properties& next);
    bool has_nothing_written(const std::string& name) const;
    bool is_written(const std::string& location, const std::string& topic) const;
    Offsets settled(const ForgetRequest& request, const std::string& group, Reset reset) const;

    // Under changes_.
    void launch(const std::string& name);
    void prepare(Connector& connector);
    TaskPtr make_task(const std::string& name, const Connector& connector, int id);
    void halt(const std::string& name);
    void halt_task(const TaskPtr& task);
    void replace_task(const std::string& name, size_t id);
    void look_for_topics();
    void share(Connector& connector) const;
    std::vector<PartitionPtr> partitions_of(const Connector& connector) const;

    // What a connector is waited for.
    struct Goal {
        std::string connector;
        std::map<PartitionPtr, int64_t> ends;
        bool is_stuck = false;  // waiting does not help
    };
    std::vector<Goal> goals() const;
    void look_at(Goal& goal) const;  // what is reached goes
    static bool is_read(const Connector& connector, const PartitionPtr& partition);
    std::string problem_of(const Goal& goal) const;

    WorkerSite site_;
    std::shared_ptr<Scheduler> scheduler_;
    std::shared_ptr<Discovery> discovery_;
    std::string worker_id_;
    bool running_ = false;      // under changes_
    std::mutex changes_;        // one at a time, over the disk and tasks that end. Before mutex_.
    std::mutex file_;           // the connectors' file, and `stored` that is the same as it. Before mutex_.
    mutable std::mutex mutex_;  // guards the connectors
    Connectors connectors_;
    std::condition_variable halted_;  // a connector was
    uint64_t topics_version_ = 0;     // that the tasks' shares are of
};

RestError not_found(const std::string& name);  // "Connector x not found"

}  // namespace pinflow::connect
