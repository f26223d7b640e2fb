// File names inside a table: what `add.path` says and where the file lies.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "delta/actions.h"

namespace pinflow::delta {

// "date=2026-11-21 10%3A00/part-1.parquet" -> "date=2026-11-21%2010%253A00/part-1.parquet": what goes into add.path.
std::string encode_path(std::string_view relative_path);

// The other way, as a path on this machine. Absolute paths and file: URIs inside `table_folder` stay as they are;
// unsupported: another scheme (s3://…); corrupt: a broken escape, or a path that leaves the table's folder by "..".
Result<std::filesystem::path> file_path(const std::filesystem::path& table_folder, std::string_view path);

// "date=2026-11-21/hour=10/": the folder for these partition values, Hive-escaped, not URI-encoded; empty for none.
// `columns` gives the order.
std::string partition_folder(const std::vector<std::string>& columns, const PartitionValues& values);

// "part-<uuid>-c000.parquet": never used before.
std::string new_data_file_name();

}  // namespace pinflow::delta
