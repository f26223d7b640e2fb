// The Delta tables of a lake folder as SQL sees them: opened when first named, refreshed before each query.
// Thread-safe.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "delta/table.h"

namespace pinflow::sink {

class Lake {
  public:
    Lake(delta::Environment environment, std::filesystem::path folder)
        : environment_(std::move(environment)), folder_(std::move(folder)) {}

    // Names of the tables in one schema (clean, quarantine, result), sorted.
    std::vector<std::string> names(const std::string& schema);
    // The newest version of a table; not_found if there is none of that name.
    Result<delta::SnapshotPtr> snapshot(const std::string& schema, const std::string& name);
    std::filesystem::path folder(const std::string& schema, const std::string& name) const {
        return folder_ / schema / name;
    }

  private:
    delta::Environment environment_;
    std::filesystem::path folder_;
    std::mutex mutex_;
    std::map<std::filesystem::path, std::shared_ptr<delta::Table>> tables_;
};

// SELECT … over the files of one version; columns that begin with an underscore only if `with_identity`.
std::string view_sql(const delta::Snapshot& snapshot, const std::filesystem::path& folder, bool with_identity);

}  // namespace pinflow::sink
