#include "connect/s3_parquet.h"

#include <set>

#include "base/text.h"

namespace pinflow::connect {
namespace {

constexpr size_t least_line_bytes = 16 << 20;  // DuckDB's default

std::string sql_type(const ConnectSchema& schema) {
    constexpr std::array<std::string_view, 9> plain = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT",
                                                       "DOUBLE",  "BOOLEAN",  "VARCHAR", "VARCHAR"};
    switch (schema.type) {
        case SchemaType::array:
            return sql_type(*schema.value) + "[]";
        case SchemaType::map:
            return fmt::format("MAP({}, {})", sql_type(*schema.key), sql_type(*schema.value));
        case SchemaType::structure: {
            std::string fields;
            for (const ConnectSchema::Field& each : schema.fields)
                fields += fmt::format("{}{} {}", fields.empty() ? "" : ", ", engine::quote_name(each.name),
                                      sql_type(each.schema));
            return fmt::format("STRUCT({})", fields);
        }
        default:
            return std::string(plain[static_cast<size_t>(schema.type)]);
    }
}

// What JSON has as text or number, as the column that it means.
std::string sql_value(const ConnectSchema::Field& field) {
    const std::string name = engine::quote_name(field.name);
    if (field.schema.type == SchemaType::bytes) return fmt::format("from_base64({0}) AS {0}", name);
    if (field.schema.name == logical::timestamp && field.schema.type == SchemaType::int64)
        return fmt::format("make_timestamp_ms({0}) AS {0}", name);
    if (field.schema.name == logical::date && field.schema.type == SchemaType::int32)
        return fmt::format("DATE '1970-01-01' + {0} AS {0}", name);
    return name;
}

// And back.
std::string json_value(const engine::Column& column) {
    const std::string name = engine::quote_name(column.name);
    if (column.type == "BLOB") return fmt::format("to_base64({})", name);
    if (column.type.starts_with("TIMESTAMP")) return fmt::format("epoch_ms({})", name);
    if (column.type == "DATE") return fmt::format("date_diff('day', DATE '1970-01-01', {})", name);
    return name;
}

std::string rows_of(const std::filesystem::path& file) {
    return fmt::format("read_parquet({}, hive_partitioning = false, file_row_number = true)",
                       engine::quote_text(file.string()));
}

}  // namespace

Accepted<> check_columns(const ConnectSchema& schema) {
    if (schema.type == SchemaType::array) return check_columns(*schema.value);
    if (schema.type == SchemaType::map) {
        if (schema.key->type != SchemaType::string || schema.key->is_optional)
            return refuse(exception::data, "ParquetFormat: the keys of a map must be strings that are not optional");
        return check_columns(*schema.value);
    }
    if (schema.type != SchemaType::structure) return {};
    if (schema.fields.empty()) return refuse(exception::data, "ParquetFormat: a structure without fields");
    std::set<std::string> names;
    for (const ConnectSchema::Field& each : schema.fields) {
        if (each.name.empty() || !names.insert(to_lower(each.name)).second)
            return refuse(exception::data, "ParquetFormat: there are two fields \"{}\", or one without a name",
                          each.name);
        if (auto checked = check_columns(each.schema); !checked) return checked;
    }
    return {};
}

Result<> S3Parquet::open() {
    if (database_) return {};
    PINFLOW_ASSIGN(database_,
                   engine::Database::open(
                       {.memory_limit = "512MB", .temp_folder = folder_ / "duckdb", .allowed_folders = {folder_}}));
    return {};
}

Result<> S3Parquet::write(const std::filesystem::path& lines, size_t longest_line, const ConnectSchema& schema,
                          const std::string& codec, const std::filesystem::path& into) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(open());
    PINFLOW_ASSIGN(auto connection, database_->connect());
    std::string columns, values;
    for (const ConnectSchema::Field& each : schema.fields) {
        const std::string_view comma = columns.empty() ? "" : ", ";
        columns +=
            fmt::format("{}{}: {}", comma, engine::quote_text(each.name), engine::quote_text(sql_type(each.schema)));
        values += fmt::format("{}{}", comma, sql_value(each));
    }
    return connection.execute(
        fmt::format("COPY (SELECT {} FROM read_json({}, format = 'newline_delimited', hive_partitioning = false, "
                    "maximum_object_size = {}, "
                    "columns = {{{}}})) TO {} (FORMAT parquet, COMPRESSION {})",
                    values, engine::quote_text(lines.string()), std::max(least_line_bytes, longest_line + 1), columns,
                    engine::quote_text(into.string()), codec == "none" ? "uncompressed" : codec));
}

Result<std::vector<std::string>> S3Parquet::rows(const std::filesystem::path& file, int64_t from, int64_t count) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(open());
    PINFLOW_ASSIGN(auto connection, database_->connect());
    PINFLOW_ASSIGN(const engine::Rows none,
                   connection.query(fmt::format("SELECT * EXCLUDE (file_row_number) FROM {} LIMIT 0", rows_of(file))));
    std::string members;
    for (const engine::Column& each : none.columns())
        members +=
            fmt::format("{}{}: {}", members.empty() ? "" : ", ", engine::quote_text(each.name), json_value(each));
    PINFLOW_ASSIGN(const engine::Rows found,
                   connection.query(fmt::format("SELECT to_json({{'payload': {{{}}}}})::VARCHAR FROM {} WHERE "
                                                "file_row_number >= {} AND file_row_number < {} ORDER BY "
                                                "file_row_number",
                                                members, rows_of(file), from, from + count)));
    std::vector<std::string> all;
    for (size_t row = 0; row < found.row_count(); ++row) all.emplace_back(as_text(found.blob(row, 0)));
    return all;
}

Result<int64_t> S3Parquet::write_without(const std::filesystem::path& file, std::span<const int64_t> rows,
                                         const std::string& codec, const std::filesystem::path& into) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(open());
    PINFLOW_ASSIGN(auto connection, database_->connect());
    const std::string kept = fmt::format("FROM {} WHERE file_row_number NOT IN (SELECT unnest([{}]::BIGINT[]))",
                                         rows_of(file), fmt::join(rows, ","));
    PINFLOW_ASSIGN(const engine::Rows count, connection.query("SELECT count(*) " + kept));
    if (count.int64(0, 0) == 0) return 0;
    PINFLOW_TRY(connection.execute(fmt::format(
        "COPY (SELECT * EXCLUDE (file_row_number) {} ORDER BY file_row_number) TO {} (FORMAT parquet, COMPRESSION {})",
        kept, engine::quote_text(into.string()), codec)));
    return count.int64(0, 0);
}

}  // namespace pinflow::connect
