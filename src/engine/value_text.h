// One value of a DuckDB vector as text: JSON or plain. The formats' rules are in result_format.h.
#pragma once
#include <duckdb.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace pinflow::engine {

// A logical type taken apart once, so that no value has to ask DuckDB.
struct ValueType {
    duckdb_type id = DUCKDB_TYPE_INVALID;
    duckdb_type internal = DUCKDB_TYPE_INVALID;  // what a decimal or an enum is stored as
    uint8_t scale = 0;                           // of a decimal
    size_t array_size = 0;
    std::string name;                 // as SQL writes it
    std::vector<std::string> names;   // of struct fields, union members, enum values
    std::vector<ValueType> children;  // list or array element, map key and value, struct fields, union members
};

// `unsupported` for the few types that have no text here (BIGNUM, VARIANT …): cast those to VARCHAR.
Result<ValueType> describe_type(duckdb_logical_type type);

bool is_null_at(duckdb_vector vector, size_t row);
Bytes bytes_at(duckdb_vector vector, size_t row);  // of a VARCHAR or BLOB

void append_json_value(std::string& out, const ValueType& type, duckdb_vector vector, size_t row);
// Plain text; nothing for null. Nested values as JSON.
void append_plain_value(std::string& out, const ValueType& type, duckdb_vector vector, size_t row);

}  // namespace pinflow::engine
