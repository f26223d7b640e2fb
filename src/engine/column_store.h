// Rows in columns that DuckDB reads where they are: vectors of 2,048 values each, reused from batch to batch. Text
// cells point to bytes that others keep alive. One thread fills it; then any number may read.
#pragma once
#include <duckdb.h>

#include <memory>
#include <string_view>
#include <vector>

#include "engine/handles.h"

namespace pinflow::engine {

class ColumnStore {
  public:
    explicit ColumnStore(std::vector<duckdb_type> types) : types_(std::move(types)) {}

    void begin_row() {  // the row's cells hold anything until they are set
        row_ = row_count_ % chunk_rows;
        if (row_ == 0 || current_ == nullptr) enter_chunk();
    }
    void end_row() { ++row_count_; }
    void truncate(size_t row_count) {
        row_count_ = row_count;
        current_ = nullptr;
    }

    template <class T>
    void set(size_t column, T value) {
        auto& cells = current_->columns[column];
        static_cast<T*>(cells.data)[row_] = value;
        if (cells.validity != nullptr) cells.validity[row_ / 64] |= uint64_t{1} << (row_ % 64);
    }
    void set_text(size_t column, std::string_view text) {
        duckdb_string_t cell{};
        cell.value.inlined.length = static_cast<uint32_t>(text.size());
        if (text.size() <= sizeof cell.value.inlined.inlined) {
            if (!text.empty()) std::memcpy(cell.value.inlined.inlined, text.data(), text.size());
        } else {
            std::memcpy(cell.value.pointer.prefix, text.data(), sizeof cell.value.pointer.prefix);
            cell.value.pointer.ptr = const_cast<char*>(text.data());  // DuckDB reads only
        }
        set(column, cell);
    }
    void set_null(size_t column) {
        auto& cells = current_->columns[column];
        if (cells.validity == nullptr) make_validity(cells);
        cells.validity[row_ / 64] &= ~(uint64_t{1} << (row_ % 64));
    }

    size_t row_count() const { return row_count_; }
    size_t chunk_count() const { return (row_count_ + chunk_rows - 1) / chunk_rows; }
    size_t rows_of(size_t chunk) const { return std::min(chunk_rows, row_count_ - chunk * chunk_rows); }
    duckdb_vector vector(size_t chunk, size_t column) const { return chunks_[chunk]->columns[column].vector.get(); }
    const std::vector<duckdb_type>& types() const { return types_; }
    size_t memory_bytes() const { return chunks_.size() * types_.size() * chunk_rows * sizeof(duckdb_string_t); }

    static constexpr size_t chunk_rows = 2048;  // DuckDB's vector size

  private:
    struct Cells {
        OwnedVector vector;
        void* data = nullptr;
        uint64_t* validity = nullptr;  // none until the first null
    };
    struct OneChunk {
        std::vector<Cells> columns;
    };
    void enter_chunk();
    static void make_validity(Cells& cells);

    std::vector<duckdb_type> types_;
    std::vector<std::unique_ptr<OneChunk>> chunks_;
    OneChunk* current_ = nullptr;
    size_t row_ = 0;  // in the current chunk
    size_t row_count_ = 0;
};

}  // namespace pinflow::engine
