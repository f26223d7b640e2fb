// Of rows with the same key the first stays: takes the later ones out of a batch before it is committed
// (docs/pipelines.md, "Unique rows"). What it knows is what the table holds, and it can be read from there at any time:
// a key counts as there when the commit with its row is. One thread at a time.
#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "delta/table.h"
#include "engine/row_keys.h"
#include "sink/cleaner.h"
#include "sink/key_set.h"

namespace pinflow::sink {

class UniqueRows {
  public:
    // `database` reads the table's files and writes the batch's anew.
    UniqueRows(delta::Environment environment, std::shared_ptr<engine::Database> database, const TablePlan& plan);

    // Takes the duplicates out of the batch's files and counts them; only a file that holds some is written again. The
    // commit holds good only while the table's rows are those of batch.judged_version. unavailable: the table has more
    // keys than it may.
    Result<> thin(delta::Table& table, Cleaned& batch);
    void landed();  // the batch that was thinned last is in the table

    // For rows that will take the place of others: the keys of the rows that stay, those for which the condition is not
    // true, and of the batches that were thinned so far.
    Result<> begin_without(delta::Table& table, const std::string& condition);
    Result<> thin_and_keep(Cleaned& batch);

    size_t memory_bytes() const { return keys_.memory_bytes(); }

  private:
    struct Row;
    struct Batch;
    Result<> look(delta::Table& table);
    Result<bool> look_at(delta::Table& table, int64_t version, const delta::Snapshot& now, delta::Snapshot& added);
    Result<> read_table(const delta::Snapshot& snapshot, const delta::Table& table,
                        const std::string& without = "false");
    Result<> thin(Cleaned& batch);
    Result<> check_count() const;
    std::string key_sql(const delta::PartitionValues* values) const;
    Result<> read_file(const DataFile& file, Batch& batch);
    void find_duplicates(Batch& batch);
    Result<> write_anew(DataFile& file, const std::vector<bool>& dropped);

    delta::Environment environment_;
    std::shared_ptr<engine::Database> database_;
    TablePlan plan_;
    KeyedHash hash_;
    KeySet keys_;
    int64_t version_ = -1;               // of the table whose keys are all here; -1: none
    std::set<std::string> known_files_;  // names of files that landed since
    std::vector<KeySet::Key> new_keys_;  // of the batch that was thinned last, and its files' names
    std::vector<std::string> new_files_;
};

// Can rows be told apart by these columns? invalid says which not.
Result<> check_unique(const TablePlan& plan);

// The name of the txn action whose version is the number of duplicates that were ever dropped.
std::string duplicates_app_id(const std::string& pipeline);
bool is_duplicates_app_id(std::string_view app_id);

}  // namespace pinflow::sink
