#include "sink/row_deletion.h"

#include "delta/paths.h"
#include "sink/record_judge.h"

namespace pinflow::sink {
namespace {

using engine::quote_text;

constexpr int most_tries = 20;

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
    FileSwap rows;
    for (const auto& file : files_of(*snapshot)) {
        tell();
        PINFLOW_ASSIGN(const auto counts, files_.count(*snapshot, clean, file, condition_));
        if (counts.matching == 0) continue;
        ++found.files;
        found.rows += counts.matching;
        if (write) PINFLOW_TRY(files_.remove_rows(*snapshot, clean, file, condition_, rows));
    }
    FileSwap records;
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

// One file of the quarantine: its records are cleaned once more, to see whose they are.
Result<> RowDeletion::judge_file(const delta::Table& table, const delta::FileSet::Pointer& file, bool write,
                                 FileSwap& into, Deleted& found) {
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
    return files_.replace(
        table, file,
        fmt::format("SELECT * EXCLUDE (file_row_number) FROM read_parquet({}, file_row_number = true) WHERE "
                    "file_row_number NOT IN (SELECT unnest([{}]::BIGINT[]))",
                    quote_text(path.string()), numbers),
        into);
}

// The condition stays out of the log: it names what was to be forgotten.
Result<> RowDeletion::commit(delta::Table& table, FileSwap swap, const std::string& id) {
    if (swap.removes.empty()) return {};
    delta::Commit commit{.info = {.operation = "DELETE", .parameters = {{"predicate", "[]"}, {"request", id}}}};
    commit.removes = std::move(swap.removes);
    commit.adds = std::move(swap.adds);
    commit.by_file = true;
    PINFLOW_TRY(table.commit(std::move(commit)));
    return {};
}

}  // namespace pinflow::sink
