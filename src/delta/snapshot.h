// One version of a table: what all actions up to it add up to (Delta protocol, "Action Reconciliation").
#pragma once
#include <memory>
#include <span>

#include "delta/actions.h"
#include "delta/hash_trie.h"

namespace pinflow::delta {

struct PathOf {
    template <class T>
    const std::string& operator()(const T& file) const {
        return file.path;
    }
};
struct AppIdOf {
    const std::string& operator()(const Txn& txn) const { return txn.app_id; }
};

using FileSet = HashTrie<AddFile, PathOf>;
using TombstoneSet = HashTrie<RemoveFile, PathOf>;
using TxnSet = HashTrie<Txn, AppIdOf>;

// Immutable once it is in a SnapshotPtr; copies are cheap and share what they have in common.
struct Snapshot {
    int64_t version = -1;
    // Newest version that added or took away rows, as far as is known: that of the checkpoint that all this began with,
    // if no later one did.
    int64_t rows_version = -1;
    int64_t timestamp_ms = 0;  // of the newest commit, 0 if it says none
    std::shared_ptr<const Protocol> protocol;
    std::shared_ptr<const Metadata> metadata;
    FileSet files;
    TombstoneSet tombstones;
    TxnSet txns;
    int64_t size_bytes = 0;  // of the live files

    // -1 if the application never committed.
    int64_t txn_version(std::string_view app_id) const {
        const Txn* txn = txns.find(app_id);
        return txn ? txn->version : -1;
    }
    // Rows of the live files by their statistics; nothing if a file has none.
    std::optional<int64_t> row_count() const;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Applies the actions of commit `version`, in order.
void apply_commit(Snapshot& snapshot, int64_t version, std::span<const Action> actions);
// The same for rows of a checkpoint; the caller sets the version.
void apply_checkpoint_row(Snapshot& snapshot, const Action& action);

}  // namespace pinflow::delta
