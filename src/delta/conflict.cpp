#include "delta/conflict.h"

#include <unordered_set>

#include "delta/protocol.h"

namespace pinflow::delta {
namespace {

struct Check {
    const Commit& commit;
    const Snapshot& before;
    int64_t version;
    bool changes_rows;  // the commit takes rows away: whatever else changed must be looked at again

    Result<> operator()(const Protocol&) const {
        return fail(Code::conflict, "version {} changed the table's protocol: look at the table again", version);
    }
    Result<> operator()(const Metadata& metadata) const {
        if (commit.metadata || metadata.partition_columns != before.metadata->partition_columns) {
            return fail(Code::conflict, "version {} changed the table's metadata: look at the table again", version);
        }
        if (auto grown = check_evolution(before.metadata->schema, metadata.schema); !grown) {
            return fail(Code::conflict, "version {} changed the table's schema: {}", version, grown.error().message);
        }
        return check_writable(*before.protocol, metadata);
    }
    Result<> operator()(const Txn& txn) const {
        const bool ours = std::ranges::count(commit.txns, txn.app_id, &Txn::app_id) > 0;
        if (!ours) return {};
        return fail(Code::conflict, "version {} is a commit of another writer for '{}': is a second one running?",
                    version, txn.app_id);
    }
    Result<> operator()(const RemoveFile& remove) const {
        if (std::ranges::count(commit.removes, remove.path, &RemoveFile::path) > 0) {
            return fail(Code::conflict, "version {} removed '{}' already", version, remove.path);
        }
        return rows_changed(remove.data_change);
    }
    Result<> operator()(const AddFile& add) const { return rows_changed(add.data_change); }
    Result<> operator()(const CommitInfo&) const { return {}; }
    Result<> operator()(const Sidecar&) const { return {}; }

    Result<> rows_changed(bool by_winner) const {
        if (!by_winner || !changes_rows) return {};
        return fail(Code::conflict, "version {} changed rows meanwhile: look at the table again", version);
    }
};

bool removes_rows(const Commit& commit) {
    return std::ranges::count(commit.removes, true, &RemoveFile::data_change) > 0;
}

bool is_on(const Metadata& metadata, const std::string& property) {
    const auto found = metadata.configuration.find(property);
    return found != metadata.configuration.end() && found->second == "true";
}

}  // namespace

Result<Guard> check_positions(const Commit& commit, const Snapshot& snapshot) {
    size_t there = 0;
    for (const Txn& txn : commit.txns) {
        const int64_t now = snapshot.txn_version(txn.app_id);
        if (now >= txn.version) ++there;
    }
    if (there > 0 && there == commit.txns.size()) return Guard::already_there;
    for (const Txn& txn : commit.txns) {
        const int64_t now = snapshot.txn_version(txn.app_id);
        if (now >= txn.version || (txn.previous && *txn.previous != now)) {
            return fail(Code::conflict, "'{}' is at {} in the table, not where this commit ({}) starts from",
                        txn.app_id, now, txn.version);
        }
    }
    return Guard::go;
}

Result<> check_allowed(const Commit& commit, const Snapshot& snapshot) {
    if (commit.rows_as_of && snapshot.rows_version > *commit.rows_as_of) {
        return fail(Code::conflict, "version {} changed rows, and the commit rests on those of {}: look at them again",
                    snapshot.rows_version, *commit.rows_as_of);
    }
    PINFLOW_TRY(check_writable(*snapshot.protocol, commit.metadata ? *commit.metadata : *snapshot.metadata));
    if (commit.metadata) {
        PINFLOW_TRY(check_evolution(snapshot.metadata->schema, commit.metadata->schema));
        if (commit.metadata->partition_columns != snapshot.metadata->partition_columns) {
            return fail(Code::invalid, "the partition columns of a table cannot change");
        }
    }
    if (removes_rows(commit) && is_on(*snapshot.metadata, "delta.appendOnly"))
        return fail(Code::unsupported, "the table is append-only (delta.appendOnly): rows cannot be removed");
    // Files that are rewritten would be read as rows removed and added.
    if (removes_rows(commit) && is_on(*snapshot.metadata, "delta.enableChangeDataFeed")) {
        return fail(Code::unsupported,
                    "the table has a change data feed (delta.enableChangeDataFeed): rows can be added to it, not "
                    "removed");
    }
    std::unordered_set<std::string_view> names;
    for (const AddFile& add : commit.adds) {
        if (!names.insert(add.path).second) return fail(Code::invalid, "file '{}' is added twice", add.path);
    }
    for (const RemoveFile& remove : commit.removes) {
        if (!names.insert(remove.path).second) {
            return fail(Code::invalid, "file '{}' is named twice in one commit", remove.path);
        }
        if (!snapshot.files.find(remove.path)) {
            return fail(Code::conflict, "file '{}' is not in the table any more", remove.path);
        }
    }
    return {};
}

Result<> check_winner(const Commit& commit, const Snapshot& before, int64_t version,
                      const std::vector<Action>& winner) {
    const Check check{.commit = commit,
                      .before = before,
                      .version = version,
                      .changes_rows = !commit.by_file && removes_rows(commit)};
    for (const Action& action : winner) PINFLOW_TRY(std::visit(check, action));
    return {};
}

}  // namespace pinflow::delta
