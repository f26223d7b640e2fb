// TableStore's second commit: what a batch puts into the quarantine, finished from the first after a stop, and counted
// in both tables, so that it is known if that was not possible.
#include <simdjson.h>
#include <spdlog/spdlog.h>

#include "sink/table_store.h"

namespace pinflow::sink {
namespace {

// What the clean commit says of its quarantine; nothing if it had none.
Result<std::optional<QuarantineFile>> described_file(const std::string& extra_json) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    if (parser.parse(extra_json).get(document)) return fail(Code::corrupt, "commitInfo.pinflow is not JSON");
    simdjson::dom::object file;
    if (document["quarantineFile"].get(file)) return std::nullopt;
    std::string_view path;
    std::string_view stats;
    QuarantineFile quarantine;
    delta::AddFile& add = quarantine.file;
    if (file["path"].get(path) || file["stats"].get(stats) || file["size"].get(add.size_bytes) ||
        file["modificationTime"].get(add.modification_ms) || document["quarantined"].get(quarantine.records)) {
        return fail(Code::corrupt, "commitInfo.pinflow.quarantineFile lacks a field");
    }
    add.path = path;
    add.stats_json = stats;
    return quarantine;
}

}  // namespace

Result<> TableStore::finish_quarantine() {
    const int64_t sequence = clean_->snapshot()->txn_version(app_id());
    if (sequence >= 0 && quarantine_->snapshot()->txn_version(app_id()) < sequence) {
        PINFLOW_ASSIGN(const auto record, clean_->last_commit_by(app_id()));
        std::optional<QuarantineFile> file;
        if (record && !record->info.extra_json.empty()) {
            PINFLOW_ASSIGN(const bool exchanged, finish_exchange(sequence, record->info.extra_json));
            if (!exchanged) {
                PINFLOW_ASSIGN(file, described_file(record->info.extra_json));
            }
        }
        if (file) PINFLOW_TRY(commit_quarantine(sequence, *file));
    }
    unfinished_ = false;
    tell_what_is_missing();
    return {};
}

Result<> TableStore::finish() {
    PINFLOW_TRY(look_again());
    return finish_quarantine();
}

Result<> TableStore::commit_quarantine(int64_t sequence, const QuarantineFile& quarantine) {
    delta::Commit commit;
    commit.info.parameters = {{"outputMode", "Append"}, {"epochId", std::to_string(sequence)}};
    commit.txns.push_back({.app_id = app_id(), .version = sequence, .last_updated_ms = environment_.clock.wall_ms()});
    if (counts_quarantined()) commit.txns.push_back(count_quarantined(*quarantine_, quarantine.records));
    commit.adds.push_back(quarantine.file);
    PINFLOW_TRY(quarantine_->commit(std::move(commit)));
    return {};
}

std::string TableStore::quarantined_app_id() const {
    return fmt::format("pinflow/{}/quarantined{}{}", plan_.pipeline, writer_.empty() ? "" : "/", writer_);
}

// At least one: an exchange changes the quarantine also where no record comes.
delta::Txn TableStore::count_quarantined(const delta::Table& table, int64_t records) const {
    const int64_t before = table.snapshot()->txn_version(quarantined_app_id());
    return {.app_id = quarantined_app_id(),
            .version = std::max<int64_t>(before, 0) + std::max<int64_t>(records, 1),
            .last_updated_ms = environment_.clock.wall_ms()};
}

// A clean commit of an earlier Pinflow, which counted none, may be the last.
bool TableStore::counts_quarantined() const {
    return clean_->snapshot()->txn_version(quarantined_app_id()) >= 0;
}

int64_t TableStore::missing_in_quarantine() const {
    const int64_t announced = clean_->snapshot()->txn_version(quarantined_app_id());
    const int64_t came = quarantine_->snapshot()->txn_version(quarantined_app_id());
    return unfinished_ ? 0 : std::max<int64_t>(announced, 0) - std::max<int64_t>(came, 0);
}

void TableStore::tell_what_is_missing() {
    const int64_t missing = missing_in_quarantine();
    if (missing > told_missing_) {
        const std::string table = clean_->folder().filename().string();
        spdlog::error(
            "table {0}: {1} records that the clean table's commits put into the quarantine are not there: a stop came "
            "between the two commits, and another writer cleaned up the log that says how to make the second. "
            "`pinflow rebuild {0}` makes both tables from the log",
            table, missing);
    }
    told_missing_ = missing;
}

}  // namespace pinflow::sink
