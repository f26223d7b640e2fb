// What a DuckDB column is in a Parquet file that we write ourselves (docs/parquet.md).
#pragma once
#include <duckdb.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/thrift_writer.h"

namespace pinflow::engine {

enum class ParquetType : int32_t { boolean = 0, int32 = 1, int64 = 2, float_ = 4, double_ = 5, byte_array = 6 };

struct ParquetColumn {
    std::string name;
    duckdb_type type;   // of the values; of the elements, if it is a list
    bool list = false;  // of values that are no lists

    ParquetType physical() const;
    int max_definition() const { return list ? 3 : 1; }  // list there, element slot, element not null
    std::vector<std::string> path() const;
};

// Nothing if DuckDB has to write files with such a column.
std::optional<ParquetColumn> parquet_column(std::string name, duckdb_logical_type type);

// The footer's schema: the root and all columns, field 2 of FileMetaData.
void write_schema(ThriftWriter& footer, const std::vector<ParquetColumn>& columns);

}  // namespace pinflow::engine
