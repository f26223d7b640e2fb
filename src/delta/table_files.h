// Where a table's files are: a folder, or a prefix of an object store. Every table has a folder on this machine; for
// one in a store it holds copies of what is being read, and files that are about to be published. Thread-safe.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/disk.h"

namespace pinflow::delta {

enum class Written { done, taken, unsure };

class TableFiles {
  public:
    struct Entry {
        std::string name;
        bool is_directory = false;
        std::optional<int64_t> modified_ms;  // nothing: modified_ms() tells
    };
    struct DataFile {
        std::filesystem::path path;
        std::optional<uint64_t> size;
    };
    // As long as it lives the files can be read.
    using Held = std::shared_ptr<const void>;
    struct Copies {
        std::vector<std::filesystem::path> paths;
        Held held;
    };

    explicit TableFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
    virtual ~TableFiles() = default;
    const std::filesystem::path& folder() const { return folder_; }
    virtual std::string where() const = 0;        // for people: the folder or the URL
    virtual Result<> prepare() = 0;               // for a new table
    virtual std::filesystem::path scratch() = 0;  // a folder for files that only we look at

    // The log, by the names in `_delta_log`; those up to `after` may be left out. not_found: there is no log.
    virtual Result<std::vector<Entry>> list_log(const std::string& after) = 0;
    // not_found: no such file. `identity`, if anybody wants to know, becomes what identities() would have said before.
    virtual Result<std::string> read_log(const std::string& name, std::string* identity) = 0;
    // For programs that read files; unlike those of data, they may be replaced.
    virtual Result<Copies> copies_of_log(const std::vector<std::string>& names) = 0;
    // A file that is not there, whole and durable: `done`; `taken`: there is one, `unsure`: it may be there or not, or
    // not survive: settle() before looking again. An error: no trace of it is left.
    virtual Result<Written> create_log(const std::string& name, std::string_view contents, std::string& identity) = 0;
    virtual Result<> settle() = 0;
    virtual Result<> replace_log(const std::string& name, std::string_view contents) = 0;
    virtual Result<> remove_log(const std::string& name) = 0;
    virtual int64_t log_modified_ms(const std::string& name, int64_t otherwise) = 0;
    // What tells each file from another that came to have its name; empty: there is none. `names` are in order.
    virtual Result<std::vector<std::string>> identities(const std::vector<std::string>& names) = 0;
    virtual int64_t identities_every_ms() const = 0;  // how often it may be asked

    // Data files, by their paths below folder().
    virtual Result<> publish(
        const std::filesystem::path& path) = 0;  // one that was written here: durable, for all to read
    virtual Result<Held> hold(std::span<const DataFile> files) = 0;  // so that they can be read at their paths
    virtual Result<> remove(const std::filesystem::path& path) = 0;
    struct Found {
        std::filesystem::path path;
        std::optional<int64_t> modified_ms;
    };
    virtual Result<std::vector<Found>> list_data() = 0;  // but for hidden ones
    // The files in one hidden folder; none if there is no such folder.
    virtual Result<std::vector<std::filesystem::path>> list_hidden(const std::string& folder) = 0;
    virtual int64_t modified_ms(const Found& file, int64_t otherwise) = 0;
    virtual Result<std::vector<bool>> are_there(const std::vector<std::filesystem::path>& paths) = 0;

  protected:
    const std::filesystem::path folder_;
};

// Readers pass over it: nothing of the table's own.
bool is_hidden(std::string_view name);

// Of files by their names in the log (`add.path`): those that are gone.
Result<std::unordered_set<std::string>> missing_of(TableFiles& files, const std::vector<std::string>& names);

std::shared_ptr<TableFiles> local_files(Disk& disk, std::filesystem::path folder);

}  // namespace pinflow::delta
