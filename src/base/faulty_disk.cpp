#include "base/faulty_disk.h"

#include <algorithm>
#include <cstring>

namespace pinflow {

namespace fs = std::filesystem;

namespace {

constexpr size_t page = 512;

std::unexpected<Error> missing(const fs::path& path) {
    return fail(Code::not_found, "no such file: {}", path.string());
}

}  // namespace

class FaultyFile final : public File {
  public:
    FaultyFile(FaultyDisk& disk, std::shared_ptr<FaultyDisk::Contents> contents)
        : disk_(disk), contents_(std::move(contents)), life_(disk.life_) {}

    Result<size_t> read_at(MutableBytes into, uint64_t position) override {
        const std::scoped_lock lock(disk_.mutex_);
        PINFLOW_TRY(alive());
        if (position >= contents_->now.size()) return size_t{0};
        const size_t got = std::min<uint64_t>(into.size(), contents_->now.size() - position);
        std::memcpy(into.data(), contents_->now.data() + position, got);
        return got;
    }
    Result<> write_at(std::span<const Bytes> pieces, uint64_t position) override {
        const std::scoped_lock lock(disk_.mutex_);
        PINFLOW_TRY(alive());
        return disk_.write(*contents_, pieces, position);
    }
    Result<> sync() override {
        const std::scoped_lock lock(disk_.mutex_);
        PINFLOW_TRY(alive());
        return disk_.sync(*contents_);
    }
    Result<> resize(uint64_t size) override {
        const std::scoped_lock lock(disk_.mutex_);
        PINFLOW_TRY(alive());
        contents_->note_change(std::min<size_t>(contents_->now.size(), size), SIZE_MAX);
        contents_->now.resize(size);
        return {};
    }
    Result<> allocate(uint64_t size) override {
        const std::scoped_lock lock(disk_.mutex_);
        PINFLOW_TRY(alive());
        contents_->note_change(contents_->now.size(), SIZE_MAX);
        contents_->now.resize(std::max<size_t>(contents_->now.size(), size));
        return {};
    }
    Result<uint64_t> size() override {
        const std::scoped_lock lock(disk_.mutex_);
        PINFLOW_TRY(alive());
        return contents_->now.size();
    }
    int descriptor() const override { return -1; }

  private:
    Result<> alive() const {
        if (life_ != disk_.life_) return fail(Code::io, "the power failed");
        return {};
    }
    FaultyDisk& disk_;
    std::shared_ptr<FaultyDisk::Contents> contents_;
    uint64_t life_;
};

Result<> FaultyDisk::write(Contents& contents, std::span<const Bytes> pieces, uint64_t position) {
    uint64_t total = 0;
    for (const Bytes piece : pieces) total += piece.size();
    uint64_t used = 0;
    for (const auto& [name, each] : names_) used += each ? each->used() : 0;
    const uint64_t growth = std::max<uint64_t>(contents.now.size(), position + total) - contents.now.size();
    const bool full = growth > 0 && used + growth > most_bytes_;
    const bool broken = failing_writes_ > 0 && failing_writes_-- > 0;
    contents.note_change(position, position + total);
    uint64_t left = full || broken ? total / 2 : total;
    if (full && used < most_bytes_) left = std::min(left, most_bytes_ - used);
    const auto pages = &contents.false_clean;
    pages->erase(pages->lower_bound(position / page * page), pages->lower_bound(position + left));
    for (const Bytes piece : pieces) {
        const size_t size = std::min<uint64_t>(left, piece.size());
        if (contents.now.size() < position + size) contents.now.resize(position + size);
        std::memcpy(contents.now.data() + position, piece.data(), size);
        position += size;
        left -= size;
    }
    if (full) return fail(Code::disk_full, "write: No space left on device");
    if (broken) return fail(Code::io, "write: Input/output error");
    return {};
}

Result<> FaultyDisk::sync(Contents& contents) {
    if (failing_syncs_ > 0) {
        --failing_syncs_;
        fail_sync(contents);
        return fail(Code::io, "fdatasync: Input/output error");
    }
    const std::string before = contents.false_clean.empty() ? std::string() : contents.synced;
    std::string& stored = contents.synced;
    stored.resize(contents.now.size());
    if (const size_t end = std::min(contents.changed_to, stored.size()); contents.changed_from < end)
        std::memcpy(stored.data() + contents.changed_from, contents.now.data() + contents.changed_from,
                    end - contents.changed_from);
    for (const size_t at : contents.false_clean) {
        if (at >= stored.size()) continue;
        const size_t count = std::min(page, stored.size() - at);
        std::memset(stored.data() + at, 0, count);
        if (at < before.size())
            std::memcpy(stored.data() + at, before.data() + at, std::min(count, before.size() - at));
    }
    contents.changed_from = SIZE_MAX;
    contents.changed_to = 0;
    return {};
}

void FaultyDisk::fail_sync(Contents& contents) {
    const std::string now = contents.now;
    lose(contents);
    if (!keep_failed_pages_) return;
    contents.now = now;
    contents.note_change(0, SIZE_MAX);
    for (size_t at = 0; at < now.size(); at += page)
        if (contents.synced.size() < at + page || now.compare(at, page, contents.synced, at, page) != 0)
            contents.false_clean.insert(at);
}

void FaultyDisk::lose(Contents& contents) {
    std::string kept = contents.synced;
    const size_t low = std::min(contents.synced.size(), contents.now.size());
    const size_t high = std::max(contents.synced.size(), contents.now.size());
    const size_t size = low + random_() % (high - low + 1);
    kept.resize(size);
    for (size_t at = 0; at < size; at += page) {
        if (random_() % 2 == 0 || at >= contents.now.size() || contents.false_clean.contains(at)) continue;
        const size_t count = std::min({page, size - at, contents.now.size() - at});
        std::memcpy(kept.data() + at, contents.now.data() + at, count);
    }
    contents.false_clean.clear();
    contents.now = contents.synced = std::move(kept);
}

Result<> FaultyDisk::powered() const {
    if (off_) return fail(Code::io, "the power failed");
    return {};
}

void FaultyDisk::restart() {
    const std::scoped_lock lock(mutex_);
    off_ = false;
}

void FaultyDisk::note_names() {
    name_history_.push_back(names_);
}

void FaultyDisk::power_loss() {
    const std::scoped_lock lock(mutex_);
    ++life_;
    off_ = true;
    names_ = name_history_[random_() % name_history_.size()];
    name_history_.assign(1, names_);
    for (auto& [name, contents] : names_)
        if (contents) lose(*contents);
    failing_syncs_ = failing_writes_ = 0;
}

void FaultyDisk::fail_syncs(int count) {
    const std::scoped_lock lock(mutex_);
    failing_syncs_ = count;
}
void FaultyDisk::fail_folder_syncs(int count) {
    const std::scoped_lock lock(mutex_);
    failing_folder_syncs_ = count;
}
void FaultyDisk::keep_pages_of_failed_syncs(bool keep) {
    const std::scoped_lock lock(mutex_);
    keep_failed_pages_ = keep;
}
void FaultyDisk::fail_writes(int count) {
    const std::scoped_lock lock(mutex_);
    failing_writes_ = count;
}
void FaultyDisk::limit_bytes(uint64_t most) {
    const std::scoped_lock lock(mutex_);
    most_bytes_ = most;
}
uint64_t FaultyDisk::used_bytes() const {
    const std::scoped_lock lock(mutex_);
    uint64_t used = 0;
    for (const auto& [name, each] : names_) used += each ? each->used() : 0;
    return used;
}

Result<std::unique_ptr<File>> FaultyDisk::open(const fs::path& path, Mode mode) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(powered());
    const auto found = names_.find(path.native());
    if (found != names_.end() && mode == Mode::create_new) return fail(Code::exists, "exists: {}", path.string());
    if (found != names_.end()) {
        if (!found->second) return fail(Code::io, "is a folder: {}", path.string());
        return std::make_unique<FaultyFile>(*this, found->second);
    }
    if (mode == Mode::read) return missing(path);
    auto contents = std::make_shared<Contents>();
    names_[path.native()] = contents;
    note_names();
    return std::make_unique<FaultyFile>(*this, std::move(contents));
}

Result<> FaultyDisk::make_directories(const fs::path& path) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(powered());
    for (fs::path each = path; each.has_relative_path(); each = each.parent_path()) names_.try_emplace(each.native());
    note_names();
    return {};
}

Result<> FaultyDisk::rename(const fs::path& from, const fs::path& to) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(powered());
    if (!names_.contains(from.native())) return missing(from);
    Names moved;
    for (auto& [name, contents] : names_) {
        const bool inside = name == from.native() || name.starts_with(from.native() + "/");
        if (inside)
            moved[to.native() + name.substr(from.native().size())] = contents;
        else if (name != to.native())
            moved.try_emplace(name, contents);
    }
    names_ = std::move(moved);
    note_names();
    return {};
}

Result<> FaultyDisk::link(const fs::path& existing, const fs::path& name) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(powered());
    const auto found = names_.find(existing.native());
    if (found == names_.end()) return missing(existing);
    if (names_.contains(name.native())) return fail(Code::exists, "exists: {}", name.string());
    names_[name.native()] = found->second;
    note_names();
    return {};
}

Result<> FaultyDisk::remove(const fs::path& path) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(powered());
    std::erase_if(names_, [&](const auto& each) {
        return each.first == path.native() || each.first.starts_with(path.native() + "/");
    });
    note_names();
    return {};
}

Result<std::vector<Disk::Entry>> FaultyDisk::list(const fs::path& folder) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(powered());
    std::vector<Entry> entries;
    for (const auto& [name, contents] : names_)
        if (fs::path(name).parent_path() == folder) entries.push_back({fs::path(name).filename().string(), !contents});
    return entries;
}

// The journal is one row for the whole disk: what came before is durable too.
Result<> FaultyDisk::sync_directory(const fs::path&) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(powered());
    if (failing_folder_syncs_ > 0) {
        --failing_folder_syncs_;
        return fail(Code::io, "the folder's fsync failed");
    }
    name_history_.assign(1, names_);
    return {};
}

}  // namespace pinflow
