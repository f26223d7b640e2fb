// Takes rows out of a table and its quarantine, by a condition over the clean columns: files that hold such rows are
// written anew without them (copy-on-write). Other writers may go on meanwhile.
#pragma once
#include <functional>
#include <string>

#include "delta/table.h"
#include "engine/database.h"
#include "sink/table_plan.h"

namespace pinflow::sink {

struct Deleted {
    int64_t rows = 0;
    int64_t files = 0;        // of the clean table that held them
    int64_t quarantined = 0;  // records
    int64_t unjudged = 0;     // records in the quarantine of which nobody can say whether they make such a row
};

class RowDeletion {
  public:
    RowDeletion(delta::Environment environment, engine::Database& database, const TablePlan& plan,
                std::string condition)
        : environment_(std::move(environment)), database_(database), plan_(plan), condition_(std::move(condition)) {}

    // Called after each file.
    using Progress = std::function<void(size_t files, size_t of_files)>;
    // `id` stands in the commits. conflict: files came and went faster than they could be read, again and again.
    Result<Deleted> run(delta::Table& clean, delta::Table& quarantine, const std::string& id,
                        const Progress& progress = {});
    // What run() would take out now.
    Result<Deleted> count(delta::Table& clean, delta::Table& quarantine);

  private:
    struct Swap {
        std::vector<delta::RemoveFile> removes;
        std::vector<delta::AddFile> adds;
        int64_t rows = 0;
    };
    Result<Deleted> look(delta::Table& clean, delta::Table& quarantine, bool write, const std::string& id,
                         const Progress& progress);
    Result<int64_t> count_rows(const delta::Snapshot& snapshot, const delta::Table& table);
    Result<> rewrite(const delta::Snapshot& snapshot, const delta::Table& table, const delta::FileSet::Pointer& file,
                     Swap& into);
    Result<> judge_file(const delta::Table& table, const delta::FileSet::Pointer& file, bool write, Swap& into,
                        Deleted& found);
    Result<> replace(const delta::Table& table, const delta::FileSet::Pointer& file, const std::string& select,
                     Swap& into);
    Result<> commit(delta::Table& table, Swap swap, const std::string& id);

    delta::Environment environment_;
    engine::Database& database_;
    const TablePlan& plan_;
    std::string condition_;
};

}  // namespace pinflow::sink
