// The flow from the log into tables: follows every topic that a pipeline declares, from the position in the table
// itself, and commits clean rows, what was quarantined, and the offsets they cover (docs/pipelines.md, "What happens").
// A few threads of low priority serve all tables; a table without new records costs nothing.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "broker/topics.h"
#include "delta/table.h"
#include "engine/database.h"
#include "sink/forget_list.h"
#include "sink/pipelines.h"
#include "sink/raw_history.h"
#include "sink/row_deletion.h"

namespace pinflow::sink {

class ForgottenRecords;
class Rebuilds;
struct ReplayRequest;
struct Replayed;
struct Purged;

struct TablesOptions {
    int threads = 2;
    bool upkeep = true;               // checkpoints, log cleanup, compaction
    int64_t discover_every_ms = 100;  // how soon a new topic is followed
    size_t rebuild_part_bytes = 0;    // of the log that a rebuild writes at a time; 0: as a batch of the table
    // For tables in a store: its folders, and the one that stands for the place of clean/ and quarantine/.
    std::shared_ptr<delta::StoreFolders> stores = {};
    std::filesystem::path place = {};
    std::string writer = {};      // tells this Pinflow from others that write these tables; empty: there are none
    RawSources raw_sources = {};  // for rebuilds of what the log has no more
};

struct TableStatus {
    std::string pipeline;
    std::string table;
    std::string state;                       // "starting", "running", "failing" (tries again), "stopped"
    std::string message;                     // why, if it is not running
    std::optional<int64_t> lag_records;      // nothing: how far the table has come is not known
    bool stale = false;                      // its newest record is older than its declaration says
    std::optional<int64_t> newest_event_ms;  // the time of the newest record that is in the table
    int64_t rows = 0;                        // since the start, as the next five
    int64_t quarantined = 0;
    int64_t skipped = 0;  // tombstones and empty arrays
    int64_t warnings = 0;
    int64_t duplicates = 0;  // rows that were dropped
    int64_t commits = 0;
    int64_t key_bytes = 0;  // of memory, that tell whether a row is there already
    int64_t missing = 0;    // records that the quarantine should have got and never will
};

struct DrainResult {
    bool complete = false;
    std::vector<std::string> problems;  // tables that fail, are stopped or lag behind, one sentence each
};

class Tables {
  public:
    // `flow` is the database that writes; `lake` holds clean/ and quarantine/. All outlive the tables.
    Tables(broker::Topics& topics, std::shared_ptr<engine::Database> flow, Disk& disk, Clock& clock,
           std::filesystem::path lake, std::shared_ptr<const Pipelines> pipelines, TablesOptions options);
    ~Tables();
    Tables(const Tables&) = delete;
    Tables& operator=(const Tables&) = delete;

    void start();
    void stop();  // after the batches that are being written; what was read and not written is read again
    // Other pipelines from now on: what is being written is finished, and each table goes on where it is. Not beside
    // start() and stop(); drain() and status() may run.
    void use(std::shared_ptr<const Pipelines> pipelines);
    // Returns once every record acked before the call is in its tables, or a table cannot go on, or time is up.
    DrainResult drain(int64_t timeout_ms);
    std::vector<TableStatus> status() const;

    // Rows that people want to be forgotten (docs/forgetting.md). not_found: no such table; invalid: the condition.
    Result<Deleted> count_rows(const std::string& table, const std::string& where);
    Result<Forgotten> forget(const std::string& table, const std::string& where);  // remembered; carried out soon
    struct Forgetting {
        Forgotten request;
        std::string progress;  // empty if it is done
        bool is_done = false;
    };
    // Returns when it is done, or time is up.
    Result<Forgetting> forgetting(const std::string& id, int64_t timeout_ms);
    // Objects that others made of the same records. With it a request is done when its objects are, too.
    struct ObjectReach {
        std::function<Result<ForgottenObjects>(const Forgotten&)> count;  // what would be taken out now
        std::function<std::string(const std::string& id)> progress;       // what the request waits for
    };
    void reach_objects(ObjectReach reach);  // before requests come
    // Zeros where nobody reaches any.
    Result<ForgottenObjects> count_objects(const std::string& table, const std::string& where);
    ForgetList& forget_list();
    ForgottenRecords& forgotten_records();

    Rebuilds& rebuilds();  // tables made anew from the log (docs/rebuild.md)
    // A portion of a table's quarantine judged again (docs/replay.md). not_found: no such table; see replay.h.
    Result<Replayed> replay(const std::string& table, const ReplayRequest& request);
    Result<Purged> purge(const std::string& table);  // all its rows go (docs/rebuild.md); see table_purge.h

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pinflow::sink
