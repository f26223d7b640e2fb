// The offsets of a connector: asked for at any time, changed while it is stopped.
#include "connect/worker.h"

namespace pinflow::connect {
namespace {

std::unexpected<Refusal> failed(std::string_view what, const std::string& name, std::string_view why) {
    return std::unexpected(
        Refusal{500, fmt::format("Failed to {} consumer group offsets for connector {}: {}", what, name, why)});
}

}  // namespace

Answer<Offsets> Worker::offsets(const std::string& name) const {
    const auto known = info(name);
    if (!known) return std::unexpected(known.error());
    return Positions(site_.groups, group_of(known->config, name)).all();
}

Answer<> Worker::check_stopped(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const Connector* known = find(name);
    if (known == nullptr) return std::unexpected(not_found(name));
    if (known->stored.target == Target::stopped) return {};
    return std::unexpected(Refusal{
        400, fmt::format("Connectors must be in the STOPPED state before their offsets can be modified. This can be "
                         "done for the specified connector by issuing a 'PUT' request to the '/connectors/{}/stop' "
                         "endpoint",
                         name)});
}

Answer<> Worker::check_partitions(const std::string& name, const OffsetChanges& changes) const {
    for (const auto& [partition, offset] : changes) {
        const auto topic = site_.topics.find(partition.topic);
        if (!topic || partition.partition < 0 || static_cast<size_t>(partition.partition) >= topic->partitions.size())
            return failed("alter", name,
                          fmt::format("there is no partition {}-{}", partition.topic, partition.partition));
        if (offset && *offset < 0)
            return failed(
                "alter", name,
                fmt::format("the offset {} of {}-{} is negative", *offset, partition.topic, partition.partition));
    }
    return {};
}

Answer<> Worker::change_offsets(const std::string& name, const OffsetChanges& changes) {
    const std::scoped_lock one(changes_);
    if (auto stopped = check_stopped(name); !stopped) return stopped;
    if (auto good = check_partitions(name, changes); !good) return good;
    PluginPtr plugin;
    std::string group;
    {
        const std::scoped_lock lock(mutex_);
        plugin = find(name)->plugin;
        group = group_of(find(name)->stored.config, name);
    }
    Offsets altered;
    std::vector<TopicPartition> forgotten;
    std::vector<Position> positions;
    for (const auto& [partition, offset] : changes) {
        positions.push_back({partition, offset.value_or(-1)});
        if (offset)
            altered[partition] = *offset;
        else
            forgotten.push_back(partition);
    }
    Result<> done = plugin ? plugin->set_positions(name, positions) : Result<>();
    Positions committed(site_.groups, group);
    if (done && !altered.empty()) done = committed.commit(altered);
    if (done && !forgotten.empty()) done = committed.remove(forgotten);
    return done ? Answer<>() : failed("alter", name, done.error().message);
}

Answer<> Worker::reset_offsets(const std::string& name) {
    const std::scoped_lock one(changes_);
    if (auto stopped = check_stopped(name); !stopped) return stopped;
    PluginPtr plugin;
    std::string group;
    {
        const std::scoped_lock lock(mutex_);
        plugin = find(name)->plugin;
        group = group_of(find(name)->stored.config, name);
    }
    Result<> done = plugin ? plugin->forget(name) : Result<>();
    Positions committed(site_.groups, group);
    std::vector<TopicPartition> all;
    for (const auto& [partition, offset] : committed.all()) all.push_back(partition);
    if (done && !all.empty()) done = committed.remove(all);
    return done ? Answer<>() : failed("reset", name, done.error().message);
}

}  // namespace pinflow::connect
