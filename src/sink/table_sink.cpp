#include "sink/table_sink.h"

#include <spdlog/spdlog.h>

#include "sink/rebuild_journal.h"
#include "sink/table_stats.h"

namespace pinflow::sink {
namespace {

constexpr int64_t first_retry_ms = 250;
constexpr int64_t longest_retry_ms = 30'000;
constexpr int64_t upkeep_turn_ms = 500;  // when to ask again if others are at it

}  // namespace

TableSink::TableSink(Environment environment, std::string table, const TablePlan& plan, std::function<void()> changed)
    : environment_(std::move(environment)), table_(std::move(table)), plan_(plan), changed_(std::move(changed)) {
    grown_plan_ = std::make_shared<const TablePlan>(plan_);
    if (!plan_.declaration.unique.empty())
        unique_rows_ = std::make_unique<UniqueRows>(environment_.delta, environment_.database, plan_);
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
    followed.behind = stored;
    followed.next = std::max(stored, first);
    if (stored > end) {
        spdlog::error(
            "{}: the table has records of {}-{} up to offset {}, but the log ends at {}: was the log removed? What "
            "comes "
            "below that offset is not stored",
            table_, followed.topic->name, followed.partition->index(), stored, end);
        followed.next = end;
    }
    followed.done = followed.next;
    followed.hold->advance(followed.next);
}

void TableSink::hurry() {
    {
        const std::scoped_lock lock(mutex_);
        const auto is_read = [](const auto& followed) {
            return followed->next >= followed->partition->last_stable_offset();
        };
        if (!std::ranges::all_of(followed_, is_read)) hurry_ = true;  // later records have their time
    }
    changed_();
}

std::optional<TableSink::Step> TableSink::take(int64_t now_ms, int64_t& at_ms) {
    const std::scoped_lock lock(mutex_);
    at_ms = never;
    if (stopped_ || opening_ || paused_) return std::nullopt;
    if (retry_at_ms_ > now_ms) {
        at_ms = retry_at_ms_;
        return std::nullopt;
    }
    if (!store_) {
        opening_ = true;
        return Step::open;
    }
    if ((pending_ || unfinished_) && !writing_) {
        writing_ = true;
        return unfinished_ ? Step::finish : Step::write;
    }
    if (!reading_ && !pending_ && readable_since_ > 0) {
        const int64_t waits_until = std::max(readable_since_ + plan_.declaration.settings.latency_ms, window_ends_ms_);
        const int64_t due = more_ || hurry_ ? now_ms : waits_until;
        if (due <= now_ms) {
            reading_ = true;
            return Step::read;
        }
        at_ms = due;
    }
    return take_upkeep(now_ms, at_ms);
}

// Under the lock.
std::optional<TableSink::Step> TableSink::take_upkeep(int64_t now_ms, int64_t& at_ms) {
    const int64_t due_ms = std::min(upkeep_at_ms_, purge_at_ms_);
    if (keeping_ || due_ms == never) return std::nullopt;
    if (due_ms > now_ms) {
        at_ms = std::min(at_ms, due_ms);
        return std::nullopt;
    }
    if (environment_.upkeep_turns->left.fetch_sub(1) <= 0) {
        environment_.upkeep_turns->left.fetch_add(1);
        at_ms = std::min(at_ms, now_ms + upkeep_turn_ms);
        return std::nullopt;
    }
    keeping_ = true;
    if (upkeep_at_ms_ <= now_ms) upkeep_at_ms_ = never;
    return Step::upkeep;
}

void TableSink::run(Step step) {
    Result<> result;
    if (step == Step::open) {
        result = open();
    } else if (step == Step::read) {
        result = read();
    } else if (step == Step::write) {
        result = write();
    } else if (step == Step::finish) {
        result = finish();
    } else {
        upkeep();
    }
    if (!result) failed(result.error());
    still_.notify_all();
    changed_();
}

void TableSink::upkeep() {
    const auto forgot = carry_out_requests();
    const Result<bool> more = environment_.upkeep ? store_->upkeep(*environment_.database) : false;
    environment_.upkeep_turns->left.fetch_add(1);
    if (!more) spdlog::warn("{}: upkeep: {}", table_, more.error().message);
    if (!forgot) spdlog::warn("{}: forgetting: {}", table_, forgot.error().message);
    const std::scoped_lock lock(mutex_);
    keeping_ = false;
    const bool waits = std::ranges::any_of(forgotten_, [](const Forgotten& request) { return !request.done_ms; });
    const int64_t now = environment_.delta.clock.steady_ms();
    if (waits) upkeep_at_ms_ = now + (forgot ? 50 : first_retry_ms);
    if (!forgot && purge_at_ms_ <= now) purge_at_ms_ = now + longest_retry_ms;
    if (more && *more) upkeep_at_ms_ = environment_.delta.clock.steady_ms();
}

// Commits the quarantine of a batch whose clean rows are committed.
Result<> TableSink::finish() {
    auto finished = store_->finish();
    const std::scoped_lock lock(mutex_);
    writing_ = false;
    if (!finished) return finished;
    unfinished_ = false;
    status_.missing = store_->missing_in_quarantine();
    status_.state = "running";
    status_.message.clear();
    retry_delay_ms_ = 0;
    start_over();  // from where the table is now known to be
    return {};
}

Result<> TableSink::open() {
    auto store = TableStore::open(environment_.delta, environment_.lake, table_, plan_, environment_.writer);
    const std::scoped_lock lock(mutex_);
    opening_ = false;
    if (!store) {
        stopped_ = store.error().code == Code::unsupported;
        return fail(store.error());
    }
    auto forgotten = environment_.forget_list->of_table(table_);
    if (!forgotten) return fail(std::move(forgotten).error());
    forgotten_ = std::move(*forgotten);
    store_ = std::move(*store);
    store_->keep_unnamed_files(std::filesystem::exists(rebuild_journal_file(environment_.folder, table_)));
    if (!forgotten_.empty()) upkeep_at_ms_ = environment_.delta.clock.steady_ms();
    begins_upkeep_period();
    plan_purge();
    take_columns_of_table();
    for (const auto& followed : followed_) place(*followed);
    status_.newest_event_ms = newest_event_ms(*store_->clean().snapshot());
    status_.missing = store_->missing_in_quarantine();
    status_.state = "running";
    status_.message.clear();
    retry_delay_ms_ = 0;
    readable_since_ = environment_.delta.clock.steady_ms();
    return {};
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
    pending_.reset();
    if (!store_) return;
    take_columns_of_table();
    for (const auto& followed : followed_) place(*followed);
    readable_since_ = environment_.delta.clock.steady_ms();
}

std::vector<TableSink::Goal> TableSink::goals() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Goal> goals;
    for (const auto& followed : followed_)
        goals.push_back({followed->app_id, followed->partition->last_stable_offset()});
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
           store_ && !unfinished_;
}

TableStatus TableSink::status() const {
    const std::scoped_lock lock(mutex_);
    TableStatus status = status_;
    if (const int64_t most_s = plan_.declaration.quality.max_age_s; most_s > 0)
        status.stale = status.newest_event_ms.value_or(0) < environment_.delta.clock.wall_ms() - most_s * 1000;
    if (!store_) return status;
    int64_t lag = 0;
    for (const auto& followed : followed_) {
        const int64_t from = std::max({int64_t{0}, followed->done, followed->partition->start_offset()});
        lag += std::max<int64_t>(0, followed->partition->last_stable_offset() - from);
    }
    status.lag_records = lag;
    return status;
}

}  // namespace pinflow::sink
