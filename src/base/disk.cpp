#include "base/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "base/crc32c.h"

namespace pinflow {
namespace {

namespace fs = std::filesystem;

class PosixFile final : public File {
  public:
    PosixFile(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
    ~PosixFile() override { ::close(descriptor_); }
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;

    Result<size_t> read_at(MutableBytes into, uint64_t position) override {
        size_t done = 0;
        while (done < into.size()) {
            const ssize_t got =
                ::pread(descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(position + done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return fail(system_error("read " + name_));
            if (got == 0) break;
            done += static_cast<size_t>(got);
        }
        return done;
    }

    Result<> write_at(std::span<const Bytes> pieces, uint64_t position) override {
        size_t skip = 0;  // bytes of pieces[0] that are written already
        while (!pieces.empty()) {
            std::array<iovec, 64> vectors;
            const size_t count = std::min(pieces.size(), vectors.size());
            for (size_t i = 0; i < count; ++i) {
                const Bytes piece = i == 0 ? pieces[i].subspan(skip) : pieces[i];
                vectors[i] = {const_cast<std::byte*>(piece.data()), piece.size()};
            }
            ssize_t put = ::pwritev(descriptor_, vectors.data(), static_cast<int>(count), static_cast<off_t>(position));
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return fail(system_error("write " + name_));
            position += static_cast<uint64_t>(put);
            auto left = static_cast<size_t>(put);
            while (!pieces.empty() && left >= pieces[0].size() - skip) {
                left -= pieces[0].size() - skip;
                skip = 0;
                pieces = pieces.subspan(1);
            }
            skip += left;
        }
        return {};
    }

    Result<> sync() override { return check(::fdatasync(descriptor_), "fdatasync"); }
    Result<> resize(uint64_t size) override {
        return check(::ftruncate(descriptor_, static_cast<off_t>(size)), "truncate");
    }
    Result<> allocate(uint64_t size) override {
        return check(::fallocate(descriptor_, 0, 0, static_cast<off_t>(size)), "allocate space for");
    }
    Result<uint64_t> size() override {
        struct stat status{};
        PINFLOW_TRY(check(::fstat(descriptor_, &status), "stat"));
        return static_cast<uint64_t>(status.st_size);
    }
    int descriptor() const override { return descriptor_; }

  private:
    Result<> check(int outcome, std::string_view what) {
        if (outcome != 0) return fail(system_error(fmt::format("{} {}", what, name_)));
        return {};
    }

    int descriptor_;
    std::string name_;
};

Result<> outcome_of(const std::error_code& error, std::string_view what, const fs::path& path) {
    if (!error) return {};
    errno = error.value();
    return fail(system_error(fmt::format("{} {}", what, path.string())));
}

class PosixDisk final : public Disk {
  public:
    Result<std::unique_ptr<File>> open(const fs::path& path, Mode mode) override {
        int flags = O_CLOEXEC;
        if (mode == Mode::read) flags |= O_RDONLY;
        if (mode == Mode::write || mode == Mode::write_private) flags |= O_RDWR | O_CREAT;
        if (mode == Mode::write_private) flags |= O_NOFOLLOW;
        if (mode == Mode::create_new) flags |= O_RDWR | O_CREAT | O_EXCL;
        const int descriptor = ::open(path.c_str(), flags, mode == Mode::write_private ? 0600 : 0644);
        if (descriptor < 0) return fail(system_error("open " + path.string()));
        // The file of a try that was cut short may be there, whatever its rights.
        if (mode == Mode::write_private && ::fchmod(descriptor, 0600) != 0) {
            const Error error = system_error("chmod " + path.string());
            ::close(descriptor);
            return fail(error);
        }
        return std::make_unique<PosixFile>(descriptor, path.string());
    }
    Result<> make_directories(const fs::path& path) override {
        std::error_code error;
        fs::create_directories(path, error);
        return outcome_of(error, "create folder", path);
    }
    Result<> rename(const fs::path& from, const fs::path& to) override {
        std::error_code error;
        fs::rename(from, to, error);
        return outcome_of(error, "rename", from);
    }
    Result<> link(const fs::path& existing, const fs::path& name) override {
        std::error_code error;
        fs::create_hard_link(existing, name, error);
        return outcome_of(error, "link", name);
    }
    Result<> remove(const fs::path& path) override {
        std::error_code error;
        fs::remove_all(path, error);
        return outcome_of(error, "remove", path);
    }
    Result<std::vector<Entry>> list(const fs::path& folder) override {
        std::error_code error;
        std::vector<Entry> entries;
        fs::directory_iterator at(folder, error);
        PINFLOW_TRY(outcome_of(error, "list", folder));
        while (at != fs::directory_iterator()) {
            std::error_code vanished;  // a file deleted while we list: not a directory is the right answer
            entries.push_back({at->path().filename().string(), at->is_directory(vanished)});
            at.increment(error);
            PINFLOW_TRY(outcome_of(error, "list", folder));
        }
        return entries;
    }
    Result<> sync_directory(const fs::path& folder) override {
        const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0) return fail(system_error("open " + folder.string()));
        const int outcome = ::fsync(descriptor);
        const Error error = system_error("fsync " + folder.string());
        ::close(descriptor);
        if (outcome != 0) return fail(error);
        return {};
    }
};

// Beside `path`, and a name that a file system takes: a file may have the longest one, and one more suffix not.
fs::path temporary_beside(const fs::path& path) {
    constexpr size_t longest_name = 255;
    std::string name = path.filename().string() + ".tmp";
    if (name.size() > longest_name)
        name = fmt::format("{}-{:08x}.tmp", std::string_view(name).substr(0, 200), crc32c(as_bytes(name)));
    return path.parent_path() / name;
}

Result<> replace(Disk& disk, const fs::path& path, std::string_view contents, Disk::Mode mode) {
    const fs::path temporary = temporary_beside(path);
    {
        PINFLOW_ASSIGN(auto file, disk.open(temporary, mode));
        PINFLOW_TRY(file->resize(0));
        const Bytes piece = as_bytes(contents);
        PINFLOW_TRY(file->write_at(std::span(&piece, 1), 0));
        PINFLOW_TRY(file->sync());
    }
    PINFLOW_TRY(disk.rename(temporary, path));
    return disk.sync_directory(path.parent_path());
}

}  // namespace

Disk& posix_disk() {
    static PosixDisk disk;
    return disk;
}

Result<std::string> read_file(Disk& disk, const fs::path& path) {
    PINFLOW_ASSIGN(auto file, disk.open(path, Disk::Mode::read));
    PINFLOW_ASSIGN(const uint64_t size, file->size());
    std::string contents(size, '\0');
    PINFLOW_ASSIGN(const size_t got, file->read_at(std::as_writable_bytes(std::span(contents)), 0));
    contents.resize(got);
    return contents;
}

Result<> replace_file(Disk& disk, const fs::path& path, std::string_view contents) {
    return replace(disk, path, contents, Disk::Mode::write);
}

Result<> replace_private_file(Disk& disk, const fs::path& path, std::string_view contents) {
    return replace(disk, path, contents, Disk::Mode::write_private);
}

}  // namespace pinflow
