// Takes rows out of a table and its quarantine, by a condition over the clean columns: files that hold such rows are
// written anew without them (copy-on-write). Other writers may go on meanwhile.
#pragma once
#include <functional>
#include <string>

#include "delta/table.h"
#include "engine/database.h"
#include "sink/file_rewriter.h"
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
        : files_(std::move(environment), database, plan.declaration.settings.compression),
          database_(database),
          plan_(plan),
          condition_(std::move(condition)) {}

    // Called after each file.
    using Progress = std::function<void(size_t files, size_t of_files)>;
    // `id` stands in the commits. conflict: files came and went faster than they could be read, again and again.
    Result<Deleted> run(delta::Table& clean, delta::Table& quarantine, const std::string& id,
                        const Progress& progress = {});
    // What run() would take out now.
    Result<Deleted> count(delta::Table& clean, delta::Table& quarantine);

  private:
    Result<Deleted> look(delta::Table& clean, delta::Table& quarantine, bool write, const std::string& id,
                         const Progress& progress);
    Result<> judge_file(const delta::Table& table, const delta::FileSet::Pointer& file, bool write, FileSwap& into,
                        Deleted& found);
    Result<> commit(delta::Table& table, FileSwap swap, const std::string& id);

    FileRewriter files_;
    engine::Database& database_;
    const TablePlan& plan_;
    std::string condition_;
};

}  // namespace pinflow::sink
