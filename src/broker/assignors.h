// Who gets which partitions: the assignors of the consumer protocol, by Kafka's names.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/consumer_group_types.h"

namespace pinflow::broker {

inline constexpr std::string_view uniform_assignor = "uniform";
inline constexpr std::string_view range_assignor = "range";

struct AssignedMember {
    std::string id;
    std::optional<std::string> instance_id;
    std::set<Uuid> topics;  // that exist
    Partitions before;      // what it was to have until now
};
using PartitionCounts = std::map<Uuid, int32_t>;
using Assignment = std::map<std::string, Partitions, std::less<>>;  // an entry for each member

// Members have as many partitions each as can be, give or take one, and keep what they had as far as that allows.
Assignment assign_uniform(const std::vector<AssignedMember>& members, const PartitionCounts& topics);
// Of each topic its subscribers get neighbouring partitions, in the order of their instance ids or else their ids: with
// equal subscriptions and counts the same numbers of every topic.
Assignment assign_range(const std::vector<AssignedMember>& members, const PartitionCounts& topics);

bool is_assignor(std::string_view name);
Assignment assign(std::string_view assignor, const std::vector<AssignedMember>& members, const PartitionCounts& topics);

}  // namespace pinflow::broker
