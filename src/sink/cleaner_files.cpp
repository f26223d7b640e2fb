// The files that a Cleaner writes: clean rows, and what was quarantined.
#include "base/base64.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "delta/paths.h"
#include "sink/cleaner.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;
using engine::quote_text;

std::string utf8_or_escaped(const std::string& text) {
    return is_valid_utf8(text) ? text : "(bytes) " + hex_encode(as_bytes(text));
}

std::string quarantine_json(const Quarantined& bad) {
    JsonWriter json;
    json.begin_object();
    if (bad.record.key) json.key("key").string(base64_encode(*bad.record.key));
    if (bad.record.value) json.key("value").string(base64_encode(*bad.record.value));
    std::string message = utf8_or_escaped(bad.message);
    if (bad.record.parts > 1)
        message =
            fmt::format("user record {} of {} in the aggregate: {}", bad.record.part + 1, bad.record.parts, message);
    json.key("rule").string(bad.rule).key("message").string(message).end_object();
    return std::move(json).text();
}

}  // namespace

// Most batches have nothing that an expectation forbids: they are written in one go, and only if rows are missing then
// the records that failed are looked for.
Result<Cleaner::Rows> Cleaner::write_rows(const std::filesystem::path& folder) {
    Rows written{.files = {}, .quarantined = rejected()};
    if (write_passing_ && input_.row_count() > 0) {
        PINFLOW_ASSIGN(const bool enough, write_passing(folder, written));
        if (enough) return written;
    } else {
        PINFLOW_TRY(find_failures(written.quarantined));
    }
    PINFLOW_ASSIGN(written.files, write_clean(folder));
    return written;
}

// False if a record that failed has other rows that went through: they have to go with it.
Result<bool> Cleaner::write_passing(const std::filesystem::path& folder, Rows& into) {
    PINFLOW_ASSIGN(engine::ParquetFile file, write_passing_->write(folder / delta::new_data_file_name()));
    const auto path = file.path;
    const bool all = file.row_count == static_cast<int64_t>(input_.row_count());
    excluded_count_ = 0;
    failed_rows_ = 0;
    Result<> found;
    if (!all) found = find_failures(into.quarantined);
    if (found && (all || one_row_each())) {
        if (file.row_count > 0) into.files.push_back({std::move(file), {}});
        return true;
    }
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    if (!found) return fail(found.error());
    return false;
}

Result<std::vector<DataFile>> Cleaner::write_clean(const std::filesystem::path& folder) {
    std::vector<DataFile> files;
    if (input_.row_count() == 0) return files;
    if (!plan_.declaration.partition_by.empty()) return write_partitioned(folder);
    engine::ParquetWriter& writer = excluded_count_ > 0 ? *write_remaining_ : *write_all_;
    PINFLOW_ASSIGN(engine::ParquetFile file, writer.write(folder / delta::new_data_file_name()));
    if (file.row_count > 0) files.push_back({std::move(file), {}});
    return files;
}

// One file for each combination of partition values; the values stand in the folder's name, not in the file.
Result<std::vector<DataFile>> Cleaner::write_partitioned(const std::filesystem::path& folder) {
    const auto& columns = plan_.declaration.partition_by;
    std::string kept;
    for (const auto& column : plan_.clean_schema.columns) {
        if (std::ranges::find(columns, column.name) == columns.end())
            kept += (kept.empty() ? "" : ", ") + quote_name(column.name);
    }
    std::string texts;
    for (const auto& column : columns) {
        texts += fmt::format("{}CAST({} AS VARCHAR)", texts.empty() ? "" : ", ", quote_name(column));
    }
    PINFLOW_ASSIGN(const engine::Rows combinations,
                   connection_.query(fmt::format("SELECT DISTINCT {} FROM ({})", texts, remaining_sql())));
    std::vector<DataFile> files;
    for (size_t row = 0; row < combinations.row_count(); ++row) {
        DataFile file;
        std::string filter;
        for (size_t i = 0; i < columns.size(); ++i) {
            const bool null = combinations.is_null(row, i);
            if (!null)
                file.partition_values[columns[i]] = combinations.text(row, i);
            else
                file.partition_values[columns[i]] = std::nullopt;
            filter += fmt::format("{}CAST({} AS VARCHAR) IS NOT DISTINCT FROM {}", i == 0 ? "" : " AND ",
                                  quote_name(columns[i]), null ? "NULL" : quote_text(combinations.text(row, i)));
        }
        const auto place = folder / delta::partition_folder(columns, file.partition_values);
        std::error_code error;
        std::filesystem::create_directories(place, error);
        PINFLOW_ASSIGN(file.file,
                       engine::write_parquet(connection_,
                                             fmt::format("SELECT {} FROM ({}) WHERE {}", kept, remaining_sql(), filter),
                                             place / delta::new_data_file_name(),
                                             {.compression = plan_.declaration.settings.compression}));
        if (file.file.row_count > 0) files.push_back(std::move(file));
    }
    return files;
}

Result<std::optional<engine::ParquetFile>> Cleaner::write_quarantine(const std::vector<Quarantined>& quarantined,
                                                                     const std::filesystem::path& folder) {
    if (quarantined.empty()) return std::nullopt;
    quarantined_.clear();
    texts_.clear();
    for (const Quarantined& bad : quarantined) {
        texts_.push_back(quarantine_json(bad));
        engine::RecordIn record = bad.record;
        record.key.reset();
        record.value = as_bytes(texts_.back());
        quarantined_.add(record);
    }
    if (!quarantined_.rejected().empty()) {
        return fail(Code::internal, "a quarantined record could not be written down: {}",
                    quarantined_.rejected()[0].message);
    }
    PINFLOW_ASSIGN(engine::ParquetFile file, write_quarantined_->write(folder / delta::new_data_file_name()));
    return file;
}

}  // namespace pinflow::sink
