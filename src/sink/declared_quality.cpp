#include "sink/declared_quality.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pinflow::sink {
namespace {

constexpr int64_t most_rows_a_day = 1'000'000'000'000;
constexpr int64_t longest_age_s = 366LL * 24 * 3600;

struct Unit {
    char name;
    int64_t seconds;
};
constexpr std::array units = {Unit{'s', 1}, Unit{'m', 60}, Unit{'h', 3600}, Unit{'d', 24 * 3600}};

// "90s", "15m", "6h", "2d"
std::optional<int64_t> seconds_of(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const auto number = parse_int(text.substr(0, text.size() - 1));
    const auto unit = std::ranges::find(units, text.back(), &Unit::name);
    if (!number || unit == units.end()) return std::nullopt;
    if (*number < 1 || *number > longest_age_s / unit->seconds) return std::nullopt;
    return *number * unit->seconds;
}

Result<std::optional<double>> read_share(TomlReader& reader, std::string_view key) {
    if (!reader.node(key)) return std::nullopt;
    PINFLOW_ASSIGN(const double share, reader.number_or(key, 0, 0, 1000));
    return share;
}

Result<DriftRule> read_drift(const std::string& column, const toml::node& node, const TomlReader& of) {
    const std::string where = fmt::format("drift of column {}", column);
    if (!node.is_table()) return of.refuse(&node, where + " must say how far: { mean = 0.2, nulls = 0.05 }");
    TomlReader reader(*node.as_table(), of.file(), where);
    DriftRule rule{.column = column};
    PINFLOW_ASSIGN(rule.mean, read_share(reader, "mean"));
    PINFLOW_ASSIGN(rule.nulls, read_share(reader, "nulls"));
    PINFLOW_TRY(reader.finish());
    if (!rule.mean && !rule.nulls) return reader.refuse(&node, where + " must say how far: mean, nulls or both");
    return rule;
}

}  // namespace

Result<QualityRules> read_quality_rules(TomlReader& table) {
    QualityRules rules;
    PINFLOW_ASSIGN(const toml::table* declared, table.table("quality"));
    if (!declared) return rules;
    TomlReader reader(*declared, table.file(), "[" + table.where().substr(1, table.where().size() - 2) + ".quality]");
    PINFLOW_ASSIGN(rules.max_age, reader.text_or("max_age", ""));
    if (!rules.max_age.empty()) {
        const auto seconds = seconds_of(rules.max_age);
        if (!seconds)
            return reader.refuse(reader.node("max_age"),
                                 "max_age must be a time like \"90s\", \"15m\", \"6h\" or \"2d\"");
        rules.max_age_s = *seconds;
    }
    if (reader.node("min_rows")) {
        PINFLOW_ASSIGN(rules.min_rows, reader.whole_number_or("min_rows", 0, 0, most_rows_a_day));
    }
    if (reader.node("max_rows")) {
        PINFLOW_ASSIGN(rules.max_rows, reader.whole_number_or("max_rows", 0, 0, most_rows_a_day));
    }
    PINFLOW_ASSIGN(const toml::table* drift, reader.table("drift"));
    PINFLOW_TRY(reader.finish());
    if (!drift) return rules;
    for (const auto& [key, node] : *drift) {
        PINFLOW_ASSIGN(DriftRule rule, read_drift(std::string(key.str()), node, reader));
        rules.drift.push_back(std::move(rule));
    }
    return rules;
}

}  // namespace pinflow::sink
