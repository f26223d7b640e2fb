#include "sink/quality.h"

#include <algorithm>

#include "engine/connection.h"

namespace pinflow::sink {
namespace {

using delta::Column;
using delta::Type;
using engine::quote_name;
using engine::quote_text;

bool is_number(const Column& column) {
    constexpr std::array numbers = {Type::Kind::long_,  Type::Kind::integer, Type::Kind::short_, Type::Kind::byte,
                                    Type::Kind::float_, Type::Kind::double_, Type::Kind::decimal};
    return std::ranges::find(numbers, column.type.kind) != numbers.end();
}

// A key's mean says nothing, but where somebody asks for it.
bool has_mean(const Column& column, const QualitySources& sources) {
    const DriftRule* const rule = sources.rules.drift_of(column.name);
    return is_number(column) && ((rule && rule->mean) || std::ranges::count(sources.key, column.name) == 0);
}

// The parts of the SQL that each column has a piece in; "n3" and "m3" are the fourth column's nulls and mean.
struct Pieces {
    std::string days;     // , count(*) - count("a") AS n0, avg("b") AS m1
    std::string nulls;    // MAP {'a': n0}
    std::string means;    // MAP {'b': m1}
    std::string usual;    // , what the days before had
    std::string unusual;  // , a finding or null
};

// The finding about a column's mean: as declared, or by the span of the days before.
void add_mean(const std::string& text, size_t number, const DriftRule* rule, Pieces& to) {
    if (rule && rule->mean) {
        to.usual += fmt::format(", avg(m{0}) OVER before AS um{0}", number);
        to.unusual += fmt::format(
            ", CASE WHEN days >= 3 AND abs(m{0} - um{0}) > {2} * abs(um{0}) THEN "
            "format('the mean of {{}} is {{:.4g}}, on the days before {{:.4g}}', {1}, m{0}, um{0}) END",
            number, text, *rule->mean);
        return;
    }
    to.usual += fmt::format(", min(m{0}) OVER before AS least{0}, max(m{0}) OVER before AS most{0}", number);
    to.unusual += fmt::format(
        ", CASE WHEN days >= 5 AND (m{0} > most{0} + (most{0} - least{0}) OR m{0} < least{0} - (most{0} - least{0})) "
        "THEN "
        "format('the mean of {{}} is {{:.4g}}, on the days before {{:.4g}} to {{:.4g}}', {1}, m{0}, least{0}, most{0}) "
        "END",
        number, text);
}

void add_column(const Column& column, size_t number, bool with_mean, const DriftRule* rule, Pieces& to) {
    const std::string name = quote_name(column.name), text = quote_text(column.name);
    to.days += fmt::format(", count(*) - count({}) AS n{}", name, number);
    to.nulls += fmt::format("{}{}: n{}", to.nulls.empty() ? "" : ", ", text, number);
    to.usual += fmt::format(", sum(n{0}) OVER before / sum(rows) OVER before AS un{0}", number);
    to.unusual += fmt::format(
        ", CASE WHEN days >= 3 AND abs(n{0} / rows - un{0}) > {2} THEN "
        "format('{{}} is null in {{:.0f}} % of the rows, usually in {{:.0f}} %', {1}, 100 * n{0} / rows, 100 * un{0}) "
        "END",
        number, text, rule && rule->nulls ? *rule->nulls : 0.1);
    if (!with_mean) return;
    to.days += fmt::format(", avg({})::DOUBLE AS m{}", name, number);
    to.means += fmt::format("{}{}: m{}", to.means.empty() ? "" : ", ", text, number);
    add_mean(text, number, rule, to);
}

Pieces pieces_of(const QualitySources& sources) {
    Pieces pieces;
    for (size_t i = 0; i < sources.columns.size(); ++i)
        add_column(sources.columns[i], i, has_mean(sources.columns[i], sources),
                   sources.rules.drift_of(sources.columns[i].name), pieces);
    return pieces;
}

// A row is a duplicate if one with its key came before; rows that have no key are none.
std::string seen_sql(const QualitySources& sources) {
    std::string key, known;
    for (const std::string& column : sources.key) {
        key += (key.empty() ? "" : ", ") + quote_name(column);
        known += (known.empty() ? "" : " AND ") + quote_name(column) + " IS NOT NULL";
    }
    const std::string repeats =
        key.empty() ? "NULL::BOOLEAN"
                    : fmt::format(
                          "{} AND row_number() OVER (PARTITION BY {} ORDER BY _time, _topic, _partition, _offset, "
                          "_index) > 1",
                          known, key);
    return fmt::format("SELECT *, CAST(_time AS DATE) AS _day, {} AS _repeats FROM ({})", repeats, sources.clean_rows);
}

// How many rows came: as declared, or by the days before.
std::string volume_sql(const QualityRules& rules) {
    std::string sql;
    if (rules.min_rows)
        sql += fmt::format(
            "CASE WHEN rows < {0} AND day < CAST(now() AS DATE) THEN format('{{}} rows, less than {0}', rows) END, ",
            *rules.min_rows);
    if (rules.max_rows)
        sql += fmt::format("CASE WHEN rows > {0} THEN format('{{}} rows, more than {0}', rows) END, ", *rules.max_rows);
    if (!sql.empty()) return sql;
    return "CASE WHEN days >= 3 AND rows > 2 * usual_rows OR days >= 3 AND rows < usual_rows / 2 AND day < "
           "CAST(now() AS DATE) THEN format('{} rows, usually {:.0f}', rows, usual_rows) END, ";
}

std::string freshness_sql(const QualityRules& rules) {
    if (rules.max_age.empty()) return "";
    return fmt::format(
        "CASE WHEN day = CAST(now() AS DATE) AND coalesce((SELECT max(newest) FROM good) < now() - INTERVAL {} SECOND, "
        "true) THEN format('the newest row is of {{}}, older than {}', coalesce(strftime((SELECT max(newest) FROM "
        "good), '%Y-%m-%d %H:%M:%S'), 'never')) END, ",
        rules.max_age_s, rules.max_age);
}

}  // namespace

// Days without records stand between others, a month of them at most: a gap is what people look for.
std::string quality_sql(const QualitySources& sources) {
    const Pieces pieces = pieces_of(sources);
    const std::string duplicates =
        sources.key.empty() ? "NULL::BIGINT" : "coalesce(count(*) FILTER (WHERE _repeats), 0)";
    // What is missing shows on a day, if it is today's.
    const bool is_expected = !sources.rules.max_age.empty() || sources.rules.min_rows;
    return fmt::format(
        R"(WITH seen AS ({seen}),
good AS (SELECT _day AS day, count(*) AS rows, {duplicates} AS duplicates, min(_time) AS oldest, max(_time) AS newest{days}
    FROM seen GROUP BY _day),
rules AS (SELECT CAST(_time AS DATE) AS day, rule, count(*) AS n FROM ({quarantine}) GROUP BY ALL),
bad AS (SELECT day, sum(n)::BIGINT AS quarantined, map_from_entries(list((rule, n) ORDER BY rule)) AS reasons
    FROM rules GROUP BY day),
known AS (SELECT day, lead(day) OVER (ORDER BY day) - day AS gap FROM (SELECT day FROM good UNION SELECT day FROM bad{today})),
all_days AS (SELECT day + unnest(range(CASE WHEN gap <= 31 THEN gap ELSE 1 END))::INTEGER AS day FROM known),
counted AS (SELECT d.day, coalesce(rows, 0) AS rows, coalesce(quarantined, 0) AS quarantined,
    coalesce(reasons, MAP {{}}) AS reasons, good.* EXCLUDE (day, rows) FROM all_days d
    LEFT JOIN good ON good.day = d.day LEFT JOIN bad ON bad.day = d.day),
usual AS (SELECT *, count(*) OVER before AS days, median(rows) OVER before AS usual_rows,
    sum(quarantined) OVER before / nullif(sum(rows + quarantined) OVER before, 0) AS usual_bad{usual}
    FROM counted WINDOW before AS (ORDER BY day ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING))
SELECT day, rows, quarantined, reasons, duplicates, oldest, newest, MAP {{{nulls}}} AS nulls, MAP {{{means}}} AS means,
    list_filter([{fresh}{volume}
        CASE WHEN days >= 3 AND quarantined > 0 AND quarantined / (rows + quarantined) > greatest(2 * usual_bad, 0.01) THEN
            format('{{:.1f}} % of the records are quarantined, usually {{:.1f}} %', 100 * quarantined / (rows + quarantined),
            100 * usual_bad) END{unusual}], x -> x IS NOT NULL) AS findings
FROM usual ORDER BY day)",
        fmt::arg("seen", seen_sql(sources)), fmt::arg("fresh", freshness_sql(sources.rules)),
        fmt::arg("volume", volume_sql(sources.rules)),
        fmt::arg("today", is_expected ? " UNION SELECT CAST(now() AS DATE)" : ""), fmt::arg("duplicates", duplicates),
        fmt::arg("days", pieces.days), fmt::arg("quarantine", sources.quarantine), fmt::arg("usual", pieces.usual),
        fmt::arg("nulls", pieces.nulls), fmt::arg("means", pieces.means), fmt::arg("unusual", pieces.unusual));
}

Result<> check_quality_rules(const TablePlan& plan) {
    for (const DriftRule& rule : plan.declaration.quality.drift) {
        const std::string where = fmt::format("[table.{}.quality] drift names {}", plan.declaration.kind, rule.column);
        const auto column = std::ranges::find(plan.columns, rule.column, &Column::name);
        if (column == plan.columns.end()) return fail(Code::invalid, "{}, which is no column", where);
        if (rule.mean && !is_number(*column))
            return fail(Code::invalid, "{}, which is {} and has no mean", where, delta::duckdb_type(column->type));
    }
    return {};
}

}  // namespace pinflow::sink
