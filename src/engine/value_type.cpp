#include <fmt/format.h>

#include <map>

#include "engine/handles.h"
#include "engine/value_text.h"

namespace pinflow::engine {
namespace {

const std::map<duckdb_type, std::string_view>& plain_names() {
    static const std::map<duckdb_type, std::string_view> names = {
        {DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
        {DUCKDB_TYPE_TINYINT, "TINYINT"},
        {DUCKDB_TYPE_SMALLINT, "SMALLINT"},
        {DUCKDB_TYPE_INTEGER, "INTEGER"},
        {DUCKDB_TYPE_BIGINT, "BIGINT"},
        {DUCKDB_TYPE_UTINYINT, "UTINYINT"},
        {DUCKDB_TYPE_USMALLINT, "USMALLINT"},
        {DUCKDB_TYPE_UINTEGER, "UINTEGER"},
        {DUCKDB_TYPE_UBIGINT, "UBIGINT"},
        {DUCKDB_TYPE_HUGEINT, "HUGEINT"},
        {DUCKDB_TYPE_UHUGEINT, "UHUGEINT"},
        {DUCKDB_TYPE_FLOAT, "FLOAT"},
        {DUCKDB_TYPE_DOUBLE, "DOUBLE"},
        {DUCKDB_TYPE_VARCHAR, "VARCHAR"},
        {DUCKDB_TYPE_BLOB, "BLOB"},
        {DUCKDB_TYPE_DATE, "DATE"},
        {DUCKDB_TYPE_TIME, "TIME"},
        {DUCKDB_TYPE_INTERVAL, "INTERVAL"},
        {DUCKDB_TYPE_UUID, "UUID"},
        {DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
        {DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S"},
        {DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS"},
        {DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS"},
        {DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE"},
        {DUCKDB_TYPE_SQLNULL, "NULL"},
    };
    return names;
}

std::string own(char* text) {
    std::string copy = text != nullptr ? text : "";
    duckdb_free(text);
    return copy;
}

Result<> add_child(ValueType& parent, duckdb_logical_type child) {
    OwnedType owned(child);
    PINFLOW_ASSIGN(ValueType described, describe_type(owned.get()));
    parent.children.push_back(std::move(described));
    return {};
}

Result<> describe_members(ValueType& result, duckdb_logical_type type) {
    const bool is_struct = result.id == DUCKDB_TYPE_STRUCT;
    const idx_t count = is_struct ? duckdb_struct_type_child_count(type) : duckdb_union_type_member_count(type);
    for (idx_t i = 0; i < count; ++i) {
        result.names.push_back(
            own(is_struct ? duckdb_struct_type_child_name(type, i) : duckdb_union_type_member_name(type, i)));
        PINFLOW_TRY(add_child(
            result, is_struct ? duckdb_struct_type_child_type(type, i) : duckdb_union_type_member_type(type, i)));
    }
    result.name = is_struct ? "STRUCT(" : "UNION(";
    for (size_t i = 0; i < result.names.size(); ++i) {
        result.name += fmt::format("{}{} {}", i == 0 ? "" : ", ", result.names[i], result.children[i].name);
    }
    result.name += ')';
    return {};
}

Result<> describe_list(ValueType& result, duckdb_logical_type type) {
    if (result.id == DUCKDB_TYPE_LIST) {
        PINFLOW_TRY(add_child(result, duckdb_list_type_child_type(type)));
        result.name = result.children[0].name + "[]";
        return {};
    }
    PINFLOW_TRY(add_child(result, duckdb_array_type_child_type(type)));
    result.array_size = duckdb_array_type_array_size(type);
    result.name = fmt::format("{}[{}]", result.children[0].name, result.array_size);
    return {};
}

Result<> describe_map(ValueType& result, duckdb_logical_type type) {
    PINFLOW_TRY(add_child(result, duckdb_map_type_key_type(type)));
    PINFLOW_TRY(add_child(result, duckdb_map_type_value_type(type)));
    result.name = fmt::format("MAP({}, {})", result.children[0].name, result.children[1].name);
    return {};
}

void describe_enum(ValueType& result, duckdb_logical_type type) {
    result.internal = duckdb_enum_internal_type(type);
    for (idx_t i = 0; i < duckdb_enum_dictionary_size(type); ++i) {
        result.names.push_back(own(duckdb_enum_dictionary_value(type, i)));
    }
    result.name = "ENUM";
}

}  // namespace

Result<ValueType> describe_type(duckdb_logical_type type) {
    ValueType result;
    result.id = duckdb_get_type_id(type);
    if (const auto plain = plain_names().find(result.id); plain != plain_names().end()) {
        result.name = plain->second;
        return result;
    }
    switch (result.id) {
        case DUCKDB_TYPE_DECIMAL:
            result.internal = duckdb_decimal_internal_type(type);
            result.scale = duckdb_decimal_scale(type);
            result.name = fmt::format("DECIMAL({},{})", duckdb_decimal_width(type), result.scale);
            return result;
        case DUCKDB_TYPE_ENUM:
            describe_enum(result, type);
            return result;
        case DUCKDB_TYPE_LIST:
        case DUCKDB_TYPE_ARRAY:
            PINFLOW_TRY(describe_list(result, type));
            return result;
        case DUCKDB_TYPE_MAP:
            PINFLOW_TRY(describe_map(result, type));
            return result;
        case DUCKDB_TYPE_STRUCT:
        case DUCKDB_TYPE_UNION:
            PINFLOW_TRY(describe_members(result, type));
            return result;
        default:
            return fail(Code::unsupported,
                        "values of this type (DuckDB's number {}) have no text form here; "
                        "write CAST(… AS VARCHAR)",
                        static_cast<int>(result.id));
    }
}

}  // namespace pinflow::engine
