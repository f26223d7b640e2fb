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
#include "delta/table_files.h"
#include "engine/connection.h"
#include "engine/row_filter.h"

namespace pinflow::sink {

struct TableScan {
    std::string sql;
    // What the SQL leaves out rows by; it must live as long as the SQL is used. Null where no row is deleted.
    std::shared_ptr<const engine::RegisteredFilter> filter;
    // The same for the files of a table in a store; null where they are the table's own.
    delta::TableFiles::Held held;
};

struct ScanOptions {
    bool with_identity = true;                   // columns that begin with an underscore, too
    std::vector<std::filesystem::path> folders;  // where files outside the table's own folder may lie
    delta::TableFiles* files = nullptr;          // null: they are in the folder
};

// unsupported: a file that is not on this machine or outside the folders; corrupt: a broken deletion vector.
Result<TableScan> scan_table(engine::Connection& connection, Disk& disk, const delta::Snapshot& snapshot,
                             const std::filesystem::path& folder, const ScanOptions& options);

// A partition's value, as it stands in the log, as SQL.
std::string partition_literal(const std::optional<std::string>& value, const delta::Type& type);

// Whether `path` is one of the folders or lies below one, `..` and all.
bool is_below(const std::filesystem::path& path, const std::vector<std::filesystem::path>& folders);

}  // namespace pinflow::sink
