#include "app/table_metrics.h"

namespace pinflow::app {

void add_table_metrics(console::Metrics& metrics, const sink::Tables& tables) {
    const auto sum = [&tables](auto number_of) {
        return [&tables, number_of] {
            double all = 0;
            for (const auto& table : tables.status()) all += static_cast<double>(number_of(table));
            return all;
        };
    };
    const auto sum_of = [&sum](auto member) { return sum([member](const auto& table) { return table.*member; }); };
    metrics.add("pinflow_table_rows_total", "counter", "rows written to clean tables since the start",
                sum_of(&sink::TableStatus::rows));
    metrics.add("pinflow_table_quarantined_total", "counter", "records put into quarantine since the start",
                sum_of(&sink::TableStatus::quarantined));
    metrics.add("pinflow_table_warnings_total", "counter", "rows that failed an expectation which only warns",
                sum_of(&sink::TableStatus::warnings));
    metrics.add("pinflow_table_duplicates_total", "counter", "rows that their table had already, dropped",
                sum_of(&sink::TableStatus::duplicates));
    metrics.add("pinflow_table_key_bytes", "gauge", "memory that tells whether a table has a row already",
                sum_of(&sink::TableStatus::key_bytes));
    metrics.add("pinflow_table_stale", "gauge", "tables whose newest record is older than their pipeline says",
                sum_of(&sink::TableStatus::stale));
    metrics.add("pinflow_table_missing_records", "gauge", "records that a quarantine should have got and never will",
                sum_of(&sink::TableStatus::missing));
    metrics.add("pinflow_table_lag_records", "gauge", "records that wait to be written to tables",
                sum([](const auto& table) { return table.lag_records.value_or(0); }));
    metrics.add("pinflow_table_failing", "gauge", "tables that fail or are stopped",
                sum([](const auto& table) { return table.message.empty() ? 0 : 1; }));
}

}  // namespace pinflow::app
