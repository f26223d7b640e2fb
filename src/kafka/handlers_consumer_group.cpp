// The group protocol of KIP-848: ConsumerGroupHeartbeat, ConsumerGroupDescribe.
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"
#include "kafka/member_fields.h"

namespace pinflow::kafka {
namespace {

using Beat = ConsumerGroupHeartbeatRequest;
using Told = ConsumerGroupDescribeResponse;

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
    beat.client_host = java_host_of(call.peer);
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

// A group tells its members' topics: to those who may see all of them.
bool may_see(const Door& door, const Call& call, const Told::Assignment& assigned) {
    return std::ranges::all_of(assigned.topic_partitions, [&](const auto& each) {
        return may(door, call, Act::describe, on_topic(each.topic_name));
    });
}

Told::Group refused(std::string_view id, ErrorCode code, std::string text) {
    return {.error_code = code, .error_message = shortened(std::move(text)), .group_id = std::string(id)};
}

Told::Group described(const Door& door, const Call& call, std::string_view id) {
    if (!may(door, call, Act::describe, on_group(id)))
        return refused(id, ErrorCode::group_authorization_failed,
                       std::string(message(ErrorCode::group_authorization_failed)));
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
    for (const auto& member : told.members)
        if (!may_see(door, call, member.assignment) || !may_see(door, call, member.target_assignment))
            return refused(id, ErrorCode::topic_authorization_failed,
                           "The group has described topic(s) that the client is not authorized to describe.");
    return told;
}

// none, or why the client may not be a member.
ErrorCode check_access(const Door& door, const Call& call, const Beat& request) {
    if (!may(door, call, Act::read, on_group(request.group_id))) return ErrorCode::group_authorization_failed;
    if (!request.subscribed_topic_names) return ErrorCode::none;
    const bool sees_all = std::ranges::all_of(*request.subscribed_topic_names, [&](std::string_view each) {
        return may(door, call, Act::describe, on_topic(each));
    });
    return sees_all ? ErrorCode::none : ErrorCode::topic_authorization_failed;
}

}  // namespace

void handle(Door& door, ConsumerGroupHeartbeatRequest request, const Call& call,
            Reply<ConsumerGroupHeartbeatResponse> reply) {
    if (const ErrorCode refused = check_access(door, call, request); refused != ErrorCode::none)
        return reply({.error_code = refused});
    const int32_t interval_ms = door.groups.options().consumer.heartbeat_interval_ms;
    auto beat = heartbeat_of(request, call);
    beat.sight = sight_of(door, call);
    door.groups.consumer_heartbeat(
        std::string(request.group_id), std::move(beat),
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

void handle(Door& door, ConsumerGroupDescribeRequest request, const Call& call,
            Reply<ConsumerGroupDescribeResponse> reply) {
    ConsumerGroupDescribeResponse answer;
    for (const std::string_view id : request.group_ids) {
        auto& told = answer.groups.emplace_back(described(door, call, id));
        if (request.include_authorized_operations && told.error_code == ErrorCode::none)
            told.authorized_operations = authorized_operations(door, call, on_group(id));
    }
    reply(answer);
}

}  // namespace pinflow::kafka
