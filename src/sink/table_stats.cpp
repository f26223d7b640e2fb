#include "sink/table_stats.h"

#include <simdjson.h>

#include <chrono>
#include <map>

#include "base/text.h"
#include "sink/unique_rows.h"

namespace pinflow::sink {
namespace {

// "2020-08-28T03:52:47.123Z", as statistics write times; nothing for other text.
std::optional<int64_t> time_ms(std::string_view text) {
    if (text.size() != 24) return std::nullopt;
    const auto number = [&](size_t at, size_t size) { return parse_int(text.substr(at, size)).value_or(0); };
    const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(0, 4))),
                                          std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(number(8, 2)))};
    const int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
    return (((days * 24 + number(11, 2)) * 60 + number(14, 2)) * 60 + number(17, 2)) * 1000 + number(20, 3);
}

// As JSON, if the file's rows have one value. A text that was shortened for the statistics has two bounds.
std::optional<std::string> only_value(simdjson::dom::element stats, const std::string& column) {
    simdjson::dom::element least;
    simdjson::dom::element greatest;
    int64_t nulls = -1;
    if (stats["minValues"][column].get(least) || stats["maxValues"][column].get(greatest)) return std::nullopt;
    if (stats["nullCount"][column].get(nulls) || nulls != 0) return std::nullopt;
    std::string value = simdjson::minify(least);
    if (value != simdjson::minify(greatest)) return std::nullopt;
    return value;
}

}  // namespace

std::optional<int64_t> newest_event_ms(const delta::Snapshot& snapshot) {
    std::string newest;
    simdjson::dom::parser parser;
    snapshot.files.for_each([&](const auto& file) {
        simdjson::dom::element stats;
        std::string_view time;
        if (file->stats_json.empty() || parser.parse(file->stats_json).get(stats)) return;
        if (stats["maxValues"]["_time"].get(time)) return;
        if (newest < time) newest = time;
    });
    return time_ms(newest);
}

std::optional<int64_t> duplicates_ever(const delta::Snapshot& snapshot) {
    std::optional<int64_t> dropped;
    snapshot.txns.for_each([&](const auto& txn) {
        if (is_duplicates_app_id(txn->app_id)) dropped = dropped.value_or(0) + txn->version;
    });
    return dropped;
}

std::set<std::string> constant_columns(const delta::Snapshot& snapshot, std::set<std::string> columns) {
    std::map<std::string, std::string> values;
    simdjson::dom::parser parser;
    snapshot.files.for_each([&](const auto& file) {
        simdjson::dom::element stats;
        if (file->stats_json.empty() || parser.parse(file->stats_json).get(stats)) return columns.clear();
        std::erase_if(columns, [&](const std::string& column) {
            const auto value = only_value(stats, column);
            return !value || values.emplace(column, *value).first->second != *value;
        });
    });
    return columns;
}

}  // namespace pinflow::sink
