// How a topic gets partitions, at its beginning and later, and how some of them are sealed. New partitions exist before
// the topic's file names them, and count from then on; what a kill leaves behind in between goes at the next start.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "broker/stream.h"
#include "broker/topics.h"

namespace pinflow::broker {

Result<std::vector<std::shared_ptr<log::Partition>>> Topics::open_partitions(const Topic& topic, int32_t count) {
    PINFLOW_ASSIGN(const log::Config config, log::Config::from(topic.config, defaults()));
    std::vector<std::shared_ptr<log::Partition>> partitions;
    for (int32_t i = 0; i < count; ++i) {
        PINFLOW_ASSIGN(auto partition, log_.create(topic.name, topic.id, i, config));
        partitions.push_back(std::move(partition));
    }
    return partitions;
}

// Best effort: what stays is dropped at the next start.
void Topics::drop_partitions(const std::string& name, int32_t first, int32_t end) {
    for (int32_t i = first; i < end; ++i) {
        if (!log_.find(name, i)) continue;
        if (auto removed = log_.remove(name, i); !removed) spdlog::error("{}-{}: {}", name, i, removed.error().message);
    }
}

Result<> Topics::drop_unfinished() {
    for (const auto& partition : log_.partitions()) {
        const TopicPtr topic = find(partition->topic());
        const bool counts = !topic || topic->id != partition->topic_id() ||
                            static_cast<size_t>(partition->index()) < topic->partitions.size();
        if (counts || partition->end_offset() > 0) continue;
        spdlog::info("{}-{} was being added when the last run ended, and goes", topic->name, partition->index());
        PINFLOW_TRY(log_.remove(topic->name, partition->index()));
    }
    return {};
}

// `changed` becomes the topic, with partitions up to `count`. changes_ is held.
Result<TopicPtr> Topics::replace(const Topic& known, Topic changed, int32_t count) {
    const auto had = static_cast<int32_t>(known.partitions.size());
    const auto undo = [&](Error error) {
        drop_partitions(known.name, had, count);
        return fail(std::move(error));
    };
    auto opened = open_partitions(known, count);
    if (!opened) return undo(std::move(opened).error());
    changed.partitions = std::move(*opened);
    if (auto saved = save(changed, count, false); !saved) return undo(std::move(saved).error());
    std::set<int32_t> seal;
    std::ranges::set_difference(changed.sealed, known.sealed, std::inserter(seal, seal.end()));
    auto published = std::make_shared<const Topic>(std::move(changed));
    publish(published, seal);
    return published;
}

Result<TopicPtr> Topics::add_partitions(const std::string& name, int32_t new_count) {
    const std::scoped_lock lock(changes_);
    const TopicPtr known = find(name);
    if (!known) return fail(Code::not_found, "there is no topic '{}'", name);
    if (is_stream(*known))
        return fail(Code::conflict,
                    "topic '{}' is a Kinesis stream: its partitions are shards, which SplitShard, MergeShards and "
                    "UpdateShardCount make",
                    name);
    const auto count = static_cast<int32_t>(known->partitions.size());
    if (new_count <= count || new_count > options_.max_partitions)
        return fail(Code::invalid, "topic '{}' has {} partitions; {} is not more, or over {}", name, count, new_count,
                    options_.max_partitions);
    return replace(*known, *known, new_count);
}

Result<TopicPtr> Topics::reshape(const std::string& name, const Uuid& only,
                                 const std::function<Result<>(Shape&)>& edit) {
    const std::scoped_lock lock(changes_);
    const TopicPtr known = find(name);
    if (!known || known->id != only) return fail(Code::not_found, "there is no topic '{}' any more", name);
    const auto count = static_cast<int32_t>(known->partitions.size());
    Shape shape{count, known->sealed, known->labels};
    PINFLOW_TRY(edit(shape));
    if (shape.partitions < count || shape.partitions > options_.max_partitions)
        return fail(Code::invalid, "topic '{}' has {} partitions and cannot have {}; {} is the most", name, count,
                    shape.partitions, options_.max_partitions);
    Topic changed = *known;
    changed.sealed = std::move(shape.sealed);
    changed.labels = std::move(shape.labels);
    return replace(*known, std::move(changed), shape.partitions);
}

}  // namespace pinflow::broker
