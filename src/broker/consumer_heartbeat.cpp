// What can be wrong with a heartbeat whatever the group. The sentences are Kafka's.
#include <fmt/format.h>

#include "broker/consumer_group.h"

namespace pinflow::broker {
namespace {

bool is_empty(const std::optional<std::string>& text) {
    return text && text->empty();
}

constexpr size_t most_topic_bytes = 256 << 10;  // of one member's subscription: it has to fit into a record

bool is_too_long(const ConsumerHeartbeat& request) {
    size_t bytes = 0;
    if (request.topics)
        for (const std::string& each : *request.topics) bytes += each.size();
    return bytes > most_topic_bytes;
}

ConsumerAnswer check_joining(const ConsumerHeartbeat& request) {
    if (request.rebalance_timeout_ms == -1)
        return refused(GroupError::invalid_request, "RebalanceTimeoutMs must be provided in first request.");
    if (!request.owned || !request.owned->empty())
        return refused(GroupError::invalid_request, "TopicPartitions must be empty when (re-)joining.");
    if (!request.topics && !request.pattern)
        return refused(GroupError::invalid_request,
                       "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
    return {};
}

}  // namespace

ConsumerAnswer check_heartbeat(const ConsumerHeartbeat& request) {
    const auto invalid = [](const char* why) { return refused(GroupError::invalid_request, why); };
    if (is_empty(request.instance_id)) return invalid("InstanceId can't be empty.");
    if (is_empty(request.rack_id)) return invalid("RackId can't be empty.");
    const bool joins = request.member_epoch == joining_epoch;
    if (request.member_id.empty() && (!joins || request.brings_id)) return invalid("MemberId can't be empty.");
    if (is_too_long(request)) return invalid("SubscribedTopicNames are too many.");
    if (request.member_epoch < static_leaving_epoch) return invalid("MemberEpoch is invalid.");
    if (request.member_epoch == static_leaving_epoch && !request.instance_id)
        return invalid("InstanceId can't be null.");
    if (joins)
        if (auto bad = check_joining(request); bad.error != GroupError::none) return bad;
    if (request.assignor && !is_assignor(*request.assignor))
        return refused(GroupError::unsupported_assignor,
                       fmt::format("ServerAssignor {} is not supported. Supported assignors: {}, {}.",
                                   *request.assignor, uniform_assignor, range_assignor));
    return {};
}

}  // namespace pinflow::broker
