// A partition that a request names, and whether the client's idea of its leader is ours.
#pragma once
#include <expected>
#include <memory>

#include "broker/topics.h"
#include "kafka/errors.h"

namespace pinflow::kafka {

// unknown_topic_or_partition; with a leader epoch (-1: none) fenced_leader_epoch where it is older than the
// partition's, unknown_leader_epoch where it is newer.
std::expected<std::shared_ptr<log::Partition>, ErrorCode> find_partition(const broker::Topic* topic, int32_t index,
                                                                         int32_t leader_epoch = -1);

}  // namespace pinflow::kafka
