// Commits of ours that another writer has written over: open-source Spark on a local disk renames its commit to a name
// that was free when it looked, over ours if we were faster. Found out before anything rests on them.
#include <spdlog/spdlog.h>

#include "delta/conflict.h"
#include "delta/log_files.h"
#include "delta/replay.h"
#include "delta/table_state.h"

namespace pinflow::delta {
namespace {

constexpr size_t most_known_commits = 8;

// What of the commit is not in the table. Its rows may be there in other files: what was compacted has left a
// tombstone.
void leave_what_is_lost(Commit& commit, const Snapshot& now) {
    std::erase_if(commit.txns, [&](const Txn& txn) { return now.txn_version(txn.app_id) >= txn.version; });
    std::erase_if(commit.adds, [&](const AddFile& add) {
        return now.files.find(add.path) != nullptr || now.tombstones.find(add.path) != nullptr;
    });
    commit.rows_as_of.reset();  // its rows count, whatever came since
    commit.metadata.reset();    // the next commit that needs its columns brings them
}

bool only_rewrites(const Commit& commit) {
    return !commit.removes.empty() && std::ranges::count(commit.removes, true, &RemoveFile::data_change) == 0;
}

}  // namespace

void Table::note_commit(KnownCommit commit) {
    state_->known_commits.push_back(std::move(commit));
    if (state_->known_commits.size() > most_known_commits) state_->known_commits.pop_front();
}

Result<> Table::check_known_commits() {
    const int64_t now_ms = environment_.clock.steady_ms();
    if (now_ms < state_->check_known_at_ms && !state_->is_overwritten) return {};
    state_->check_known_at_ms = now_ms + files_->identities_every_ms();
    std::vector<std::string> names;
    for (const auto& known : state_->known_commits) names.push_back(commit_name(known.version));
    PINFLOW_ASSIGN(const auto identities, files_->identities(names));
    std::optional<int64_t> first_lost;
    for (size_t i = 0; i < identities.size(); ++i) {
        const std::string& now = identities[i];
        auto& known = state_->known_commits[i];
        if (now.empty() || now == known.identity) continue;  // none: cleaned up
        state_->is_overwritten = true;
        if (!known.commit) continue;
        if (!first_lost) first_lost = known.version;
        state_->lost.push_back(std::move(known));
    }
    if (state_->is_overwritten) PINFLOW_TRY(reload());
    if (!first_lost) return {};
    return fail(Code::conflict,
                "another writer has written over version {} of {}, which was ours: what it held is brought back, but a "
                "writer that does this (open-source Spark on a local disk) must not write beside Pinflow",
                *first_lost, where());
}

Result<> Table::reload() {
    state_->known_commits.clear();
    PINFLOW_ASSIGN(Loaded loaded, load(environment_, *files_));
    state_->last_commits.clear();
    adopt(std::move(loaded));
    for (; !state_->lost.empty(); state_->lost.pop_front()) PINFLOW_TRY(restore(state_->lost.front()));
    state_->is_overwritten = false;
    return {};
}

// An error: to be tried again. What cannot be brought back is told.
Result<> Table::restore(const KnownCommit& lost) {
    Commit commit = *lost.commit;
    leave_what_is_lost(commit, *state_->get());
    if (only_rewrites(commit) || (commit.adds.empty() && commit.removes.empty() && commit.txns.empty())) return {};
    auto written = check_positions(commit, *state_->get());
    const Result<Committed> outcome = written ? write(std::move(commit)) : fail(std::move(written).error());
    if (outcome) return {};
    const Code code = outcome.error().code;
    if (code != Code::conflict && code != Code::unsupported && code != Code::invalid) return fail(outcome.error());
    spdlog::error("{}: version {} of ours was written over by another writer and cannot be brought back: {}", where(),
                  lost.version, outcome.error().message);
    return {};
}

}  // namespace pinflow::delta
