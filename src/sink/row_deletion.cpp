#include "sink/row_deletion.h"

#include "delta/paths.h"
#include "engine/parquet_writer.h"
#include "sink/added_file.h"
#include "sink/record_judge.h"
#include "sink/table_scan.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;
using engine::quote_text;

constexpr int most_tries = 20;

std::vector<delta::FileSet::Pointer> files_of(const delta::Snapshot& snapshot) {
    std::vector<delta::FileSet::Pointer> files;
    snapshot.files.for_each([&](const delta::FileSet::Pointer& file) { files.push_back(file); });
    return files;
}

delta::Snapshot only(const delta::Snapshot& snapshot, const delta::FileSet::Pointer& file) {
    delta::Snapshot one = snapshot;
    one.files = {};
    one.files.insert(*file);
    return one;
}

engine::RecordIn record_at(const engine::Rows& rows, size_t row) {
    engine::RecordIn record{.topic = as_text(rows.blob(row, 0)),
                            .partition = static_cast<int32_t>(rows.int64(row, 1)),
                            .offset = rows.int64(row, 2),
                            .timestamp_ms = rows.int64(row, 3) / 1000};
    if (!rows.is_null(row, 4)) record.value = rows.blob(row, 4);
    return record;
}

}  // namespace

Result<Deleted> RowDeletion::run(delta::Table& clean, delta::Table& quarantine, const std::string& id,
                                 const Progress& progress) {
    Result<Deleted> found = Deleted();
    for (int tries = 0; tries < most_tries; ++tries) {
        found = look(clean, quarantine, true, id, progress);
        if (found || found.error().code != Code::conflict) break;
    }
    return found;
}

Result<Deleted> RowDeletion::count(delta::Table& clean, delta::Table& quarantine) {
    return look(clean, quarantine, false, "", {});
}

Result<Deleted> RowDeletion::look(delta::Table& clean, delta::Table& quarantine, bool write, const std::string& id,
                                  const Progress& progress) {
    Deleted found;
    PINFLOW_ASSIGN(const auto snapshot, clean.refresh());
    PINFLOW_ASSIGN(const auto aside, quarantine.refresh());
    const size_t all = snapshot->files.size() + aside->files.size();
    size_t looked_at = 0;
    const auto tell = [&] {
        ++looked_at;
        if (progress) progress(looked_at, all);
    };
    Swap rows;
    for (const auto& file : files_of(*snapshot)) {
        tell();
        PINFLOW_ASSIGN(const int64_t matching, count_rows(only(*snapshot, file), clean));
        if (matching == 0) continue;
        ++found.files;
        found.rows += matching;
        if (write) PINFLOW_TRY(rewrite(*snapshot, clean, file, rows));
    }
    Swap records;
    for (const auto& file : files_of(*aside)) {
        tell();
        PINFLOW_TRY(judge_file(quarantine, file, write, records, found));
    }
    if (!write) return found;
    // Each may be there already from an earlier try: then nothing is found and nothing written.
    PINFLOW_TRY(commit(clean, std::move(rows), id));
    PINFLOW_TRY(commit(quarantine, std::move(records), id));
    return found;
}

Result<int64_t> RowDeletion::count_rows(const delta::Snapshot& snapshot, const delta::Table& table) {
    PINFLOW_ASSIGN(engine::Connection connection, database_.connect());
    PINFLOW_ASSIGN(const TableScan scan,
                   scan_table(connection, environment_.disk, snapshot, table.folder(), {.files = &table.files()}));
    PINFLOW_ASSIGN(const engine::Rows rows,
                   connection.query(fmt::format("SELECT count(*) FROM ({}) WHERE ({}\n)", scan.sql, condition_)));
    return rows.int64(0, 0);
}

Result<> RowDeletion::rewrite(const delta::Snapshot& snapshot, const delta::Table& table,
                              const delta::FileSet::Pointer& file, Swap& into) {
    PINFLOW_ASSIGN(engine::Connection connection, database_.connect());
    PINFLOW_ASSIGN(const TableScan scan, scan_table(connection, environment_.disk, only(snapshot, file), table.folder(),
                                                    {.files = &table.files()}));
    std::string kept;
    for (const auto& column : snapshot.metadata->schema.columns) {
        if (std::ranges::count(snapshot.metadata->partition_columns, column.name) == 0)
            kept += (kept.empty() ? "" : ", ") + quote_name(column.name);
    }
    return replace(table, file, fmt::format("SELECT {} FROM ({}) WHERE ({}\n) IS NOT TRUE", kept, scan.sql, condition_),
                   into);
}

Result<> RowDeletion::replace(const delta::Table& table, const delta::FileSet::Pointer& file, const std::string& select,
                              Swap& into) {
    PINFLOW_ASSIGN(engine::Connection connection, database_.connect());
    PINFLOW_ASSIGN(const auto old_path, delta::file_path(table.folder(), file->path));
    PINFLOW_ASSIGN(engine::ParquetFile written,
                   engine::write_parquet(connection, select, old_path.parent_path() / delta::new_data_file_name(),
                                         {.compression = plan_.declaration.settings.compression}));
    into.removes.push_back(
        {.path = file->path, .partition_values = file->partition_values, .size_bytes = file->size_bytes});
    if (written.row_count == 0) return {};
    PINFLOW_ASSIGN(delta::AddFile add,
                   added_file(environment_, table.folder(), {std::move(written), file->partition_values}));
    into.adds.push_back(std::move(add));
    return {};
}

// One file of the quarantine: its records are cleaned once more, to see whose they are.
Result<> RowDeletion::judge_file(const delta::Table& table, const delta::FileSet::Pointer& file, bool write, Swap& into,
                                 Deleted& found) {
    PINFLOW_ASSIGN(const auto path, delta::file_path(table.folder(), file->path));
    const delta::TableFiles::DataFile wanted{path, static_cast<uint64_t>(file->size_bytes)};
    PINFLOW_ASSIGN(const auto held, table.files().hold(std::span(&wanted, 1)));
    PINFLOW_ASSIGN(engine::Connection connection, database_.connect());
    PINFLOW_ASSIGN(
        const engine::Rows rows,
        connection.query(fmt::format("SELECT _topic, _partition, _offset, _time, value FROM read_parquet({})",
                                     quote_text(path.string()))));
    std::vector<engine::RecordIn> records;
    for (size_t row = 0; row < rows.row_count(); ++row) records.push_back(record_at(rows, row));
    PINFLOW_ASSIGN(const auto judge, RecordJudge::make(plan_, condition_, database_));
    PINFLOW_ASSIGN(const RecordJudge::Verdict verdict, judge->judge(records));
    found.unjudged += verdict.unknown;
    std::string numbers;
    for (size_t row = 0; row < records.size(); ++row) {
        if (!verdict.matches[row]) continue;
        ++found.quarantined;
        numbers += (numbers.empty() ? "" : ",") + std::to_string(row);
    }
    if (numbers.empty() || !write) return {};
    return replace(table, file,
                   fmt::format("SELECT * EXCLUDE (file_row_number) FROM read_parquet({}, file_row_number = true) WHERE "
                               "file_row_number NOT IN (SELECT unnest([{}]::BIGINT[]))",
                               quote_text(path.string()), numbers),
                   into);
}

// The condition stays out of the log: it names what was to be forgotten.
Result<> RowDeletion::commit(delta::Table& table, Swap swap, const std::string& id) {
    if (swap.removes.empty()) return {};
    delta::Commit commit{.info = {.operation = "DELETE", .parameters = {{"predicate", "[]"}, {"request", id}}}};
    commit.removes = std::move(swap.removes);
    commit.adds = std::move(swap.adds);
    commit.by_file = true;
    PINFLOW_TRY(table.commit(std::move(commit)));
    return {};
}

}  // namespace pinflow::sink
