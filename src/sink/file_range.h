// Which files of a table may have rows of a range, by their statistics.
#pragma once
#include <string>

#include "delta/snapshot.h"

namespace pinflow::sink {

// The same version with those files only that may have a row whose whole number in `column` is from `from` to before
// `to`. A file that does not say stays.
delta::Snapshot files_in_range(const delta::Snapshot& snapshot, const std::string& column, int64_t from, int64_t to);

}  // namespace pinflow::sink
