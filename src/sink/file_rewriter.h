// Files of a table written anew without some of their rows (copy-on-write). The rows go when a commit puts the new
// files in the place of the old ones.
#pragma once
#include <string>
#include <vector>

#include "delta/table.h"
#include "engine/database.h"
#include "engine/parquet_writer.h"

namespace pinflow::sink {

struct FileSwap {
    std::vector<delta::RemoveFile> removes;
    std::vector<delta::AddFile> adds;
};

class FileRewriter {
  public:
    FileRewriter(delta::Environment environment, engine::Database& database, engine::Compression compression)
        : environment_(std::move(environment)), database_(database), compression_(compression) {}

    struct Counts {
        int64_t rows = 0;
        int64_t matching = 0;  // of these
    };
    // Rows of one file of `snapshot`, and those for which the condition is true.
    Result<Counts> count(const delta::Snapshot& snapshot, const delta::Table& table,
                         const delta::FileSet::Pointer& file, const std::string& condition);
    // The file goes, and what is left without the rows for which the condition is true comes.
    Result<> remove_rows(const delta::Snapshot& snapshot, const delta::Table& table,
                         const delta::FileSet::Pointer& file, const std::string& condition, FileSwap& into);
    // The file goes, and what `select` gives comes.
    Result<> replace(const delta::Table& table, const delta::FileSet::Pointer& file, const std::string& select,
                     FileSwap& into);

  private:
    delta::Environment environment_;
    engine::Database& database_;
    engine::Compression compression_;
};

delta::RemoveFile removal_of(const delta::AddFile& file);
std::vector<delta::FileSet::Pointer> files_of(const delta::Snapshot& snapshot);

}  // namespace pinflow::sink
