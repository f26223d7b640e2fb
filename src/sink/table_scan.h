// One version of a table as a SELECT over its files: columns under the names and types of the schema, whatever the
// files call them, null where a file is older than a column, partition values as the log has them, without deleted
// rows.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "delta/snapshot.h"
#include "engine/connection.h"
#include "engine/row_filter.h"

namespace pinflow::sink {

struct TableScan {
    std::string sql;
    // What the SQL leaves out rows by; it must live as long as the SQL is used. Null where no row is deleted.
    std::shared_ptr<const engine::RegisteredFilter> filter;
};

struct ScanOptions {
    bool with_identity = true;                   // columns that begin with an underscore, too
    std::vector<std::filesystem::path> folders;  // where files outside the table's own folder may lie
};

// unsupported: a file that is not on this machine or outside the folders; corrupt: a broken deletion vector.
Result<TableScan> scan_table(engine::Connection& connection, Disk& disk, const delta::Snapshot& snapshot,
                             const std::filesystem::path& folder, const ScanOptions& options);

// A partition's value, as it stands in the log, as SQL.
std::string partition_literal(const std::optional<std::string>& value, const delta::Type& type);

// Whether `path` is one of the folders or lies below one, `..` and all.
bool is_below(const std::filesystem::path& path, const std::vector<std::filesystem::path>& folders);

}  // namespace pinflow::sink
