#include "kafka/partition_lookup.h"

namespace pinflow::kafka {

FoundTopic find_topic(const Door& door, std::string_view name) {
    auto topic = door.topics.find(name);
    if (!topic) return std::unexpected(ErrorCode::unknown_topic_or_partition);
    return topic;
}

FoundTopic find_topic(const Door& door, const Uuid& id) {
    auto topic = door.topics.find(id);
    if (!topic) return std::unexpected(ErrorCode::unknown_topic_id);
    return topic;
}

std::expected<std::shared_ptr<log::Partition>, ErrorCode> find_partition(const broker::Topic* topic, int32_t index,
                                                                         int32_t leader_epoch) {
    if (topic == nullptr || index < 0 || static_cast<size_t>(index) >= topic->partitions.size())
        return std::unexpected(ErrorCode::unknown_topic_or_partition);
    const auto& partition = topic->partitions[static_cast<size_t>(index)];
    const int32_t current = partition->leader_epoch();
    if (leader_epoch >= 0 && leader_epoch < current) return std::unexpected(ErrorCode::fenced_leader_epoch);
    if (leader_epoch > current) return std::unexpected(ErrorCode::unknown_leader_epoch);
    return partition;
}

std::expected<std::shared_ptr<log::Partition>, ErrorCode> find_partition(const FoundTopic& topic, int32_t index,
                                                                         int32_t leader_epoch) {
    if (!topic) return std::unexpected(topic.error());
    return find_partition(topic->get(), index, leader_epoch);
}

}  // namespace pinflow::kafka
