// Where the tables are: in DIR/lake, or in a store as `tables.lake` says; and the stores that people's SQL may read.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "delta/store_folders.h"

namespace pinflow::app {

struct LakePlace {
    std::filesystem::path folder;                      // of the tables, or that stands for them
    std::shared_ptr<delta::StoreFolders> stores = {};  // null: no store is named
    std::vector<std::filesystem::path> readable = {};  // what DuckDB must be able to read and write
    std::string writer = {};                           // where others may write too: who we are
};

// DIR/lake/store remembers the URL: another one, or none, is refused (invalid), as the tables would begin anew.
Result<LakePlace> open_lake(const Config& config);
// The same without changing a byte of the data folder: copies of files in stores go below `scratch`.
Result<LakePlace> open_lake_offline(const std::filesystem::path& data, const std::vector<std::string>& stores,
                                    const std::filesystem::path& scratch);

}  // namespace pinflow::app
