#include "console/answers.h"

#include "base/text.h"
#include "console/text_table.h"

namespace pinflow::console {

Result<std::string> Answers::sql(const std::string& statement, const std::string& sql, engine::Format format) {
    std::string text;
    const auto writer = engine::make_writer(format, [&](std::string_view piece) -> Result<> {
        if (text.size() + piece.size() > most_bytes_) {
            return fail(Code::too_large,
                        "the answer is over {} MiB: ask for less (LIMIT, aggregates), or open the table's "
                        "folder (`pinflow tables`) with a tool of your own",
                        most_bytes_ >> 20);
        }
        text += piece;
        return {};
    });
    const Result<> outcome = catalog_.run(sql, *writer, [&](std::function<void()> interrupt) {
        const std::lock_guard lock(mutex_);
        if (!interrupt)
            running_.erase(statement);
        else if (!statement.empty())
            running_[statement] = std::move(interrupt);
    });
    if (!outcome) return fail(outcome.error());
    return text;
}

Result<std::string> Answers::query(const std::string& statement, const std::string& name, const Parameters& parameters,
                                   engine::Format format) {
    PINFLOW_ASSIGN(const std::string text, catalog_.named_query(name, parameters));
    return sql(statement, text, format);
}

// For people, why a table is not running stands below: it is a sentence.
Result<std::string> Answers::tables(engine::Format format) {
    PINFLOW_ASSIGN(const auto tables, catalog_.tables());
    const bool for_people = format == engine::Format::table;
    std::vector<std::string> columns = {"schema", "name", "path", "newest_event", "state"};
    if (!for_people) columns.emplace_back("message");
    const size_t first_number = columns.size();
    for (const char* number : {"version", "rows", "files", "bytes", "lag", "duplicates"}) columns.emplace_back(number);
    TextTable text(std::move(columns), first_number);
    std::string reasons;
    for (const sink::TableInfo& table : tables) {
        std::vector<std::string> line = {table.schema, table.name, table.path,
                                         table.newest_event_ms ? iso_time_ms(*table.newest_event_ms) : "", table.state};
        if (!for_people) line.push_back(table.message);
        const bool is_known = table.version >= 0;
        for (const int64_t number : {table.version, table.rows, table.files, table.size_bytes})
            line.push_back(is_known ? std::to_string(number) : "null");
        const bool is_unsure = for_people && !table.state.empty() && table.schema == "clean";
        line.push_back(table.lag_records ? std::to_string(*table.lag_records) : is_unsure ? "?" : "null");
        line.push_back(table.duplicates ? std::to_string(*table.duplicates) : "null");
        text.add(std::move(line));
        if (!table.message.empty())
            reasons += fmt::format("{}.{} is {}: {}\n", table.schema, table.name, table.state, table.message);
    }
    return for_people ? text.write(format) + reasons : text.write(format);
}

bool Answers::cancel(const std::string& statement) {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(statement);
    if (found == running_.end()) return false;
    found->second();
    return true;
}

}  // namespace pinflow::console
