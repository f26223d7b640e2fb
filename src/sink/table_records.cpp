#include "sink/table_records.h"

#include "sink/file_range.h"

namespace pinflow::sink {
namespace {

constexpr int64_t looked_up_offsets = 1 << 20;  // at a time: 24 MiB

}  // namespace

std::string TableRecords::condition(int64_t from, int64_t to) const {
    return fmt::format("_topic = {} AND _partition = {} AND _offset >= {} AND _offset < {}", engine::quote_text(topic_),
                       partition_, from, to);
}

Result<std::span<const KnownRecord>> TableRecords::between(int64_t from, int64_t to) {
    if (from < from_ || to > to_) PINFLOW_TRY(look(from, std::max(to, from + looked_up_offsets)));
    const auto first = std::ranges::lower_bound(known_, from, {}, &KnownRecord::offset);
    const auto last = std::ranges::lower_bound(known_, to, {}, &KnownRecord::offset);
    if (last <= first) return std::span<const KnownRecord>();
    return std::span(first, last);
}

Result<TableScan> TableRecords::scan(engine::Connection& connection, delta::Table& table, int64_t from,
                                     int64_t to) const {
    const delta::Snapshot some = files_in_range(*table.snapshot(), "_offset", from, to);
    return scan_table(connection, sink_.environment().delta.disk, some, table.folder(), {.files = &table.files()});
}

Result<> TableRecords::look(int64_t from, int64_t to) {
    from_ = to_ = 0;
    TableStore& store = sink_.store();
    PINFLOW_ASSIGN(engine::Connection connection, sink_.environment().database->connect());
    PINFLOW_ASSIGN(const TableScan clean, scan(connection, store.clean(), from, to));
    PINFLOW_ASSIGN(const TableScan aside, scan(connection, store.quarantine(), from, to));
    const std::string sql = fmt::format(
        "SELECT _offset, min(_time), bool_or(unreadable) FROM (SELECT _offset, _time, false AS unreadable FROM ({0}) "
        "WHERE {2} UNION ALL SELECT _offset, _time, rule = '{3}' FROM ({1}) WHERE {2}) GROUP BY 1 ORDER BY 1",
        clean.sql, aside.sql, condition(from, to), engine::rule_json);
    PINFLOW_ASSIGN(const engine::Rows rows, connection.query(sql));
    known_.resize(rows.row_count());
    for (size_t row = 0; row < known_.size(); ++row) {
        const int64_t micros = rows.int64(row, 1);
        known_[row] = {.offset = rows.int64(row, 0),
                       .time_ms = micros / 1000,
                       .is_unreadable = !rows.is_null(row, 2) && rows.boolean(row, 2)};
    }
    from_ = from;
    to_ = to;
    return {};
}

Result<KeyAndValue> TableRecords::unreadable(int64_t offset) {
    PINFLOW_ASSIGN(engine::Connection connection, sink_.environment().database->connect());
    PINFLOW_ASSIGN(const TableScan aside, scan(connection, sink_.store().quarantine(), offset, offset + 1));
    PINFLOW_ASSIGN(engine::Rows rows, connection.query(fmt::format("SELECT key, value FROM ({}) WHERE {} LIMIT 1",
                                                                   aside.sql, condition(offset, offset + 1))));
    if (rows.row_count() == 0) {
        return fail(Code::conflict, "{}-{} at offset {} has left the quarantine meanwhile", topic_, partition_, offset);
    }
    unreadable_.emplace(std::move(rows));
    KeyAndValue bytes;
    if (!unreadable_->is_null(0, 0)) bytes.key = unreadable_->blob(0, 0);
    if (!unreadable_->is_null(0, 1)) bytes.value = unreadable_->blob(0, 1);
    return bytes;
}

}  // namespace pinflow::sink
