// A table in a folder. What is written is synced, then its folder.
#include <sys/stat.h>

#include "base/uuid.h"
#include "delta/log_files.h"
#include "delta/table_files.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;

std::string file_identity(const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return "";
    return fmt::format("{}-{}", status.st_ino, status.st_size);  // not its time: a copy or `touch` may set that
}

int64_t modified_ms_of(const fs::path& path, int64_t otherwise) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return otherwise;
    return static_cast<int64_t>(status.st_mtim.tv_sec) * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

class LocalFiles final : public TableFiles {
  public:
    LocalFiles(Disk& disk, fs::path folder) : TableFiles(std::move(folder)), disk_(disk), log_(log_folder(folder_)) {}

    std::string where() const override { return folder_.string(); }
    fs::path scratch() override { return log_; }

    Result<> prepare() override {
        PINFLOW_TRY(disk_.make_directories(log_));
        // The folders above may be new as well: the lake, its schema.
        fs::path above = fs::absolute(folder_);
        for (int i = 0; i < 3 && above.has_relative_path(); ++i) {
            PINFLOW_TRY(disk_.sync_directory(above));
            above = above.parent_path();
        }
        return {};
    }

    Result<std::vector<Entry>> list_log(const std::string& /*after*/) override {
        PINFLOW_ASSIGN(const auto found, disk_.list(log_));
        std::vector<Entry> entries;
        for (const auto& entry : found) entries.push_back({entry.name, entry.is_directory, std::nullopt});
        return entries;
    }
    Result<std::string> read_log(const std::string& name, std::string* identity) override {
        if (identity) *identity = file_identity(log_ / name);
        return read_file(disk_, log_ / name);
    }
    Result<Copies> copies_of_log(const std::vector<std::string>& names) override {
        Copies copies;
        for (const auto& name : names) copies.paths.push_back(log_ / name);
        return copies;
    }

    Result<Written> create_log(const std::string& name, std::string_view contents, std::string& identity) override {
        const fs::path temporary =
            log_ / fmt::format(".{}.{}.tmp", fs::path(name).stem().string(), Uuid::random().text());
        const auto write = [&]() -> Result<> {
            PINFLOW_ASSIGN(auto file, disk_.open(temporary, Disk::Mode::create_new));
            const Bytes piece = as_bytes(contents);
            PINFLOW_TRY(file->write_at(std::span(&piece, 1), 0));
            return file->sync();
        };
        auto outcome = write();
        identity = file_identity(temporary);  // once it has its name, somebody may write over it
        // link() is the one call that makes a name only if it is free: rename() would overwrite somebody's commit.
        if (outcome) outcome = disk_.link(temporary, log_ / name);
        const auto removed = disk_.remove(temporary);  // if this fails, clean_log() does it later
        if (!outcome && outcome.error().code == Code::exists) return Written::taken;
        if (!outcome) return fail(std::move(outcome).error());
        return disk_.sync_directory(log_) ? Written::done : Written::unsure;
    }
    Result<> settle() override { return disk_.sync_directory(log_); }
    Result<> replace_log(const std::string& name, std::string_view contents) override {
        return replace_file(disk_, log_ / name, contents);
    }
    Result<> remove_log(const std::string& name) override { return disk_.remove(log_ / name); }
    int64_t log_modified_ms(const std::string& name, int64_t otherwise) override {
        return modified_ms_of(log_ / name, otherwise);
    }
    Result<std::vector<std::string>> identities(const std::vector<std::string>& names) override {
        std::vector<std::string> all;
        for (const auto& name : names) all.push_back(file_identity(log_ / name));
        return all;
    }
    int64_t identities_every_ms() const override { return 0; }

    // The file, its folder, and the table's folder if that of a partition may be new.
    Result<> publish(const fs::path& path) override {
        PINFLOW_ASSIGN(const auto file, disk_.open(path, Disk::Mode::read));
        PINFLOW_TRY(file->sync());
        for (auto folder = path.parent_path();; folder = folder.parent_path()) {
            PINFLOW_TRY(disk_.sync_directory(folder));
            if (folder == folder_ || !folder.has_relative_path()) return {};
        }
    }
    Result<Held> hold(std::span<const DataFile>) override { return Held(); }
    Result<> remove(const fs::path& path) override { return disk_.remove(path); }
    Result<std::vector<Found>> list_data() override {
        std::vector<Found> found;
        PINFLOW_TRY(walk(folder_, found));
        return found;
    }
    Result<std::vector<fs::path>> list_hidden(const std::string& folder) override {
        std::vector<fs::path> found;
        const auto entries = disk_.list(folder_ / folder);
        if (!entries && entries.error().code == Code::not_found) return found;
        if (!entries) return fail(entries.error());
        for (const auto& entry : *entries)
            if (!entry.is_directory) found.push_back(folder_ / folder / entry.name);
        return found;
    }
    int64_t modified_ms(const Found& file, int64_t otherwise) override { return modified_ms_of(file.path, otherwise); }
    Result<std::vector<bool>> are_there(const std::vector<fs::path>& paths) override {
        std::vector<bool> there;
        std::error_code error;
        for (const auto& path : paths) there.push_back(fs::exists(path, error));
        return there;
    }

  private:
    Result<> walk(const fs::path& folder, std::vector<Found>& into) {
        PINFLOW_ASSIGN(const auto entries, disk_.list(folder));
        for (const auto& entry : entries) {
            if (is_hidden(entry.name)) continue;
            if (entry.is_directory) {
                PINFLOW_TRY(walk(folder / entry.name, into));
            } else {
                into.push_back({folder / entry.name, std::nullopt});
            }
        }
        return {};
    }

    Disk& disk_;
    const fs::path log_;
};

}  // namespace

bool is_hidden(std::string_view name) {
    return name.starts_with('.') || (name.starts_with('_') && name.find('=') == std::string_view::npos);
}

std::shared_ptr<TableFiles> local_files(Disk& disk, fs::path folder) {
    return std::make_shared<LocalFiles>(disk, std::move(folder));
}

}  // namespace pinflow::delta
