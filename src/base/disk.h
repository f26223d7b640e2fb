// The file layer under the log and the tables: everything a promise of durability rests on goes through here, so that
// tests can drop unsynced writes, fail a sync or fill the disk. All calls are thread-safe; a File may be shared.
#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace pinflow {

class File {
  public:
    virtual ~File() = default;
    // Fewer bytes than asked only at the end of the file.
    virtual Result<size_t> read_at(MutableBytes into, uint64_t position) = 0;
    // All pieces one after the other from `position`, or an error: then any part of them may have been written.
    virtual Result<> write_at(std::span<const Bytes> pieces, uint64_t position) = 0;
    virtual Result<> sync() = 0;  // fdatasync
    virtual Result<> resize(uint64_t size) = 0;
    // Takes the space now (contents zero, size grown), so that later writes neither fail nor change metadata.
    virtual Result<> allocate(uint64_t size) = 0;
    virtual Result<uint64_t> size() = 0;
    virtual int descriptor() const = 0;  // for sendfile and locks; -1 if there is none
};

class Disk {
  public:
    // write creates the file if it is missing; write_private does so for its owner's eyes only
    enum class Mode { read, write, create_new, write_private };
    struct Entry {
        std::string name;
        bool is_directory = false;
    };

    virtual ~Disk() = default;
    virtual Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Mode mode) = 0;
    virtual Result<> make_directories(const std::filesystem::path& path) = 0;
    virtual Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual Result<> link(const std::filesystem::path& existing, const std::filesystem::path& name) = 0;
    virtual Result<> remove(const std::filesystem::path& path) = 0;  // a folder with all it holds
    virtual Result<std::vector<Entry>> list(const std::filesystem::path& folder) = 0;
    virtual Result<> sync_directory(const std::filesystem::path& folder) = 0;
};

Disk& posix_disk();

Result<std::string> read_file(Disk& disk, const std::filesystem::path& path);
// Readers see the old contents or the new, also after a power loss: temporary file, sync, rename, sync of the folder.
Result<> replace_file(Disk& disk, const std::filesystem::path& path, std::string_view contents);
// The same for what only its owner may read: mode 0600 from the first byte on.
Result<> replace_private_file(Disk& disk, const std::filesystem::path& path, std::string_view contents);

}  // namespace pinflow
