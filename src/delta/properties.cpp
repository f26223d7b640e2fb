#include "delta/properties.h"

#include <array>
#include <vector>

#include "base/text.h"

namespace pinflow::delta {
namespace {

constexpr int64_t second_us = 1'000'000;

std::optional<int64_t> unit_us(std::string_view unit) {
    if (unit.ends_with('s')) unit.remove_suffix(1);
    constexpr std::array<std::pair<std::string_view, int64_t>, 7> units = {{{"microsecond", 1},
                                                                            {"millisecond", 1000},
                                                                            {"second", second_us},
                                                                            {"minute", 60 * second_us},
                                                                            {"hour", 3600 * second_us},
                                                                            {"day", 86'400 * second_us},
                                                                            {"week", 604'800 * second_us}}};
    for (const auto& [known, us] : units)
        if (known == unit) return us;
    return std::nullopt;
}

// Only seconds may have a fraction, as in Spark; what is finer than a microsecond is cut off.
std::optional<int64_t> fraction_us(std::string_view digits, int64_t unit) {
    if (digits.empty()) return 0;
    if (unit != second_us) return std::nullopt;
    const std::string six = std::string(digits.substr(0, 6)) + std::string(6 - std::min<size_t>(digits.size(), 6), '0');
    if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    return parse_int(six);
}

std::optional<int64_t> amount_us(std::string_view number, std::string_view unit_name) {
    const auto unit = unit_us(unit_name);
    const bool is_negative = number.starts_with('-');
    if (is_negative || number.starts_with('+')) number.remove_prefix(1);
    const size_t point = std::min(number.find('.'), number.size());
    const auto whole = parse_int(number.substr(0, point));
    if (!unit || !whole || *whole < 0 || point + 1 == number.size()) return std::nullopt;
    const auto fraction = fraction_us(number.substr(std::min(point + 1, number.size())), *unit);
    int64_t amount = 0;
    if (!fraction || __builtin_mul_overflow(*whole, *unit, &amount)) return std::nullopt;
    if (__builtin_add_overflow(amount, *fraction, &amount)) return std::nullopt;
    return is_negative ? -amount : amount;
}

struct Unwritten {
    std::string_view name;     // or how it begins, if it ends with a dot
    std::string_view off;      // the value that does not ask for the feature
    std::string_view feature;  // in words
};

constexpr std::array<Unwritten, 20> unwritten = {{
    {"delta.columnMapping.mode", "none", "column mapping"},
    {"delta.columnMapping.", "", "column mapping"},
    {"delta.enableDeletionVectors", "false", "deletion vectors"},
    {"delta.enableRowTracking", "false", "row tracking"},
    {"delta.rowTracking.", "", "row tracking"},
    {"delta.enableTypeWidening", "false", "type widening"},
    {"delta.enableInCommitTimestamps", "false", "in-commit timestamps"},
    {"delta.enableInCommitTimestamps-preview", "false", "in-commit timestamps"},
    {"delta.checkpointPolicy", "classic", "V2 checkpoints"},
    {"delta.enableVariantShredding", "false", "variants"},
    {"delta.enableIcebergCompatV1", "false", "Iceberg's compatibility"},
    {"delta.enableIcebergCompatV2", "false", "Iceberg's compatibility"},
    {"delta.enableIcebergCompatV3", "false", "Iceberg's compatibility"},
    {"delta.universalFormat.enabledFormats", "", "other formats beside Delta"},
    {"delta.coordinatedCommits.", "", "commits through a coordinator"},
    {"delta.clusteringColumns", "", "clustering"},
    {"delta.constraints.", "", "CHECK constraints (an expectation says the same: [[table.….expect]])"},
    {"delta.feature.", "", "table features chosen by hand"},
    {"delta.minReaderVersion", "1", "another protocol than the features need"},
    {"delta.minWriterVersion", "2", "another protocol than the features need"},
}};

Result<> check_feature(const std::string& name, const std::string& value) {
    for (const Unwritten& each : unwritten) {
        const bool is_prefix = each.name.ends_with('.');
        const std::string_view compared = std::string_view(name).substr(0, is_prefix ? each.name.size() : name.size());
        if (!equals_ignoring_case(compared, each.name)) continue;
        if (!is_prefix && equals_ignoring_case(value, each.off)) return {};
        return fail(Code::unsupported,
                    "property {} = \"{}\" needs {}, which Pinflow does not write: its own tables could then not be "
                    "changed by it any more. Leave it out",
                    name, value, each.feature);
    }
    return {};
}

}  // namespace

std::optional<int64_t> parse_interval_ms(std::string_view text) {
    const std::string lower = to_lower(text);
    std::vector<std::string_view> words;
    for (const std::string_view word : split(lower, ' '))
        if (!trim(word).empty()) words.push_back(trim(word));
    if (!words.empty() && words.front() == "interval") words.erase(words.begin());
    if (words.empty() || words.size() % 2 != 0) return std::nullopt;
    int64_t sum = 0;
    for (size_t i = 0; i < words.size(); i += 2) {
        const auto amount = amount_us(words[i], words[i + 1]);
        if (!amount || __builtin_add_overflow(sum, *amount, &sum)) return std::nullopt;
    }
    return sum < 0 ? std::nullopt : std::optional(sum / 1000);
}

Result<> check_property(const std::string& name, const std::string& value) {
    PINFLOW_TRY(check_feature(name, value));
    if (name == "delta.setTransactionRetentionDuration")
        return fail(Code::unsupported,
                    "property {}: how far a table has read its topics is kept in its transactions, which must not "
                    "expire. Leave it out",
                    name);
    const bool is_interval = name == "delta.logRetentionDuration" || name == "delta.deletedFileRetentionDuration" ||
                             name == "delta.checkpointRetentionDuration";
    if (is_interval && !parse_interval_ms(value))
        return fail(Code::invalid, R"(property {} = "{}": write it as "interval 30 days 12 hours"; from weeks down)",
                    name, value);
    const bool is_switch =
        name == "delta.appendOnly" || name == "delta.enableChangeDataFeed" || name == "delta.enableExpiredLogCleanup";
    if (is_switch && value != "true" && value != "false")
        return fail(Code::invalid, R"(property {} = "{}": it is "true" or "false")", name, value);
    if (name == "delta.checkpointInterval" && parse_int(value).value_or(0) < 1)
        return fail(Code::invalid, R"(property {} = "{}": it is a whole number from 1 on)", name, value);
    return {};
}

}  // namespace pinflow::delta
