// The columns of a Delta table, as `schemaString` holds them (Delta protocol, "Schema Serialization Format"), and their
// DuckDB names. Plain values without shared state.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pinflow::delta {

struct Column;

struct Type {
    enum class Kind : uint8_t {
        string,
        long_,
        integer,
        short_,
        byte,
        float_,
        double_,
        decimal,
        boolean,
        binary,
        date,
        timestamp,      // microseconds, UTC
        timestamp_ntz,  // only in tables made by others
        array,
        structure,
        map,
    };
    Kind kind = Kind::string;
    int precision = 10;          // decimal
    int scale = 0;               // decimal
    bool contains_null = true;   // array elements, map values
    std::vector<Type> children;  // array: the element; map: key, value
    std::vector<Column> fields;  // structure

    bool operator==(const Type&) const;
};

struct Column {
    std::string name;
    Type type;
    bool nullable = true;
    std::string metadata_json = "{}";  // a JSON object: invariants, generation expressions, comments
    // What it says about column mapping, to be used where maps_columns() says so.
    std::string physical_name = {};  // empty: as `name`
    std::optional<int32_t> field_id = {};

    bool operator==(const Column&) const = default;
};

struct Schema {
    std::vector<Column> columns;

    // corrupt: no schema, or a type this reader does not know (named).
    static Result<Schema> parse(std::string_view schema_string);
    std::string text() const;  // schemaString, not yet quoted

    const Column* find(std::string_view name) const;  // ignoring ASCII case, as Delta does; null if there is none
    bool operator==(const Schema&) const = default;
};

// The schema as the data files of a table with column mapping have it: physical names, nested ones too.
Schema stored_schema(const Schema& schema);

// invalid: no columns, two names that differ only in case, or a name with one of ` ,;{}()\n\t=`, which Spark refuses.
Result<> check_schema(const Schema& schema);

// invalid unless every column of `old_schema` is in `new_schema` with its type, in the same order and first, and the
// new ones are nullable.
Result<> check_evolution(const Schema& old_schema, const Schema& new_schema);

// "BIGINT", "DOUBLE[]", "STRUCT(a VARCHAR)", "TIMESTAMP WITH TIME ZONE".
std::string duckdb_type(const Type& type);
// unsupported for what Delta cannot hold (unsigned and 128-bit integers, TIMESTAMP without zone, …), with the cast to
// use.
Result<Type> type_from_duckdb(std::string_view name);

}  // namespace pinflow::delta
