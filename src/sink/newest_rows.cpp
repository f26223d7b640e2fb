#include "sink/newest_rows.h"

#include "engine/connection.h"
#include "sink/table_stats.h"

namespace pinflow::sink {

using engine::quote_name;

Result<std::vector<std::string>> key_of(const Pipelines& pipelines, const std::string& table) {
    const auto makers = pipelines.makers(table);
    if (!makers.empty()) return makers.front().plan->declaration.key;
    return fail(Code::invalid,
                "newest.{0}: no pipeline that is loaded makes this table, so its key is not known: ask a Pinflow that "
                "runs with its pipeline, or name that pipeline's folder with --pipelines; clean_rows.{0} has all rows",
                quote_name(table));
}

// Each column to sort by costs about a tenth of the whole: what is the same in all rows is left out. Most tables have
// one topic, one partition and one row a record.
std::string newest_rows_sql(const delta::Snapshot& snapshot, const std::string& rows,
                            const std::vector<std::string>& key) {
    std::string columns;
    for (const auto& column : key) columns += (columns.empty() ? "" : ", ") + quote_name(column);
    const auto same = constant_columns(snapshot, {"_partition", "_topic", "_index"});
    std::string order = "_time DESC";
    for (const std::string column : {"_partition", "_offset", "_topic", "_index"}) {
        if (!same.contains(column)) order += ", " + column + " DESC";
    }
    return fmt::format("SELECT * FROM ({}) QUALIFY row_number() OVER (PARTITION BY {} ORDER BY {}) = 1", rows, columns,
                       order);
}

}  // namespace pinflow::sink
