// Quarantined records judged again by the rules of now: those that pass go into the clean table and leave the
// quarantine, those that fail stay (docs/replay.md). A portion at a time, so that memory is bounded and the table is
// silent for a moment only; each portion counts whole or not at all.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sink/table_sink.h"

namespace pinflow::sink {

struct RecordPlace {
    std::string topic;
    int32_t partition = 0;
    int64_t offset = 0;
};

// What a quarantined record shall have been.
struct Correction {
    RecordPlace place;
    std::string value;
};

struct ReplayRequest {
    std::string where;                    // SQL over the quarantine's columns; empty: all
    std::optional<RecordPlace> after;     // where the portion before ended
    std::vector<Correction> corrections;  // if any: these records and no others
    bool dry_run = false;
};

struct StillWrong {
    RecordPlace place;
    std::string rule;
    std::string message;
};

struct Replayed {
    int64_t records = 0;              // that were judged
    int64_t passed = 0;               // of these
    int64_t rows = 0;                 // that they made
    int64_t duplicates = 0;           // that the table had already
    std::optional<RecordPlace> next;  // there may be more behind this one
    std::vector<StillWrong> wrong;    // the first of the corrections that do not pass either
};

inline constexpr size_t most_corrections = 1000;  // at a time
inline constexpr size_t most_told_wrong = 10;

// conflict: another Pinflow replays this quarantine and has not finished; invalid: the condition, a correction of a
// record that is not in the quarantine; unavailable: the table is not open, or an expectation with severity "stop"
// failed.
Result<Replayed> replay(TableSink& sink, const ReplayRequest& request);

}  // namespace pinflow::sink
