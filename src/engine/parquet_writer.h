// Query results into Parquet files, with the statistics that Delta's add action wants.
// A ParquetWriter is one prepared COPY, to be run again and again: planning costs more than writing a small file. Which
// types we encode ourselves and how, and which DuckDB does: docs/parquet.md.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/connection.h"

namespace pinflow::engine {

enum class Compression : uint8_t { none, snappy, zstd };
std::optional<Compression> parse_compression(std::string_view name);  // "none", "snappy", "zstd"

struct ParquetOptions {
    Compression compression = Compression::snappy;  // zstd: level 1, 60 % of the default's CPU and smaller files
    int64_t row_group_rows = 122'880;               // a multiple of 2,048
    size_t row_group_bytes = 128 << 20;  // of the files that we encode: where texts are large, before so many rows
};

struct ParquetFile {
    std::filesystem::path path;
    uint64_t size_bytes = 0;
    int64_t row_count = 0;
    // {"numRecords":n,"minValues":{…},"maxValues":{…},"nullCount":{…}} as in Delta's protocol: text cut to 32
    // characters (the greatest raised, or left out where it cannot be), timestamps to milliseconds, nothing for nested
    // and binary columns and for those that hold NaN.
    std::string stats_json;
};

class ParquetWriter {
  public:
    // `select` is planned once and reads its tables anew in every write(). `staging` names the file that each write
    // goes to first: same file system as the results, used by no other writer at the same
    // time.
    static Result<ParquetWriter> prepare(Connection& connection, const std::string& select,
                                         const std::filesystem::path& staging, const ParquetOptions& options = {});
    // Whole file or none at `path` (rename); not yet synced: the caller decides when. An existing file is replaced.
    // With no rows there is no file, and row_count is 0.
    Result<ParquetFile> write(const std::filesystem::path& path);

    struct Handle;
    explicit ParquetWriter(std::unique_ptr<Handle> handle);
    ParquetWriter(ParquetWriter&&) noexcept;
    ParquetWriter& operator=(ParquetWriter&&) noexcept;
    ~ParquetWriter();

  private:
    std::unique_ptr<Handle> handle_;
};

// Plans and writes once. Staging is `path` with ".tmp" behind it.
Result<ParquetFile> write_parquet(Connection& connection, const std::string& select, const std::filesystem::path& path,
                                  const ParquetOptions& options = {});

}  // namespace pinflow::engine
