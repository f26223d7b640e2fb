// From a log to a snapshot.
#pragma once
#include "delta/table.h"

namespace pinflow::delta {

struct Loaded {
    Snapshot snapshot;
    int64_t checkpoint_version = -1;                        // where the replay started; -1: at commit 0
    std::unordered_map<std::string, int64_t> last_commits;  // by application, of the commits that were read
};

// The newest version, or `version`. not_found: no table there, or that version is cleaned up or not yet written.
// corrupt: a commit in the middle is missing or broken. A checkpoint that cannot be read is passed over if there is an
// older one or all commits are there.
Result<Loaded> load(const Environment& environment, TableFiles& files, std::optional<int64_t> version = std::nullopt);

}  // namespace pinflow::delta
