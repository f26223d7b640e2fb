#include "importer/delta_history.h"

#include <algorithm>

#include "importer/delta_history_reader.h"
#include "sink/file_range.h"
#include "sink/table_scan.h"

namespace pinflow::importer {
namespace {

using ColumnKind = delta::Type::Kind;

struct WantedColumn {
    const char* name;
    std::vector<ColumnKind> kinds;
    const char* types;  // in words
    std::string& sql;
    bool may_be_missing = false;
};

}  // namespace

Result<std::unique_ptr<sink::RawHistory>> DeltaHistory::open(DeltaPlace place) {
    std::unique_ptr<DeltaHistory> history(new DeltaHistory(std::move(place)));
    PINFLOW_ASSIGN(history->table_, delta::Table::open(history->place_.environment, history->place_.folder));
    PINFLOW_ASSIGN(history->snapshot_, history->table_->refresh());
    PINFLOW_TRY(history->find_columns());
    return history;
}

Result<> DeltaHistory::find_columns() {
    const std::vector<WantedColumn> wanted = {
        {"topic", {ColumnKind::string}, "string", topic_},
        {"partition", {ColumnKind::integer, ColumnKind::long_, ColumnKind::short_}, "integer", partition_},
        {"offset", {ColumnKind::long_, ColumnKind::integer}, "long", offset_},
        {"timestamp", {ColumnKind::timestamp, ColumnKind::timestamp_ntz}, "timestamp", time_},
        {"value", {ColumnKind::binary, ColumnKind::string}, "binary or string", value_},
        {"key", {ColumnKind::binary, ColumnKind::string}, "binary or string", key_, true}};
    for (const WantedColumn& each : wanted) {
        const delta::Column* const column = snapshot_->metadata->schema.find(each.name);
        if (column && std::ranges::count(each.kinds, column->type.kind) > 0) {
            each.sql = engine::quote_name(column->name);
            if (column->type.kind == ColumnKind::string && &each.sql != &topic_) each.sql = "encode(" + each.sql + ")";
            if (&each.sql == &offset_) offset_name_ = column->name;
            continue;
        }
        if (!column && each.may_be_missing) continue;
        return fail(Code::unsupported,
                    "{} is no raw table: its column {} is {}; it needs topic, partition, offset, timestamp and value, "
                    "as Spark's Kafka source has them",
                    where(), each.name, column ? fmt::format("no {}", each.types) : "missing");
    }
    return {};
}

std::string DeltaHistory::of_partition(const std::string& topic, int32_t partition) const {
    return fmt::format("{} = {} AND {} = {}", topic_, engine::quote_text(topic), partition_, partition);
}

Result<engine::Rows> DeltaHistory::ask(const delta::Snapshot& snapshot, const std::string& select,
                                       const std::string& rest) {
    PINFLOW_ASSIGN(engine::Connection connection, place_.environment.database->connect());
    PINFLOW_ASSIGN(const sink::TableScan scan, sink::scan_table(connection, place_.environment.disk, snapshot,
                                                                table_->folder(), {.files = &table_->files()}));
    return connection.query(fmt::format("SELECT {} FROM ({}) WHERE {}", select, scan.sql, rest));
}

Result<std::optional<int64_t>> DeltaHistory::first_offset(const std::string& topic, int32_t partition) {
    PINFLOW_ASSIGN(const engine::Rows rows,
                   ask(*snapshot_, fmt::format("min({}::BIGINT)", offset_), of_partition(topic, partition)));
    if (rows.is_null(0, 0)) return std::nullopt;
    return rows.int64(0, 0);
}

Result<engine::Rows> DeltaHistory::records(const std::string& topic, int32_t partition, int64_t from, int64_t to) {
    const std::string columns =
        fmt::format("{}::BIGINT, {}, {}, {}", offset_, time_, key_.empty() ? "NULL::BLOB" : key_, value_);
    return ask(sink::files_in_range(*snapshot_, offset_name_, from, to), columns,
               fmt::format("{0} AND {1} >= {2} AND {1} < {3} ORDER BY {1}", of_partition(topic, partition), offset_,
                           from, to));
}

Result<std::unique_ptr<sink::RawReader>> DeltaHistory::read(const std::string& topic, int32_t partition, int64_t from,
                                                            int64_t to, sink::KnownRecords& known) {
    return std::make_unique<DeltaHistoryReader>(*this, topic, partition, from, to, known);
}

}  // namespace pinflow::importer
