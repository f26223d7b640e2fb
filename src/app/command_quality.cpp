// pinflow quality: what came into the tables, day by day, and what is unlike the days before.
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

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

// The answer has a line for each row, and findings are its last column: an empty list, or null, if there are none.
bool is_calm(std::string_view line, engine::Format format) {
    const auto ends_with = [&](std::initializer_list<std::string_view> ends) {
        return std::ranges::any_of(ends, [&](std::string_view end) { return line.ends_with(end); });
    };
    if (format == engine::Format::csv) return ends_with({",[]", ","});
    if (format == engine::Format::table) {
        constexpr std::string_view bar = "│";
        line = trim(line.substr(0, line.size() - bar.size()));
        return ends_with({" []", " NULL"});
    }
    if (line.ends_with(',')) line.remove_suffix(1);
    return ends_with({":[]}", ":null}"});
}

bool has_findings(std::string_view text, engine::Format format) {
    bool is_header = format == engine::Format::csv || format == engine::Format::table;
    for (const std::string_view line : split(text, '\n')) {
        const bool is_row = format == engine::Format::csv     ? !line.empty()
                            : format == engine::Format::table ? line.starts_with("│")
                                                              : line.starts_with('{');
        if (is_row && !std::exchange(is_header, false) && !is_calm(line, format)) return true;
    }
    return false;
}

// Only a declaration says what the key is, and what is expected of the table.
void note_undeclared(console::Answers& answers, const std::vector<std::string>& tables) {
    std::vector<std::string> undeclared;
    for (const std::string& table : tables) {
        const auto is_declared = answers.is_declared(table);
        if (is_declared && !*is_declared) undeclared.push_back(table);
    }
    if (undeclared.empty()) return;
    fmt::print(stderr,
               "pinflow: no pipeline that is loaded makes {}: duplicates are not counted, and max_age, min_rows, "
               "max_rows and drift of a declaration not judged; name the pipeline's folder with --pipelines, or ask a "
               "Pinflow that runs with it\n",
               fmt::join(undeclared, ", "));
}

// 2: something was found.
Result<int> show(const QualityOptions& options) {
    std::string sql = of_one(options);
    std::vector<std::string> tables = {options.table};
    if (options.table.empty()) {
        PINFLOW_ASSIGN(tables, clean_tables(options.target));
        if (tables.empty()) return fail(Code::not_found, "there are no tables yet");
        sql = of_all(tables, options);
    }
    Question question = sql_question(sql, options.format);
    question.pipelines = options.pipelines;
    question.offline = [&, answer = question.offline](console::Answers& answers) {
        auto text = answer(answers);
        if (text) note_undeclared(answers, tables);
        return text;
    };
    PINFLOW_ASSIGN(const std::string text, ask(options.target, question));
    fmt::print("{}", text);
    return has_findings(text, format_of(options.format)) ? 2 : 0;
}

}  // namespace

int run_quality(const QualityOptions& options) {
    const auto status = show(options);
    return status ? *status : report(status.error());
}

}  // namespace pinflow::app
