// The cluster and its topics as newer tools ask for them: DescribeCluster, DescribeTopicPartitions.
#include <algorithm>

#include "broker/internal_topics.h"
#include "kafka/access.h"
#include "kafka/handlers.h"

namespace pinflow::kafka {
namespace {

constexpr int8_t brokers_endpoint = 1;
constexpr int8_t controllers_endpoint = 2;

// Empty: this door can answer it. Version 0 knows neither of the two codes.
DescribeClusterResponse refusal(int8_t endpoint, int16_t version) {
    DescribeClusterResponse refused;
    if (endpoint == brokers_endpoint) return refused;
    if (endpoint == controllers_endpoint) {
        refused.error_code = ErrorCode::mismatched_endpoint_type;
        refused.error_message =
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type "
            "CONTROLLER";
    } else {
        refused.error_code = ErrorCode::unsupported_endpoint_type;
        refused.error_message = fmt::format("Unsupported endpoint type {}", endpoint);
    }
    if (version == 0) refused.error_code = ErrorCode::invalid_request;
    return refused;
}

// Partitions that one answer describes at most: Kafka's max.request.partition.size.limit.
constexpr int32_t most_partitions = 2000;

using TopicAnswer = DescribeTopicPartitionsResponse::Topic;

// The topics that are asked for, each once, by name; from the cursor's on. Of all those that may be described.
std::vector<std::string> names_of(const Door& door, const Call& call, const DescribeTopicPartitionsRequest& request) {
    std::vector<std::string> names;
    if (request.topics.empty())
        for (const auto& each : door.topics.list()) {
            if (may_quietly(door, call, Act::describe, on_topic(each->name))) names.push_back(each->name);
        }
    else
        for (const auto& each : request.topics) names.emplace_back(each.name);
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    if (request.cursor) names.erase(names.begin(), std::ranges::lower_bound(names, request.cursor->topic_name));
    return names;
}

bool is_sound(const DescribeTopicPartitionsRequest& request) {
    if (!request.cursor) return true;
    if (request.cursor->partition < 0) return false;
    return request.topics.empty() || std::ranges::any_of(request.topics, [&](const auto& each) {
               return each.name == request.cursor->topic_name;
           });
}

TopicAnswer refused(const std::string& name, ErrorCode code) {
    const bool invalid = code == ErrorCode::unknown_topic_or_partition && !broker::check_topic_name(name);
    return {.error_code = invalid ? ErrorCode::invalid_topic_exception : code, .name = name};
}

// `count` partitions at most, from `first` on.
TopicAnswer described(const Door& door, const Call& call, const broker::Topic& topic, size_t first, size_t count) {
    TopicAnswer answer{.name = topic.name,
                       .topic_id = topic.id,
                       .is_internal = broker::is_internal(topic.name),
                       .topic_authorized_operations = authorized_operations(door, call, on_topic(topic.name))};
    const int32_t node = door.options.node_id;
    for (size_t i = first; i < topic.partitions.size() && answer.partitions.size() < count; ++i)
        answer.partitions.push_back({.index = topic.partitions[i]->index(),
                                     .leader_id = node,
                                     .leader_epoch = topic.partitions[i]->leader_epoch(),
                                     .replica_nodes = {node},
                                     .isr_nodes = {node},
                                     .eligible_leader_replicas = std::vector<int32_t>(),
                                     .last_known_elr = std::vector<int32_t>()});
    return answer;
}

DescribeTopicPartitionsResponse answer_to(const Door& door, const Call& call,
                                          const DescribeTopicPartitionsRequest& request) {
    DescribeTopicPartitionsResponse answer;
    auto left = static_cast<size_t>(std::clamp(request.response_partition_limit, 1, most_partitions));
    for (const std::string& name : names_of(door, call, request)) {
        if (left == 0) {
            answer.next_cursor = {name, 0};
            break;
        }
        const auto found = find_topic_to(Act::describe, door, call, name);
        if (!found) {
            answer.topics.push_back(refused(name, found.error()));
            continue;
        }
        const broker::Topic& topic = **found;
        const bool goes_on = request.cursor && request.cursor->topic_name == name;
        const size_t first = goes_on ? static_cast<size_t>(request.cursor->partition) : 0;
        answer.topics.push_back(described(door, call, topic, first, left));
        const size_t told = answer.topics.back().partitions.size();
        if (first + told < topic.partitions.size()) {
            answer.next_cursor = {name, static_cast<int32_t>(first + told)};
            break;
        }
        left -= told;
    }
    return answer;
}

}  // namespace

void handle(Door& door, DescribeClusterRequest request, const Call& call, Reply<DescribeClusterResponse> reply) {
    DescribeClusterResponse answer = refusal(request.endpoint_type, call.version);
    if (answer.error_code != ErrorCode::none) return reply(answer);
    const DoorOptions& self = door.options;
    answer.cluster_id = self.cluster_id;
    answer.controller_id = self.node_id;
    answer.brokers = {{.broker_id = self.node_id, .host = call.listener->host, .port = call.listener->port}};
    if (request.include_cluster_authorized_operations)
        answer.cluster_authorized_operations = authorized_cluster_operations(door, call);
    reply(answer);
}

void handle(Door& door, DescribeTopicPartitionsRequest request, const Call& call,
            Reply<DescribeTopicPartitionsResponse> reply) {
    if (is_sound(request)) return reply(answer_to(door, call, request));
    DescribeTopicPartitionsResponse refused;  // which has no error but those of topics
    for (const auto& each : request.topics)
        refused.topics.push_back({.error_code = ErrorCode::invalid_request, .name = std::string(each.name)});
    reply(refused);
}

}  // namespace pinflow::kafka
