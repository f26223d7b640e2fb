#include "sink/replay.h"

#include <map>
#include <set>

#include "base/uuid.h"
#include "sink/added_file.h"
#include "sink/record_judge.h"
#include "sink/silence.h"
#include "sink/table_scan.h"

namespace pinflow::sink {
namespace {

using engine::quote_text;

constexpr size_t portion_records = 100'000;
constexpr int64_t portion_bytes = 64 << 20;
constexpr int most_replay_tries = 3;  // where others replay, or change the table, at the same time

using Identity = std::tuple<std::string_view, int32_t, int64_t, int32_t>;

Identity identity_of(const engine::RecordIn& record) {
    return {record.topic, record.partition, record.offset, record.part};
}

std::string place_sql(const RecordPlace& place) {
    return fmt::format("({}, {}::INTEGER, {}::BIGINT)", quote_text(place.topic), place.partition, place.offset);
}

class Portion {
  public:
    Portion(TableSink& sink, const ReplayRequest& request)
        : sink_(sink),
          request_(request),
          trial_(sink.environment().lake / ".staging" / ("replay-" + Uuid::random().text())) {}
    ~Portion() {
        std::error_code ignored;
        std::filesystem::remove_all(trial_, ignored);
    }
    Portion(const Portion&) = delete;
    Portion& operator=(const Portion&) = delete;

    Result<Replayed> run();

  private:
    Result<> take_number();
    Result<std::string> wanted();  // which of the quarantine's rows
    Result<std::string> next_places(const std::string& rows);
    Result<> read(const std::string& rows);
    void take(size_t row);
    Result<> correct();
    Result<> judge();
    Result<> commit();

    TableSink& sink_;
    const ReplayRequest& request_;
    const std::filesystem::path trial_;
    std::optional<engine::Connection> connection_;
    std::optional<TableScan> scan_;
    std::optional<engine::Rows> rows_;
    std::vector<engine::RecordIn> records_;
    std::set<Identity> failed_;
    Cleaned cleaned_;
    int64_t sequence_ = 0;  // of the table's last commit
    int64_t number_ = 0;    // of this replay: nobody else may replay the same records meanwhile
    Replayed result_;
};

Result<Replayed> Portion::run() {
    TableStore& store = sink_.store();
    if (store.is_unfinished()) PINFLOW_TRY(store.finish());
    PINFLOW_TRY(check_rows_can_go(store.quarantine()));
    PINFLOW_TRY(store.look_again());
    sequence_ = store.position(store.app_id());
    PINFLOW_TRY(take_number());
    const auto snapshot = store.quarantine().snapshot();
    PINFLOW_ASSIGN(connection_, sink_.environment().database->connect());
    PINFLOW_ASSIGN(scan_, scan_table(*connection_, sink_.environment().delta.disk, *snapshot, store.quarantine_folder(),
                                     {.files = &store.quarantine().files()}));
    PINFLOW_ASSIGN(const std::string rows, wanted());
    PINFLOW_TRY(read(rows));
    PINFLOW_TRY(correct());
    result_.records = static_cast<int64_t>(records_.size());
    if (records_.empty()) return result_;
    PINFLOW_TRY(judge());
    result_.rows = cleaned_.rows;
    result_.duplicates = cleaned_.duplicates;
    result_.passed = result_.records - static_cast<int64_t>(failed_.size());
    if (result_.passed > 0 && !request_.dry_run) PINFLOW_TRY(commit());
    return result_;
}

// conflict: another Pinflow has put rows into the clean table whose records are still in the quarantine.
Result<> Portion::take_number() {
    const TableStore& store = sink_.store();
    number_ = store.position(store.replays_app_id()) + 1;
    const int64_t finished = sink_.store().quarantine().snapshot()->txn_version(store.replays_app_id());
    if (finished + 1 >= number_) return {};
    return fail(
        Code::conflict,
        "another Pinflow is replaying the quarantine of {0}: try again when it has finished. If it was stopped, "
        "its next start finishes first; if there is no such Pinflow any more, `pinflow rebuild {0}` makes both "
        "tables from the log",
        store.clean_folder().filename().string());
}

Result<std::string> Portion::wanted() {
    if (!request_.corrections.empty()) {
        std::string places;
        for (const Correction& correction : request_.corrections)
            places += (places.empty() ? "" : ", ") + place_sql(correction.place);
        return fmt::format("(_topic, _partition, _offset) IN ({})", places);
    }
    std::string rows = "true";
    if (!request_.where.empty()) {
        PINFLOW_TRY(check_condition(request_.where, quarantine_schema(), *sink_.environment().database));
        rows = fmt::format("({}\n) IS TRUE", request_.where);
    }
    if (request_.after) rows += " AND (_topic, _partition, _offset) > " + place_sql(*request_.after);
    return next_places(rows);
}

// So many of them that memory is enough; those of one offset stay together.
Result<std::string> Portion::next_places(const std::string& rows) {
    PINFLOW_ASSIGN(
        const engine::Rows sizes,
        connection_->query(fmt::format("SELECT _topic, _partition, _offset, coalesce(octet_length(value), 0) FROM ({}) "
                                       "WHERE {} ORDER BY ALL LIMIT {}",
                                       scan_->sql, rows, portion_records)));
    int64_t bytes = 0;
    size_t last = 0;
    while (last + 1 < sizes.row_count() && bytes < portion_bytes) bytes += sizes.int64(last++, 3);
    if (last + 1 < sizes.row_count() || sizes.row_count() == portion_records) {
        result_.next = {.topic = sizes.text(last, 0),
                        .partition = static_cast<int32_t>(sizes.int64(last, 1)),
                        .offset = sizes.int64(last, 2)};
    }
    if (!result_.next) return rows;
    return fmt::format("{} AND (_topic, _partition, _offset) <= {}", rows, place_sql(*result_.next));
}

Result<> Portion::read(const std::string& rows) {
    PINFLOW_ASSIGN(rows_, connection_->query(fmt::format(
                              "SELECT _topic, _partition, _offset, _time, key, value, "
                              "coalesce(TRY_CAST(regexp_extract(message, {0}, 1) AS INTEGER), 1), "
                              "coalesce(TRY_CAST(regexp_extract(message, {0}, 2) AS INTEGER), 1) FROM ({1}) WHERE {2} "
                              "ORDER BY ALL",
                              aggregate_pattern, scan_->sql, rows)));
    for (size_t row = 0; row < rows_->row_count(); ++row) take(row);
    return {};
}

void Portion::take(size_t row) {
    engine::RecordIn record{.topic = as_text(rows_->blob(row, 0)),
                            .partition = static_cast<int32_t>(rows_->int64(row, 1)),
                            .offset = rows_->int64(row, 2),
                            .timestamp_ms = rows_->int64(row, 3) / 1000};
    if (!rows_->is_null(row, 4)) record.key = rows_->blob(row, 4);
    if (!rows_->is_null(row, 5)) record.value = rows_->blob(row, 5);
    record.part = static_cast<int32_t>(rows_->int64(row, 6)) - 1;
    record.parts = static_cast<int32_t>(rows_->int64(row, 7));
    records_.push_back(record);
}

Result<> Portion::correct() {
    for (const auto& [place, value] : request_.corrections) {
        engine::RecordIn* found = nullptr;
        int count = 0;
        for (engine::RecordIn& record : records_) {
            if (record.topic != place.topic || record.partition != place.partition || record.offset != place.offset)
                continue;
            found = &record;
            ++count;
        }
        if (count == 1) {
            found->value = as_bytes(value);
            continue;
        }
        return fail(Code::invalid, "the correction of {}-{} at offset {}: {}", place.topic, place.partition,
                    place.offset,
                    count == 0 ? "no such record is in the quarantine"
                               : "several user records of an aggregate are in the quarantine, it cannot be told which");
    }
    return {};
}

Result<> Portion::judge() {
    PINFLOW_ASSIGN(const auto sources, sink_.sources());
    std::map<std::string, int64_t> all;
    for (const auto& source : sources) all[source.app_id] = 0;
    PINFLOW_ASSIGN(const auto plan, sink_.plan_from(all));
    PINFLOW_ASSIGN(auto cleaner, sink_.environment().cleaners.acquire(*plan));
    cleaner->begin();
    cleaner->add(records_);
    std::vector<Quarantined> failed;
    if (request_.dry_run) std::filesystem::create_directories(trial_);
    PINFLOW_ASSIGN(cleaned_, cleaner->write(request_.dry_run ? trial_ : sink_.store().clean_folder(), failed));
    if (UniqueRows* const unique = sink_.unique_rows()) PINFLOW_TRY(unique->thin(sink_.store().clean(), cleaned_));
    for (const Quarantined& bad : failed) {
        failed_.insert(identity_of(bad.record));
        if (request_.corrections.empty() || result_.wrong.size() == most_told_wrong) continue;
        const RecordPlace place{std::string(bad.record.topic), bad.record.partition, bad.record.offset};
        result_.wrong.push_back({place, bad.rule, bad.message});
    }
    sink_.environment().cleaners.release(std::move(cleaner));
    return {};
}

// The clean commit names the records that leave the quarantine: it is the commit point.
Result<> Portion::commit() {
    RowExchange rows{.operation = "REPLAY"};
    for (const DataFile& file : cleaned_.clean) {
        PINFLOW_ASSIGN(delta::AddFile add, added_file(sink_.environment().delta, sink_.store().clean_folder(), file));
        rows.clean.push_back(std::move(add));
    }
    rows.positions[sink_.store().app_id()] = sequence_;
    rows.positions[sink_.store().replays_app_id()] = number_ - 1;
    rows.replay = number_;
    rows.counts.rows = cleaned_.rows;
    rows.counts.warnings = cleaned_.warnings;
    rows.counts.duplicates = cleaned_.duplicates;
    rows.counts.judged_version = cleaned_.judged_version;
    std::map<std::pair<std::string_view, int32_t>, PickedRecords> picked;
    for (const engine::RecordIn& record : records_) {
        if (failed_.contains(identity_of(record))) continue;
        PickedRecords& of = picked[{record.topic, record.partition}];
        of.topic = record.topic;
        of.partition = record.partition;
        of.names.push_back(record.parts > 1 ? fmt::format("{}#{}", record.offset, record.part + 1)
                                            : std::to_string(record.offset));
    }
    for (auto& [place, records] : picked) rows.picked.push_back(std::move(records));
    rows.schema = sink_.store().clean().snapshot()->metadata->schema;
    RowRemovals old(sink_.store().removal(no_rows), sink_.store().removal(rows.quarantine_condition()));
    PINFLOW_TRY(sink_.store().exchange(rows, old));
    if (UniqueRows* const unique = sink_.unique_rows()) unique->landed();
    return {};
}

}  // namespace

Result<Replayed> replay(TableSink& sink, const ReplayRequest& request) {
    PINFLOW_TRY(sink.sources());  // the table is open
    const Silence silence(sink);
    Result<Replayed> done;
    for (int tries = 0; tries < most_replay_tries; ++tries) {
        done = Portion(sink, request).run();
        if (done || done.error().code != Code::conflict) break;
    }
    return done;
}

}  // namespace pinflow::sink
