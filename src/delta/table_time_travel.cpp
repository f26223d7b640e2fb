#include <unordered_set>

#include "base/text.h"
#include "delta/log_files.h"
#include "delta/paths.h"
#include "delta/replay.h"
#include "delta/table_state.h"

namespace pinflow::delta {
namespace {

// The versions that the files of the log add up to.
struct Reach {
    int64_t oldest = 0;
    int64_t newest = -1;
    std::vector<int64_t> commits;  // that are there, without a gap
    LogListing listing;
};

Result<Reach> reach_of(TableFiles& files) {
    Reach reach;
    PINFLOW_ASSIGN(reach.listing, list_log(files));
    const LogListing& listing = reach.listing;
    for (const int64_t version : listing.commits) {
        if (!reach.commits.empty() && reach.commits.back() + 1 != version) reach.commits.clear();
        reach.commits.push_back(version);
    }
    const int64_t first = reach.commits.empty() ? 0 : reach.commits.front();
    if (!reach.commits.empty()) reach.newest = reach.commits.back();
    if (!listing.checkpoints.empty()) reach.newest = std::max(reach.newest, listing.checkpoints.rbegin()->first);
    if (first > 0 || reach.commits.empty()) {
        const auto checkpoint = listing.checkpoints.lower_bound(first - 1);
        reach.oldest = checkpoint == listing.checkpoints.end() ? reach.newest : checkpoint->first;
    }
    return reach;
}

std::string property(const Metadata& metadata, const std::string& name, std::string_view otherwise) {
    const auto found = metadata.configuration.find(name);
    return found == metadata.configuration.end() ? std::string(otherwise) : found->second;
}

// Files that a version names and that are gone.
Result<std::unordered_set<std::string>> missing_files(TableFiles& files, const Snapshot& snapshot) {
    std::vector<std::string> names;
    snapshot.files.for_each([&](const FileSet::Pointer& file) { names.push_back(file->path); });
    return missing_of(files, names);
}

// The first version behind `version` that has all its files.
Result<int64_t> first_whole(TableFiles& files, int64_t version, int64_t newest,
                            std::unordered_set<std::string> missing) {
    while (!missing.empty() && version < newest) {
        ++version;
        PINFLOW_ASSIGN(const auto actions, read_commit(files, version));
        if (!actions) return newest;
        for (const Action& action : *actions) {
            if (const RemoveFile* remove = std::get_if<RemoveFile>(&action)) missing.erase(remove->path);
        }
        std::vector<std::string> added;
        for (const Action& action : *actions) {
            if (const AddFile* add = std::get_if<AddFile>(&action)) added.push_back(add->path);
        }
        PINFLOW_ASSIGN(auto gone, missing_of(files, added));
        missing.merge(gone);
    }
    return version;
}

// When each version came to be, as Delta tells it: by its file, never earlier than the one before it, or by what is
// written in it where in-commit timestamps are on.
Result<std::vector<int64_t>> commit_times(TableFiles& files, const Reach& reach, const Metadata& metadata) {
    const bool in_commit = property(metadata, "delta.enableInCommitTimestamps", "false") == "true";
    const int64_t from = parse_int(property(metadata, "delta.inCommitTimestampEnablementVersion", "0")).value_or(0);
    std::vector<int64_t> times;
    for (const int64_t version : reach.commits) {
        std::optional<int64_t> time;
        if (in_commit && version >= from) {
            PINFLOW_ASSIGN(const auto actions, read_commit(files, version));
            for (const Action& action : actions.value_or(std::vector<Action>())) {
                if (const CommitInfo* info = std::get_if<CommitInfo>(&action)) time = info->in_commit_timestamp_ms;
            }
        }
        if (!time) time = modified_ms(files, reach.listing, commit_name(version), 0);
        times.push_back(times.empty() ? *time : std::max(*time, times.back() + 1));
    }
    return times;
}

}  // namespace

Result<std::unordered_set<std::string>> missing_of(TableFiles& files, const std::vector<std::string>& names) {
    std::unordered_set<std::string> missing;
    std::vector<std::string> asked;
    std::vector<std::filesystem::path> paths;
    for (const std::string& name : names) {
        const auto path = file_path(files.folder(), name);
        if (!path) missing.insert(name);
        if (!path) continue;
        asked.push_back(name);
        paths.push_back(*path);
    }
    PINFLOW_ASSIGN(const auto there, files.are_there(paths));
    for (size_t i = 0; i < asked.size(); ++i) {
        if (!there[i]) missing.insert(asked[i]);
    }
    return missing;
}

Result<SnapshotPtr> Table::read_as_of(int64_t version) {
    PINFLOW_ASSIGN(const SnapshotPtr known, refresh());
    if (version == known->version) return known;
    PINFLOW_ASSIGN(const Reach reach, reach_of(*files_));
    if (version > reach.newest) {
        return fail(Code::not_found, "there is no version {}: the newest is {}", version, reach.newest);
    }
    if (version < reach.oldest) {
        return fail(Code::not_found,
                    "version {} is gone: the oldest that can be read is {}, older commits are kept for "
                    "delta.logRetentionDuration = {}",
                    version, reach.oldest,
                    property(*known->metadata, "delta.logRetentionDuration", "interval 30 days"));
    }
    PINFLOW_ASSIGN(Loaded loaded, load(environment_, *files_, version));
    PINFLOW_ASSIGN(const auto missing, missing_files(*files_, loaded.snapshot));
    if (missing.empty()) return std::make_shared<const Snapshot>(std::move(loaded.snapshot));
    PINFLOW_ASSIGN(const int64_t whole, first_whole(*files_, version, reach.newest, missing));
    return fail(Code::not_found,
                "version {} is gone: {} of its files were removed; the oldest version that can be read is {}, files "
                "are kept for delta.deletedFileRetentionDuration = {} after their rows were removed or rewritten",
                version, missing.size(), whole,
                property(*known->metadata, "delta.deletedFileRetentionDuration", "interval 1 week"));
}

Result<int64_t> Table::version_as_of(int64_t time_ms) {
    PINFLOW_ASSIGN(const SnapshotPtr known, refresh());
    PINFLOW_ASSIGN(Reach reach, reach_of(*files_));
    std::erase_if(reach.commits, [&](int64_t version) { return version < reach.oldest; });
    PINFLOW_ASSIGN(const auto times, commit_times(*files_, reach, *known->metadata));
    if (times.empty()) return fail(Code::not_found, "no commit is kept: its versions have no times");
    if (time_ms < times.front()) {
        return fail(Code::not_found,
                    "{} is before the oldest version that can be read, {} of {}; commits are kept for "
                    "delta.logRetentionDuration = {}",
                    iso_time_ms(time_ms), reach.commits.front(), iso_time_ms(times.front()),
                    property(*known->metadata, "delta.logRetentionDuration", "interval 30 days"));
    }
    if (time_ms > times.back()) {
        return fail(Code::not_found,
                    "{} is after the newest version, {} of {}: leave TIMESTAMP AS OF out to read the newest",
                    iso_time_ms(time_ms), reach.commits.back(), iso_time_ms(times.back()));
    }
    const auto later = std::ranges::upper_bound(times, time_ms);
    return reach.commits[static_cast<size_t>(later - times.begin()) - 1];
}

}  // namespace pinflow::delta
