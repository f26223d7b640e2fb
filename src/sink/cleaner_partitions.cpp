// The files that a Cleaner writes for a partitioned table.
#include "delta/paths.h"
#include "sink/cleaner.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;
using engine::quote_text;
using Kind = delta::Type::Kind;

std::string value_name(size_t partition_column) {
    return fmt::format("_value_{}", partition_column);
}

// A partition's value as Delta's protocol writes it ("Partition Value Serialization"): null and the empty text are the
// same there.
std::string value_sql(const delta::Column& column) {
    const std::string name = quote_name(column.name);
    switch (column.type.kind) {
        case Kind::timestamp:
            return fmt::format("strftime({} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')", name);
        case Kind::float_:
        case Kind::double_:
            return fmt::format(
                "CASE WHEN isnan({0}) THEN 'NaN' WHEN isinf({0}) THEN if({0} > 0, 'Infinity', '-Infinity') "
                "ELSE CAST({0} AS VARCHAR) END",
                name);
        default:
            return fmt::format("nullif(CAST({} AS VARCHAR), '')", name);
    }
}

}  // namespace

// The cleaned rows once, each with the texts of its partition's values.
Result<> Cleaner::collect_partitions() {
    std::string values;
    for (size_t i = 0; i < plan_.declaration.partition_by.size(); ++i) {
        const delta::Column* const column = plan_.clean_schema.find(plan_.declaration.partition_by[i]);
        values += fmt::format(", {} AS {}", value_sql(*column), value_name(i));
    }
    return connection_.execute(
        fmt::format("CREATE OR REPLACE TEMP TABLE partitioned AS SELECT *{} FROM ({})", values, remaining_sql()));
}

// One file for each combination of partition values; the values stand in the log, not in the file.
Result<std::vector<DataFile>> Cleaner::write_partitioned(const std::filesystem::path& folder) {
    PINFLOW_TRY(collect_partitions());
    std::string values;
    for (size_t i = 0; i < plan_.declaration.partition_by.size(); ++i) values += (i == 0 ? "" : ", ") + value_name(i);
    auto combinations = connection_.query(fmt::format("SELECT DISTINCT {} FROM partitioned ORDER BY ALL", values));
    Result<std::vector<DataFile>> files = std::vector<DataFile>();
    for (size_t row = 0; combinations && row < combinations->row_count(); ++row) {
        auto file = write_partition(*combinations, row, folder);
        if (!file) {
            files = fail(std::move(file).error());
            break;
        }
        files->push_back(std::move(*file));
    }
    PINFLOW_TRY(connection_.execute("DROP TABLE partitioned"));
    if (!combinations) return fail(std::move(combinations).error());
    return files;
}

Result<DataFile> Cleaner::write_partition(const engine::Rows& combinations, size_t row,
                                          const std::filesystem::path& folder) {
    const auto& columns = plan_.declaration.partition_by;
    DataFile file;
    std::string filter;
    for (size_t i = 0; i < columns.size(); ++i) {
        auto& value = file.partition_values[columns[i]];
        if (!combinations.is_null(row, i)) value = combinations.text(row, i);
        filter += fmt::format("{}{} IS NOT DISTINCT FROM {}", i == 0 ? "" : " AND ", value_name(i),
                              value ? quote_text(*value) : "NULL");
    }
    std::string kept;
    for (const auto& column : plan_.clean_schema.columns) {
        if (std::ranges::find(columns, column.name) == columns.end())
            kept += (kept.empty() ? "" : ", ") + quote_name(column.name);
    }
    const auto place = folder / delta::partition_folder(columns, file.partition_values);
    std::error_code error;
    std::filesystem::create_directories(place, error);
    PINFLOW_ASSIGN(file.file,
                   engine::write_parquet(connection_, fmt::format("SELECT {} FROM partitioned WHERE {}", kept, filter),
                                         place / delta::new_data_file_name(),
                                         {.compression = plan_.declaration.settings.compression}));
    return file;
}

}  // namespace pinflow::sink
