// A Parquet file of our own making (docs/parquet.md): rows come in as DuckDB's chunks, whole column chunks go out. One
// thread at a time.
#pragma once
#include <duckdb.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/file_output.h"
#include "engine/parquet_column.h"
#include "engine/parquet_writer.h"

namespace pinflow::engine {

class ParquetFileEncoder {
  public:
    ParquetFileEncoder(const std::vector<ParquetColumn>& columns, const ParquetOptions& options);

    // A file is begun, rows are added, it is finished; then the next may begin. An existing file is replaced.
    void begin(const std::filesystem::path& path);
    bool add(duckdb_data_chunk chunk);  // flat vectors, one for each column; false: see error()
    bool finish();                      // with no rows there is no file

    // What went wrong since begin(); then what is at the path is no file.
    const Error* error() const { return failed_ ? &*failed_ : nullptr; }

    int64_t row_count() const { return row_count_; }
    uint64_t size_bytes() const { return output_.size_bytes(); }
    std::string stats_json() const;  // for Delta's add action

  private:
    struct Chunk {
        ChunkFacts facts;
        uint64_t position = 0;
    };
    struct RowGroup {
        std::vector<Chunk> chunks;
        int64_t rows = 0;
    };
    bool end_row_group();
    bool succeeded(Result<> outcome);
    void write_row_group(ThriftWriter& footer, const RowGroup& group) const;
    void write_chunk(ThriftWriter& footer, const Chunk& chunk, const ParquetColumn& column) const;
    ByteBuffer footer() const;

    std::vector<ParquetColumn> columns_;
    ParquetOptions options_;
    std::vector<ColumnEncoder> encoders_;
    FileOutput output_;
    int64_t row_count_ = 0;
    int64_t group_rows_ = 0;  // of the row group that is being filled
    std::vector<RowGroup> groups_;
    std::optional<Error> failed_;
};

}  // namespace pinflow::engine
