#include "sink/lake.h"

#include "delta/paths.h"
#include "engine/connection.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;
using engine::quote_text;

std::string empty_sql(const delta::Schema& schema, const std::vector<std::string>& wanted) {
    std::string columns;
    for (const std::string& name : wanted) {
        columns += fmt::format("{}NULL::{} AS {}", columns.empty() ? "" : ", ",
                               delta::duckdb_type(schema.find(name)->type), quote_name(name));
    }
    return fmt::format("SELECT {} WHERE false", columns);
}

// The columns of files that share their partition values, which stand in the log and not in the files.
std::string columns_sql(const delta::Snapshot& snapshot, const std::vector<std::string>& wanted,
                        const delta::PartitionValues& values) {
    const auto& partitioned = snapshot.metadata->partition_columns;
    std::string columns;
    for (const std::string& name : wanted) {
        if (!columns.empty()) columns += ", ";
        if (std::ranges::find(partitioned, name) == partitioned.end()) {
            columns += quote_name(name);
            continue;
        }
        const auto value = values.find(name);
        const bool null = value == values.end() || !value->second || value->second->empty();
        columns += fmt::format("CAST({} AS {}) AS {}", null ? "NULL" : quote_text(*value->second),
                               delta::duckdb_type(snapshot.metadata->schema.find(name)->type), quote_name(name));
    }
    return columns;
}

// A column of before a change of the cleaning SQL, or of after it, may be in none of the files.
std::string with_all_columns(const delta::Snapshot& snapshot, const std::string& rows) {
    std::vector<std::string> names;
    for (const auto& column : snapshot.metadata->schema.columns) {
        const auto& partitioned = snapshot.metadata->partition_columns;
        if (std::ranges::find(partitioned, column.name) == partitioned.end()) names.push_back(column.name);
    }
    return fmt::format("({} UNION ALL BY NAME SELECT * FROM {})", empty_sql(snapshot.metadata->schema, names), rows);
}

}  // namespace

std::string view_sql(const delta::Snapshot& snapshot, const std::filesystem::path& folder, bool with_identity) {
    const delta::Schema& schema = snapshot.metadata->schema;
    std::vector<std::string> wanted;
    for (const auto& column : schema.columns) {
        if (with_identity || !column.name.starts_with('_')) wanted.push_back(column.name);
    }
    std::map<delta::PartitionValues, std::string> groups;
    snapshot.files.for_each([&](const auto& file) {
        const auto path = delta::file_path(folder, file->path);
        if (!path) return;
        std::string& list = groups[file->partition_values];
        list += (list.empty() ? "" : ", ") + quote_text(path->string());
    });
    if (groups.empty()) return empty_sql(schema, wanted);
    // Files from before a column was added lack it; looking for that costs a look into each file.
    const bool evolved = snapshot.metadata->configuration.contains("pinflow.evolved");
    std::string sql;
    for (const auto& [values, files] : groups) {
        const std::string rows =
            fmt::format("read_parquet([{}], hive_partitioning = false, union_by_name = {})", files, evolved);
        sql +=
            (sql.empty() ? "" : " UNION ALL ") + fmt::format("SELECT {} FROM {}", columns_sql(snapshot, wanted, values),
                                                             evolved ? with_all_columns(snapshot, rows) : rows);
    }
    return sql;
}

std::vector<std::string> Lake::names(const std::string& schema) {
    std::vector<std::string> names;
    const auto entries = environment_.disk.list(folder_ / schema);
    if (!entries) return names;
    for (const auto& entry : *entries) {
        if (entry.is_directory) names.push_back(entry.name);
    }
    std::ranges::sort(names);
    return names;
}

Result<delta::SnapshotPtr> Lake::snapshot(const std::string& schema, const std::string& name) {
    const auto place = folder(schema, name);
    std::shared_ptr<delta::Table> table;
    {
        const std::scoped_lock lock(mutex_);
        auto& known = tables_[place];
        if (!known) {
            auto opened = delta::Table::open(environment_, place);
            if (!opened) return fail(opened.error());
            known = std::move(*opened);
            return known->snapshot();
        }
        table = known;
    }
    return table->refresh();
}

}  // namespace pinflow::sink
