#include "delta/snapshot.h"

#include <simdjson.h>

#include <algorithm>

namespace pinflow::delta {
namespace {

struct Apply {
    Snapshot& snapshot;

    void operator()(const AddFile& add) const {
        forget_file(add.path);
        snapshot.tombstones.erase(add.path);
        snapshot.size_bytes += add.size_bytes;
        snapshot.files.insert(add);
    }
    void operator()(const RemoveFile& remove) const {
        forget_file(remove.path);
        snapshot.tombstones.insert(remove);
    }
    void operator()(const Txn& txn) const { snapshot.txns.insert(txn); }
    void operator()(const Metadata& metadata) const { snapshot.metadata = std::make_shared<const Metadata>(metadata); }
    void operator()(const Protocol& protocol) const { snapshot.protocol = std::make_shared<const Protocol>(protocol); }
    void operator()(const CommitInfo& info) const {
        if (info.timestamp_ms > 0) snapshot.timestamp_ms = info.timestamp_ms;
    }
    void operator()(const Sidecar&) const {}  // no part of any version: who reads the checkpoint reads it too

    void forget_file(const std::string& path) const {
        const AddFile* old = snapshot.files.find(path);
        if (!old) return;
        snapshot.size_bytes -= old->size_bytes;
        snapshot.files.erase(path);
    }
};

bool changes_rows(const Action& action) {
    const auto* const add = std::get_if<AddFile>(&action);
    const auto* const remove = std::get_if<RemoveFile>(&action);
    return (add && add->data_change) || (remove && remove->data_change);
}

}  // namespace

std::optional<int64_t> Snapshot::row_count() const {
    std::optional<int64_t> rows = 0;
    simdjson::dom::parser parser;
    files.for_each([&](const FileSet::Pointer& file) {
        int64_t count = 0;
        const bool known = parser.parse(file->stats_json)["numRecords"].get(count) == simdjson::SUCCESS;
        if (!known) rows.reset();
        if (file->deletion_vector) count -= file->deletion_vector->cardinality;
        if (rows) *rows += count;
    });
    return rows;
}

void apply_commit(Snapshot& snapshot, int64_t version, std::span<const Action> actions) {
    // Within one commit no two actions concern the same file, so the order does not matter: but a writer that removes
    // and adds a path in one commit means that the file is there.
    for (const Action& action : actions) {
        if (std::holds_alternative<RemoveFile>(action)) std::visit(Apply{snapshot}, action);
    }
    for (const Action& action : actions) {
        if (!std::holds_alternative<RemoveFile>(action)) std::visit(Apply{snapshot}, action);
    }
    if (std::ranges::any_of(actions, changes_rows)) snapshot.rows_version = version;
    snapshot.version = version;
}

void apply_checkpoint_row(Snapshot& snapshot, const Action& action) {
    // A checkpoint holds what is left when all is reconciled, in any order: a file that is there with one deletion
    // vector may have a tombstone with another.
    if (const RemoveFile* remove = std::get_if<RemoveFile>(&action)) return snapshot.tombstones.insert(*remove);
    if (const AddFile* add = std::get_if<AddFile>(&action)) {
        snapshot.size_bytes += add->size_bytes;
        return snapshot.files.insert(*add);
    }
    std::visit(Apply{snapshot}, action);
}

}  // namespace pinflow::delta
