// pinflow quality: what came into the tables, day by day, and what is unlike the days before.
#include <fmt/core.h>

#include "app/asking.h"
#include "app/place.h"
#include "base/json_tree.h"
#include "base/text.h"
#include "engine/connection.h"

namespace pinflow::app {
namespace {

using engine::quote_name;
using engine::quote_text;

std::string within(const QualityOptions& options) {
    return fmt::format("day > CAST(now() AS DATE) - {}", options.days);
}

std::string of_one(const QualityOptions& options) {
    return fmt::format("SELECT * FROM quality.{} WHERE {} ORDER BY day", quote_name(options.table), within(options));
}

// A line a table.
std::string of_all(const std::vector<std::string>& tables, const QualityOptions& options) {
    std::string sql;
    for (const std::string& table : tables)
        sql += fmt::format(
            R"({}SELECT {} AS "table", count(*) AS days, coalesce(sum(rows), 0)::BIGINT AS rows,
                coalesce(sum(quarantined), 0)::BIGINT AS quarantined, sum(duplicates)::BIGINT AS duplicates,
                max(newest) AS newest, flatten(list(list_transform(findings, x -> day || ': ' || x) ORDER BY day)) AS findings
                FROM quality.{} WHERE {})",
            sql.empty() ? "" : " UNION ALL ", quote_text(table), quote_name(table), within(options));
    return sql + " ORDER BY 1";
}

Result<std::vector<std::string>> clean_tables(const Target& target) {
    PINFLOW_ASSIGN(const std::string text, ask(target, tables_question("ndjson")));
    std::vector<std::string> names;
    for (const std::string_view line : split(text, '\n')) {
        if (line.empty()) continue;
        PINFLOW_ASSIGN(const Json table, parse_json_tree(line, {}));
        if (table.text_or("schema") == "clean") names.push_back(table.text_or("name"));
    }
    return names;
}

Result<int64_t> findings(const Target& target, const std::string& sql) {
    const std::string count = fmt::format("SELECT coalesce(sum(len(findings)), 0) FROM ({})", sql);
    PINFLOW_ASSIGN(const std::string text, ask(target, sql_question(count, "csv")));
    return parse_int(trim(std::string_view(text).substr(text.find('\n') + 1))).value_or(0);
}

Result<int64_t> show(const QualityOptions& options) {
    std::string sql = of_one(options);
    if (options.table.empty()) {
        PINFLOW_ASSIGN(const auto tables, clean_tables(options.target));
        if (tables.empty()) return fail(Code::not_found, "there are no tables yet");
        sql = of_all(tables, options);
    }
    PINFLOW_ASSIGN(const std::string text, ask(options.target, sql_question(sql, options.format)));
    fmt::print("{}", text);
    return findings(options.target, sql);
}

}  // namespace

int run_quality(const QualityOptions& options) {
    const auto found = show(options);
    if (!found) return report(found.error());
    return *found == 0 ? 0 : 2;
}

}  // namespace pinflow::app
