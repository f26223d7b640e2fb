// What a table's statistics tell without reading its files.
#pragma once
#include <optional>
#include <set>
#include <string>

#include "delta/snapshot.h"

namespace pinflow::sink {

// The time of the newest record, in milliseconds since 1970; nothing if the files do not say.
std::optional<int64_t> newest_event_ms(const delta::Snapshot& snapshot);

// How many duplicates were ever dropped on the way into the table; nothing if none were looked for.
std::optional<int64_t> duplicates_ever(const delta::Snapshot& snapshot);

// Those of the columns that have one and the same value in every row of every file, never null.
std::set<std::string> constant_columns(const delta::Snapshot& snapshot, std::set<std::string> columns);

}  // namespace pinflow::sink
