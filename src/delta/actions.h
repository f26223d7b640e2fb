// The actions of a Delta log (Delta protocol, "Actions"): one JSON object a line in `_delta_log/%020d.json`.
// Plain values without shared state. Which fields are kept is written down in docs/delta.md.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "delta/schema.h"

namespace pinflow::delta {

using PartitionValues = std::map<std::string, std::optional<std::string>>;

// Where it is written down which rows of a file are deleted (Delta protocol, "Deletion Vectors").
struct DeletionVector {
    std::string storage;  // "u": in a file of the table, "p": in a file at an absolute path, "i": here
    std::string place;    // pathOrInlineDv
    std::optional<int64_t> offset;
    int64_t size_bytes = 0;
    int64_t cardinality = 0;  // so many rows are deleted

    bool operator==(const DeletionVector&) const = default;
};

struct AddFile {
    std::string path;  // URI-encoded, relative to the table's folder, exactly as in the log; see paths.h
    PartitionValues partition_values;
    int64_t size_bytes = 0;
    int64_t modification_ms = 0;
    bool data_change = true;
    std::string stats_json;  // empty: none
    std::string tags_json;   // empty: none
    std::optional<DeletionVector> deletion_vector;

    bool operator==(const AddFile&) const = default;
};

struct RemoveFile {
    std::string path;
    std::optional<int64_t> deletion_ms;
    bool data_change = true;
    PartitionValues partition_values;
    int64_t size_bytes = 0;
    std::optional<DeletionVector> deletion_vector;

    bool operator==(const RemoveFile&) const = default;
};

struct Txn {
    std::string app_id;
    int64_t version = 0;
    std::optional<int64_t> last_updated_ms;
    // Not stored. If set, the commit succeeds only while the table's version for app_id is this one (-1: none yet).
    std::optional<int64_t> previous;

    bool operator==(const Txn&) const = default;
};

struct Metadata {
    std::string id;  // UUID; Table::create makes one if it is empty
    std::string name;
    std::string description;
    Schema schema;
    std::vector<std::string> partition_columns;
    std::map<std::string, std::string> configuration;
    std::optional<int64_t> created_ms;

    bool operator==(const Metadata&) const = default;
};

struct Protocol {
    int min_reader_version = 1;
    int min_writer_version = 2;
    std::vector<std::string> reader_features;  // only from reader version 3 on
    std::vector<std::string> writer_features;  // only from writer version 7 on

    bool operator==(const Protocol&) const = default;
};

struct CommitInfo {
    int64_t timestamp_ms = 0;  // Table sets it
    std::string operation = "STREAMING UPDATE";
    std::map<std::string, std::string> parameters;  // operationParameters
    std::map<std::string, std::string> metrics;     // operationMetrics: numOutputRows, numFiles …
    std::optional<int64_t> read_version;            // Table sets it
    bool is_blind_append = false;                   // Table sets it
    std::string engine_info;                        // Table sets it
    std::string extra_json;                         // a JSON object of Pinflow's own under the key "pinflow", or empty
    std::optional<int64_t> in_commit_timestamp_ms;  // of tables with in-commit timestamps, which we only read

    bool operator==(const CommitInfo&) const = default;
};

// Only in checkpoints ("V2"): a Parquet file beside it that has some of its adds and removes.
struct Sidecar {
    std::string path;  // URI-encoded, as a rule a name in _delta_log/_sidecars
    int64_t size_bytes = 0;
    int64_t modification_ms = 0;

    bool operator==(const Sidecar&) const = default;
};

using Action = std::variant<AddFile, RemoveFile, Txn, Metadata, Protocol, CommitInfo, Sidecar>;

// Appends one line, newline included.
void append_action(std::string& out, const Action& action);
void append_action(std::string& out, const AddFile& add);
void append_action(std::string& out, const RemoveFile& remove);
void append_action(std::string& out, const Txn& txn);
void append_action(std::string& out, const Metadata& metadata);
void append_action(std::string& out, const Protocol& protocol);
void append_action(std::string& out, const CommitInfo& info);
void append_action(std::string& out, const Sidecar& sidecar);

// All actions of one commit file, in order. Unknown actions and unknown fields are skipped, as the protocol demands.
// corrupt (with the line's number): not JSON, a known action without a field it must have.
Result<std::vector<Action>> parse_actions(std::string_view lines);

}  // namespace pinflow::delta
