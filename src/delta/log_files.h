// The names in `_delta_log` and what a listing of it says.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "delta/actions.h"
#include "delta/table_files.h"

namespace pinflow::delta {

std::filesystem::path log_folder(const std::filesystem::path& table_folder);
std::string commit_name(int64_t version);      // 00000000000000000007.json
std::string checkpoint_name(int64_t version);  // 00000000000000000007.checkpoint.parquet

struct LogListing {
    std::vector<int64_t> commits;  // ascending
    // Complete ones, by version: the names of their files. One version may have several.
    std::multimap<int64_t, std::vector<std::string>> checkpoints;
    std::vector<std::string> temporaries;                 // our own, hidden
    std::unordered_map<std::string, int64_t> times = {};  // of files, where the listing told them
};

// Of the versions from `first` on, and perhaps of older ones. not_found: there is no log.
Result<LogListing> list_log(TableFiles& files, int64_t first = 0);

// The checkpoint that `_last_checkpoint` names: a hint, for it may be old, damaged, or name one that is gone.
std::optional<int64_t> last_checkpoint(TableFiles& files);

// Nothing if there is no such commit. corrupt: the file's name, line and reason.
Result<std::optional<std::vector<Action>>> read_commit(TableFiles& files, int64_t version,
                                                       std::string* identity = nullptr);

// When a file of the listing was written, in milliseconds since 1970; `otherwise` if it is gone.
int64_t modified_ms(TableFiles& files, const LogListing& listing, const std::string& name, int64_t otherwise);

}  // namespace pinflow::delta
