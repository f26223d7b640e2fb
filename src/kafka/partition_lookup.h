// A topic or partition that a request names, and whether the client's idea of its leader is ours.
#pragma once
#include <expected>
#include <memory>

#include "broker/topics.h"
#include "kafka/errors.h"
#include "kafka/handler.h"

namespace pinflow::kafka {

// Requests name topics, or since some version say their ids: one that is not known is unknown_topic_id then, so that
// the client asks for the topic's metadata again.
using FoundTopic = std::expected<broker::TopicPtr, ErrorCode>;
FoundTopic find_topic(const Door& door, std::string_view name);
FoundTopic find_topic(const Door& door, const Uuid& id);

// unknown_topic_or_partition; with a leader epoch (-1: none) fenced_leader_epoch where it is older than the
// partition's, unknown_leader_epoch where it is newer.
std::expected<std::shared_ptr<log::Partition>, ErrorCode> find_partition(const broker::Topic* topic, int32_t index,
                                                                         int32_t leader_epoch = -1);
// The same of a topic that may be refused already: the error is the topic's then.
std::expected<std::shared_ptr<log::Partition>, ErrorCode> find_partition(const FoundTopic& topic, int32_t index,
                                                                         int32_t leader_epoch = -1);

}  // namespace pinflow::kafka
