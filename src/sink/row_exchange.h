// Rows of some places of the log (topic, partition, from an offset on) give way to others: which files of a table go,
// and which are written anew without such rows. Remembers what it found of each file, so that another look costs only
// what came since. One thread at a time.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sink/file_rewriter.h"

namespace pinflow::sink {

struct Place {
    std::string topic;
    int32_t partition = 0;
    int64_t from = 0;

    bool operator==(const Place&) const = default;
};

// Records of one partition in the quarantine, each by its offset: "12"; a user record of an aggregate as "12#3".
struct PickedRecords {
    std::string topic;
    int32_t partition = 0;
    std::vector<std::string> names;
};
// How the quarantine's messages begin that are of user records: SQL, a regular expression with number and count.
inline constexpr const char* aggregate_pattern = "'^user record ([0-9]+) of ([0-9]+) in the aggregate: '";

inline constexpr const char* all_rows = "true";
inline constexpr const char* no_rows = "false";
// SQL over a row's identity; no_rows for no places.
std::string rows_of(const std::vector<Place>& places);
// SQL over a row of the quarantine; no_rows for no records.
std::string rows_of(const std::vector<PickedRecords>& records);

class RowRemoval {
  public:
    // `condition` is SQL over a row.
    RowRemoval(FileRewriter files, std::string condition)
        : files_(std::move(files)), condition_(std::move(condition)) {}

    struct Plan {
        FileSwap swap;
        int64_t rows = 0;  // that go
        int64_t kept = 0;  // that stay where they are, or in files that are written anew
    };
    Result<Plan> plan(const delta::Snapshot& snapshot, const delta::Table& table);
    // The same counts, and nothing is written.
    Result<Plan> count(const delta::Snapshot& snapshot, const delta::Table& table);

  private:
    struct Known {
        FileRewriter::Counts counts;
        FileSwap swap;
        bool planned = false;
    };
    Result<Plan> look(const delta::Snapshot& snapshot, const delta::Table& table, bool write);
    Result<> plan_file(const delta::Snapshot& snapshot, const delta::Table& table, const delta::FileSet::Pointer& file,
                       Known& known);

    FileRewriter files_;
    std::string condition_;
    std::map<std::string, Known> known_;  // by the file's path
};

// Of a clean table and of its quarantine.
struct RowRemovals {
    RowRemoval clean;
    RowRemoval quarantine;
};

}  // namespace pinflow::sink
