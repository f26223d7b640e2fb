#include "sink/inferred_checks.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "engine/connection.h"

namespace pinflow::sink {
namespace {

using engine::FieldType;

constexpr size_t enough_rows = 100;  // to believe that what holds for all of them is a rule
constexpr size_t most_values = 12;

// A literal of TOML where that is possible, so that SQL's own quotes stay readable.
std::string toml_text(const std::string& text) {
    if (text.find_first_of("'\n") == text.npos) return "'" + text + "'";
    const bool is_long_literal = !text.contains("'''") && !text.contains('\n') && !text.ends_with('\'');
    return is_long_literal ? "'''" + text + "'''" : json_string(text);
}

bool is_placeholder(std::string_view name) {
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

struct Range {
    double least, most;
    std::string_view what;
};

// Ends that a field of such a name has by its meaning, or 0 where nothing is below it.
std::optional<Range> range_of(const InferredField& field, size_t rows) {
    const FieldFacts& facts = *field.facts;
    if (!facts.least || (field.type != FieldType::bigint && field.type != FieldType::double_)) return {};
    const std::string name = to_lower(facts.name);
    const auto is_named = [&](std::initializer_list<std::string_view> names) {
        return std::ranges::find(names, name) != names.end();
    };
    if (is_named({"lat", "latitude"}) && *facts.least >= -90 && *facts.most <= 90) return Range{-90, 90, ""};
    if (is_named({"lon", "lng", "long", "longitude"}) && *facts.least >= -180 && *facts.most <= 180)
        return Range{-180, 180, ""};
    if (rows >= enough_rows && *facts.least >= 0) return Range{0, 0, "negative"};
    return {};
}

std::optional<std::string> value_list(const InferredField& field, size_t rows) {
    const FieldFacts& facts = *field.facts;
    if (field.type != FieldType::text || !facts.knows_all_texts || rows < enough_rows) return {};
    if (facts.of(Shape::text).count() != facts.values()) return {};
    std::vector<std::string> values;
    for (const auto& [text, times] : facts.texts) {
        if (is_in(field.nothing, trim(text).empty() ? "" : text)) continue;
        if (times < 2 || values.size() == most_values) return {};
        values.push_back(engine::quote_text(text));
    }
    if (values.size() < 2) return {};
    return fmt::format("{}", fmt::join(values, ", "));
}

bool sounds_like_key(std::string_view field) {
    const std::string name = to_lower(field);
    return name == "id" || name == "uuid" || name == "guid" || name == "key" || name == "ind" || name == "idx" ||
           name == "index" || name.ends_with("_id") || name.ends_with("id");
}

}  // namespace

std::string share(size_t part, size_t whole) {
    const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    if (percent < 0.1) return fmt::format("{} of {} rows", part, whole);
    return fmt::format("{:.1f} % of the rows", percent);
}

std::string Check::toml(const std::string& kind) const {
    return fmt::format("\n[[table.{}.expect]]\nrule = {}\ncheck = {}\nmessage = {}\n{}", kind, json_string(rule),
                       toml_text(check), toml_text(message), warns ? "severity = \"warn\"\n" : "");
}

std::vector<Check> suggested_checks(const std::vector<InferredField>& fields, size_t rows, ColumnName column_name) {
    std::vector<Check> checks;
    for (const InferredField& field : fields) {
        const std::string name = column_name(field.facts->name), column = engine::quote_name(name);
        const std::string input = "input." + engine::quote_name(field.facts->name);
        const std::string shown = is_placeholder(name) ? fmt::format(" {{{}}}", name) : "";
        if (field.casts)
            checks.push_back({name, fmt::format("{} IS NOT NULL OR {} IS NULL", column, input),
                              fmt::format("{} cannot be read as {}", name, type_name(field.type)), false});
        if (field.known == rows && rows >= enough_rows)
            checks.push_back({name + " is known", column + " IS NOT NULL", name + " is not known"});
        if (const auto range = range_of(field, rows)) {
            if (range->what.empty())
                checks.push_back({name + " in range",
                                  fmt::format("{} BETWEEN {} AND {}", column, range->least, range->most),
                                  fmt::format("{}{} is not within {} to {}", name, shown, range->least, range->most)});
            else
                checks.push_back({name + " in range", column + " >= 0", fmt::format("{}{} is negative", name, shown)});
        }
        if (const auto values = value_list(field, rows))
            checks.push_back({name + " is one of few", fmt::format("{} IN ({})", column, *values),
                              fmt::format("{}{} was not seen before", name, shown)});
    }
    return checks;
}

std::string key_line(const std::vector<InferredField>& fields, size_t rows, ColumnName column_name) {
    const InferredField* best = nullptr;
    const auto rank = [&](const InferredField& field) {
        const bool unique = field.facts->distinct() == rows;
        return (unique ? 2 : 0) + (sounds_like_key(field.facts->name) ? 1 : 0);
    };
    for (const InferredField& field : fields) {
        const bool may_be = field.known == rows && field.misfits == 0 && field.facts->distinct() * 10 >= rows * 9 &&
                            (field.type == FieldType::bigint || field.type == FieldType::text);
        if (may_be && rank(field) >= 1 && (best == nullptr || rank(field) > rank(*best))) best = &field;
    }
    if (best == nullptr)
        return "# key = [\"…\"] names the columns that tell one thing from another; the sample shows none\n";
    const size_t again = rows - best->facts->distinct();
    return fmt::format("key = [{}]  # {}\n", json_string(column_name(best->facts->name)),
                       again == 0 ? "different in every row of the sample"
                                  : fmt::format("{} hold a value that was there before", share(again, rows)));
}

}  // namespace pinflow::sink
