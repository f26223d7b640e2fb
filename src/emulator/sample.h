// The built-in sample: the same rows on every machine, shaped like the real tables (13 categories, 243 countries, the
// same dirt and text hazards in about the same shares). Pure functions of (kind, n): no state, any thread.
#pragma once
#include <cstdint>
#include <string>

#include "emulator/kind.h"

namespace pinflow::emulator {

inline constexpr int64_t sample_rows = 11154;  // of each table

// Appends row n as Python's json.dumps would write it. Row n has index n; the 61 rows that are known from the real
// tables are those rows. Goes on past sample_rows with new, distinct rows, for benchmarks.
void append_sample_row(std::string& out, Kind kind, int64_t n);
inline std::string sample_row(Kind kind, int64_t n) {
    std::string row;
    append_sample_row(row, kind, n);
    return row;
}

}  // namespace pinflow::emulator
