// The group protocol of KIP-848: ConsumerGroupHeartbeat, ConsumerGroupDescribe.
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"
#include "kafka/operations.h"

namespace pinflow::kafka {
namespace {

using Beat = ConsumerGroupHeartbeatRequest;
using Told = ConsumerGroupDescribeResponse;

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

// As Java prints an address: "/127.0.0.1".
std::string host_of(std::string_view peer) {
    return "/" + std::string(peer.substr(0, peer.rfind(':')));
}

broker::ConsumerHeartbeat heartbeat_of(const Beat& request, const Call& call) {
    broker::ConsumerHeartbeat beat;
    beat.member_id = request.member_id;
    beat.member_epoch = request.member_epoch;
    beat.instance_id = owned(request.instance_id);
    beat.rack_id = owned(request.rack_id);
    beat.rebalance_timeout_ms = request.rebalance_timeout_ms;
    if (request.subscribed_topic_names)
        beat.topics.emplace(request.subscribed_topic_names->begin(), request.subscribed_topic_names->end());
    beat.pattern = owned(request.subscribed_topic_regex);
    beat.assignor = owned(request.server_assignor);
    if (request.topic_partitions) beat.owned.emplace();
    if (request.topic_partitions)
        for (const auto& topic : *request.topic_partitions)
            for (const int32_t partition : topic.partitions) beat.owned->push_back({topic.topic_id, partition});
    beat.client_id = call.client_id.value_or("");
    beat.client_host = host_of(call.peer);
    beat.brings_id = call.version >= 1;
    return beat;
}

// Partitions are in the order of their topics.
template <class Topic>
std::vector<Topic> by_topic(const broker::Partitions& partitions) {
    std::vector<Topic> topics;
    for (const auto& each : partitions) {
        if (topics.empty() || topics.back().topic_id != each.topic) topics.push_back({.topic_id = each.topic});
        topics.back().partitions.push_back(each.partition);
    }
    return topics;
}

// Topics that are gone have no name any more; they are left out, as in Kafka.
Told::Assignment named(const Door& door, const broker::Partitions& partitions) {
    Told::Assignment told{by_topic<Told::TopicPartitions>(partitions)};
    std::erase_if(told.topic_partitions, [&](auto& each) {
        const auto topic = door.topics.find(each.topic_id);
        if (topic) each.topic_name = topic->name;
        return !topic;
    });
    return told;
}

constexpr int8_t consumer_member = 1;

Told::Group described(const Door& door, std::string_view id) {
    Told::Group told{.group_id = std::string(id)};
    const auto group = door.groups.describe_consumer(told.group_id);
    if (!group) {
        told.error_code = id.empty() ? ErrorCode::invalid_group_id : code_of(group.error());
        told.error_message = shortened(fmt::format("Group {} is not a consumer group.", id));
        return told;
    }
    told.state = name(group->state);
    told.group_epoch = group->epoch;
    told.assignment_epoch = group->assignment_epoch;
    told.assignor_name = group->assignor;
    for (const auto& [member, target] : group->members)
        told.members.push_back({.member_id = member.id,
                                .instance_id = member.instance_id,
                                .rack_id = member.rack_id,
                                .member_epoch = member.epoch,
                                .client_id = member.client_id,
                                .client_host = member.client_host,
                                .subscribed_topic_names = member.topics,
                                .subscribed_topic_regex = member.pattern,
                                .assignment = named(door, member.assigned),
                                .target_assignment = named(door, target),
                                .member_type = consumer_member});
    return told;
}

}  // namespace

void handle(Door& door, ConsumerGroupHeartbeatRequest request, const Call& call,
            Reply<ConsumerGroupHeartbeatResponse> reply) {
    const int32_t interval_ms = door.groups.options().consumer.heartbeat_interval_ms;
    door.groups.consumer_heartbeat(
        std::string(request.group_id), heartbeat_of(request, call),
        [reply = std::move(reply), interval_ms](broker::ConsumerAnswer told) mutable {
            ConsumerGroupHeartbeatResponse answer;
            answer.error_code = code_of(told.error);
            if (told.error != broker::GroupError::none) {
                if (!told.message.empty()) answer.error_message = shortened(std::move(told.message));
                return reply(answer);
            }
            answer.member_id = std::move(told.member_id);
            answer.member_epoch = told.member_epoch;
            answer.heartbeat_interval_ms = told.member_epoch < 0 ? 0 : interval_ms;
            if (told.assignment)
                answer.assignment.emplace(by_topic<ConsumerGroupHeartbeatResponse::TopicPartitions>(*told.assignment));
            reply(answer);
        });
}

void handle(Door& door, ConsumerGroupDescribeRequest request, const Call&, Reply<ConsumerGroupDescribeResponse> reply) {
    ConsumerGroupDescribeResponse answer;
    for (const std::string_view id : request.group_ids) {
        answer.groups.push_back(described(door, id));
        if (request.include_authorized_operations) answer.groups.back().authorized_operations = group_operations;
    }
    reply(answer);
}

}  // namespace pinflow::kafka
