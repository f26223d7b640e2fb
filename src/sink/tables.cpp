#include "sink/tables.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <map>
#include <set>
#include <thread>

#include "sink/scout.h"
#include "sink/table_sink.h"

namespace pinflow::sink {
struct Tables::Impl {
    broker::Topics& topics;
    Clock& clock;
    std::filesystem::path lake;
    std::shared_ptr<const Pipelines> pipelines;
    TablesOptions options;
    CleanerPool cleaners;
    RecordBatchPool batches;
    TableSink::Environment environment;

    // What is followed. Taken before `mutex`.
    std::mutex discovery;
    std::map<std::string, broker::TopicPtr> known_topics;
    std::map<std::pair<Uuid, int32_t>, Scout> scouts;

    mutable std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable progress;
    std::map<std::string, std::shared_ptr<TableSink>> sinks;  // by table name
    std::set<std::pair<int64_t, std::string>> timeline;       // when to ask which table
    std::map<std::string, int64_t> when;                      // its entry there
    bool stopping = false;
    std::vector<std::jthread> threads;

    Impl(broker::Topics& topics_, std::shared_ptr<engine::Database> flow, Disk& disk, Clock& clock_,
         std::filesystem::path lake_, std::shared_ptr<const Pipelines> pipelines_, TablesOptions options_)
        : topics(topics_),
          clock(clock_),
          lake(lake_),
          pipelines(std::move(pipelines_)),
          options(options_),
          cleaners(flow, lake / ".staging"),
          environment{.delta = {disk, clock_, flow},
                      .lake = lake,
                      .cleaners = cleaners,
                      .batches = batches,
                      .pipelines = *pipelines,
                      .database = flow,
                      .upkeep = options.upkeep,
                      .upkeep_turns = std::make_shared<TableSink::UpkeepTurns>(std::max(1, options.threads - 1))} {}

    void ask(const std::string& table, int64_t at);
    void work();
    void discover_loop();
    void discover();
    void discover_topics();
    void forget_deleted(const std::vector<broker::TopicPtr>& present);
    void follow(const broker::TopicPtr& topic, const std::vector<Target>& targets, bool keyed);
    void scout(Scout& scout);
};

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
        const auto sink = sinks.at(table);
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

void Tables::Impl::discover_loop() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        lock.unlock();
        discover();
        lock.lock();
        progress.wait_for(lock, std::chrono::milliseconds(options.discover_every_ms), [&] { return stopping; });
    }
}

// Looks at all topics for new ones, new partitions and new keys.
void Tables::Impl::discover() {
    const std::scoped_lock one(discovery);
    discover_topics();
    for (auto& [id, found] : scouts) scout(found);
}

// What a deleted topic had and no table has read is gone with it; the table goes on with its other topics.
void Tables::Impl::forget_deleted(const std::vector<broker::TopicPtr>& present) {
    std::set<std::string_view> names;
    for (const auto& topic : present) names.insert(topic->name);
    std::erase_if(known_topics, [&](const auto& known) {
        if (names.contains(known.first)) return false;
        std::erase_if(scouts, [&](const auto& entry) { return entry.first.first == known.second->id; });
        const std::scoped_lock lock(mutex);
        for (const auto& [name, sink] : sinks) sink->unfollow(known.first, Uuid{});
        return true;
    });
}

void Tables::Impl::discover_topics() {
    const auto present = topics.list();
    forget_deleted(present);
    for (const broker::TopicPtr& topic : present) {
        broker::TopicPtr& known = known_topics[topic->name];
        if (known == topic) continue;
        if (known && known->id != topic->id) {
            std::erase_if(scouts, [&](const auto& entry) { return entry.first.first == known->id; });
            const std::scoped_lock lock(mutex);
            for (const auto& [name, sink] : sinks) sink->unfollow(topic->name, topic->id);
        }
        known = topic;
        follow(topic, pipelines->targets(topic->name), false);
        if (!pipelines->has_keyed_sources(topic->name)) continue;
        for (const auto& partition : topic->partitions) {
            const auto [scout, added] = scouts.try_emplace({topic->id, partition->index()});
            if (!added) continue;
            const int64_t start = partition->start_offset();
            scout->second = {.topic = topic, .partition = partition, .hold = partition->hold(start), .next = start};
        }
    }
}

void Tables::Impl::follow(const broker::TopicPtr& topic, const std::vector<Target>& targets, bool keyed) {
    for (const Target& target : targets) {
        std::shared_ptr<TableSink> sink;
        {
            const std::scoped_lock lock(mutex);
            auto& slot = sinks[target.table];
            if (!slot) {
                const auto changed = [this, table = target.table] {
                    const std::scoped_lock inner(mutex);
                    ask(table, clock.steady_ms());
                };
                slot = std::make_shared<TableSink>(environment, target.table, *target.plan, changed);
                ask(target.table, clock.steady_ms());
            }
            sink = slot;
        }
        const TablePlan& plan = sink->plan();
        if (plan.pipeline != target.plan->pipeline || plan.declaration.kind != target.plan->declaration.kind) {
            spdlog::error("topic {} would make table {} by [table.{}] of {}, but [table.{}] of {} makes it already",
                          topic->name, target.table, target.plan->declaration.kind, target.plan->pipeline,
                          plan.declaration.kind, plan.pipeline);
            continue;
        }
        sink->follow(topic, keyed);
    }
}

void Tables::Impl::scout(Scout& found) {
    found.next = std::max(found.next, found.partition->start_offset());
    while (found.next < found.partition->stable_offset()) {
        std::vector<std::string> fresh;
        RecordBatch batch;
        const auto look = [&](const engine::RecordIn& record) {
            if (!record.key) return false;
            const std::string_view key = as_text(*record.key);
            if (found.seen.contains(key)) return false;
            found.seen.emplace(key);
            fresh.emplace_back(key);
            return false;
        };
        const auto next = batch.read(*found.partition, found.topic->name, found.next, scout_bytes, look);
        if (!next) {
            spdlog::error("looking for new keys in {}-{}: {}", found.topic->name, found.partition->index(),
                          next.error().message);
            return;
        }
        for (const auto& key : fresh) follow(found.topic, pipelines->keyed_targets(found.topic->name, key), true);
        if (*next <= found.next) return;
        found.next = *next;
        found.hold->advance(found.next);
        const std::scoped_lock lock(mutex);
        if (stopping) return;
        if (found.seen.size() > 100'000) found.seen.clear();  // random keys: forgetting costs a look-up, not memory
    }
}

Tables::Tables(broker::Topics& topics, std::shared_ptr<engine::Database> flow, Disk& disk, Clock& clock,
               std::filesystem::path lake, std::shared_ptr<const Pipelines> pipelines, TablesOptions options)
    : impl_(std::make_unique<Impl>(topics, std::move(flow), disk, clock, std::move(lake), std::move(pipelines),
                                   options)) {}

Tables::~Tables() {
    stop();
}

void Tables::start() {
    std::error_code ignored;  // files that a stopped process was writing: nothing names them
    std::filesystem::remove_all(impl_->lake / ".staging", ignored);
    std::filesystem::create_directories(impl_->lake / ".staging", ignored);
    {
        const std::scoped_lock one(impl_->discovery);
        impl_->discover_topics();  // the holds that retention respects; keys are looked for in the background
    }
    for (int i = 0; i < impl_->options.threads; ++i) impl_->threads.emplace_back([this] { impl_->work(); });
    impl_->threads.emplace_back([this] { impl_->discover_loop(); });
}

void Tables::stop() {
    {
        const std::scoped_lock lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->wake.notify_all();
    impl_->progress.notify_all();
    impl_->threads.clear();
}

DrainResult Tables::drain(int64_t timeout_ms) {
    const int64_t until = impl_->clock.steady_ms() + timeout_ms;
    impl_->discover();
    std::vector<std::pair<std::shared_ptr<TableSink>, std::vector<TableSink::Goal>>> left;
    {
        const std::scoped_lock lock(impl_->mutex);
        for (const auto& [name, sink] : impl_->sinks) left.emplace_back(sink, sink->goals());
    }
    while (true) {
        std::erase_if(left, [](const auto& entry) { return entry.first->reached(entry.second); });
        const bool stuck =
            std::ranges::all_of(left, [](const auto& entry) { return entry.first->status().state == "stopped"; });
        if (stuck || impl_->clock.steady_ms() >= until) break;
        for (const auto& [sink, goals] : left) sink->hurry();
        std::unique_lock lock(impl_->mutex);
        if (impl_->stopping) break;
        impl_->progress.wait_for(lock, std::chrono::milliseconds(20));
    }
    DrainResult result{.complete = left.empty()};
    for (const auto& [sink, goals] : left) {
        const TableStatus status = sink->status();
        result.problems.push_back(status.message.empty()
                                      ? fmt::format("{} lags by {} records", status.table, status.lag_records)
                                      : fmt::format("{} is {}: {}", status.table, status.state, status.message));
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
