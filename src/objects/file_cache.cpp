#include "objects/file_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "base/disk.h"
#include "base/uuid.h"

namespace pinflow::objects {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_loads_at_once = 8;
constexpr uint64_t download_piece_bytes = 8 << 20;
constexpr std::string_view scratch_name = ".~tmp";

int64_t nanoseconds_of(const timespec& time) {
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// When it was used is kept with the file, so that the next process knows which are the longest unused. Its own time
// stays: DuckDB takes a file with another for another file.
void note_use(const std::string& path) {
    const std::array times{timespec{0, UTIME_NOW}, timespec{0, UTIME_OMIT}};
    (void)::utimensat(AT_FDCWD, path.c_str(), times.data(), 0);
}

// Piece by piece, in bounded memory. Somebody who writes it anew meanwhile is noticed.
Result<uint64_t> download(ObjectStore& store, const std::string& key, std::optional<uint64_t> size, File& into) {
    Info info{.size = size.value_or(0)};
    if (!size) {
        PINFLOW_ASSIGN(info, store.head(key));
    }
    uint64_t done = 0;
    do {
        const bool whole = info.size <= download_piece_bytes;
        PINFLOW_ASSIGN(const Object piece,
                       store.get(key, whole ? std::nullopt : std::optional(Range{done, download_piece_bytes})));
        if (piece.info.size != info.size || (!info.etag.empty() && piece.info.etag != info.etag)) {
            return fail(Code::corrupt, "the object {} has {} bytes, not {}: it was written anew", key, piece.info.size,
                        info.size);
        }
        info.etag = piece.info.etag;
        const Bytes bytes = as_bytes(piece.contents);
        PINFLOW_TRY(into.write_at(std::span(&bytes, 1), done));
        done += piece.contents.size();
    } while (done < info.size);
    PINFLOW_TRY(into.sync());  // a file of the right size has the right contents, also after a power loss
    return done;
}

Result<uint64_t> download_to(ObjectStore& store, const std::string& key, std::optional<uint64_t> size,
                             const fs::path& path) {
    PINFLOW_ASSIGN(const auto file, posix_disk().open(path, Disk::Mode::create_new));
    return download(store, key, size, *file);
}

void remove_quietly(const fs::path& path) {
    std::error_code ignored;
    fs::remove(path, ignored);
}

}  // namespace

Result<std::shared_ptr<FileCache>> FileCache::open(fs::path root, uint64_t most_bytes) {
    std::error_code error;
    fs::remove_all(root / scratch_name, error);
    PINFLOW_TRY(posix_disk().make_directories(root / scratch_name));
    struct Found {
        int64_t used_ns;
        std::string path;
        uint64_t size;
    };
    std::vector<Found> all;
    for (const auto& entry : fs::recursive_directory_iterator(root, error)) {
        struct stat status{};
        if (::lstat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        all.push_back({nanoseconds_of(status.st_atim), entry.path().string(), static_cast<uint64_t>(status.st_size)});
    }
    if (error) return fail(Code::io, "{}: {}", root.string(), error.message());
    std::ranges::sort(all, {}, &Found::used_ns);
    std::shared_ptr<FileCache> cache = std::unique_ptr<FileCache>(new FileCache(std::move(root), most_bytes));
    for (const Found& found : all) cache->insert(found.path, found.size);
    cache->trim();
    return cache;
}

fs::path FileCache::scratch() const {
    return root_ / scratch_name;
}

uint64_t FileCache::size_bytes() const {
    const std::scoped_lock lock(mutex_);
    return size_bytes_;
}

// Under the lock, as the next two.
void FileCache::insert(const std::string& path, uint64_t size) {
    const auto [at, added] = files_.try_emplace(path);
    if (added) at->second.place = order_.insert(order_.end(), path);
    size_bytes_ += size - at->second.size;
    at->second.size = size;
}

void FileCache::erase(const std::string& path) {
    const auto found = files_.find(path);
    size_bytes_ -= found->second.size;
    order_.erase(found->second.place);
    files_.erase(found);
    remove_quietly(path);
}

void FileCache::trim() {
    for (auto at = order_.begin(); at != order_.end() && size_bytes_ > most_bytes_;) {
        const std::string path = *at++;
        if (files_.at(path).holders == 0) erase(path);
    }
}

void FileCache::add(const fs::path& path) {
    std::error_code error;
    const uint64_t size = fs::file_size(path, error);
    if (error) return;
    const std::scoped_lock lock(mutex_);
    insert(path.string(), size);
    trim();
}

void FileCache::drop(const fs::path& path) {
    const std::scoped_lock lock(mutex_);
    const auto found = files_.find(path.string());
    if (found == files_.end()) return;
    found->second.is_unwanted = true;
    if (found->second.holders == 0) erase(path.string());
}

void FileCache::add_strays(const fs::path& folder, int64_t older_than_ms) {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
        struct stat status{};
        if (::lstat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        if (nanoseconds_of(status.st_mtim) / 1'000'000 < older_than_ms) add(entry.path());
    }
}

// What is there is held. Otherwise, if the caller may load it, it is the caller who must.
FileCache::Taken FileCache::take(const Wanted& file, bool may_load) {
    const std::string path = file.path.string();
    std::unique_lock lock(mutex_);
    while (true) {
        const auto found = files_.find(path);
        if (found != files_.end() && found->second.is_loading) {
            if (!may_load) return Taken::to_be_loaded;
            loaded_.wait(lock);
            continue;
        }
        if (found != files_.end() && file.size.value_or(found->second.size) == found->second.size) {
            ++found->second.holders;
            order_.splice(order_.end(), order_, found->second.place);
            note_use(path);
            return Taken::held;
        }
        if (!may_load) return Taken::to_be_loaded;
        insert(path, 0);
        files_.at(path).is_loading = true;
        ++files_.at(path).holders;
        return Taken::to_be_loaded;
    }
}

Result<> FileCache::load(ObjectStore& store, const Wanted& file) {
    if (take(file, true) == Taken::held) return {};
    const fs::path temporary = scratch() / Uuid::random().text();
    std::error_code error;
    fs::create_directories(file.path.parent_path(), error);
    auto size = download_to(store, file.key, file.size, temporary);
    if (size) fs::rename(temporary, file.path, error);
    if (size && error) size = fail(Code::io, "{}: {}", file.path.string(), error.message());
    {
        const std::scoped_lock lock(mutex_);
        File& known = files_.at(file.path.string());
        known.is_loading = false;
        if (size) insert(file.path.string(), *size);
        if (!size && --known.holders == 0) erase(file.path.string());
        trim();
    }
    loaded_.notify_all();
    if (size) return {};
    remove_quietly(temporary);
    return fail(std::move(size).error());
}

Result<> FileCache::load_all(ObjectStore& store, std::span<const Wanted* const> files) {
    std::atomic<size_t> next = 0;
    std::mutex outcome_mutex;
    Result<> outcome;
    std::vector<std::string> held;
    const auto work = [&] {
        for (size_t i = next++; i < files.size(); i = next++) {
            auto loaded = load(store, *files[i]);
            const std::scoped_lock lock(outcome_mutex);
            if (loaded) held.push_back(files[i]->path.string());
            if (loaded || !outcome) continue;
            outcome = std::move(loaded);
            next = files.size();
        }
    };
    {
        std::vector<std::jthread> others;
        for (size_t i = 1; i < std::min(files.size(), most_loads_at_once); ++i) others.emplace_back(work);
        work();
    }
    if (!outcome) release(held);
    return outcome;
}

void FileCache::release(const std::vector<std::string>& paths) {
    const std::scoped_lock lock(mutex_);
    for (const std::string& path : paths) {
        File& file = files_.at(path);
        if (--file.holders == 0 && file.is_unwanted) erase(path);
    }
    trim();
}

Result<FileCache::Held> FileCache::hold(ObjectStore& store, std::span<const Wanted> files) {
    std::vector<std::string> held;
    std::vector<const Wanted*> missing;
    for (const Wanted& file : files) {
        if (take(file, false) == Taken::held) {
            held.push_back(file.path.string());
        } else {
            missing.push_back(&file);
        }
    }
    if (const auto loaded = load_all(store, missing); !loaded) {
        release(held);
        return fail(loaded.error());
    }
    for (const Wanted* file : missing) held.push_back(file->path.string());
    return Held(this, [cache = shared_from_this(), held = std::move(held)](const void*) { cache->release(held); });
}

Result<FileCache::Copy> FileCache::copy(ObjectStore& store, const std::string& key) {
    const fs::path path = scratch() / (Uuid::random().text() + fs::path(key).extension().string());
    Copy copy{.path = path, .held = Held(this, [path](const void*) { remove_quietly(path); })};
    PINFLOW_TRY(download_to(store, key, std::nullopt, path));
    return copy;
}

}  // namespace pinflow::objects
