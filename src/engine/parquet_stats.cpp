#include "engine/parquet_stats.h"

#include <cmath>
#include <optional>

#include "base/json_writer.h"
#include "base/text.h"
#include "engine/handles.h"
#include "engine/json_number.h"
#include "engine/timestamp.h"

namespace pinflow::engine {
namespace {

constexpr size_t longest_text = 32;                              // characters, as Delta's writers cut them
constexpr std::string_view last_character = "\xF4\x8F\xBF\xBF";  // U+10FFFF

// The front of `text` up to `longest_text` characters.
std::string_view cut(std::string_view text) {
    size_t characters = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if ((text[i] & 0xC0) != 0x80 && characters++ == longest_text) return text.substr(0, i);
    }
    return text;
}

std::optional<std::string> text_bound(std::string_view text, bool is_max) {
    if (!is_valid_utf8(text)) return std::nullopt;
    const std::string_view front = cut(text);
    if (!is_max || front.size() == text.size()) return json_string(front);
    if (text.substr(front.size()).starts_with(last_character)) return std::nullopt;  // nothing short is greater
    return json_string(std::string(front).append(last_character));
}

// A bound as JSON; nothing for types whose bounds Delta does not keep, and for those that say nothing.
std::optional<std::string> bound(duckdb_type type, const std::string& text, bool is_max) {
    switch (type) {
        case DUCKDB_TYPE_TINYINT:
        case DUCKDB_TYPE_SMALLINT:
        case DUCKDB_TYPE_INTEGER:
        case DUCKDB_TYPE_BIGINT:
        case DUCKDB_TYPE_DECIMAL:
        case DUCKDB_TYPE_FLOAT:
        case DUCKDB_TYPE_DOUBLE:
            return is_json_number(text) ? std::optional(text) : std::nullopt;  // not inf
        case DUCKDB_TYPE_DATE:
            return text.size() == 10 ? std::optional(json_string(text)) : std::nullopt;
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_TZ: {
            const auto micros = parse_timestamp(text);
            return micros ? std::optional(json_string(timestamp_to_millis(*micros, is_max))) : std::nullopt;
        }
        case DUCKDB_TYPE_VARCHAR:
            return text_bound(text, is_max);
        default:
            return std::nullopt;
    }
}

bool is_nested(duckdb_type type) {
    return type == DUCKDB_TYPE_LIST || type == DUCKDB_TYPE_ARRAY || type == DUCKDB_TYPE_STRUCT ||
           type == DUCKDB_TYPE_MAP || type == DUCKDB_TYPE_UNION;
}

std::string text_at(duckdb_vector vector, size_t row) {
    return std::string(as_text(bytes_at(vector, row)));
}

void add_member(std::string& object, const std::string& name, const std::string& json) {
    object += object.empty() ? "" : ",";
    append_json_string(object, name);
    object += ':';
    object += json;
}

}  // namespace

FileStatistics read_statistics(duckdb_vector maps, size_t row) {
    FileStatistics statistics;
    if (is_null_at(maps, row)) return statistics;
    const auto columns = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(maps))[row];
    const duckdb_vector pairs = duckdb_list_vector_get_child(maps);
    const duckdb_vector names = duckdb_struct_vector_get_child(pairs, 0);
    const duckdb_vector values = duckdb_struct_vector_get_child(pairs, 1);
    const duckdb_vector inner = duckdb_list_vector_get_child(values);
    for (size_t i = columns.offset; i < columns.offset + columns.length; ++i) {
        auto& of_column = statistics[text_at(names, i)];
        const auto entries = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(values))[i];
        for (size_t k = entries.offset; k < entries.offset + entries.length; ++k) {
            const duckdb_vector value = duckdb_struct_vector_get_child(inner, 1);
            if (!is_null_at(value, k))
                of_column[text_at(duckdb_struct_vector_get_child(inner, 0), k)] = text_at(value, k);
        }
    }
    return statistics;
}

std::string delta_stats(int64_t row_count, const std::vector<StatsColumn>& columns, const FileStatistics& statistics) {
    std::string min;
    std::string max;
    std::string nulls;
    for (const auto& [name, type] : columns) {
        const auto found = statistics.find(quote_name(name));
        if (found == statistics.end() || is_nested(type)) continue;
        const auto& values = found->second;
        const auto value = [&values](const char* key) {
            const auto entry = values.find(key);
            return entry == values.end() ? std::optional<std::string>() : entry->second;
        };
        if (const auto count = value("null_count")) add_member(nulls, name, *count);
        const bool floating = type == DUCKDB_TYPE_FLOAT || type == DUCKDB_TYPE_DOUBLE;
        if (floating && value("has_nan").value_or("true") != "false") continue;
        const auto least = value("min") ? bound(type, *value("min"), false) : std::nullopt;
        const auto greatest = value("max") ? bound(type, *value("max"), true) : std::nullopt;
        if (least) add_member(min, name, *least);
        if (greatest) add_member(max, name, *greatest);
    }
    return fmt::format(R"({{"numRecords":{},"minValues":{{{}}},"maxValues":{{{}}},"nullCount":{{{}}}}})", row_count,
                       min, max, nulls);
}

}  // namespace pinflow::engine
