#include "base/json_writer.h"
#include "delta/log_files.h"
#include "delta/replay.h"
#include "delta/table_state.h"

namespace pinflow::delta {
namespace {

bool is_by(const CommitRecord& record, std::string_view app_id) {
    return std::ranges::any_of(record.actions, [&](const Action& action) {
        const Txn* txn = std::get_if<Txn>(&action);
        return txn && txn->app_id == app_id;
    });
}

}  // namespace

Result<SnapshotPtr> Table::snapshot_at(int64_t version) {
    if (const SnapshotPtr known = snapshot(); known->version == version) return known;
    PINFLOW_ASSIGN(Loaded loaded, load(environment_, *files_, version));
    return std::make_shared<const Snapshot>(std::move(loaded.snapshot));
}

Result<std::optional<CommitRecord>> Table::read_version(int64_t version) {
    PINFLOW_ASSIGN(auto actions, read_commit(*files_, version));
    if (!actions) return std::nullopt;
    CommitRecord record{.version = version, .actions = std::move(*actions)};
    for (const Action& action : record.actions) {
        if (const CommitInfo* info = std::get_if<CommitInfo>(&action)) record.info = *info;
    }
    return record;
}

Result<std::vector<CommitRecord>> Table::history(size_t limit) {
    std::vector<CommitRecord> records;
    for (int64_t version = snapshot()->version; version >= 0 && records.size() < limit; --version) {
        PINFLOW_ASSIGN(auto record, read_version(version));
        if (!record) break;
        records.push_back(std::move(*record));
    }
    return records;
}

Result<std::optional<CommitRecord>> Table::last_commit_by(std::string_view app_id) {
    const SnapshotPtr known = snapshot();
    if (known->txn_version(app_id) < 0) return std::nullopt;
    {
        const std::scoped_lock lock(state_->writing);
        const auto found = state_->last_commits.find(std::string(app_id));
        if (found != state_->last_commits.end()) return read_version(found->second);
    }
    // It lies before the checkpoint that this object started from. The text is searched first: parsing costs more.
    const std::string quoted = json_string(app_id);
    for (int64_t version = known->version; version >= 0; --version) {
        const auto lines = files_->read_log(commit_name(version), nullptr);
        if (!lines && lines.error().code == Code::not_found) break;
        if (!lines) return fail(lines.error());
        if (lines->find(quoted) == std::string::npos) continue;
        PINFLOW_ASSIGN(auto record, read_version(version));
        if (record && is_by(*record, app_id)) return record;
    }
    return std::nullopt;
}

}  // namespace pinflow::delta
