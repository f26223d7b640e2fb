#include "sink/tables.h"

#include "sink/tables_impl.h"

namespace pinflow::sink {
// Puts the table into the timeline, no later than it is there already. Under the lock.
void Tables::Impl::ask(const std::string& table, int64_t at) {
    const auto entry = when.find(table);
    if (entry != when.end()) {
        if (entry->second <= at) return;
        timeline.erase({entry->second, table});
        when.erase(entry);
    }
    if (at == TableSink::never) return;
    timeline.emplace(at, table);
    when.emplace(table, at);
    wake.notify_one();
}

void Tables::Impl::work() {
    engine::lower_thread_priority();
    std::unique_lock lock(mutex);
    while (!stopping) {
        const int64_t now = clock.steady_ms();
        if (timeline.empty()) {
            wake.wait(lock);
            continue;
        }
        const auto [at, table] = *timeline.begin();
        if (at > now) {
            wake.wait_for(lock, std::chrono::milliseconds(at - now));
            continue;
        }
        timeline.erase(timeline.begin());
        when.erase(table);
        const auto found = sinks.find(table);
        if (found == sinks.end()) continue;  // asked for by a sink of before use(), and made by nobody now
        const auto sink = found->second;
        lock.unlock();
        int64_t ask_at = 0;
        const auto step = sink->take(now, ask_at);
        lock.lock();
        ask(table, step ? now : ask_at);  // perhaps another thread can do another step of it
        if (!step) continue;
        lock.unlock();
        sink->run(*step);
        lock.lock();
        progress.notify_all();
    }
}

Tables::Tables(broker::Topics& topics, std::shared_ptr<engine::Database> flow, Disk& disk, Clock& clock,
               std::filesystem::path lake, std::shared_ptr<const Pipelines> pipelines, TablesOptions options)
    : impl_(std::make_unique<Impl>(topics, std::move(flow), disk, clock, std::move(lake), std::move(pipelines),
                                   options)) {}

Tables::~Tables() {
    stop();
    const std::scoped_lock lock(impl_->bell->mutex);
    impl_->bell->impl = nullptr;
}

void Tables::Impl::start() {
    {
        const std::scoped_lock one(discovery);
        discover_topics();  // the holds that retention respects; keys are looked for in the background
    }
    for (int i = 0; i < options.threads; ++i) threads.emplace_back([this] { work(); });
    threads.emplace_back([this] { discover_loop(); });
    rebuilds.start();
}

void Tables::Impl::halt() {
    rebuilds.stop();
    {
        const std::scoped_lock lock(mutex);
        stopping = true;
    }
    wake.notify_all();
    progress.notify_all();
    threads.clear();
}

void Tables::start() {
    std::error_code ignored;  // files that a stopped process was writing: nothing names them
    std::filesystem::remove_all(impl_->lake / ".staging", ignored);
    std::filesystem::create_directories(impl_->lake / ".staging", ignored);
    impl_->start();
}

void Tables::stop() {
    {
        const std::scoped_lock lock(impl_->mutex);
        impl_->ended = true;
    }
    impl_->halt();
}

void Tables::use(std::shared_ptr<const Pipelines> pipelines) {
    impl_->halt();
    std::map<std::string, std::shared_ptr<TableSink>> before;  // their holds, until those that come have their own
    std::map<std::pair<Uuid, int32_t>, Scout> scouts_before;
    {
        const std::scoped_lock both(impl_->discovery, impl_->mutex);
        before.swap(impl_->sinks);
        scouts_before.swap(impl_->scouts);
        impl_->known_topics.clear();
        impl_->timeline.clear();
        impl_->when.clear();
        impl_->cleaners.clear();  // they know the old plans
        impl_->forgotten_records.use(pipelines);
        impl_->pipelines = impl_->environment.pipelines = std::move(pipelines);
        impl_->stopping = false;
        ++impl_->generation;
    }
    impl_->start();
    impl_->progress.notify_all();
}

// What is to be reached so that all that is acked by now is in its table.
std::vector<std::pair<std::shared_ptr<TableSink>, std::vector<TableSink::Goal>>> Tables::Impl::goals(
    uint64_t& of_generation) {
    discover();
    std::vector<std::pair<std::shared_ptr<TableSink>, std::vector<TableSink::Goal>>> goals;
    const std::scoped_lock lock(mutex);
    of_generation = generation;
    for (const auto& [name, sink] : sinks) goals.emplace_back(sink, sink->goals());
    return goals;
}

DrainResult Tables::drain(int64_t timeout_ms) {
    const int64_t until = impl_->clock.steady_ms() + timeout_ms;
    uint64_t generation = 0;
    std::vector<std::pair<std::shared_ptr<TableSink>, std::vector<TableSink::Goal>>> left = impl_->goals(generation);
    while (true) {
        std::erase_if(left, [](const auto& entry) { return entry.first->reached(entry.second); });
        const bool stuck =
            std::ranges::all_of(left, [](const auto& entry) { return entry.first->status().state == "stopped"; });
        if (stuck || impl_->clock.steady_ms() >= until) break;
        for (const auto& [sink, goals] : left) sink->hurry();
        std::unique_lock lock(impl_->mutex);
        if (impl_->ended) break;
        impl_->progress.wait_for(lock, std::chrono::milliseconds(20));
        if (impl_->generation == generation) continue;
        lock.unlock();
        left = impl_->goals(generation);
    }
    DrainResult result{.complete = left.empty()};
    for (const auto& [sink, goals] : left) {
        const TableStatus status = sink->status();
        result.problems.push_back(
            !status.message.empty() ? fmt::format("{} is {}: {}", status.table, status.state, status.message)
            : status.lag_records    ? fmt::format("{} lags by {} records", status.table, *status.lag_records)
                                    : fmt::format("{} is {}", status.table, status.state));
    }
    return result;
}

std::vector<TableStatus> Tables::status() const {
    std::vector<std::shared_ptr<TableSink>> sinks;
    {
        const std::scoped_lock lock(impl_->mutex);
        for (const auto& [name, sink] : impl_->sinks) sinks.push_back(sink);
    }
    std::vector<TableStatus> all;
    for (const auto& sink : sinks) all.push_back(sink->status());
    return all;
}

}  // namespace pinflow::sink
