#include <cassert>

#include "engine/connection.h"
#include "engine/handles.h"

namespace pinflow::engine {
namespace {

struct Place {
    duckdb_vector vector;
    size_t row;
    const ValueType& type;
};

Place find(const Rows::Handle& rows, size_t row, size_t column) {
    assert(row < rows.row_count && column < rows.columns.size());
    const auto after = std::ranges::upper_bound(rows.first_rows, row);
    const auto chunk = static_cast<size_t>(after - rows.first_rows.begin()) - 1;
    return {duckdb_data_chunk_get_vector(rows.chunks[chunk].get(), column), row - rows.first_rows[chunk],
            rows.types[column]};
}

template <class T>
T load(const Place& place) {
    return static_cast<const T*>(duckdb_vector_get_data(place.vector))[place.row];
}

}  // namespace

Rows::Rows(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

size_t Rows::row_count() const {
    return handle_->row_count;
}
const std::vector<Column>& Rows::columns() const {
    return handle_->columns;
}

std::string Rows::text(size_t row, size_t column) const {
    const Place place = find(*handle_, row, column);
    std::string text;
    append_plain_value(text, place.type, place.vector, place.row);
    return text;
}

std::string Rows::json(size_t row, size_t column) const {
    const Place place = find(*handle_, row, column);
    std::string text;
    append_json_value(text, place.type, place.vector, place.row);
    return text;
}

bool Rows::is_null(size_t row, size_t column) const {
    const Place place = find(*handle_, row, column);
    return is_null_at(place.vector, place.row);
}

int64_t Rows::int64(size_t row, size_t column) const {
    const Place place = find(*handle_, row, column);
    switch (place.type.id) {
        case DUCKDB_TYPE_TINYINT:
            return load<int8_t>(place);
        case DUCKDB_TYPE_SMALLINT:
            return load<int16_t>(place);
        case DUCKDB_TYPE_INTEGER:
        case DUCKDB_TYPE_DATE:
            return load<int32_t>(place);
        case DUCKDB_TYPE_UTINYINT:
            return load<uint8_t>(place);
        case DUCKDB_TYPE_USMALLINT:
            return load<uint16_t>(place);
        case DUCKDB_TYPE_UINTEGER:
            return load<uint32_t>(place);
        case DUCKDB_TYPE_HUGEINT:
            return static_cast<int64_t>(load<duckdb_hugeint>(place).lower);  // count, sum
        default:
            return load<int64_t>(place);
    }
}

double Rows::number(size_t row, size_t column) const {
    const Place place = find(*handle_, row, column);
    if (place.type.id == DUCKDB_TYPE_DOUBLE) return load<double>(place);
    if (place.type.id == DUCKDB_TYPE_FLOAT) return static_cast<double>(load<float>(place));
    return static_cast<double>(int64(row, column));
}

bool Rows::boolean(size_t row, size_t column) const {
    return load<bool>(find(*handle_, row, column));
}

Bytes Rows::blob(size_t row, size_t column) const {
    const Place place = find(*handle_, row, column);
    return bytes_at(place.vector, place.row);
}

}  // namespace pinflow::engine
