#include "engine/parquet_schema.h"

#include "engine/handles.h"

namespace pinflow::engine {
namespace {

// Numbers of parquet.thrift.
enum Repetition : int32_t { optional = 1, repeated = 2 };
enum Converted : int32_t { utf8 = 0, list = 3, date = 6, timestamp_micros = 10, int_8 = 15, int_16 = 16 };
enum Logical : int {
    logical_string = 1,
    logical_list = 3,
    logical_date = 6,
    logical_timestamp = 8,
    logical_integer = 10
};

bool is_plain(duckdb_type type) {
    switch (type) {
        case DUCKDB_TYPE_BOOLEAN:
        case DUCKDB_TYPE_TINYINT:
        case DUCKDB_TYPE_SMALLINT:
        case DUCKDB_TYPE_INTEGER:
        case DUCKDB_TYPE_BIGINT:
        case DUCKDB_TYPE_FLOAT:
        case DUCKDB_TYPE_DOUBLE:
        case DUCKDB_TYPE_DATE:
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_TZ:
        case DUCKDB_TYPE_VARCHAR:
        case DUCKDB_TYPE_BLOB:
            return true;
        default:
            return false;
    }
}

void integer_type(ThriftWriter& footer, Converted converted, int8_t bits) {
    footer.i32(6, converted);
    footer.begin_struct(10);
    footer.begin_struct(logical_integer);
    footer.i8(1, bits);
    footer.boolean(2, true);
    footer.end();
    footer.end();
}

void simple_type(ThriftWriter& footer, Converted converted, Logical logical) {
    footer.i32(6, converted);
    footer.begin_struct(10);
    footer.empty_struct(logical);
    footer.end();
}

void timestamp_type(ThriftWriter& footer, bool utc) {
    if (utc) footer.i32(6, timestamp_micros);  // which says "UTC" to those that know no logical types
    footer.begin_struct(10);
    footer.begin_struct(logical_timestamp);
    footer.boolean(1, utc);
    footer.begin_struct(2);
    footer.empty_struct(2);  // microseconds
    footer.end();
    footer.end();
    footer.end();
}

void annotate(ThriftWriter& footer, duckdb_type type) {
    switch (type) {
        case DUCKDB_TYPE_TINYINT:
            return integer_type(footer, int_8, 8);
        case DUCKDB_TYPE_SMALLINT:
            return integer_type(footer, int_16, 16);
        case DUCKDB_TYPE_DATE:
            return simple_type(footer, date, logical_date);
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_TZ:
            return timestamp_type(footer, type == DUCKDB_TYPE_TIMESTAMP_TZ);
        case DUCKDB_TYPE_VARCHAR:
            return simple_type(footer, utf8, logical_string);
        default:
            return;  // the physical type says it all
    }
}

void write_value(ThriftWriter& footer, const ParquetColumn& column, std::string_view name) {
    footer.begin();
    footer.i32(1, static_cast<int32_t>(column.physical()));
    footer.i32(3, optional);
    footer.text(4, name);
    annotate(footer, column.type);
    footer.end();
}

void write_list(ThriftWriter& footer, const ParquetColumn& column) {
    footer.begin();
    footer.i32(3, optional);
    footer.text(4, column.name);
    footer.i32(5, 1);
    simple_type(footer, list, logical_list);
    footer.end();
    footer.begin();
    footer.i32(3, repeated);
    footer.text(4, "list");
    footer.i32(5, 1);
    footer.end();
    write_value(footer, column, "element");
}

}  // namespace

ParquetType ParquetColumn::physical() const {
    switch (type) {
        case DUCKDB_TYPE_BOOLEAN:
            return ParquetType::boolean;
        case DUCKDB_TYPE_BIGINT:
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_TZ:
            return ParquetType::int64;
        case DUCKDB_TYPE_FLOAT:
            return ParquetType::float_;
        case DUCKDB_TYPE_DOUBLE:
            return ParquetType::double_;
        case DUCKDB_TYPE_VARCHAR:
        case DUCKDB_TYPE_BLOB:
            return ParquetType::byte_array;
        default:
            return ParquetType::int32;
    }
}

std::vector<std::string> ParquetColumn::path() const {
    if (list) return {name, "list", "element"};
    return {name};
}

std::optional<ParquetColumn> parquet_column(std::string name, duckdb_logical_type type) {
    const duckdb_type id = duckdb_get_type_id(type);
    if (is_plain(id)) return ParquetColumn{std::move(name), id};
    if (id != DUCKDB_TYPE_LIST) return std::nullopt;
    OwnedType child(duckdb_list_type_child_type(type));
    const duckdb_type element = duckdb_get_type_id(child.get());
    if (!is_plain(element)) return std::nullopt;
    return ParquetColumn{.name = std::move(name), .type = element, .list = true};
}

void write_schema(ThriftWriter& footer, const std::vector<ParquetColumn>& columns) {
    size_t elements = 1;
    for (const ParquetColumn& column : columns) elements += column.list ? 3 : 1;
    footer.begin_struct_list(2, elements);
    footer.begin();
    footer.text(4, "schema");
    footer.i32(5, static_cast<int32_t>(columns.size()));
    footer.end();
    for (const ParquetColumn& column : columns) {
        if (column.list)
            write_list(footer, column);
        else
            write_value(footer, column, column.name);
    }
}

}  // namespace pinflow::engine
