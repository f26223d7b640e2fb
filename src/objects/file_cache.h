// Whole objects as files on this machine, for those who read files only (DuckDB). An object's contents must never
// change under its key. The files take up to a bound, the longest unused go first; those that somebody holds stay, even
// over the bound. A file is there whole or not at all. Thread-safe.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "objects/store.h"

namespace pinflow::objects {

class FileCache : public std::enable_shared_from_this<FileCache> {
  public:
    struct Wanted {
        std::string key;
        std::filesystem::path path;    // where the file is to be, below the root
        std::optional<uint64_t> size;  // if it is known: a file of another size is loaded anew
    };
    // As long as it lives the files stay.
    using Held = std::shared_ptr<const void>;

    // The folder is the cache's alone. What an earlier process left there is taken over, but for half a download.
    static Result<std::shared_ptr<FileCache>> open(std::filesystem::path root, uint64_t most_bytes);

    const std::filesystem::path& root() const { return root_; }
    // Loads what is not there, several at a time. Two who want one file load it once.
    Result<Held> hold(ObjectStore& store, std::span<const Wanted> files);
    // A copy of its own, gone with what holds it: for objects that may be replaced.
    struct Copy {
        std::filesystem::path path;
        Held held;
    };
    Result<Copy> copy(ObjectStore& store, const std::string& key);
    std::filesystem::path scratch() const;  // a folder for files that nobody else looks at

    void add(const std::filesystem::path& path);   // a file that the caller made below the root
    void drop(const std::filesystem::path& path);  // if nobody holds it, at once
    // Files below `folder` that the cache does not know and that are older than that.
    void add_strays(const std::filesystem::path& folder, int64_t older_than_ms);
    uint64_t size_bytes() const;

  private:
    struct File {
        uint64_t size = 0;
        int holders = 0;
        bool is_loading = false;
        bool is_unwanted = false;                // goes with its last holder
        std::list<std::string>::iterator place;  // in `order_`
    };
    FileCache(std::filesystem::path root, uint64_t most_bytes) : root_(std::move(root)), most_bytes_(most_bytes) {}
    enum class Taken : uint8_t { held, to_be_loaded };
    Taken take(const Wanted& file, bool may_load);
    Result<> load_all(ObjectStore& store, std::span<const Wanted* const> files);
    Result<> load(ObjectStore& store, const Wanted& file);
    void release(const std::vector<std::string>& paths);
    void insert(const std::string& path, uint64_t size);
    void erase(const std::string& path);
    void trim();

    const std::filesystem::path root_;
    const uint64_t most_bytes_;
    mutable std::mutex mutex_;
    std::condition_variable loaded_;
    std::unordered_map<std::string, File> files_;
    std::list<std::string> order_;  // the longest unused first
    uint64_t size_bytes_ = 0;
};

}  // namespace pinflow::objects
