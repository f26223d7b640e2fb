// Lines of JSON, written by one schema, as a Parquet file: by DuckDB, in an instance of its own.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "connect/connect_schema.h"
#include "engine/database.h"

namespace pinflow::connect {

class S3Parquet {
  public:
    // It reads and writes below this folder only.
    explicit S3Parquet(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // One file at a time. `longest_line`: of `lines`, in bytes.
    Result<> write(const std::filesystem::path& lines, size_t longest_line, const ConnectSchema& schema,
                   const std::string& codec, const std::filesystem::path& into);

    // Rows of such a file, at most `count` from row `from` on, each as the record was: {"payload":{…}}.
    Result<std::vector<std::string>> rows(const std::filesystem::path& file, int64_t from, int64_t count);
    // The same file without these rows; answers how many are left.
    Result<int64_t> write_without(const std::filesystem::path& file, std::span<const int64_t> rows,
                                  const std::string& codec, const std::filesystem::path& into);

  private:
    Result<> open();

    const std::filesystem::path folder_;
    std::mutex mutex_;
    std::shared_ptr<engine::Database> database_;  // opened when it is needed
};

// What such a file cannot hold: no structure, fields that differ in upper and lower case only.
Accepted<> check_columns(const ConnectSchema& schema);

}  // namespace pinflow::connect
