// Which offset each line of a connector's object has: the object itself says the first one only. Proven by what begins
// behind it and by the records that a table has of it, or refused (docs/rebuild.md, "Objects of the S3 sink
// connector").
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sink/raw_history.h"

namespace pinflow::importer {

struct ObjectExtent {
    std::string key;  // for people, as the next
    std::string partition;
    int64_t first = 0;            // offset
    int64_t lines = 0;            // records
    std::optional<int64_t> next;  // the first offset of the object behind it; nothing: there is none
    int64_t log_start = 0;

    // Behind the offsets that its lines may have.
    int64_t end() const { return next ? *next : std::max(first + lines, log_start); }
};

// Ascending.
struct PlacedRecord {
    int64_t offset = 0;
    bool is_unreadable = false;  // no line of the object: the connector could not write it, the quarantine has it
};

// `known`: from `first` to before end(), or so many of them that there are more than lines. unsupported: it cannot be
// told; the message names the object and what is where.
Result<std::vector<PlacedRecord>> place_lines(const ObjectExtent& object, std::span<const sink::KnownRecord> known);

}  // namespace pinflow::importer
