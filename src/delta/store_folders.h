// Folders of this machine that stand for prefixes of object stores: each table below one has its files there, and the
// folder holds copies of what was read (docs/delta.md, "Tables in a store"). Thread-safe.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "delta/table_files.h"
#include "objects/file_cache.h"
#include "objects/surroundings.h"

namespace pinflow::delta {

class StoreFolders {
  public:
    StoreFolders(std::shared_ptr<objects::FileCache> cache, objects::Surroundings around)
        : cache_(std::move(cache)), around_(std::move(around)) {}

    // The folder for a URL as docs/objects.md has them, opened when first named. invalid: the URL.
    Result<std::filesystem::path> folder(const std::string& url);
    // The same for a store that is open already; `url` is what people are told.
    std::filesystem::path add(const std::string& url, std::shared_ptr<objects::ObjectStore> store);

    const std::filesystem::path& root() const { return cache_->root(); }
    bool has(const std::filesystem::path& folder) const;
    // Null if the folder stands for nothing.
    std::shared_ptr<TableFiles> files(const std::filesystem::path& folder) const;
    // The names that have others below them, as the folders in a folder.
    Result<std::vector<std::string>> names(const std::filesystem::path& folder) const;
    std::string where(const std::filesystem::path& folder) const;

  private:
    struct Place {
        std::string url;  // without parameters
        std::shared_ptr<objects::ObjectStore> store;
        std::string prefix;  // of the keys of what was asked for
    };
    std::optional<Place> find(const std::filesystem::path& folder) const;

    const std::shared_ptr<objects::FileCache> cache_;
    const objects::Surroundings around_;
    mutable std::mutex mutex_;
    std::map<std::filesystem::path, Place> places_;
};

}  // namespace pinflow::delta
