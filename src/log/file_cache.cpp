#include "log/file_cache.h"

namespace pinflow::log {

Result<std::shared_ptr<File>> FileCache::open(const std::filesystem::path& path) {
    const std::scoped_lock lock(mutex_);
    if (const auto found = by_path_.find(path.native()); found != by_path_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
        return found->second->file;
    }
    PINFLOW_ASSIGN(std::shared_ptr<File> file, disk_.open(path, Disk::Mode::read));
    recent_.push_front({path.native(), file});
    by_path_[path.native()] = recent_.begin();
    if (recent_.size() > limit_) {
        by_path_.erase(recent_.back().path);
        recent_.pop_back();
    }
    return file;
}

void FileCache::forget(const std::filesystem::path& path) {
    const std::scoped_lock lock(mutex_);
    const auto found = by_path_.find(path.native());
    if (found == by_path_.end()) return;
    recent_.erase(found->second);
    by_path_.erase(found);
}

size_t FileCache::open_files() const {
    const std::scoped_lock lock(mutex_);
    return recent_.size();
}

}  // namespace pinflow::log
