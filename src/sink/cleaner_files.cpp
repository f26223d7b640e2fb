// The files that a Cleaner writes: clean rows, and what was quarantined.
#include "base/base64.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "delta/paths.h"
#include "sink/cleaner.h"
#include "sink/record_judge.h"

namespace pinflow::sink {
namespace {

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

// What is forgotten does not come back by way of the quarantine.
Result<> Cleaner::forget_quarantined(std::vector<Quarantined>& quarantined) {
    if (plan_.forget.empty() || quarantined.empty()) return {};
    PINFLOW_ASSIGN(const auto judge, RecordJudge::make(plan_, plan_.forget, *database_));
    std::vector<engine::RecordIn> records;
    for (const Quarantined& bad : quarantined) records.push_back(bad.record);
    PINFLOW_ASSIGN(const RecordJudge::Verdict verdict, judge->judge(records));
    size_t index = 0;
    std::erase_if(quarantined, [&](const Quarantined&) { return verdict.matches[index++]; });
    return {};
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
