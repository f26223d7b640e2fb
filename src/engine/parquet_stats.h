// What COPY … RETURN_STATS says about a file, as the `stats` text of Delta's add action.
#pragma once
#include <duckdb.h>

#include <map>
#include <string>
#include <vector>

#include "engine/value_text.h"

namespace pinflow::engine {

struct StatsColumn {
    std::string name;
    duckdb_type type;
};

// By column (quoted as DuckDB quotes it) then by statistic: min, max, null_count, has_nan …
using FileStatistics = std::map<std::string, std::map<std::string, std::string>>;

// From the result's column of type MAP(VARCHAR, MAP(VARCHAR, VARCHAR)).
FileStatistics read_statistics(duckdb_vector maps, size_t row);

std::string delta_stats(int64_t row_count, const std::vector<StatsColumn>& columns, const FileStatistics& statistics);

}  // namespace pinflow::engine
