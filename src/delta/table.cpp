#include "delta/table.h"

#include "base/json_writer.h"
#include "base/uuid.h"
#include "delta/conflict.h"
#include "delta/log_files.h"
#include "delta/protocol.h"
#include "delta/replay.h"
#include "delta/table_state.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;

constexpr int max_tries = 1000;

std::vector<Action> actions_of(const Commit& commit, CommitInfo info) {
    std::vector<Action> actions;
    actions.reserve(2 + commit.txns.size() + commit.removes.size() + commit.adds.size());
    actions.emplace_back(std::move(info));
    for (const Txn& txn : commit.txns) actions.emplace_back(txn);
    if (commit.metadata) actions.emplace_back(*commit.metadata);
    for (const RemoveFile& remove : commit.removes) actions.emplace_back(remove);
    for (const AddFile& add : commit.adds) actions.emplace_back(add);
    return actions;
}

std::string lines_of(const std::vector<Action>& actions) {
    std::string lines;
    for (const Action& action : actions) append_action(lines, action);
    return lines;
}

CommitInfo info_for(const Commit& commit, const Snapshot& read, int64_t now_ms) {
    CommitInfo info = commit.info;
    info.timestamp_ms = std::max(now_ms, read.timestamp_ms + 1);  // readers order versions by time
    info.read_version = read.version;
    info.is_blind_append = commit.removes.empty() && !commit.metadata;
    info.engine_info = "Pinflow/" PINFLOW_VERSION;
    return info;
}

Result<> complete(const Environment& environment, Metadata& metadata) {
    PINFLOW_TRY(check_schema(metadata.schema));
    for (const std::string& column : metadata.partition_columns) {
        if (!metadata.schema.find(column)) {
            return fail(Code::invalid, "partition column '{}' is not among the columns", column);
        }
    }
    PINFLOW_TRY(check_writable(protocol_of_new_table(metadata), metadata));
    if (metadata.id.empty()) metadata.id = Uuid::random().text();
    if (!metadata.created_ms) metadata.created_ms = environment.clock.wall_ms();
    return {};
}

}  // namespace

std::map<std::string, std::string> default_configuration() {
    return {{"delta.checkpointInterval", "100"},
            {"delta.logRetentionDuration", "interval 1 hours"},
            {"delta.deletedFileRetentionDuration", "interval 1 hours"}};
}

std::shared_ptr<TableFiles> files_of(const Environment& environment, const fs::path& folder) {
    auto stored = environment.stores ? environment.stores->files(folder) : nullptr;
    return stored ? stored : local_files(environment.disk, folder);
}

Table::Table(Environment environment, std::shared_ptr<TableFiles> files)
    : environment_(std::move(environment)), files_(std::move(files)), state_(std::make_unique<State>()) {}
Table::~Table() = default;

Result<std::unique_ptr<Table>> Table::open(Environment environment, fs::path folder) {
    auto files = files_of(environment, folder);
    PINFLOW_ASSIGN(Loaded loaded, load(environment, *files));
    std::unique_ptr<Table> table(new Table(std::move(environment), std::move(files)));
    table->adopt(std::move(loaded));
    return table;
}

Result<std::unique_ptr<Table>> Table::create(Environment environment, fs::path folder, Metadata metadata) {
    PINFLOW_TRY(complete(environment, metadata));
    const auto files = files_of(environment, folder);
    PINFLOW_TRY(files->prepare());
    const auto listing = list_log(*files);
    if (!listing && listing.error().code != Code::not_found) return fail(listing.error());
    CommitInfo info{.timestamp_ms = environment.clock.wall_ms(), .operation = "CREATE TABLE"};
    info.engine_info = "Pinflow/" PINFLOW_VERSION;
    const std::vector<Action> actions = {std::move(info), protocol_of_new_table(metadata), metadata};
    Written written = Written::taken;
    if (!listing || (listing->commits.empty() && listing->checkpoints.empty())) {
        std::string identity;
        PINFLOW_ASSIGN(written, files->create_log(commit_name(0), lines_of(actions), identity));
    }
    if (written == Written::taken) return fail(Code::exists, "there is a table at {} already", files->where());
    if (written == Written::unsure) {
        return fail(Code::io, "creating {}: whether it is there is not known, open the table again", files->where());
    }
    return open(std::move(environment), std::move(folder));
}

void Table::adopt(Loaded&& loaded) {
    state_->checkpoint_version = std::max(state_->checkpoint_version.load(), loaded.checkpoint_version);
    for (auto& [app_id, version] : loaded.last_commits) state_->last_commits[app_id] = version;
    state_->listed = Listed::now(environment_.clock);
    state_->set(std::move(loaded.snapshot));
}

SnapshotPtr Table::snapshot() const {
    return state_->get();
}

Result<SnapshotPtr> Table::refresh() {
    const std::scoped_lock lock(state_->writing);
    PINFLOW_TRY(settle());
    PINFLOW_TRY(catch_up(nullptr));
    return state_->get();
}

// Before anything that rests on the log's end: a commit whose fate we do not know, a log nobody looked at for long.
Result<> Table::settle() {
    if (state_->unsure) {
        PINFLOW_TRY(files_->settle());
        state_->unsure = false;
        PINFLOW_TRY(catch_up(nullptr));
    }
    PINFLOW_TRY(check_known_commits());
    const Listed now = Listed::now(environment_.clock);
    if (state_->listed.is_recent(now)) return {};
    state_->listed = now;
    const SnapshotPtr known = state_->get();
    PINFLOW_ASSIGN(const LogListing listing, list_log(*files_, known->version));
    const bool next_there = std::ranges::binary_search(listing.commits, known->version + 1);
    const bool moved_on = !listing.commits.empty() && listing.commits.back() > known->version;
    if (next_there || !moved_on) return {};
    PINFLOW_ASSIGN(Loaded loaded, load(environment_, *files_));
    adopt(std::move(loaded));
    return {};
}

// Applies the versions that are there behind ours. With a commit at hand, each is checked against it first.
Result<> Table::catch_up(const Commit* waiting) {
    Snapshot next = *state_->get();
    const int64_t start = next.version;
    while (true) {
        const int64_t version = next.version + 1;
        std::string identity;
        PINFLOW_ASSIGN(const auto actions, read_commit(*files_, version, &identity));
        if (!actions) break;
        note_commit({version, std::move(identity), std::nullopt});
        const auto outcome = waiting ? check_winner(*waiting, next, version, *actions) : Result<>();
        apply_commit(next, version, *actions);
        PINFLOW_TRY(check_readable(*next.protocol, *next.metadata));
        state_->note(*actions, version);
        if (outcome) continue;
        state_->set(std::move(next));
        return outcome;
    }
    if (next.version > start) state_->set(std::move(next));
    return {};
}

Result<Committed> Table::commit(Commit commit) {
    const std::scoped_lock lock(state_->writing);
    PINFLOW_TRY(settle());
    PINFLOW_ASSIGN(const Guard guard, check_positions(commit, *state_->get()));
    if (guard == Guard::already_there) return Committed{state_->get()->version, true};
    return write(std::move(commit));
}

// Under `writing`, with the log's end known.
Result<Committed> Table::write(Commit commit) {
    for (int tries = 0; tries < max_tries; ++tries) {
        const SnapshotPtr read = state_->get();
        PINFLOW_TRY(check_allowed(commit, *read));
        const int64_t now = environment_.clock.wall_ms();
        for (RemoveFile& remove : commit.removes) remove.deletion_ms = now;
        for (Txn& txn : commit.txns) txn.last_updated_ms = now;
        const std::vector<Action> actions = actions_of(commit, info_for(commit, *read, now));
        const int64_t version = read->version + 1;
        std::string identity;
        PINFLOW_ASSIGN(const Written written, files_->create_log(commit_name(version), lines_of(actions), identity));
        if (written == Written::unsure) {
            state_->unsure = true;
            return fail(Code::io, "version {} of {} is written, but may not be there to stay: try again", version,
                        where());
        }
        if (written == Written::done) {
            Snapshot next = *read;
            apply_commit(next, version, actions);
            state_->note(actions, version);
            note_commit({version, std::move(identity), std::move(commit)});
            state_->set(std::move(next));
            return Committed{version, false};
        }
        PINFLOW_TRY(catch_up(&commit));
    }
    return fail(Code::unavailable, "{} other writers were faster on {}", max_tries, where());
}

Result<Committed> Table::replace(const std::vector<FileSet::Pointer>& removes, std::vector<AddFile> adds,
                                 CommitInfo info) {
    Commit swap{.info = std::move(info), .adds = std::move(adds)};
    for (AddFile& add : swap.adds) add.data_change = false;
    for (const FileSet::Pointer& file : removes) {
        swap.removes.push_back({.path = file->path,
                                .data_change = false,
                                .partition_values = file->partition_values,
                                .size_bytes = file->size_bytes});
    }
    return commit(std::move(swap));
}

}  // namespace pinflow::delta
