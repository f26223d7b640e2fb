#include "sink/check.h"

#include "base/text.h"
#include "engine/batch_function.h"
#include "sink/cleaner.h"

namespace pinflow::sink {
namespace {

std::vector<engine::RecordIn> lines_of(std::string_view sample) {
    std::vector<engine::RecordIn> records;
    int64_t line = 0;
    while (!sample.empty()) {
        const size_t end = std::min(sample.find('\n'), sample.size());
        const std::string_view text = trim(sample.substr(0, end));
        sample.remove_prefix(std::min(end + 1, sample.size()));
        ++line;
        if (!text.empty()) records.push_back({.topic = "sample", .offset = line, .value = as_bytes(text)});
    }
    return records;
}

// What was quarantined, as SQL shows it.
std::string values_sql(const std::vector<Quarantined>& quarantined) {
    std::string sql = "SELECT * FROM (VALUES ";
    for (const Quarantined& bad : quarantined) {
        const std::string value(as_text(*bad.record.value));
        sql += fmt::format(
            "{}({}, {}, {}, {})", sql.ends_with(' ') ? "" : ", ", bad.record.offset, engine::quote_text(bad.rule),
            engine::quote_text(is_valid_utf8(bad.message) ? bad.message : "(not UTF-8)"),
            engine::quote_text(is_valid_utf8(value) ? value : "(not UTF-8) " + hex_encode(as_bytes(value))));
    }
    return sql + ") AS quarantined(line, rule, message, value)";
}

Result<CheckedTable> check_table(const TablePlan& plan, const std::vector<engine::RecordIn>& records,
                                 engine::Database& database, engine::Format format) {
    const auto staging = std::filesystem::temp_directory_path();
    PINFLOW_ASSIGN(const auto cleaner, Cleaner::make(plan, database, staging));
    cleaner->begin();
    cleaner->add(records);
    PINFLOW_ASSIGN(const auto quarantined, cleaner->judge());
    CheckedTable checked{
        .kind = plan.declaration.kind, .quarantined = quarantined.size(), .skipped = cleaner->skipped()};
    std::string columns;
    for (const auto& column : plan.columns) columns += (columns.empty() ? "" : ", ") + engine::quote_name(column.name);
    const std::string sql = fmt::format("SELECT {} FROM ({})", columns, cleaner->remaining_sql());
    PINFLOW_ASSIGN(const engine::Rows count,
                   cleaner->connection().query(fmt::format("SELECT count(*) FROM ({})", sql)));
    checked.rows = static_cast<size_t>(count.int64(0, 0));
    PINFLOW_ASSIGN(checked.rows_text, engine::query_text(cleaner->connection(), sql, format));
    if (!quarantined.empty()) {
        PINFLOW_ASSIGN(checked.quarantined_text,
                       engine::query_text(cleaner->connection(), values_sql(quarantined), format));
    }
    return checked;
}

}  // namespace

Result<std::vector<CheckedTable>> check_sample(const Pipelines& pipelines, const std::string& kind,
                                               std::string_view sample, engine::Database& database,
                                               engine::Format format) {
    const auto records = lines_of(sample);
    std::vector<CheckedTable> tables;
    std::vector<std::string> kinds;
    for (const TablePlan& plan : pipelines.plans()) {
        kinds.push_back(plan.declaration.kind);
        if (!kind.empty() && plan.declaration.kind != kind) continue;
        PINFLOW_ASSIGN(CheckedTable table, check_table(plan, records, database, format));
        tables.push_back(std::move(table));
    }
    if (tables.empty())
        return fail(Code::not_found, "there is no table {}: there are {}", kind, fmt::join(kinds, ", "));
    return tables;
}

}  // namespace pinflow::sink
