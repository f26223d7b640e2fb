#include "sink/rebuilds.h"

#include <spdlog/spdlog.h>

#include "base/uuid.h"
#include "sink/rebuild_plan.h"

namespace pinflow::sink {
namespace {

constexpr auto rebuild_retry = std::chrono::milliseconds(500);
constexpr size_t most_remembered = 100;
constexpr int64_t opens_within_ms = 5000;

// The disk or the moment are to blame: it may go better the next time.
bool may_pass(const Error& error) {
    return error.code == Code::io || error.code == Code::disk_full || error.code == Code::conflict ||
           error.code == Code::timeout;
}

// From here on it goes on after every stop.
Result<> write_down(const RebuildNotes& notes, RebuildJournal journal, TableStore& store) {
    store.keep_unnamed_files(true);
    auto written = journal.write(notes);
    if (written) return written;
    static_cast<void>(journal.remove());
    store.keep_unnamed_files(false);
    return written;
}

}  // namespace

void Rebuilds::start() {
    stopping_ = interrupt_ = false;
    take_up();
    thread_ = std::jthread([this] { work(); });
}

void Rebuilds::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = interrupt_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

// What journals remember and nobody has in mind.
void Rebuilds::take_up() {
    const auto entries = disk_.list(rebuild_folder(lake_));
    if (!entries) return;
    for (const auto& entry : *entries) {
        const auto file = rebuild_folder(lake_) / entry.name;
        if (file.extension() != ".ndjson") continue;
        RebuildJournal journal(disk_, file);
        const auto notes = journal.read();
        if (!notes) {
            spdlog::error("a rebuild cannot go on and is given up, its table is as it was: {}", notes.error().message);
            if (notes.error().code == Code::corrupt) static_cast<void>(journal.remove());
            continue;
        }
        const std::scoped_lock lock(mutex_);
        const auto known = [&](const JobPtr& job) { return job->order.id == (*notes)->order.id; };
        if (*notes && std::ranges::none_of(jobs_, known)) {
            jobs_.push_back(std::make_shared<Job>());
            jobs_.back()->order = (*notes)->order;
        }
    }
}

// Under the lock.
Rebuilds::JobPtr Rebuilds::under_way(const std::string& table) {
    const auto found = std::ranges::find_if(
        jobs_, [&](const JobPtr& job) { return job->order.table == table && !job->is_over() && !job->dry_run; });
    return found == jobs_.end() ? nullptr : *found;
}

// One that Pinflow has just begun with is open soon.
Result<std::shared_ptr<TableSink>> Rebuilds::find_open(const std::string& table) {
    const int64_t until = clock_.steady_ms() + opens_within_ms;
    while (true) {
        auto sink = find_(table);
        if (!sink) return fail(Code::not_found, "no pipeline makes a table {} now: `pinflow tables` lists them", table);
        const bool is_starting = sink->status().state == "starting";
        const auto sources = sink->sources();
        if (sources) return sink;
        if (!is_starting || clock_.steady_ms() >= until) return fail(sources.error());
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
}

Result<std::string> Rebuilds::ask(const std::string& table, std::optional<int64_t> from_ms, bool dry_run,
                                  const std::string& source) {
    PINFLOW_ASSIGN(const auto sink, find_open(table));
    const std::scoped_lock one(asking_);
    const auto job = std::make_shared<Job>();
    const std::string mark = fmt::format("pinflow/{}/rebuilds", sink->plan().pipeline);
    job->order = {.id = Uuid::random().text(), .table = table, .from_ms = from_ms, .source = source};
    job->order.asked_ms = std::max(clock_.wall_ms(), sink->store().clean().snapshot()->txn_version(mark) + 1);
    job->dry_run = dry_run;
    {
        const std::scoped_lock lock(mutex_);
        const JobPtr other = dry_run ? nullptr : under_way(table);
        if (other && other->order.from_ms == from_ms && other->order.source == source) return other->order.id;
        if (other) {
            return fail(Code::conflict, "another rebuild of {} is under way: `pinflow rebuild {} --cancel` ends it",
                        table, table);
        }
    }
    RebuildNotes notes{.order = job->order};
    std::unique_ptr<RawHistory> raw;
    if (!source.empty()) {
        PINFLOW_ASSIGN(raw, open_raw_history(*sink, source));
    }
    PINFLOW_ASSIGN(notes.spans, plan_rebuild(*sink, from_ms, raw.get()));
    if (!dry_run) {
        PINFLOW_TRY(write_down(notes, RebuildJournal(disk_, rebuild_journal_file(lake_, table)), sink->store()));
    }
    {
        const std::scoped_lock lock(mutex_);
        jobs_.push_back(job);
        retire();
    }
    changed_.notify_all();
    return job->order.id;
}

// Under the lock.
void Rebuilds::retire() {
    while (jobs_.size() > most_remembered && jobs_.front()->is_over()) jobs_.pop_front();
}

Result<RebuildStatus> Rebuilds::wait(const std::string& id, int64_t timeout_ms) {
    std::unique_lock lock(mutex_);
    const auto found = std::ranges::find_if(jobs_, [&](const JobPtr& job) { return job->order.id == id; });
    if (found == jobs_.end()) return fail(Code::not_found, "there is no rebuild {} (any more)", id);
    const JobPtr job = *found;
    changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return job->is_over() || stopping_; });
    RebuildStatus status{.id = id, .table = job->order.table, .state = job->state, .stage = job->stage};
    status.result = job->result;
    if (job->rebuild) {
        const auto progress = job->rebuild->progress();
        if (status.stage.empty()) status.stage = progress.stage;
        status.offsets = progress.offsets;
        status.of_offsets = progress.of_offsets;
    }
    return status;
}

Result<std::string> Rebuilds::cancel(const std::string& table) {
    std::unique_lock lock(mutex_);
    const JobPtr job = under_way(table);
    if (!job) return fail(Code::not_found, "no rebuild of {} is under way", table);
    job->cancelled = true;
    if (job->state == "running") interrupt_ = true;
    changed_.notify_all();
    return job->order.id;
}

void Rebuilds::work() {
    engine::lower_thread_priority();
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto next = std::ranges::find_if(jobs_, [](const JobPtr& job) { return !job->is_over(); });
        if (next == jobs_.end()) {
            changed_.wait(lock);
            continue;
        }
        const JobPtr job = *next;
        interrupt_ = stopping_ || job->cancelled;
        lock.unlock();
        run(job);
        lock.lock();
        if (job->is_over() || stopping_) continue;
        std::ranges::rotate(jobs_, std::ranges::find(jobs_, job) + 1);  // others may go before it is tried again
        changed_.wait_for(lock, rebuild_retry);
    }
}

void Rebuilds::run(const JobPtr& job) {
    const auto sink = find_(job->order.table);
    if (!sink || !sink->sources()) {
        if (cancelled(*job))
            static_cast<void>(RebuildJournal(disk_, rebuild_journal_file(lake_, job->order.table)).remove());
        const std::scoped_lock lock(mutex_);
        if (job->cancelled) return over(job, "cancelled", "");
        job->state = "waiting";
        job->stage = sink ? sink->sources().error().message : "no pipeline makes the table now";
        return;
    }
    const auto rebuild = std::make_shared<Rebuild>(sink, job->order, job->dry_run, limits_);
    {
        const std::scoped_lock lock(mutex_);
        job->state = "running";
        job->stage.clear();
        job->rebuild = rebuild;
    }
    ended(job, rebuild->run(interrupt_), *sink);
}

bool Rebuilds::cancelled(const Job& job) {
    const std::scoped_lock lock(mutex_);
    return job.cancelled;
}

void Rebuilds::ended(const JobPtr& job, const Result<Rebuilt>& outcome, TableSink& sink) {
    const std::string& table = job->order.table;
    if (outcome) {
        spdlog::info("table {}: {}rebuilt from {} records: {} rows and {} quarantined, where {} and {} were", table,
                     job->dry_run ? "could be " : "", outcome->records, outcome->rows, outcome->quarantined,
                     outcome->old_rows, outcome->old_quarantined);
        const std::scoped_lock lock(mutex_);
        job->result = *outcome;
        return over(job, "done", "");
    }
    const bool given_up = cancelled(*job);
    const Error& error = outcome.error();
    if (!given_up && (stopping_ || may_pass(error))) return later(job, error.message);
    if (!job->dry_run) {
        const auto discarded = job->rebuild->discard();
        if (!discarded) return later(job, discarded.error().message);
        if (!*discarded) return later(job, "its rows are in the table, it comes to its end");
        sink.store().keep_unnamed_files(false);
    }
    if (!given_up) spdlog::error("table {}: the rebuild failed, the table is as it was: {}", table, error.message);
    const std::scoped_lock lock(mutex_);
    over(job, given_up ? "cancelled" : "failed", given_up ? "" : error.message);
}

void Rebuilds::later(const JobPtr& job, const std::string& why) {
    spdlog::warn("table {}: the rebuild goes on later: {}", job->order.table, why);
    const std::scoped_lock lock(mutex_);
    job->state = "waiting";
    job->stage = why;
    job->rebuild.reset();
}

// Under the lock.
void Rebuilds::over(const JobPtr& job, std::string state, std::string stage) {
    job->state = std::move(state);
    job->stage = std::move(stage);
    job->rebuild.reset();
    changed_.notify_all();
}

}  // namespace pinflow::sink
