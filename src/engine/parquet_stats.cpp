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

constexpr size_t longest_stat = 32;                              // characters, as Delta's writers cut them
constexpr std::string_view last_character = "\xF4\x8F\xBF\xBF";  // U+10FFFF
constexpr int64_t first_micros = -62'135'596'800'000'000;        // 0001-01-01, and 9999-12-31: the years with a name
constexpr int64_t last_micros = 253'402'300'799'999'999;
constexpr int64_t micros_a_day = 86'400'000'000;

// The front of `text` up to `longest_stat` characters.
std::string_view cut(std::string_view text) {
    size_t characters = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if ((text[i] & 0xC0) != 0x80 && characters++ == longest_stat) return text.substr(0, i);
    }
    return text;
}

std::optional<std::string> cut_bound(std::string_view text, bool is_max) {
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
            return cut_bound(text, is_max);
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

std::optional<std::string> integer_bound(duckdb_type type, int64_t value, bool is_greatest) {
    switch (type) {
        case DUCKDB_TYPE_BOOLEAN:
            return std::nullopt;
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_TZ:
            if (value < first_micros || value > last_micros) return std::nullopt;
            return json_string(timestamp_to_millis(value, is_greatest));
        case DUCKDB_TYPE_DATE: {
            if (value < first_micros / micros_a_day || value > last_micros / micros_a_day) return std::nullopt;
            std::string date;
            append_date(date, value);
            return json_string(date);
        }
        default:
            return std::to_string(value);
    }
}

std::optional<std::string> real_bound(duckdb_type type, double value) {
    if (!std::isfinite(value)) return std::nullopt;
    std::string text =
        type == DUCKDB_TYPE_FLOAT ? fmt::format("{}", static_cast<float>(value)) : fmt::format("{}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

std::optional<std::string> text_bound(duckdb_type type, std::string_view text, bool is_greatest) {
    if (type != DUCKDB_TYPE_VARCHAR) return std::nullopt;
    return cut_bound(text, is_greatest);
}

std::vector<ColumnStats> column_stats(const std::vector<StatsColumn>& columns, const FileStatistics& statistics) {
    std::vector<ColumnStats> all;
    for (const auto& [name, type] : columns) {
        const auto found = statistics.find(quote_name(name));
        if (found == statistics.end() || is_nested(type)) continue;
        const auto value = [&values = found->second](const char* key) {
            const auto entry = values.find(key);
            return entry == values.end() ? std::optional<std::string>() : entry->second;
        };
        ColumnStats& column = all.emplace_back(name, value("null_count"));
        const bool floating = type == DUCKDB_TYPE_FLOAT || type == DUCKDB_TYPE_DOUBLE;
        if (floating && value("has_nan").value_or("true") != "false") continue;
        if (const auto least = value("min")) column.least = bound(type, *least, false);
        if (const auto greatest = value("max")) column.greatest = bound(type, *greatest, true);
    }
    return all;
}

std::string delta_stats(int64_t row_count, const std::vector<ColumnStats>& columns) {
    std::string min;
    std::string max;
    std::string nulls;
    for (const ColumnStats& column : columns) {
        if (column.null_count) add_member(nulls, column.name, *column.null_count);
        if (column.least) add_member(min, column.name, *column.least);
        if (column.greatest) add_member(max, column.name, *column.greatest);
    }
    return fmt::format(R"({{"numRecords":{},"minValues":{{{}}},"maxValues":{{{}}},"nullCount":{{{}}}}})", row_count,
                       min, max, nulls);
}

}  // namespace pinflow::engine
