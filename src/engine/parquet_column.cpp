#include "engine/parquet_column.h"

#include "engine/parquet_numbers.h"
#include "engine/thrift_writer.h"

namespace pinflow::engine {
namespace {

constexpr size_t slice_rows = 128;         // between two looks at how full the page is: texts may be megabytes
constexpr size_t dictionary_trial = 2048;  // rows after which half of them must have been seen before
constexpr size_t dictionary_bytes = 512 << 10;
constexpr size_t rows_ahead = 8;  // whose texts are on their way from memory
constexpr size_t cache_line = 64;

std::string_view text_of(duckdb_string_t& cell) {
    return {duckdb_string_t_data(&cell), duckdb_string_t_length(cell)};
}

// Texts lie where their records were read, which no cache holds any more.
void prefetch(const duckdb_string_t& cell) {
    if (cell.value.inlined.length <= sizeof cell.value.inlined.inlined) return;
    __builtin_prefetch(cell.value.pointer.ptr);
    __builtin_prefetch(cell.value.pointer.ptr + std::min<size_t>(cell.value.pointer.length, cache_line));
}

}  // namespace

ColumnEncoder::ColumnEncoder(ParquetColumn column, Compression compression)
    : column_(std::move(column)), compressor_(compression), page_(column_) {
    if (column_.list) {
        OwnedType element(duckdb_create_logical_type(column_.type));
        OwnedType type(duckdb_create_list_type(element.get()));
        flat_list_ = OwnedVector(duckdb_create_vector(type.get(), duckdb_vector_size()));
    }
    clear();
}

void ColumnEncoder::clear() {
    page_.clear();  // an abandoned file leaves one behind
    pages_.clear();
    dictionary_page_.clear();
    dictionary_.clear();
    facts_ = {};
    compressor_.next_chunk();
    uses_dictionary_ = column_.physical() == ParquetType::byte_array && !column_.list;
}

void ColumnEncoder::add(duckdb_vector vector, size_t rows) {
    if (column_.list) return add_list(vector, rows);
    for (size_t from = 0; from < rows; from += slice_rows) {
        add_values(vector, from, std::min(slice_rows, rows - from));
        finish_full_page();
    }
}

void ColumnEncoder::finish_full_page() {
    if (page_.is_full()) finish_page();
}

// A list's elements may lie anywhere, and be a view of others: copied, they lie where the C interface finds them.
void ColumnEncoder::add_list(duckdb_vector vector, size_t rows) {
    duckdb_selection_vector all = duckdb_create_selection_vector(rows);
    for (size_t row = 0; row < rows; ++row) duckdb_selection_vector_get_data_ptr(all)[row] = static_cast<sel_t>(row);
    duckdb_list_vector_set_size(flat_list_.get(), 0);
    duckdb_vector_copy_sel(vector, flat_list_.get(), all, rows, 0, 0);
    duckdb_destroy_selection_vector(all);
    const auto* lists = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(flat_list_.get()));
    const uint64_t* const there = duckdb_vector_get_validity(flat_list_.get());
    const duckdb_vector elements = duckdb_list_vector_get_child(flat_list_.get());
    for (size_t row = 0; row < rows; ++row) {
        finish_full_page();
        const bool is_list = PageBuilder::is_there(there, row);
        const size_t length = is_list ? lists[row].length : 0;
        page_.begin_list(length, is_list);
        if (length > 0)
            add_values(elements, lists[row].offset, length);
        else
            ++facts_.value_count;
    }
}

template <class Put>
void ColumnEncoder::for_each_cell(const uint64_t* validity, size_t from, size_t count, const Put& put) {
    facts_.null_count += page_.for_each_cell(validity, from, count, put);
    facts_.value_count += static_cast<int64_t>(count);
}

template <class T>
void ColumnEncoder::add_numbers(const T* cells, const uint64_t* validity, size_t from, size_t count) {
    using Stored = std::conditional_t<(sizeof(T) < sizeof(int32_t)), int32_t, T>;
    char* to = page_.values().reserve(count * sizeof(Stored));
    const char* const start = to;
    MinMax<T> bounds;
    for_each_cell(validity, from, count, [&](size_t row) {
        const Stored value = cells[row];
        std::memcpy(to, &value, sizeof value);
        to += sizeof value;
        if constexpr (std::is_floating_point_v<T>)
            facts_.bounds.add_real(value);
        else
            bounds.add(cells[row]);
    });
    page_.values().commit(static_cast<size_t>(to - start));
    if (bounds.any) facts_.bounds.add_integer(bounds.least), facts_.bounds.add_integer(bounds.greatest);
}

void ColumnEncoder::add_booleans(const bool* cells, const uint64_t* validity, size_t from, size_t count) {
    for_each_cell(validity, from, count, [&](size_t row) {
        page_.put_boolean(cells[row]);
        facts_.bounds.add_integer(cells[row] ? 1 : 0);
    });
}

void ColumnEncoder::add_texts(duckdb_string_t* cells, const uint64_t* validity, size_t from, size_t count) {
    const size_t last = from + count - 1;
    for_each_cell(validity, from, count, [&](size_t row) {
        const size_t ahead = std::min(row + rows_ahead, last);
        if (PageBuilder::is_there(validity, ahead)) prefetch(cells[ahead]);
        put_text(text_of(cells[row]));
    });
    if (uses_dictionary_ && too_many_texts()) leave_dictionary();
}

void ColumnEncoder::add_values(duckdb_vector vector, size_t from, size_t count) {
    void* const data = duckdb_vector_get_data(vector);
    const uint64_t* const validity = duckdb_vector_get_validity(vector);
    switch (column_.type) {
        case DUCKDB_TYPE_BOOLEAN:
            return add_booleans(static_cast<const bool*>(data), validity, from, count);
        case DUCKDB_TYPE_TINYINT:
            return add_numbers(static_cast<const int8_t*>(data), validity, from, count);
        case DUCKDB_TYPE_SMALLINT:
            return add_numbers(static_cast<const int16_t*>(data), validity, from, count);
        case DUCKDB_TYPE_BIGINT:
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_TZ:
            return add_numbers(static_cast<const int64_t*>(data), validity, from, count);
        case DUCKDB_TYPE_FLOAT:
            return add_numbers(static_cast<const float*>(data), validity, from, count);
        case DUCKDB_TYPE_DOUBLE:
            return add_numbers(static_cast<const double*>(data), validity, from, count);
        case DUCKDB_TYPE_VARCHAR:
        case DUCKDB_TYPE_BLOB:
            return add_texts(static_cast<duckdb_string_t*>(data), validity, from, count);
        default:
            return add_numbers(static_cast<const int32_t*>(data), validity, from, count);
    }
}

void ColumnEncoder::put_text(std::string_view text) {
    if (uses_dictionary_) {
        const uint32_t number = dictionary_.number_of(text);
        if (number < TextDictionary::most) return page_.put_index(number);
        leave_dictionary();
    }
    page_.put_text(text);
    facts_.bounds.add_text(text);
}

bool ColumnEncoder::too_many_texts() const {
    if (dictionary_.all().size() > dictionary_bytes) return true;
    const size_t seen = page_.indices().size();
    const bool tried = !facts_.has_dictionary && seen >= dictionary_trial;
    return tried && seen < 2 * dictionary_trial && dictionary_.count() * 2 > seen;
}

// This page and the rest of the chunk are plain; pages that are written already need their dictionary.
void ColumnEncoder::leave_dictionary() {
    uses_dictionary_ = false;
    for (const uint32_t index : page_.indices()) page_.put_text(dictionary_.at(index));
    page_.clear_indices();
    if (facts_.has_dictionary) return;
    note_dictionary_bounds();
    dictionary_.clear();
}

void ColumnEncoder::note_dictionary_bounds() {
    for (uint32_t number = 0; number < dictionary_.count(); ++number) facts_.bounds.add_text(dictionary_.at(number));
}

const ChunkFacts& ColumnEncoder::finish() {
    finish_page();
    facts_.page_bytes = pages_.size();
    if (facts_.has_dictionary) {
        note_dictionary_bounds();
        for (uint32_t number = 0; number < dictionary_.count(); ++number) page_.put_text(dictionary_.at(number));
        write_page(dictionary_page_, true, dictionary_.count(), page_.plain());
        page_.clear();
        facts_.dictionary_bytes = dictionary_page_.size();
    }
    facts_.compressed = compressor_.compresses();
    return facts_;
}

void ColumnEncoder::finish_page() {
    if (page_.value_count() == 0) return;
    const bool first_indices = uses_dictionary_ && !facts_.has_dictionary;
    if (first_indices && dictionary_.count() * 2 > page_.indices().size()) leave_dictionary();
    const bool by_dictionary = !page_.indices().empty();
    facts_.has_dictionary = facts_.has_dictionary || by_dictionary;
    facts_.has_plain = facts_.has_plain || !by_dictionary;
    const std::string_view body = page_.body(dictionary_.count());
    if (by_dictionary && dictionary_.all().size() > body.size()) compressor_.decide_by(dictionary_.all());
    write_page(pages_, false, page_.value_count(), body);
    page_.clear();
}

void ColumnEncoder::write_page(ByteBuffer& into, bool of_dictionary, size_t value_count, std::string_view body) {
    const std::string_view stored = compressor_.compress(body);
    const size_t before = into.size();
    ThriftWriter header(into);
    header.begin();
    header.i32(1, of_dictionary ? parquet::dictionary_page : parquet::data_page);
    header.i32(2, static_cast<int32_t>(body.size()));
    header.i32(3, static_cast<int32_t>(stored.size()));
    header.begin_struct(of_dictionary ? 7 : 5);
    header.i32(1, static_cast<int32_t>(value_count));
    header.i32(2, !of_dictionary && !page_.indices().empty() ? parquet::rle_dictionary : parquet::plain);
    if (!of_dictionary) {
        header.i32(3, parquet::rle);
        header.i32(4, parquet::rle);
    }
    header.end();
    header.end();
    facts_.uncompressed_bytes += into.size() - before + body.size();
    into.append(stored);
}

}  // namespace pinflow::engine
