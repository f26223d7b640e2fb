// The 61 rows of each table that are known from the real tables, by their index.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "emulator/kind.h"

namespace pinflow::emulator {

// The row as JSON text in the style of Python's json.dumps; empty if it is not a known one. Thread-safe.
std::string_view known_row(Kind kind, int64_t n);

// Their indexes, in the order in which random.seed(100) draws them.
std::vector<int64_t> known_indexes();

}  // namespace pinflow::emulator
