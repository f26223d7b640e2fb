// TableSink's way of one batch: read from the log and parsed, cleaned, written, committed.
#include "sink/table_sink.h"

namespace pinflow::sink {
namespace {

constexpr size_t chunk_bytes = 2 << 20;  // of one partition before the next has its turn
constexpr int64_t upkeep_after_commits = 16;

}  // namespace

TableSink::Flight::~Flight() {
    release_cleaner();
    environment.batches.release(std::move(records));
}

void TableSink::Flight::release_cleaner() {
    if (cleaner) environment.cleaners.release(std::move(cleaner));
}

// A small batch is written by the thread that read it: what it was parsed with is soon free for the next table.
Result<> TableSink::read() {
    uint64_t generation = 0;
    bool write_now = false;
    const bool hurried = hurry_.exchange(false);
    {
        const std::scoped_lock lock(mutex_);
        generation = generation_;
        readable_since_ = 0;
        more_ = false;
    }
    auto flight = fill();
    const Result<bool> complete = flight ? grow(**flight, hurried) : true;
    {
        const std::scoped_lock lock(mutex_);
        reading_ = false;
        if (!flight || !complete) return fail(!flight ? flight.error() : complete.error());
        if (generation != generation_ || !*complete) {  // started over meanwhile: these records are read again
            readable_since_ = environment_.delta.clock.steady_ms();
            return {};
        }
        note_read(std::move(*flight));
        write_now = pending_ && !more_ && !writing_ && !unfinished_;
        writing_ = writing_ || write_now;
    }
    wait_for_more();
    return write_now ? write() : Result<>();
}

// Under the lock.
void TableSink::note_read(std::unique_ptr<Flight> flight) {
    for (const auto& advance : flight->advances) {
        for (const auto& followed : followed_) {
            if (followed->app_id != advance.app_id) continue;
            followed->next = advance.to;
            if (flight->cleaner) followed->behind = advance.to;
        }
    }
    if (!flight->advances.empty()) pending_ = std::move(flight);
    if (more_)
        readable_since_ = environment_.delta.clock.steady_ms();
    else
        hurry_ = false;
}

// Takes from each partition in turn until a batch is full or all are read to their end.
Result<std::unique_ptr<TableSink::Flight>> TableSink::fill() {
    std::vector<std::shared_ptr<Followed>> sources;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& followed : followed_) sources.push_back(std::make_shared<Followed>(*followed));
    }
    auto flight = std::make_unique<Flight>(environment_, environment_.batches.acquire());
    PINFLOW_ASSIGN(flight->plan, plan_for(sources));
    bool moved = true;
    while (moved && !is_full(*flight)) {
        moved = false;
        for (const auto& source : sources) {
            if (is_full(*flight)) break;
            const int64_t before = source->next;
            PINFLOW_ASSIGN(const bool read, fill_from(*source, *flight));
            moved = moved || read;
            if (source->next == before) continue;
            const auto known = std::ranges::find(flight->advances, source->app_id, &Flight::Advance::app_id);
            if (known == flight->advances.end())
                flight->advances.push_back({source->app_id, source->behind, source->next});
            else
                known->to = source->next;
        }
    }
    const std::scoped_lock lock(mutex_);
    more_ = moved;
    return flight;
}

bool TableSink::is_full(const Flight& flight) const {
    const size_t rows = most_rows_at_a_time(*flight.plan);
    return flight.records->bytes() >= static_cast<size_t>(plan_.declaration.settings.batch_bytes) ||
           (flight.cleaner && flight.cleaner->row_count() >= rows);
}

Result<bool> TableSink::fill_from(Followed& source, Flight& flight) {
    source.next = std::max(source.next, source.partition->start_offset());  // what was purged is gone
    if (source.next >= source.partition->last_stable_offset()) return false;
    const auto budget = static_cast<size_t>(plan_.declaration.settings.batch_bytes);
    const size_t room = std::min(chunk_bytes, budget - flight.records->bytes());
    KnownKeys known;
    auto next = flight.records->read(*source.partition, source.topic->name, source.next, room,
                                     wanted(source.topic, source.keyed, known));
    if (!next && next.error().code == Code::out_of_range) return false;  // purged just now: the next round sees it
    if (!next) return fail(next.error());
    const bool moved = *next > source.next;
    source.next = *next;
    PINFLOW_TRY(parse(flight));
    return moved;
}

// What was read since the last time.
Result<> TableSink::parse(Flight& flight) {
    const std::span<const engine::RecordIn> records(flight.records->records());
    if (flight.parsed == records.size()) return {};
    if (!flight.cleaner) {
        PINFLOW_ASSIGN(flight.cleaner, environment_.cleaners.acquire(*flight.plan));
        flight.cleaner->begin();
    }
    flight.cleaner->add(records.subspan(flight.parsed));
    flight.parsed = records.size();
    return {};
}

RecordBatch::Wanted TableSink::wanted(const broker::TopicPtr& topic, bool keyed, KnownKeys& known) const {
    if (!keyed) return {};
    return [this, topic, &known](const engine::RecordIn& record) {
        if (!record.key) return false;
        const std::string_view key = as_text(*record.key);
        if (const auto found = known.find(key); found != known.end()) return found->second;
        const auto targets = environment_.pipelines->keyed_targets(topic->name, key);
        const bool ours = std::ranges::any_of(targets, [&](const Target& target) { return target.table == table_; });
        known.emplace(key, ours);
        return ours;
    };
}

// Asks each partition that is read to its end to say when there is more.
void TableSink::wait_for_more() {
    struct Wait {
        std::shared_ptr<Followed> followed;
        int64_t next;
    };
    std::vector<Wait> waits;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& followed : followed_) {
            if (followed->wake != 0) continue;
            followed->wake = 1;
            waits.push_back({followed, followed->next});
        }
    }
    for (const Wait& wait : waits) {
        const auto woken = [self = weak_from_this(), weak = std::weak_ptr(wait.followed)] {
            const auto sink = self.lock();
            if (!sink) return;
            {
                const std::scoped_lock lock(sink->mutex_);
                if (const auto followed = weak.lock()) followed->wake = 0;
                if (sink->readable_since_ == 0) sink->readable_since_ = sink->environment_.delta.clock.steady_ms();
            }
            sink->changed_();
        };
        wait.followed->partition->on_readable(wait.next, woken, log::Isolation::committed);
    }
}

Result<> TableSink::write() {
    std::unique_ptr<Flight> flight;
    uint64_t generation = 0;
    {
        const std::scoped_lock lock(mutex_);
        flight = std::move(pending_);
        generation = generation_;
    }
    changed_();  // the next batch may be read meanwhile
    Result<Cleaned> cleaned = Cleaned();
    Result<> committed;
    if (flight && flight->cleaner) {
        cleaned = clean(*flight);
        if (cleaned) committed = commit(*flight, *cleaned);
        if (cleaned && committed && unique_rows_) unique_rows_->landed();
    }
    const std::scoped_lock lock(mutex_);
    writing_ = false;
    unfinished_ = store_->is_unfinished();
    if (!cleaned) {
        stopped_ = cleaned.error().code == Code::unavailable;
        return fail(cleaned.error());
    }
    if (!committed) return committed;
    if (flight) landed(*flight, *cleaned);
    if (generation != generation_) start_over();  // from behind this batch
    return {};
}

// Into files, without rows that the table has already.
Result<Cleaned> TableSink::clean(Flight& flight) {
    auto cleaned = flight.cleaner->write(store_->clean_folder(), store_->quarantine_folder());
    flight.release_cleaner();
    if (cleaned && unique_rows_) PINFLOW_TRY(unique_rows_->thin(store_->clean(), *cleaned));
    return cleaned;
}

Result<> TableSink::commit(const Flight& flight, const Cleaned& cleaned) {
    std::vector<delta::Txn> positions;
    for (const auto& advance : flight.advances) {
        positions.push_back({.app_id = advance.app_id,
                             .version = advance.to,
                             .last_updated_ms = environment_.delta.clock.wall_ms(),
                             .previous = advance.behind});
    }
    const auto committed = store_->commit(cleaned, std::move(positions), flight.plan->clean_schema);
    // The table is not where this batch begins: it is read anew from where the table really is.
    if (!committed && committed.error().code == Code::conflict) PINFLOW_TRY(store_->look_again());
    return committed;
}

// Under the lock.
void TableSink::landed(const Flight& flight, const Cleaned& cleaned) {
    for (const auto& advance : flight.advances) {
        for (const auto& followed : followed_) {
            if (followed->app_id != advance.app_id) continue;
            followed->done = advance.to;
            followed->hold->advance(advance.to);
        }
    }
    if (!unfinished_) {
        status_.missing = store_->missing_in_quarantine();
        status_.state = "running";
        status_.message.clear();
        retry_delay_ms_ = 0;
    }
    status_.rows += cleaned.rows;
    status_.quarantined += cleaned.quarantined;
    status_.skipped += cleaned.skipped;
    status_.warnings += cleaned.warnings;
    status_.duplicates += cleaned.duplicates;
    if (unique_rows_) status_.key_bytes = static_cast<int64_t>(unique_rows_->memory_bytes());
    for (const auto& record : flight.records->records())
        status_.newest_event_ms = std::max(status_.newest_event_ms.value_or(0), record.timestamp_ms);
    if (flight.records->records().empty()) return;
    ++status_.commits;
    if (environment_.upkeep && begins_upkeep_period()) upkeep_at_ms_ = environment_.delta.clock.steady_ms();
}

// By the table's own versions, so that it is looked after however short the lives of the process are; and not all
// tables at the same one: those that began together would want it together.
bool TableSink::begins_upkeep_period() {
    const auto phase = static_cast<int64_t>(std::hash<std::string>()(table_) % upkeep_after_commits);
    const int64_t period = (store_->clean().snapshot()->version + phase) / upkeep_after_commits;
    return std::exchange(upkeep_period_, period) < period;
}

}  // namespace pinflow::sink
