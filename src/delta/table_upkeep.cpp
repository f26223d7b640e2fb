#include <spdlog/spdlog.h>

#include <unordered_set>

#include "base/text.h"
#include "delta/checkpoint.h"
#include "delta/log_files.h"
#include "delta/paths.h"
#include "delta/protocol.h"
#include "delta/table_state.h"

namespace pinflow::delta {
namespace {

constexpr int64_t hour_ms = 3'600'000;
constexpr int64_t default_checkpoint_interval = 100;
constexpr int64_t max_checkpoint_interval = 1000;

// A checkpoint costs as much as there are entries: wait longer where there are many.
int64_t checkpoint_interval(const Snapshot& snapshot) {
    int64_t interval = default_checkpoint_interval;
    const auto found = snapshot.metadata->configuration.find("delta.checkpointInterval");
    if (found != snapshot.metadata->configuration.end()) interval = parse_int(found->second).value_or(interval);
    const auto entries = static_cast<int64_t>(snapshot.files.size() + snapshot.tombstones.size());
    return std::max<int64_t>({1, interval, std::min(entries / 10, max_checkpoint_interval)});
}

}  // namespace

// Once each.
void Table::tell_unread_retentions(const Metadata& metadata) {
    for (const std::string& unread : unread_retentions(metadata)) {
        if (!state_->told.insert(unread).second) continue;
        spdlog::warn("{}: {} is no interval that can be read: nothing that it keeps is removed", where(), unread);
    }
}

bool Table::checkpoint_due() const {
    const SnapshotPtr known = snapshot();
    return known->version - std::max<int64_t>(state_->checkpoint_version, 0) >= checkpoint_interval(*known);
}

Result<> Table::checkpoint() {
    const std::scoped_lock lock(state_->upkeep);
    {
        const std::scoped_lock writing(state_->writing);
        PINFLOW_TRY(settle());  // a checkpoint must not keep what another writer has written over
    }
    const SnapshotPtr known = snapshot();
    PINFLOW_TRY(check_writable(*known->protocol, *known->metadata));
    const int64_t from = environment_.clock.wall_ms() - file_retention_ms(*known->metadata);
    PINFLOW_TRY(write_checkpoint(environment_, *files_, *known, from));
    state_->checkpoint_version = known->version;
    return {};
}

Result<CleanupReport> Table::clean_log() {
    const std::scoped_lock lock(state_->upkeep);
    const SnapshotPtr known = snapshot();
    tell_unread_retentions(*known->metadata);
    CleanupReport report;
    const int64_t now = environment_.clock.wall_ms();
    PINFLOW_ASSIGN(const LogListing listing, list_log(*files_));
    const auto drop = [&](const std::string& name) -> Result<> {
        ++report.log_files;
        return files_->remove_log(name);
    };
    for (const std::string& name : listing.temporaries) {
        if (modified_ms(*files_, listing, name, now) < now - hour_ms) PINFLOW_TRY(drop(name));
    }
    const auto wanted = known->metadata->configuration.find("delta.enableExpiredLogCleanup");
    if (wanted != known->metadata->configuration.end() && wanted->second == "false") return report;
    const int64_t cutoff = now - log_retention_ms(*known->metadata);
    int64_t keep_from = -1;  // the newest checkpoint that was old enough already at the cutoff
    for (const auto& [version, names] : listing.checkpoints) {
        if (modified_ms(*files_, listing, names.front(), now) <= cutoff) keep_from = version;
    }
    for (const auto& [version, names] : listing.checkpoints) {
        if (version >= keep_from) break;
        for (const std::string& name : names) PINFLOW_TRY(drop(name));
    }
    for (const int64_t version : listing.commits) {
        if (version >= keep_from) break;
        PINFLOW_TRY(drop(commit_name(version)));
    }
    return report;
}

Result<CleanupReport> Table::remove_expired_files() {
    const std::scoped_lock lock(state_->upkeep);
    PINFLOW_ASSIGN(const SnapshotPtr known, refresh());  // another writer's RESTORE brings files back
    PINFLOW_TRY(check_writable(*known->protocol, *known->metadata));
    tell_unread_retentions(*known->metadata);
    const int64_t cutoff = environment_.clock.wall_ms() - file_retention_ms(*known->metadata);
    CleanupReport report;
    std::vector<TombstoneSet::Pointer> expired;
    known->tombstones.for_each([&](const TombstoneSet::Pointer& remove) {
        if (remove->deletion_ms.value_or(0) < cutoff && !known->files.find(remove->path)) expired.push_back(remove);
    });
    for (const auto& remove : expired) {
        const auto path = file_path(folder(), remove->path);
        if (!path) continue;  // not ours to delete; readers do not see it any more
        PINFLOW_TRY(files_->remove(*path));
        ++report.data_files;
    }
    if (expired.empty()) return report;
    const std::scoped_lock writing(state_->writing);
    Snapshot next = *state_->get();
    for (const auto& remove : expired) {
        if (next.tombstones.find(remove->path) == remove.get()) next.tombstones.erase(remove->path);
    }
    state_->set(std::move(next));
    return report;
}

Result<CleanupReport> Table::vacuum() {
    const std::scoped_lock lock(state_->upkeep);
    PINFLOW_ASSIGN(const SnapshotPtr known, refresh());
    PINFLOW_TRY(check_writable(*known->protocol, *known->metadata));
    tell_unread_retentions(*known->metadata);
    const int64_t now = environment_.clock.wall_ms();
    const int64_t retention = file_retention_ms(*known->metadata);
    const int64_t older_than_ms = now - std::max(retention, hour_ms);
    std::unordered_set<std::string> kept;
    const auto keep = [&](const std::string& name) {
        if (const auto path = file_path(folder(), name)) kept.insert(path->string());
    };
    known->files.for_each([&](const FileSet::Pointer& file) { keep(file->path); });
    known->tombstones.for_each([&](const TombstoneSet::Pointer& remove) {
        if (remove->deletion_ms.value_or(0) >= now - retention) keep(remove->path);
    });
    CleanupReport report;
    PINFLOW_ASSIGN(const auto found, files_->list_data());
    for (const auto& file : found) {
        if (kept.contains(file.path.string()) || files_->modified_ms(file, older_than_ms) >= older_than_ms) continue;
        PINFLOW_TRY(files_->remove(file.path));
        ++report.data_files;
    }
    return report;
}

Result<CleanupReport> Table::maintain() {
    if (!checkpoint_due()) return CleanupReport{};
    PINFLOW_ASSIGN(const CleanupReport files, remove_expired_files());
    PINFLOW_TRY(checkpoint());
    PINFLOW_ASSIGN(CleanupReport report, clean_log());
    report.data_files = files.data_files;
    return report;
}

}  // namespace pinflow::delta
