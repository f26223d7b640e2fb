// One column of a row group on its way into Parquet pages. One thread at a time.
#pragma once
#include <duckdb.h>

#include <memory>
#include <string_view>
#include <vector>

#include "engine/byte_buffer.h"
#include "engine/handles.h"
#include "engine/page_compressor.h"
#include "engine/parquet_bounds.h"
#include "engine/parquet_page.h"
#include "engine/parquet_schema.h"
#include "engine/text_dictionary.h"

namespace pinflow::engine {

// What a column chunk says of itself, in bytes within the chunk: the dictionary page first, if there is one.
struct ChunkFacts {
    bool compressed = false;
    bool has_dictionary = false;
    bool has_plain = false;
    size_t dictionary_bytes = 0;
    size_t page_bytes = 0;
    size_t uncompressed_bytes = 0;
    int64_t value_count = 0;  // with nulls
    int64_t null_count = 0;   // of a list: not counted
    ValueBounds bounds;       // of a list: none
};

class ColumnEncoder {
  public:
    ColumnEncoder(ParquetColumn column, Compression compression);

    // Up to 2,048 rows of a flat vector.
    void add(duckdb_vector vector, size_t rows);
    // Ends the chunk. dictionary() and pages() are its bytes, until clear().
    const ChunkFacts& finish();
    std::string_view dictionary() const { return dictionary_page_.view(); }
    std::string_view pages() const { return pages_.view(); }
    void clear();  // the next row group begins; memory is kept

    size_t buffered_bytes() const { return pages_.size() + page_.plain().size(); }
    const ParquetColumn& column() const { return column_; }

  private:
    void add_list(duckdb_vector vector, size_t rows);
    void add_values(duckdb_vector vector, size_t from, size_t count);
    template <class T>
    void add_numbers(const T* cells, const uint64_t* validity, size_t from, size_t count);
    void add_booleans(const bool* cells, const uint64_t* validity, size_t from, size_t count);
    void add_texts(duckdb_string_t* cells, const uint64_t* validity, size_t from, size_t count);
    void put_text(std::string_view text);
    void leave_dictionary();
    void note_dictionary_bounds();
    template <class Put>
    void for_each_cell(const uint64_t* validity, size_t from, size_t count, const Put& put);

    bool too_many_texts() const;
    void finish_full_page();
    void finish_page();
    void write_page(ByteBuffer& into, bool of_dictionary, size_t value_count, std::string_view body);

    ParquetColumn column_;
    PageCompressor compressor_;
    OwnedVector flat_list_;  // a list's vector, its elements brought into one row

    PageBuilder page_;  // that is being filled

    // The chunk.
    bool uses_dictionary_ = false;
    TextDictionary dictionary_;
    ByteBuffer pages_;
    ByteBuffer dictionary_page_;
    ChunkFacts facts_;
};

}  // namespace pinflow::engine
