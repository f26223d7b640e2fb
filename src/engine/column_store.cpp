#include "engine/column_store.h"

namespace pinflow::engine {

void ColumnStore::enter_chunk() {
    const size_t index = row_count_ / chunk_rows;
    if (index == chunks_.size()) {
        auto chunk = std::make_unique<OneChunk>();
        for (const duckdb_type type : types_) {
            OwnedType logical(duckdb_create_logical_type(type));
            Cells cells;
            cells.vector = OwnedVector(duckdb_create_vector(logical.get(), chunk_rows));
            cells.data = duckdb_vector_get_data(cells.vector.get());
            chunk->columns.push_back(std::move(cells));
        }
        chunks_.push_back(std::move(chunk));
    }
    current_ = chunks_[index].get();
}

void ColumnStore::make_validity(Cells& cells) {
    duckdb_vector_ensure_validity_writable(cells.vector.get());
    cells.validity = duckdb_vector_get_validity(cells.vector.get());
}

}  // namespace pinflow::engine
