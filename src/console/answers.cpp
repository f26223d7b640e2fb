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

Result<std::string> Answers::tables(engine::Format format) {
    PINFLOW_ASSIGN(const auto tables, catalog_.tables());
    TextTable text({"schema", "name", "path", "newest_event", "version", "rows", "files", "bytes", "lag", "duplicates"},
                   4);
    for (const sink::TableInfo& table : tables) {
        text.add({table.schema, table.name, table.path,
                  table.newest_event_ms ? iso_time_ms(*table.newest_event_ms) : "", std::to_string(table.version),
                  std::to_string(table.rows), std::to_string(table.files), std::to_string(table.size_bytes),
                  table.lag_records ? std::to_string(*table.lag_records) : "null",
                  table.duplicates ? std::to_string(*table.duplicates) : "null"});
    }
    return text.write(format);
}

bool Answers::cancel(const std::string& statement) {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(statement);
    if (found == running_.end()) return false;
    found->second();
    return true;
}

}  // namespace pinflow::console
