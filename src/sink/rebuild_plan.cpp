#include "sink/rebuild_plan.h"

#include "base/text.h"
#include "sink/table_records.h"
#include "sink/table_scan.h"

namespace pinflow::sink {
namespace {

// Rows of one partition in both tables.
struct Held {
    std::string topic;
    int64_t partition = 0;
    int64_t first = 0;
    int64_t last = 0;
};

class History {
  public:
    static Result<std::unique_ptr<History>> of(TableSink& sink, RawHistory* raw) {
        PINFLOW_ASSIGN(auto sources, sink.sources());
        std::unique_ptr<History> history(new History(sink, raw, std::move(sources)));
        PINFLOW_TRY(history->look());
        return history;
    }

    // Without --from: is there a record in the log, or in the source beside it, for every row?
    Result<> check_whole() const;
    // With --from: are the rows that stay others than those that are made anew?
    Result<> check_told_apart() const;
    const std::vector<TableSink::Source>& sources() const { return sources_; }
    // Tries what a rebuild from there on reads first and last from the source: better now than after hours.
    Result<> try_source(const TableSink::Source& source, int64_t from) const;
    Result<int64_t> first_to_read(const TableSink::Source& source, std::optional<int64_t> from_ms) const;

  private:
    History(TableSink& sink, RawHistory* raw, std::vector<TableSink::Source> sources)
        : sink_(sink), raw_(raw), sources_(std::move(sources)) {}
    Result<> look();
    Result<engine::Rows> ask(const std::string& select, const std::string& rest) const;
    const TableSink::Source* find(const Held& held) const {
        const auto found = std::ranges::find_if(sources_, [&](const TableSink::Source& source) {
            return source.topic->name == held.topic && source.partition->index() == held.partition;
        });
        return found == sources_.end() ? nullptr : &*found;
    }
    Result<std::optional<int64_t>> raw_start(const TableSink::Source& source) const;
    std::string suggested_source() const;
    std::string begins_at(std::optional<int64_t> raw) const;
    std::string gone_topic() const;  // an appId of one that the table has read and that is no more

    TableSink& sink_;
    RawHistory* raw_;  // null: none
    std::vector<TableSink::Source> sources_;
    std::vector<Held> held_;
};

// Of the rows' identities in the clean table and the quarantine.
Result<engine::Rows> History::ask(const std::string& select, const std::string& rest) const {
    TableStore& store = sink_.store();
    Disk& disk = sink_.environment().delta.disk;
    PINFLOW_ASSIGN(engine::Connection connection, sink_.environment().database->connect());
    PINFLOW_ASSIGN(const TableScan clean, scan_table(connection, disk, *store.clean().snapshot(), store.clean_folder(),
                                                     {.files = &store.clean().files()}));
    PINFLOW_ASSIGN(const TableScan aside,
                   scan_table(connection, disk, *store.quarantine().snapshot(), store.quarantine_folder(),
                              {.files = &store.quarantine().files()}));
    return connection.query(
        fmt::format("SELECT {0} FROM (SELECT _topic, _partition, _offset, _time FROM ({1}) UNION ALL "
                    "SELECT _topic, _partition, _offset, _time FROM ({2})) WHERE _topic IS NOT NULL {3}",
                    select, clean.sql, aside.sql, rest));
}

Result<> History::look() {
    PINFLOW_ASSIGN(const engine::Rows rows,
                   ask("_topic, _partition, min(_offset), max(_offset)", "GROUP BY ALL ORDER BY ALL"));
    for (size_t row = 0; row < rows.row_count(); ++row)
        held_.push_back({rows.text(row, 0), rows.int64(row, 1), rows.int64(row, 2), rows.int64(row, 3)});
    return {};
}

std::string History::gone_topic() const {
    const std::string ours = fmt::format("pinflow/{}/", sink_.plan().pipeline);
    std::string gone;
    sink_.store().clean().snapshot()->txns.for_each([&](const delta::TxnSet::Pointer& txn) {
        const auto parts = split(txn->app_id, '/');  // pinflow/PIPELINE/TOPIC ID/PARTITION
        const bool position = txn->app_id.starts_with(ours) && parts.size() == 4 && parse_int(parts[3]);
        if (position && txn->version > 0 && std::ranges::count(sources_, txn->app_id, &TableSink::Source::app_id) == 0)
            gone = txn->app_id;
    });
    return gone;
}

Result<std::string> earliest_time(const TableSink::Source& source) {
    RecordBatch batch;
    const int64_t start = source.partition->start_offset();
    PINFLOW_ASSIGN(const int64_t next, batch.read(*source.partition, source.topic->name, start, 1, {}));
    static_cast<void>(next);
    return batch.records().empty() ? "" : iso_time_ms(batch.records()[0].timestamp_ms);
}

Result<> History::check_whole() const {
    std::string missing;
    std::string earliest;
    for (const Held& held : held_) {
        const TableSink::Source* const source = find(held);
        if (source && held.first >= source->partition->start_offset()) continue;
        std::optional<int64_t> raw;
        if (source) {
            PINFLOW_ASSIGN(raw, raw_start(*source));
        }
        if (raw && *raw <= held.first) continue;
        missing += fmt::format("{}{}-{}", missing.empty() ? "" : ", ", held.topic, held.partition);
        if (!source) {
            missing += " is no more";
            continue;
        }
        missing += fmt::format(" starts at offset {}, and the table has rows from {} on",
                               source->partition->start_offset(), held.first);
        if (raw_) missing += ", " + begins_at(raw);
        PINFLOW_ASSIGN(const std::string time, earliest_time(*source));
        earliest = std::max(earliest, time);
    }
    if (missing.empty() && !held_.empty() && !gone_topic().empty())
        missing = "a topic was deleted that the table read (" + gone_topic() + ")";
    if (missing.empty()) return {};
    if (earliest.empty()) earliest = "TIME";
    return fail(Code::unsupported,
                "the log does not have all that is in the table: {}. Pinflow keeps no other copy of these records: "
                "`--source {}` (objects of the S3 sink connector, or a raw Delta table) rebuilds from one; `--from {}` "
                "rebuilds from there on and keeps what is older as it is",
                missing, suggested_source(), earliest);
}

std::string History::suggested_source() const {
    const auto& suggest = sink_.environment().raw_sources.suggest;
    for (const Held& held : held_) {
        const std::string found = suggest ? suggest(held.topic) : "";
        if (!found.empty()) return found;
    }
    return "LOCATION";
}

std::string History::begins_at(std::optional<int64_t> raw) const {
    return raw ? fmt::format("{} has it from {} on", raw_->where(), *raw)
               : fmt::format("{} has nothing of it", raw_->where());
}

// Nothing: there is no source, or it has nothing of this partition.
Result<std::optional<int64_t>> History::raw_start(const TableSink::Source& source) const {
    if (!raw_) return std::nullopt;
    return raw_->first_offset(source.topic->name, source.partition->index());
}

// Times before the log's start are those of the rows that the table has.
Result<int64_t> History::first_to_read(const TableSink::Source& source, std::optional<int64_t> from_ms) const {
    const int64_t start = source.partition->start_offset();
    if (!from_ms) {
        PINFLOW_ASSIGN(const auto raw, raw_start(source));
        return std::min(raw.value_or(start), start);
    }
    PINFLOW_ASSIGN(const int64_t at, source.partition->offset_at_time(*from_ms));
    if (at > start || !raw_) return std::max(at, start);
    PINFLOW_ASSIGN(const engine::Rows rows,
                   ask("min(_offset)", fmt::format("AND _topic = {} AND _partition = {} AND _offset < {} AND "
                                                   "epoch_us(_time) >= {}",
                                                   engine::quote_text(source.topic->name), source.partition->index(),
                                                   start, *from_ms * 1000)));
    if (rows.is_null(0, 0)) return start;
    PINFLOW_ASSIGN(const auto raw, raw_start(source));
    const int64_t first = rows.int64(0, 0);
    if (raw && *raw <= first) return first;
    return fail(Code::unsupported,
                "{}-{} starts at offset {}, the table has rows of this time from {} on, and {}: `--from` a later time",
                source.topic->name, source.partition->index(), start, first, begins_at(raw));
}

Result<> History::try_source(const TableSink::Source& source, int64_t from) const {
    const std::string& topic = source.topic->name;
    const int32_t partition = source.partition->index();
    const int64_t start = source.partition->start_offset();
    if (from >= start) return {};
    TableRecords known(sink_, topic, partition);
    for (const int64_t offset : {from, start - 1}) {
        PINFLOW_ASSIGN(const auto reader, raw_->read(topic, partition, offset, start, known));
        RawRecord record;
        bool more = true;
        while (more) {
            PINFLOW_ASSIGN(const bool given, reader->next(record));
            more = given && offset == start - 1;
        }
    }
    return {};
}

Result<> History::check_told_apart() const {
    const std::string gone = gone_topic();
    if (gone.empty()) return {};
    const auto refuse = [&](const Held& held) {
        return fail(Code::unsupported,
                    "the table has rows of {}-{} and of an earlier topic of that name ({}) under the same offsets: a "
                    "rebuild could not tell them apart",
                    held.topic, held.partition, gone);
    };
    for (const Held& held : held_) {
        const TableSink::Source* const source = find(held);
        if (source && held.last >= sink_.store().position(source->app_id)) return refuse(held);
    }
    PINFLOW_ASSIGN(const engine::Rows rows,
                   ask("_topic, _partition, _offset",
                       "GROUP BY _topic, _partition, _offset HAVING min(_time) <> max(_time) LIMIT 1"));
    if (rows.row_count() > 0) return refuse({rows.text(0, 0), rows.int64(0, 1), 0, 0});
    return {};
}

}  // namespace

Result<std::vector<RebuildSpan>> plan_rebuild(TableSink& sink, std::optional<int64_t> from_ms, RawHistory* raw) {
    PINFLOW_ASSIGN(const auto history, History::of(sink, raw));
    PINFLOW_TRY(sink.store().check_rows_can_go());
    for (const TableSink::Source& source : history->sources()) {
        if (source.position <= source.partition->end_offset()) continue;
        return fail(Code::unsupported, "the table is at offset {} of {}-{}, whose log ends at {}: was the log removed?",
                    source.position, source.topic->name, source.partition->index(), source.partition->end_offset());
    }
    PINFLOW_TRY(from_ms ? history->check_told_apart() : history->check_whole());
    std::vector<RebuildSpan> spans;
    for (const TableSink::Source& source : history->sources()) {
        PINFLOW_ASSIGN(const int64_t from, history->first_to_read(source, from_ms));
        if (from >= source.position) continue;
        if (raw) PINFLOW_TRY(history->try_source(source, from));
        spans.push_back({.app_id = source.app_id,
                         .topic = source.topic->name,
                         .partition = source.partition->index(),
                         .from = from});
    }
    return spans;
}

}  // namespace pinflow::sink
