// A Delta table in a folder or an object store: read, append, replace files, look after the log. The format, the commit
// protocol and the rules when two writers meet are in docs/delta.md.
#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/clock.h"
#include "base/disk.h"
#include "delta/compaction.h"
#include "delta/snapshot.h"
#include "delta/store_folders.h"
#include "delta/table_files.h"

namespace pinflow::engine {
class Database;
}

namespace pinflow::delta {

struct Loaded;

// What a table works with; all of it outlives the table.
struct Environment {
    Disk& disk;
    Clock& clock;
    std::shared_ptr<engine::Database> database;  // reads and writes checkpoints; may open the table's folder
    std::shared_ptr<StoreFolders> stores = {};   // tables below its folders have their files in a store
};

std::shared_ptr<TableFiles> files_of(const Environment& environment, const std::filesystem::path& folder);

struct Commit {
    CommitInfo info;
    std::vector<Txn> txns;
    std::vector<AddFile> adds;         // the files are published
    std::vector<RemoveFile> removes;   // deletion_ms is set by the table
    std::optional<Metadata> metadata;  // new columns or configuration; the id stays
    // What the commit does to rows holds whatever rows other commits add or remove meanwhile, in other files than those
    // that it removes.
    bool by_file = false;
    // The commit rests on the rows that this version has: others must not have added or taken away any since.
    std::optional<int64_t> rows_as_of = {};
};

struct Committed {
    int64_t version = 0;
    bool already_there = false;  // every txn of the commit was in the table before: nothing was written
};

// One commit as it lies in the log.
struct CommitRecord {
    int64_t version = 0;
    CommitInfo info;
    std::vector<Action> actions;  // with the CommitInfo, if the writer left one
};

struct CleanupReport {
    size_t log_files = 0;   // commits, checkpoints and left-over temporary files removed
    size_t data_files = 0;  // data files removed
};

// Thread-safe. Commits of one table run one after the other; snapshot() never waits for a commit or the disk.
class Table {
  public:
    // not_found: no table there; unsupported: a table made by others that needs what we cannot do (named).
    static Result<std::unique_ptr<Table>> open(Environment environment, std::filesystem::path folder);
    // exists: there is a table. Commits version 0.
    static Result<std::unique_ptr<Table>> create(Environment environment, std::filesystem::path folder,
                                                 Metadata metadata);
    ~Table();

    // On this machine: the table itself, or where copies of its files are.
    const std::filesystem::path& folder() const { return files_->folder(); }
    TableFiles& files() const { return *files_; }
    std::string where() const { return files_->where(); }

    // The newest version this object knows.
    SnapshotPtr snapshot() const;
    // Reads what other writers have committed since: one failing open() if nothing.
    Result<SnapshotPtr> refresh();
    // not_found: cleaned up already, or not yet written.
    Result<SnapshotPtr> snapshot_at(int64_t version);

    // The same for people's questions about the past: all files of that version are still there. not_found names the
    // oldest version that can be read, and why no older one.
    Result<SnapshotPtr> read_as_of(int64_t version);
    // The newest version that is not younger, by the times of the commit files, or in-commit timestamps where the table
    // has them. not_found: older than what can be read, or younger than the newest version.
    Result<int64_t> version_as_of(int64_t time_ms);

    // Commits, retrying behind other writers as docs/delta.md says. Durable when it returns.
    // conflict: another writer got in the way and the caller must look again (the message says how), or has written
    // over a commit of ours, which has been brought back;
    // unsupported: the table has features that forbid us to write; io, disk_full: nothing was committed, or the state
    // is unknown: then the next call finds out first.
    Result<Committed> commit(Commit commit);
    Result<Committed> append(Commit blind_append) { return commit(std::move(blind_append)); }
    // Compaction: the same rows in other files. conflict: one of the files is gone.
    Result<Committed> replace(const std::vector<FileSet::Pointer>& removes, std::vector<AddFile> adds,
                              CommitInfo info = {.operation = "OPTIMIZE"});

    // Nothing if that commit's file is gone or never was.
    Result<std::optional<CommitRecord>> read_version(int64_t version);
    // Newest first, at most `limit`; ends where the log was cleaned up.
    Result<std::vector<CommitRecord>> history(size_t limit);
    // The newest commit with a txn of this application, if its commit file is still there.
    Result<std::optional<CommitRecord>> last_commit_by(std::string_view app_id);

    // Upkeep. One thread at a time (others wait); runs beside commits.
    bool checkpoint_due() const;
    Result<> checkpoint();
    // Removes commits and checkpoints older than delta.logRetentionDuration that no kept version needs.
    Result<CleanupReport> clean_log();
    // Removes the files of tombstones older than delta.deletedFileRetentionDuration; cheap.
    Result<CleanupReport> remove_expired_files();
    // The same for every file the table does not name (left by crashes): walks the whole folder. Files younger than
    // the retention, or than an hour, stay.
    Result<CleanupReport> vacuum();
    // What is due of the above, vacuum apart.
    Result<CleanupReport> maintain();

  private:
    struct State;
    struct KnownCommit;
    Table(Environment environment, std::shared_ptr<TableFiles> files);
    void adopt(Loaded&& loaded);
    Result<> settle();
    // table_overwritten.cpp
    void note_commit(KnownCommit commit);
    Result<> check_known_commits();
    Result<> reload();
    Result<> restore(const KnownCommit& lost);
    Result<Committed> write(Commit commit);
    void tell_unread_retentions(const Metadata& metadata);
    Result<> catch_up(const Commit* waiting);

    Environment environment_;
    std::shared_ptr<TableFiles> files_;
    std::unique_ptr<State> state_;
};

// What Pinflow sets on tables it makes: retention short enough for one commit a second.
std::map<std::string, std::string> default_configuration();

}  // namespace pinflow::delta
