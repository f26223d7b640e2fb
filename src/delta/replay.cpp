#include "delta/replay.h"

#include <limits>

#include "delta/checkpoint.h"
#include "delta/log_files.h"
#include "delta/protocol.h"

namespace pinflow::delta {
namespace {

// Applies the commits behind the snapshot, up to `last`.
Result<> roll_forward(TableFiles& files, int64_t last, Loaded& loaded) {
    for (int64_t version = loaded.snapshot.version + 1; version <= last; ++version) {
        PINFLOW_ASSIGN(const auto actions, read_commit(files, version));
        if (!actions) {
            return fail(Code::corrupt, "the log of {} has no commit {}, but later ones: restore {}", files.where(),
                        version, commit_name(version));
        }
        apply_commit(loaded.snapshot, version, *actions);
        for (const Action& action : *actions) {
            if (const Txn* txn = std::get_if<Txn>(&action)) loaded.last_commits[txn->app_id] = version;
        }
    }
    if (!loaded.snapshot.metadata || !loaded.snapshot.protocol) {
        return fail(Code::corrupt, "the log of {} names no schema or no protocol", files.where());
    }
    return check_readable(*loaded.snapshot.protocol, *loaded.snapshot.metadata);
}

Result<Loaded> load_from(const Environment& environment, TableFiles& files, int64_t first,
                         std::optional<int64_t> version) {
    auto listing = list_log(files, first);
    if (!listing && listing.error().code == Code::not_found) {
        return fail(Code::not_found, "no Delta table at {}", files.where());
    }
    if (!listing) return fail(std::move(listing).error());
    if (listing->commits.empty() && listing->checkpoints.empty()) {
        return fail(Code::not_found, "no Delta table at {}: its log is empty", files.where());
    }
    int64_t newest = listing->commits.empty() ? -1 : listing->commits.back();
    if (!listing->checkpoints.empty()) newest = std::max(newest, listing->checkpoints.rbegin()->first);
    const int64_t wanted = version.value_or(newest);
    if (wanted > newest || wanted < 0) {
        return fail(Code::not_found, "{} has no version {}, its newest is {}", files.where(), wanted, newest);
    }
    Error last_error;
    for (auto at = listing->checkpoints.upper_bound(wanted); at != listing->checkpoints.begin();) {
        --at;
        auto snapshot = read_checkpoint(environment, files, at->first, at->second);
        if (!snapshot) {
            last_error = std::move(snapshot).error();
            continue;
        }
        Loaded loaded{.snapshot = std::move(*snapshot), .checkpoint_version = at->first};
        loaded.snapshot.rows_version = at->first;
        PINFLOW_TRY(roll_forward(files, wanted, loaded));
        return loaded;
    }
    if (listing->commits.empty() || listing->commits.front() > 0) {
        if (!last_error.message.empty()) return fail(std::move(last_error));
        return fail(Code::not_found, "version {} of {} is cleaned up: no checkpoint at or before it", wanted,
                    files.where());
    }
    Loaded loaded;
    PINFLOW_TRY(roll_forward(files, wanted, loaded));
    return loaded;
}

}  // namespace

// A day of commits, one a second, is a listing of 87 pages; behind the last checkpoint there are a few names.
Result<Loaded> load(const Environment& environment, TableFiles& files, std::optional<int64_t> version) {
    const auto hint = version ? std::nullopt : last_checkpoint(files);
    if (hint) {
        if (auto loaded = load_from(environment, files, *hint, version)) return loaded;
    }
    return load_from(environment, files, 0, version);
}

}  // namespace pinflow::delta
