// The two Delta tables behind one table of a pipeline: clean rows and what was quarantined, committed so that every
// record is in exactly one of them once. One thread at a time, but for clean() which is thread-safe.
//
// A batch is committed in two steps. The clean table's commit carries the offsets (a txn action for each partition), a
// sequence number (a txn of its own) and, in its commitInfo, the quarantine file: it is the commit point. The
// quarantine table's commit then carries the same sequence number. After a crash between the two, open() finishes the
// second. An exchange of rows goes the same way; its clean commit names the places and all files of the quarantine.
// Both tables count what goes into the quarantine (a txn of its own), so that it shows if a second never came.
#pragma once
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "delta/table.h"
#include "sink/cleaner.h"
#include "sink/row_exchange.h"
#include "sink/table_plan.h"

namespace pinflow::sink {

// Rows give way to others, in both tables. The files that come are there and synced.
struct RowExchange {
    std::string operation;  // as the commits call it
    std::map<std::string, std::string> parameters;
    std::vector<Place> places;          // rows of these go from both tables
    std::vector<PickedRecords> picked;  // these go from the quarantine
    bool everything = false;            // all rows go from both
    bool settles = false;               // the quarantine is whole afterwards, whatever was missing before
    std::optional<int64_t> replay;      // its number: those of one quarantine come one after the other
    std::vector<delta::AddFile> clean;
    std::vector<delta::AddFile> quarantine;
    Cleaned counts;                            // its numbers; no files
    std::map<std::string, int64_t> positions;  // where the table must be, by appId
    std::vector<delta::Txn> txns;              // go into the clean commit
    delta::Schema schema;

    std::string clean_condition() const { return everything ? all_rows : rows_of(places); }
    std::string quarantine_condition() const;
};

// unsupported: appendOnly tables, and those with a change data feed.
Result<> check_rows_can_go(const delta::Table& table);

struct QuarantineFile {
    delta::AddFile file;
    int64_t records = 0;
};

class TableStore {
  public:
    // Opens both tables, makes those that are missing, adds new columns, and finishes a commit that a crash cut short.
    // unsupported: the table's columns cannot become those of the pipeline (the message says which). `writer`: not
    // empty where several Pinflows write the table, each with a sequence of its own.
    static Result<std::unique_ptr<TableStore>> open(delta::Environment environment, const std::filesystem::path& lake,
                                                    const std::string& name, const TablePlan& plan,
                                                    const std::string& writer = "");

    std::filesystem::path clean_folder() const { return clean_->folder(); }
    std::filesystem::path quarantine_folder() const { return quarantine_->folder(); }
    int64_t position(const std::string& app_id) const { return clean_->snapshot()->txn_version(app_id); }

    // Syncs the files and commits both tables. `positions` are the txn actions of the partitions, each with the
    // position it starts from. Columns of `schema` that the clean table lacks are added in the same commit. conflict:
    // the table is not there; look_again() and begin anew from position().
    Result<> commit(const Cleaned& cleaned, std::vector<delta::Txn> positions, const delta::Schema& schema);
    // table_store_exchange.cpp: the same in two steps, the clean commit first. `old` remembers its looks at the
    // tables; it may have looked before. Positions stay as they are. conflict: the table is not at `positions`.
    // unsupported: rows that stay have a column of another type.
    Result<> exchange(const RowExchange& rows, RowRemovals& old);
    RowRemoval removal(std::string condition) const;
    Result<> check_rows_can_go() const;  // of both tables
    // While files are there that no commit names yet and that one will: vacuum waits.
    void keep_unnamed_files(bool keep) { keeps_unnamed_ = keep; }
    // Checkpoints, log cleanup, compaction of small files; what is due. True if more is.
    Result<bool> upkeep(engine::Database& database);
    Result<> look_again();  // what other writers have committed, and what became of a commit that failed
    // After an error of commit(): the clean rows may be committed and the quarantine not; finish() sees to that.
    bool is_unfinished() const { return unfinished_; }
    Result<> finish();
    int64_t missing_in_quarantine() const;  // records that it should have got and never will; after finish()

    std::string app_id() const;  // the txn whose version counts this Pinflow's commits
    std::string replays_app_id() const { return fmt::format("pinflow/{}/replays", plan_.pipeline); }  // all Pinflows'
    delta::Table& clean() { return *clean_; }
    delta::Table& quarantine() { return *quarantine_; }

  private:
    TableStore(delta::Environment environment, const TablePlan& plan, std::string writer)
        : environment_(environment), plan_(plan), writer_(std::move(writer)) {}
    Result<> evolve();
    Result<std::optional<delta::Metadata>> metadata_with(const delta::Schema& schema);
    Result<> finish_quarantine();  // table_store_quarantine.cpp
    Result<bool> finish_exchange(int64_t sequence, const std::string& note);
    std::vector<delta::Txn> exchange_txns(int64_t sequence, const RowExchange& rows) const;
    Result<> exchange_quarantine(int64_t sequence, const RowExchange& rows, RowRemoval& known);
    Result<> commit_exchange(const RowExchange& rows, int64_t sequence, int64_t previous, RowRemoval& known);
    Result<> check_positions(const RowExchange& rows) const;
    Result<> keep_rules();
    // table_store_quarantine.cpp
    Result<> commit_quarantine(int64_t sequence, const QuarantineFile& quarantine);
    std::string quarantined_app_id() const;
    delta::Txn count_quarantined(const delta::Table& table, int64_t records) const;
    bool counts_quarantined() const;
    void tell_what_is_missing();
    void count_duplicates(int64_t more, std::vector<delta::Txn>& txns) const;
    Result<bool> compact(delta::Table& table, engine::Database& database);

    delta::Environment environment_;
    TablePlan plan_;
    std::string writer_;
    std::unique_ptr<delta::Table> clean_;
    std::unique_ptr<delta::Table> quarantine_;
    bool unfinished_ = true;  // the last commit's quarantine may be missing
    bool rules_are_kept_ = false;
    int64_t told_missing_ = 0;
    int64_t vacuum_at_ms_ = 0;
    std::atomic<bool> keeps_unnamed_ = false;
    // The last that metadata_with() found to go together: nearly always the same again.
    std::shared_ptr<const delta::Metadata> known_metadata_;
    delta::Schema known_schema_;
};

// The name under which a partition's position stands in the clean table: the topic's id, so that a topic that was
// deleted and made again starts anew. The version is the next offset to be read.
std::string position_app_id(const std::string& pipeline, const Uuid& topic_id, int32_t partition);

}  // namespace pinflow::sink
