// The Delta tables of a lake folder, and those of other folders that SQL names: opened when first named, refreshed
// before each query. Thread-safe.
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
    Result<std::vector<std::string>> names(const std::string& schema);
    // The table in a folder, with whatever version was known last; not_found if there is none.
    Result<std::shared_ptr<delta::Table>> table(const std::filesystem::path& place);
    // Its newest version.
    Result<delta::SnapshotPtr> snapshot(const std::filesystem::path& place);

    // The folder that stands for a table in a store (s3://…).
    Result<std::filesystem::path> place(const std::string& url);

    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path folder(const std::string& schema, const std::string& name) const {
        return folder_ / schema / name;
    }
    std::string where(const std::string& schema, const std::string& name) const {
        const auto place = folder(schema, name);
        return environment_.stores ? environment_.stores->where(place) : place.string();
    }
    Disk& disk() { return environment_.disk; }

  private:
    delta::Environment environment_;
    std::filesystem::path folder_;
    std::mutex mutex_;
    std::map<std::filesystem::path, std::shared_ptr<delta::Table>> tables_;
};

}  // namespace pinflow::sink
