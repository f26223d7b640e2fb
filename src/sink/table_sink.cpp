#include "sink/table_sink.h"

#include <spdlog/spdlog.h>

namespace pinflow::sink {
namespace {

constexpr size_t chunk_bytes = 4 << 20;  // of one partition before the next has its turn
constexpr int64_t first_retry_ms = 250;
constexpr int64_t longest_retry_ms = 30'000;
constexpr int64_t upkeep_after_commits = 16;

}  // namespace

TableSink::TableSink(Environment environment, std::string table, const TablePlan& plan, std::function<void()> changed)
    : environment_(std::move(environment)), table_(std::move(table)), plan_(plan), changed_(std::move(changed)) {
    status_.pipeline = plan_.pipeline;
    status_.table = table_;
    status_.state = "starting";
}

TableSink::~TableSink() = default;

void TableSink::follow(const broker::TopicPtr& topic, bool keyed) {
    bool added = false;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& partition : topic->partitions) {
            auto app_id = position_app_id(plan_.pipeline, topic->id, partition->index());
            const auto same = [&](const auto& followed) { return followed->app_id == app_id; };
            if (std::ranges::any_of(followed_, same)) continue;
            auto followed = std::make_shared<Followed>();
            followed->topic = topic;
            followed->partition = partition;
            followed->app_id = std::move(app_id);
            followed->keyed = keyed;
            followed->hold = partition->hold(partition->start_offset());
            if (store_) place(*followed);
            followed_.push_back(std::move(followed));
            added = true;
        }
        if (added && readable_since_ == 0) readable_since_ = environment_.delta.clock.steady_ms();
    }
    if (added) changed_();
}

void TableSink::unfollow(const std::string& topic_name, const Uuid& keep) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(followed_, [&](const auto& followed) {
        return followed->topic->name == topic_name && followed->topic->id != keep;
    });
}

// Where reading goes on: behind what the table has. Under the lock, with the store open.
void TableSink::place(Followed& followed) {
    const int64_t stored = store_->position(followed.app_id);
    const int64_t first = followed.partition->start_offset();
    const int64_t end = followed.partition->end_offset();
    followed.next = std::max(stored, first);
    if (stored > end) {
        spdlog::error(
            "{}: the table has records of {}-{} up to offset {}, but the log ends at {}: following from there", table_,
            followed.topic->name, followed.partition->index(), stored, end);
        followed.next = end;
    }
    followed.done = followed.next;
    followed.hold->advance(followed.next);
}

std::optional<TableSink::Step> TableSink::take(int64_t now_ms, int64_t& at_ms) {
    const std::scoped_lock lock(mutex_);
    at_ms = never;
    if (stopped_ || opening_) return std::nullopt;
    if (retry_at_ms_ > now_ms) {
        at_ms = retry_at_ms_;
        return std::nullopt;
    }
    if (!store_) {
        opening_ = true;
        return Step::open;
    }
    if (pending_ && !writing_) {
        writing_ = true;
        return Step::write;
    }
    if (!reading_ && !pending_ && readable_since_ > 0) {
        const int64_t due = more_ || hurry_ ? now_ms : readable_since_ + plan_.declaration.settings.latency_ms;
        if (due <= now_ms) {
            reading_ = true;
            return Step::read;
        }
        at_ms = due;
    }
    if (!keeping_ && upkeep_at_ms_ <= now_ms) {
        keeping_ = true;
        upkeep_at_ms_ = never;
        return Step::upkeep;
    }
    at_ms = std::min(at_ms, keeping_ ? never : upkeep_at_ms_);
    return std::nullopt;
}

void TableSink::run(Step step) {
    Result<> result;
    if (step == Step::open) {
        result = open();
    } else if (step == Step::read) {
        result = read();
    } else if (step == Step::write) {
        result = write();
    } else {
        const auto more = store_->upkeep(*environment_.database);
        if (!more) spdlog::warn("{}: upkeep: {}", table_, more.error().message);
        const std::scoped_lock lock(mutex_);
        keeping_ = false;
        if (more && *more) upkeep_at_ms_ = environment_.delta.clock.steady_ms();
    }
    if (!result) failed(result.error());
    changed_();
}

Result<> TableSink::open() {
    auto store = TableStore::open(environment_.delta, environment_.lake, table_, plan_);
    const std::scoped_lock lock(mutex_);
    opening_ = false;
    if (!store) {
        stopped_ = store.error().code == Code::unsupported;
        return fail(store.error());
    }
    store_ = std::move(*store);
    for (const auto& followed : followed_) place(*followed);
    status_.state = "running";
    status_.message.clear();
    retry_delay_ms_ = 0;
    readable_since_ = environment_.delta.clock.steady_ms();
    return {};
}

Result<> TableSink::read() {
    uint64_t generation = 0;
    {
        const std::scoped_lock lock(mutex_);
        generation = generation_;
        readable_since_ = 0;
        more_ = false;
        hurry_ = false;
    }
    auto flight = fill();
    {
        const std::scoped_lock lock(mutex_);
        reading_ = false;
        if (!flight) return fail(flight.error());
        if (generation != generation_) {  // started over meanwhile: these records are read again
            readable_since_ = environment_.delta.clock.steady_ms();
            return {};
        }
        for (const auto& advance : (*flight)->advances) {
            for (const auto& followed : followed_) {
                if (followed->app_id == advance.app_id) followed->next = advance.to;
            }
        }
        if (!(*flight)->advances.empty()) pending_ = std::move(*flight);
        if (more_) readable_since_ = environment_.delta.clock.steady_ms();
    }
    wait_for_more();
    return {};
}

// Takes from each partition in turn until a batch is full or all are read to their end.
Result<std::unique_ptr<TableSink::Flight>> TableSink::fill() {
    std::vector<std::shared_ptr<Followed>> sources;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& followed : followed_) sources.push_back(std::make_shared<Followed>(*followed));
    }
    auto flight = std::make_unique<Flight>();
    const auto budget = static_cast<size_t>(plan_.declaration.settings.batch_bytes);
    bool moved = true;
    while (moved && flight->records.bytes() < budget) {
        moved = false;
        for (const auto& source : sources) {
            if (flight->records.bytes() >= budget) break;
            const int64_t before = source->next;
            PINFLOW_ASSIGN(const bool read, fill_from(*source, *flight, budget));
            moved = moved || read;
            if (source->next == before) continue;
            const auto known = std::ranges::find(flight->advances, source->app_id, &Flight::Advance::app_id);
            if (known == flight->advances.end())
                flight->advances.push_back({source->app_id, before, source->next});
            else
                known->to = source->next;
        }
    }
    {
        const std::scoped_lock lock(mutex_);
        more_ = moved;
    }
    if (flight->records.records().empty()) return flight;
    PINFLOW_ASSIGN(flight->cleaner, environment_.cleaners.acquire(plan_));
    flight->cleaner->parse(flight->records.records());
    return flight;
}

Result<bool> TableSink::fill_from(Followed& source, Flight& flight, size_t budget) {
    source.next = std::max(source.next, source.partition->start_offset());  // what was purged is gone
    if (source.next >= source.partition->stable_offset()) return false;
    const size_t room = std::min(chunk_bytes, budget - flight.records.bytes());
    std::map<std::string, bool, std::less<>> ours;
    RecordBatch::Wanted wanted;
    if (source.keyed) {
        wanted = [&](const engine::RecordIn& record) {
            if (!record.key) return false;
            const std::string_view key = as_text(*record.key);
            const auto known = ours.find(key);
            if (known != ours.end()) return known->second;
            const auto targets = environment_.pipelines.keyed_targets(source.topic->name, key);
            const bool hit = std::ranges::any_of(targets, [&](const Target& t) { return t.table == table_; });
            ours.emplace(key, hit);
            return hit;
        };
    }
    auto next = flight.records.read(*source.partition, source.topic->name, source.next, room, wanted);
    if (!next && next.error().code == Code::out_of_range) return false;  // purged just now: the next round sees it
    if (!next) return fail(next.error());
    const bool moved = *next > source.next;
    source.next = *next;
    return moved;
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
        wait.followed->partition->on_readable(wait.next, woken);
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
    changed_();  // the next batch may be read while this one is written
    Result<Cleaned> cleaned = Cleaned();
    Result<> committed;
    if (flight && flight->cleaner) {
        cleaned = flight->cleaner->write(store_->clean_folder(), store_->quarantine_folder());
        if (cleaned) {
            std::vector<delta::Txn> positions;
            for (const auto& advance : flight->advances) {
                positions.push_back({.app_id = advance.app_id,
                                     .version = advance.to,
                                     .last_updated_ms = environment_.delta.clock.wall_ms(),
                                     .previous = store_->position(advance.app_id)});
            }
            committed = store_->commit(*cleaned, std::move(positions));
            if (!committed && committed.error().code == Code::conflict) {
                if (const auto seen = store_->look_again(); !seen) committed = seen;
            }
        }
        environment_.cleaners.release(std::move(flight->cleaner));
    }
    const std::scoped_lock lock(mutex_);
    writing_ = false;
    if (!cleaned) {
        stopped_ = cleaned.error().code == Code::unavailable;
        return fail(cleaned.error());
    }
    if (!committed) return committed;
    if (flight && generation == generation_) landed(*flight, *cleaned);
    return {};
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
    status_.state = "running";
    status_.message.clear();
    retry_delay_ms_ = 0;
    status_.rows += cleaned.rows;
    status_.quarantined += cleaned.quarantined;
    status_.skipped += cleaned.skipped;
    status_.warnings += cleaned.warnings;
    if (flight.records.records().empty()) return;
    ++status_.commits;
    const bool due = status_.commits % upkeep_after_commits == 0;
    if (environment_.upkeep && due) upkeep_at_ms_ = environment_.delta.clock.steady_ms();
}

void TableSink::failed(const Error& error) {
    const std::scoped_lock lock(mutex_);
    retry_delay_ms_ = std::clamp(retry_delay_ms_ * 2, first_retry_ms, longest_retry_ms);
    retry_at_ms_ = environment_.delta.clock.steady_ms() + retry_delay_ms_;
    status_.state = stopped_ ? "stopped" : "failing";
    if (status_.message != error.message) spdlog::error("table {}: {}", table_, error.message);
    status_.message = error.message;
    start_over();
}

// Forgets what was read and not written. Under the lock.
void TableSink::start_over() {
    ++generation_;
    if (pending_ && pending_->cleaner) environment_.cleaners.release(std::move(pending_->cleaner));
    pending_.reset();
    if (!store_) return;
    for (const auto& followed : followed_) place(*followed);
    readable_since_ = environment_.delta.clock.steady_ms();
}

std::vector<TableSink::Goal> TableSink::goals() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Goal> goals;
    for (const auto& followed : followed_) goals.push_back({followed->app_id, followed->partition->end_offset()});
    return goals;
}

bool TableSink::reached(const std::vector<Goal>& goals) const {
    const std::scoped_lock lock(mutex_);
    return std::ranges::all_of(goals,
                               [&](const Goal& goal) {
                                   return std::ranges::all_of(followed_, [&](const auto& followed) {
                                       return followed->app_id != goal.app_id || followed->done >= goal.offset ||
                                              followed->partition->start_offset() >= goal.offset;
                                   });
                               }) &&
           store_;
}

TableStatus TableSink::status() const {
    const std::scoped_lock lock(mutex_);
    TableStatus status = status_;
    for (const auto& followed : followed_) {
        status.lag_records +=
            std::max<int64_t>(0, followed->partition->end_offset() - std::max<int64_t>(0, followed->done));
    }
    return status;
}

}  // namespace pinflow::sink
