// The bytes that consumers of the classic protocol put into JoinGroup and SyncGroup: what a member subscribes to, and
// what the leader assigns to it. Big-endian; version 2, then per topic its name and partitions (assignment), then the
// members' own bytes. Versions 0 to 3 are read, which differ behind what is read here; version 0 is written, as every
// client reads it. Source: ConsumerProtocolSubscription.json and ConsumerProtocolAssignment.json of apache/kafka.
// What a subscription's bytes say is read by broker/group_subscription.h.
#pragma once
#include <optional>
#include <set>
#include <string>

#include "base/bytes.h"
#include "broker/offsets_records.h"

namespace pinflow::rest {

using TopicNames = std::set<std::string, std::less<>>;
using TopicPartitions = std::set<broker::TopicPartition>;

std::string encode_subscription(const TopicNames& topics);
std::string encode_assignment(const TopicPartitions& partitions);
// Nothing if the bytes are not an assignment. Empty ones, of a leader that knows nothing of the member, assign nothing.
std::optional<TopicPartitions> decode_assignment(Bytes bytes);

}  // namespace pinflow::rest
