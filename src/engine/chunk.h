// Up to 2,048 rows as they come out of DuckDB, for those that turn results into something else. Only this folder
// includes it. Valid during the call that hands it over.
#pragma once
#include <duckdb.h>

#include <vector>

#include "engine/value_text.h"

namespace pinflow::engine {

class Chunk {
  public:
    Chunk(duckdb_data_chunk chunk, const std::vector<ValueType>& types)
        : chunk_(chunk), types_(types), row_count_(duckdb_data_chunk_get_size(chunk)) {}

    size_t row_count() const { return row_count_; }
    duckdb_vector vector(size_t column) const { return duckdb_data_chunk_get_vector(chunk_, column); }
    const ValueType& type(size_t column) const { return types_[column]; }

  private:
    duckdb_data_chunk chunk_;
    const std::vector<ValueType>& types_;
    size_t row_count_;
};

}  // namespace pinflow::engine
