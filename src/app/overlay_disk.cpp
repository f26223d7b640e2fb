#include "app/overlay_disk.h"

#include "app/overlay_contents.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

class OverlayFile final : public File {
  public:
    explicit OverlayFile(std::shared_ptr<OverlayDisk::Contents> contents) : contents_(std::move(contents)) {}

    Result<size_t> read_at(MutableBytes into, uint64_t position) override { return contents_->read_at(into, position); }
    Result<> write_at(std::span<const Bytes> pieces, uint64_t position) override {
        return contents_->write_at(pieces, position);
    }
    Result<> sync() override { return {}; }
    Result<> resize(uint64_t size) override { return contents_->resize(size); }
    Result<> allocate(uint64_t size) override {
        contents_->grow(size);
        return {};
    }
    Result<uint64_t> size() override { return contents_->size(); }
    int descriptor() const override { return -1; }

  private:
    std::shared_ptr<OverlayDisk::Contents> contents_;
};

// One spelling a path.
fs::path plain(const fs::path& path) {
    const fs::path normal = path.lexically_normal();
    return normal.has_filename() ? normal : normal.parent_path();
}

std::unexpected<Error> missing(const fs::path& path) {
    return fail(Code::not_found, "open {}: no such file or folder", path.string());
}

}  // namespace

// Nothing if the name was removed, or made here.
std::optional<fs::path> OverlayDisk::place_below(const fs::path& path) const {
    fs::path rest;
    for (fs::path at = path;; at = at.parent_path()) {
        if (const auto found = changes_.find(at.string()); found != changes_.end()) {
            if (found->second.below.empty()) return std::nullopt;
            return rest.empty() ? found->second.below : found->second.below / rest;
        }
        if (!at.has_relative_path()) return path;
        rest = rest.empty() ? at.filename() : at.filename() / rest;
        if (!at.has_parent_path()) return path;
    }
}

bool OverlayDisk::is_folder(const fs::path& path) {
    if (const auto found = changes_.find(path.string()); found != changes_.end())
        return found->second.kind == Change::Kind::folder;
    const auto below = place_below(path);
    return below && below_.list(*below).has_value();
}

Result<std::shared_ptr<OverlayDisk::Contents>> OverlayDisk::contents_of(const fs::path& path) {
    if (const auto found = changes_.find(path.string()); found != changes_.end()) {
        if (!found->second.contents) return missing(path);
        return found->second.contents;
    }
    if (const auto found = open_.find(path.string()); found != open_.end())
        if (auto contents = found->second.lock()) return contents;
    const auto below = place_below(path);
    if (!below) return missing(path);
    PINFLOW_ASSIGN(auto file, below_.open(*below, Mode::read));
    PINFLOW_ASSIGN(const uint64_t size, file->size());
    auto contents = std::make_shared<Contents>(std::move(file), size);
    open_[path.string()] = contents;
    return contents;
}

Result<std::unique_ptr<File>> OverlayDisk::open(const fs::path& given, Mode mode) {
    const std::scoped_lock lock(mutex_);
    const fs::path path = plain(given);
    auto contents = contents_of(path);
    if (mode != Mode::read) {
        if (contents && mode == Mode::create_new) return fail(Code::exists, "open {}: it exists", path.string());
        if (!contents && contents.error().code != Code::not_found) return fail(contents.error());
        if (!contents) contents = std::make_shared<Contents>();
        changes_[path.string()] = {.kind = Change::Kind::file, .contents = *contents};
    }
    if (!contents) return fail(contents.error());
    return std::make_unique<OverlayFile>(*contents);
}

Result<> OverlayDisk::make_directories(const fs::path& given) {
    const std::scoped_lock lock(mutex_);
    for (fs::path path = plain(given); path.has_relative_path() && !is_folder(path); path = path.parent_path())
        changes_[path.string()] = {.kind = Change::Kind::folder};
    return {};
}

void OverlayDisk::forget_under(const std::string& folder) {
    const std::string lead = folder + '/';
    std::erase_if(changes_, [&](const auto& change) { return change.first.starts_with(lead); });
    std::erase_if(open_, [&](const auto& file) { return file.first.starts_with(lead) || file.first == folder; });
}

Result<> OverlayDisk::rename(const fs::path& old_name, const fs::path& new_name) {
    const std::scoped_lock lock(mutex_);
    const fs::path from = plain(old_name), to = plain(new_name);
    if (!is_folder(from)) {
        PINFLOW_ASSIGN(auto contents, contents_of(from));
        forget_under(from.string());
        changes_[to.string()] = {.kind = Change::Kind::file, .contents = std::move(contents)};
        changes_[from.string()] = {.kind = Change::Kind::gone};
        return {};
    }
    std::map<std::string, Change> moved;
    const std::string lead = from.string() + '/';
    for (auto& [name, change] : changes_)
        if (name.starts_with(lead)) moved[(to / name.substr(lead.size())).string()] = std::move(change);
    const auto below = place_below(from);
    forget_under(from.string());
    forget_under(to.string());
    changes_.merge(moved);
    changes_[to.string()] = {.kind = Change::Kind::folder, .below = below.value_or(fs::path())};
    changes_[from.string()] = {.kind = Change::Kind::gone};
    return {};
}

Result<> OverlayDisk::link(const fs::path& existing, const fs::path& name) {
    const std::scoped_lock lock(mutex_);
    if (contents_of(plain(name))) return fail(Code::exists, "link {}: it exists", name.string());
    PINFLOW_ASSIGN(auto contents, contents_of(plain(existing)));
    changes_[plain(existing).string()] = {.kind = Change::Kind::file, .contents = contents};
    changes_[plain(name).string()] = {.kind = Change::Kind::file, .contents = std::move(contents)};
    return {};
}

Result<> OverlayDisk::remove(const fs::path& given) {
    const std::scoped_lock lock(mutex_);
    const std::string path = plain(given).string();
    forget_under(path);
    changes_[path] = {.kind = Change::Kind::gone};
    return {};
}

Result<std::vector<Disk::Entry>> OverlayDisk::list(const fs::path& given) {
    const std::scoped_lock lock(mutex_);
    const fs::path folder = plain(given);
    const auto change = changes_.find(folder.string());
    if (change != changes_.end() && change->second.kind != Change::Kind::folder) return missing(folder);
    std::vector<Entry> entries;
    if (const auto below = place_below(folder)) {
        PINFLOW_ASSIGN(entries, below_.list(*below));
        std::erase_if(entries, [&](const Entry& entry) { return changes_.contains((folder / entry.name).string()); });
    } else if (change == changes_.end()) {
        return missing(folder);
    }
    for (const auto& [name, each] : changes_) {
        if (each.kind == Change::Kind::gone || fs::path(name).parent_path() != folder) continue;
        entries.push_back({fs::path(name).filename().string(), each.kind == Change::Kind::folder});
    }
    return entries;
}

}  // namespace pinflow::app
