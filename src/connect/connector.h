// What a sink connector is to the worker that runs it: a plugin with keys, and tasks that are given records. The worker
// follows the log, keeps positions, states and dead letters, and answers Connect's REST interface; the connector
// decides what becomes of the records.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connect/forgetting.h"
#include "connect/key.h"

namespace pinflow::connect {

// The next offset a task wants of a partition: everything before it is safe, in an object or in a dead letter.
struct Position {
    TopicPartition of;
    int64_t next_offset = 0;
};

// Records of one partition, in the order of their offsets; views live as long as the call they are given to.
struct Records {
    const TopicPartition& from;
    std::span<const log::Record> records;
    // Of each: is it to be forgotten? Then it leaves nothing behind, its dead letter neither. Empty: none is.
    std::vector<bool> forgotten = {};

    bool is_forgotten(size_t record) const { return !forgotten.empty() && forgotten[record]; }
};

// Where a record failed, in the words of Connect's error headers (`__connect.errors.stage`).
enum class Stage : uint8_t { key_converter, value_converter, header_converter, task_put };
std::string_view name(Stage stage);

struct BadRecord {
    const TopicPartition& from;
    const log::Record& record;
    Stage stage = Stage::task_put;
    std::string
        exception_class;  // what the original would have thrown: "org.apache.kafka.connect.errors.DataException"
    std::string message;
};

// What to do with a record that cannot be used: `errors.tolerance`, the dead-letter queue, the log. Of one task.
class ErrorReporter {
  public:
    virtual ~ErrorReporter() = default;
    // Done: the record counts as handled once the position has passed it (its dead letter is acked by then).
    // Error: not tolerated; put() gives it back and the task fails with it.
    virtual Result<> report(const BadRecord& bad) = 0;
};

// One thread at a time calls it, one of the workers' and not always the same: it may block, and it must return from
// every call within a few seconds, so that stopping is quick. After an error the task is FAILED and destroyed without
// close().
class Task {
  public:
    virtual ~Task() = default;
    // These partitions are the task's from now on. Where each is to be read from, if the task knows better than the
    // group's committed offset (its own durable record); positions for partitions it was not given are ignored.
    virtual Result<std::vector<Position>> open(std::span<const TopicPartition> partitions) = 0;
    virtual Result<> put(const Records& records) = 0;
    // False: no put() until a later tick() has made it true again; its store is out of reach, or behind.
    virtual bool is_ready() const { return true; }
    // Why what it was given is not safe yet, in words for people; empty: nothing is in its way.
    virtual std::string trouble() const { return ""; }
    // Somebody waits for the records given so far of this partition (`pinflow drain`): what waits for more of them
    // ends, and becomes safe as soon as the store allows. Asked only when this task has been given all that one before
    // it may have been given: what was decided about these records stays. False: not yet, ask again.
    virtual bool end_open(const TopicPartition& /*of*/) { return true; }
    // Also called when there is no data, at least every `tick_ms`: clocks (rotation by time) run here. `now_ms`: since
    // 1970 UTC. Returns the positions that have moved since the last call; the worker commits them to the group.
    virtual Result<std::vector<Position>> tick(int64_t now_ms) = 0;
    // These partitions are another's from now on: gives up what is not yet safe, without writing it.
    virtual void close(std::span<const TopicPartition> partitions) = 0;

    static constexpr int64_t tick_ms = 100;
};

struct TaskContext {
    std::string connector;  // its name
    int task = 0;           // 0 …
    ErrorReporter& errors;  // outlives the task
};

class Plugin {
  public:
    virtual ~Plugin() = default;
    virtual std::string class_name() const = 0;  // as `connector.class` names it
    virtual std::string version() const = 0;
    virtual std::span<const Key> keys() const = 0;  // without those that all sink connectors have
    virtual KeyErrors check(
        const Properties& config) const = 0;  // config: defaults filled in, each value good by itself
    virtual Result<std::unique_ptr<Task>> make_task(const Properties& config, TaskContext context) = 0;
    // The connector is deleted, or its offsets are reset or altered (while it is stopped): what the tasks kept about
    // positions goes, or becomes these (-1: it goes).
    virtual Result<> set_positions(const std::string& connector, std::span<const Position> positions) = 0;
    virtual Result<> forget(const std::string& connector) = 0;
    // Where a connector of this configuration writes, in a few words, and the keys that take_out() finds it by, without
    // secrets. Nothing: it is not found again.
    struct Place {
        std::string location;
        Properties config;
    };
    virtual std::optional<Place> place(const Properties& /*config*/) const { return std::nullopt; }
    // Takes records that are to be forgotten out of what a connector of this configuration wrote. Beside its tasks,
    // which obey the request already. As it is: nothing that was written is found again.
    virtual Result<TakenOut> take_out(const Properties& /*config*/, const ForgetRequest& /*request*/,
                                      const Written& /*written*/) {
        return TakenOut();
    }
};

}  // namespace pinflow::connect
