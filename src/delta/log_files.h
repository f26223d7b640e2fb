// The names in `_delta_log` and what a listing of it says.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "delta/actions.h"

namespace pinflow::delta {

std::filesystem::path log_folder(const std::filesystem::path& table_folder);
std::string commit_name(int64_t version);      // 00000000000000000007.json
std::string checkpoint_name(int64_t version);  // 00000000000000000007.checkpoint.parquet

struct LogListing {
    std::vector<int64_t> commits;  // ascending
    // Complete ones, by version: the names of their files. One version may have several.
    std::multimap<int64_t, std::vector<std::string>> checkpoints;
    std::vector<std::string> temporaries;  // our own, hidden
};

// not_found: there is no log.
Result<LogListing> list_log(Disk& disk, const std::filesystem::path& table_folder);

// Nothing if there is no such commit. corrupt: the file's name, line and reason.
Result<std::optional<std::vector<Action>>> read_commit(Disk& disk, const std::filesystem::path& table_folder,
                                                       int64_t version);

enum class Written { done, taken, unsure };
// Makes `lines` commit `version`, durably: `done`; `taken`: somebody else has that version. `unsure`: the commit is in
// the folder but may not survive a power loss, because syncing the folder failed. An error: no trace of it is left.
// `identity` becomes that of the file.
Result<Written> write_commit(Disk& disk, const std::filesystem::path& table_folder, int64_t version,
                             std::string_view lines, std::string& identity);

// When a file was written, in milliseconds since 1970; `otherwise` if it is gone.
int64_t modified_ms(const std::filesystem::path& path, int64_t otherwise);
// Tells a file from another that came to have its name; empty if there is none.
std::string file_identity(const std::filesystem::path& path);

}  // namespace pinflow::delta
