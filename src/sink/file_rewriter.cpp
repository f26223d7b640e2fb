#include "sink/file_rewriter.h"

#include "delta/paths.h"
#include "sink/added_file.h"
#include "sink/table_scan.h"

namespace pinflow::sink {
namespace {

delta::Snapshot only(const delta::Snapshot& snapshot, const delta::FileSet::Pointer& file) {
    delta::Snapshot one = snapshot;
    one.files = {};
    one.files.insert(*file);
    return one;
}

}  // namespace

delta::RemoveFile removal_of(const delta::AddFile& file) {
    return {.path = file.path, .partition_values = file.partition_values, .size_bytes = file.size_bytes};
}

std::vector<delta::FileSet::Pointer> files_of(const delta::Snapshot& snapshot) {
    std::vector<delta::FileSet::Pointer> files;
    snapshot.files.for_each([&](const delta::FileSet::Pointer& file) { files.push_back(file); });
    return files;
}

Result<FileRewriter::Counts> FileRewriter::count(const delta::Snapshot& snapshot, const delta::Table& table,
                                                 const delta::FileSet::Pointer& file, const std::string& condition) {
    PINFLOW_ASSIGN(engine::Connection connection, database_.connect());
    PINFLOW_ASSIGN(const TableScan scan, scan_table(connection, environment_.disk, only(snapshot, file), table.folder(),
                                                    {.files = &table.files()}));
    PINFLOW_ASSIGN(
        const engine::Rows rows,
        connection.query(fmt::format("SELECT count(*), count(*) FILTER (goes) FROM (SELECT ({}\n) AS goes FROM ({}))",
                                     condition, scan.sql)));
    return Counts{.rows = rows.int64(0, 0), .matching = rows.int64(0, 1)};
}

Result<> FileRewriter::remove_rows(const delta::Snapshot& snapshot, const delta::Table& table,
                                   const delta::FileSet::Pointer& file, const std::string& condition, FileSwap& into) {
    PINFLOW_ASSIGN(engine::Connection connection, database_.connect());
    PINFLOW_ASSIGN(const TableScan scan, scan_table(connection, environment_.disk, only(snapshot, file), table.folder(),
                                                    {.files = &table.files()}));
    std::string kept;
    for (const auto& column : snapshot.metadata->schema.columns) {
        if (std::ranges::count(snapshot.metadata->partition_columns, column.name) == 0)
            kept += (kept.empty() ? "" : ", ") + engine::quote_name(column.name);
    }
    return replace(table, file, fmt::format("SELECT {} FROM ({}) WHERE ({}\n) IS NOT TRUE", kept, scan.sql, condition),
                   into);
}

Result<> FileRewriter::replace(const delta::Table& table, const delta::FileSet::Pointer& file,
                               const std::string& select, FileSwap& into) {
    PINFLOW_ASSIGN(engine::Connection connection, database_.connect());
    PINFLOW_ASSIGN(const auto old_path, delta::file_path(table.folder(), file->path));
    PINFLOW_ASSIGN(engine::ParquetFile written,
                   engine::write_parquet(connection, select, old_path.parent_path() / delta::new_data_file_name(),
                                         {.compression = compression_}));
    into.removes.push_back(removal_of(*file));
    if (written.row_count == 0) return {};
    PINFLOW_ASSIGN(delta::AddFile add,
                   added_file(environment_, table.folder(), {std::move(written), file->partition_values}));
    into.adds.push_back(std::move(add));
    return {};
}

}  // namespace pinflow::sink
