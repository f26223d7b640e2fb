// Which topics and keys make which tables, and what is new since the last look.
#include <spdlog/spdlog.h>

#include "sink/tables_impl.h"

namespace pinflow::sink {

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
                const auto changed = [rung = bell, table = target.table] {
                    const std::scoped_lock one(rung->mutex);
                    if (!rung->impl) return;
                    const std::scoped_lock inner(rung->impl->mutex);
                    rung->impl->ask(table, rung->impl->clock.steady_ms());
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
    while (found.next < found.partition->last_stable_offset()) {
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

}  // namespace pinflow::sink
