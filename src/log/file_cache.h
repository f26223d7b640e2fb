// Files open for reading, at most so many, the least recently used closed first. Thread-safe.
#pragma once
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/disk.h"

namespace pinflow::log {

class FileCache {
  public:
    FileCache(Disk& disk, size_t limit) : disk_(disk), limit_(limit) {}
    Result<std::shared_ptr<File>> open(const std::filesystem::path& path);
    void forget(const std::filesystem::path& path);  // after a removal, a rename or an error
    size_t open_files() const;

  private:
    struct Open {
        std::string path;
        std::shared_ptr<File> file;
    };
    Disk& disk_;
    size_t limit_;
    mutable std::mutex mutex_;
    std::list<Open> recent_;  // most recently used first
    std::unordered_map<std::string, std::list<Open>::iterator> by_path_;
};

}  // namespace pinflow::log
