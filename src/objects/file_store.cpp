#include "objects/file_store.h"

#include "base/uuid.h"
#include "objects/file_info.h"
#include "objects/file_keys.h"
#include "objects/file_list.h"

namespace pinflow::objects {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_remembered_folders = 10'000;
constexpr int64_t leftover_ms = int64_t{24} * 3'600'000;  // a temporary that old belongs to nobody any more

// What the system says of a file where a folder is meant, or the other way round, tells nobody what to do.
Error explain(Error error, const fs::path& root, const fs::path& path, const std::string& key) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored))
        return {Code::unsupported,
                fmt::format("the object {0} cannot be a file: there is a folder {1}, made for objects "
                            "{0}/…; S3 keeps both, files cannot",
                            key, path.string())};
    if (error.code == Code::exists) return {taken, fmt::format("there is an object {} already", key)};
    for (fs::path each = path.parent_path(); each != root && each.has_relative_path(); each = each.parent_path())
        if (fs::is_regular_file(each, ignored))
            return {Code::unsupported,
                    fmt::format("the object {} needs a folder where there is an object: {}; S3 keeps "
                                "both, files cannot",
                                key, each.string())};
    return error;
}

class FileUpload final : public Upload {
  public:
    FileUpload(FileStore& store, Disk& disk, std::unique_ptr<File> file, fs::path temporary, std::string key,
               Write mode)
        : store_(store),
          disk_(disk),
          file_(std::move(file)),
          temporary_(std::move(temporary)),
          key_(std::move(key)),
          mode_(mode) {}
    FileUpload(const FileUpload&) = delete;
    FileUpload& operator=(const FileUpload&) = delete;
    ~FileUpload() override { (void)abort(); }

    Result<> write(Bytes piece) override {
        if (!file_) return fail(Code::internal, "the upload of {} has ended", key_);
        PINFLOW_TRY(file_->write_at(std::span(&piece, 1), size_));
        size_ += piece.size();
        return {};
    }
    Result<Info> finish() override {
        if (!file_) return fail(Code::internal, "the upload of {} has ended", key_);
        auto synced = file_->sync();
        if (!synced) (void)abort();
        if (!synced) return fail(std::move(synced).error());
        file_.reset();
        return store_.publish(temporary_, key_, mode_);
    }
    Result<> abort() override {
        if (!file_) return {};
        file_.reset();
        return disk_.remove(temporary_);
    }

  private:
    FileStore& store_;
    Disk& disk_;
    std::unique_ptr<File> file_;
    fs::path temporary_;
    std::string key_;
    Write mode_;
    uint64_t size_ = 0;
};

}  // namespace

Result<fs::path> FileStore::place_of(const std::string& key) const {
    PINFLOW_TRY(check_key(key));
    return root_ / path_of_key(key);
}

Result<Info> FileStore::put(const std::string& key, Bytes contents, Write mode) {
    PINFLOW_ASSIGN(const auto writer, upload(key, mode));
    PINFLOW_TRY(writer->write(contents));
    return writer->finish();
}

Result<Object> FileStore::get(const std::string& key, std::optional<Range> range) {
    PINFLOW_ASSIGN(const fs::path path, place_of(key));
    PINFLOW_ASSIGN(auto object, open_object(disk_, path, key));
    const Range part = range.value_or(Range{});
    const uint64_t size = object.info.size;
    if (range && part.offset >= size)
        return fail(Code::out_of_range, "{} has {} bytes; there are none from {} on", key, size, part.offset);
    std::string contents(std::min(part.size, size - part.offset), '\0');
    PINFLOW_ASSIGN(const size_t got, object.file->read_at(std::as_writable_bytes(std::span(contents)), part.offset));
    if (got != contents.size())
        return fail(Code::corrupt, "{} should have {} bytes from {} on, and has {}", path.string(), contents.size(),
                    part.offset, got);
    return Object{std::move(object.info), std::move(contents)};
}

Result<Info> FileStore::head(const std::string& key) {
    PINFLOW_ASSIGN(const fs::path path, place_of(key));
    PINFLOW_ASSIGN(auto object, open_object(disk_, path, key));
    return std::move(object.info);
}

Result<ListPage> FileStore::list(const ListRequest& request) {
    return list_files(disk_, root_, request);
}

Result<> FileStore::remove(const std::string& key) {
    PINFLOW_ASSIGN(const fs::path path, place_of(key));
    // Asked first: Disk::remove takes a folder with all that is in it.
    const auto object = open_object(disk_, path, key);
    if (!object && object.error().code == absent) return {};
    if (!object) return fail(object.error());
    PINFLOW_TRY(disk_.remove(path));
    return disk_.sync_directory(path.parent_path());
}

Result<std::unique_ptr<Upload>> FileStore::upload(const std::string& key, Write mode) {
    PINFLOW_TRY(place_of(key));
    PINFLOW_ASSIGN(const fs::path folder, folder_of_temporaries());
    const fs::path temporary = folder / Uuid::random().text();
    PINFLOW_ASSIGN(auto file, disk_.open(temporary, Disk::Mode::create_new));
    return std::make_unique<FileUpload>(*this, disk_, std::move(file), temporary, key, mode);
}

Result<fs::path> FileStore::folder_of_temporaries() {
    fs::path folder = root_ / temporary_folder;
    PINFLOW_TRY(make_folder(folder));
    std::call_once(leftovers_, [&] { remove_leftovers(folder); });
    return folder;
}

// Of uploads that a kill or a power loss cut short.
void FileStore::remove_leftovers(const fs::path& folder) {
    const auto names = disk_.list(folder);
    if (!names) return;
    for (const Disk::Entry& each : *names) {
        const auto left = open_object(disk_, folder / each.name, each.name);
        if (left && left->info.modified_ms > 0 && left->info.modified_ms < clock_.wall_ms() - leftover_ms)
            (void)disk_.remove(folder / each.name);
    }
}

// Each level is synced into the one above: a synced file in a folder that is lost would be lost with it.
Result<> FileStore::make_folder(const fs::path& folder) {
    {
        const std::scoped_lock lock(mutex_);
        if (durable_folders_.contains(folder)) return {};
    }
    PINFLOW_TRY(disk_.make_directories(folder));
    for (fs::path each = folder; each != root_; each = each.parent_path())
        PINFLOW_TRY(disk_.sync_directory(each.parent_path()));
    if (root_.has_relative_path()) PINFLOW_TRY(disk_.sync_directory(root_.parent_path()));
    const std::scoped_lock lock(mutex_);
    if (durable_folders_.size() >= most_remembered_folders) durable_folders_.clear();
    durable_folders_.insert(folder);
    return {};
}

Result<> FileStore::name_file(const fs::path& temporary, const fs::path& path, Write mode) {
    PINFLOW_TRY(make_folder(path.parent_path()));
    // link() is the one call that makes a name only if it is free.
    return mode == Write::if_absent ? disk_.link(temporary, path) : disk_.rename(temporary, path);
}

Result<> FileStore::give_name(const fs::path& temporary, const std::string& key, Write mode) {
    const fs::path path = root_ / path_of_key(key);
    auto named = name_file(temporary, path, mode);
    if (!named && named.error().code == Code::not_found) {  // somebody tidied the folder away
        {
            const std::scoped_lock lock(mutex_);
            durable_folders_.clear();
        }
        named = name_file(temporary, path, mode);
    }
    if (mode == Write::if_absent || !named) (void)disk_.remove(temporary);  // what stays is seen by nobody
    if (!named) return fail(explain(std::move(named).error(), root_, path, key));
    return {};
}

Result<Info> FileStore::publish(const fs::path& temporary, const std::string& key, Write mode) {
    const fs::path path = root_ / path_of_key(key);
    // Looked at now: under its name somebody may replace or remove it before we look.
    const auto object = open_object(disk_, temporary, key);
    if (!object) (void)disk_.remove(temporary);
    if (!object) return fail(object.error());
    PINFLOW_TRY(give_name(temporary, key, mode));
    if (auto synced = disk_.sync_directory(path.parent_path()); !synced)
        return fail(unsure, "{} is written, and may not survive a power loss: {}", key, synced.error().message);
    return object->info;
}

}  // namespace pinflow::objects
