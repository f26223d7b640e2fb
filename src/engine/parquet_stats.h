// Bounds and counts of a file's columns as the `stats` text of Delta's add action.
#pragma once
#include <duckdb.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/value_text.h"

namespace pinflow::engine {

// A bound that is missing says nothing; no other type and no other value has one.
struct ColumnStats {
    std::string name;
    std::optional<std::string> null_count;
    std::optional<std::string> least;  // JSON
    std::optional<std::string> greatest;
};

std::string delta_stats(int64_t row_count, const std::vector<ColumnStats>& columns);

// A bound as JSON: text cut to 32 characters, the greatest raised where it is cut; times to milliseconds, outwards.
std::optional<std::string> integer_bound(duckdb_type type, int64_t value, bool is_greatest);
std::optional<std::string> real_bound(duckdb_type type, double value);
std::optional<std::string> text_bound(duckdb_type type, std::string_view text, bool is_greatest);

// What COPY … RETURN_STATS says: by column (quoted as DuckDB quotes it) then by statistic: min, max, null_count,
// has_nan.
struct StatsColumn {
    std::string name;
    duckdb_type type;
};
using FileStatistics = std::map<std::string, std::map<std::string, std::string>>;

// From the result's column of type MAP(VARCHAR, MAP(VARCHAR, VARCHAR)).
FileStatistics read_statistics(duckdb_vector maps, size_t row);
std::vector<ColumnStats> column_stats(const std::vector<StatsColumn>& columns, const FileStatistics& statistics);

}  // namespace pinflow::engine
