// What the door is, and what topics it has: ApiVersions, Metadata.
#include <algorithm>
#include <cctype>

#include "kafka/handlers.h"
#include "kafka/operations.h"
#include "kafka/topic_names.h"
#include "kafka/versions.h"

namespace pinflow::kafka {
namespace {

// KIP-511: letters, digits, '.' and '-', the last two not at the ends.
bool is_software_name(std::string_view text) {
    const auto alphanumeric = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    return !text.empty() && alphanumeric(text.front()) && alphanumeric(text.back()) &&
           std::ranges::all_of(text, [&](char c) { return alphanumeric(c) || c == '.' || c == '-'; });
}

MetadataResponse::Topic failed(const MetadataRequest::Topic& wanted, ErrorCode code) {
    MetadataResponse::Topic topic{.error_code = code, .topic_id = wanted.topic_id};
    if (wanted.name) topic.name = std::string(*wanted.name);
    return topic;
}

MetadataResponse::Topic describe(const Door& door, const broker::Topic& topic, bool operations) {
    MetadataResponse::Topic answer{.name = topic.name, .topic_id = topic.id, .is_internal = is_internal(topic.name)};
    if (operations) answer.topic_authorized_operations = topic_operations;
    const int32_t node = door.options.node_id;
    answer.partitions.reserve(topic.partitions.size());
    for (const auto& partition : topic.partitions)
        answer.partitions.push_back({.index = partition->index(),
                                     .leader_id = node,
                                     .leader_epoch = partition->leader_epoch(),
                                     .replica_nodes = {node},
                                     .isr_nodes = {node}});
    return answer;
}

bool is_by_id(const MetadataRequest::Topic& wanted) {
    return !wanted.name && wanted.topic_id != Uuid();
}

broker::TopicPtr find(const Door& door, const MetadataRequest::Topic& wanted) {
    if (is_by_id(wanted)) return door.topics.find(wanted.topic_id);
    return wanted.name ? door.topics.find(*wanted.name) : nullptr;
}

MetadataResponse::Topic look_up(const Door& door, const MetadataRequest::Topic& wanted, bool may_create,
                                bool operations) {
    if (const auto topic = find(door, wanted)) return describe(door, *topic, operations);
    if (is_by_id(wanted)) return failed(wanted, ErrorCode::unknown_topic_id);
    if (!wanted.name || !broker::check_topic_name(*wanted.name))
        return failed(wanted, ErrorCode::invalid_topic_exception);
    if (!may_create || is_internal(*wanted.name)) return failed(wanted, ErrorCode::unknown_topic_or_partition);
    const auto made = door.topics.find_or_create(std::string(*wanted.name));
    if (made) return describe(door, **made, operations);
    switch (made.error().code) {
        case Code::not_found:
            return failed(wanted, ErrorCode::unknown_topic_or_partition);  // creation is off
        case Code::invalid:
            return failed(wanted, ErrorCode::invalid_topic_exception);
        default:
            return failed(wanted, ErrorCode::leader_not_available);  // the client tries again
    }
}

MetadataResponse answer_to(const Door& door, const MetadataRequest& request, const Listener& listener, bool all) {
    MetadataResponse answer;
    answer.brokers = {{.node_id = door.options.node_id, .host = listener.host, .port = listener.port}};
    answer.cluster_id = door.options.cluster_id;
    answer.controller_id = door.options.node_id;
    if (request.include_cluster_authorized_operations) answer.cluster_authorized_operations = cluster_operations;
    const bool operations = request.include_topic_authorized_operations;
    if (all) {
        for (const auto& topic : door.topics.list()) answer.topics.push_back(describe(door, *topic, operations));
        return answer;
    }
    answer.topics.reserve(request.topics->size());
    for (const auto& wanted : *request.topics)
        answer.topics.push_back(look_up(door, wanted, request.allow_auto_topic_creation, operations));
    return answer;
}

}  // namespace

void handle(Door&, ApiVersionsRequest request, const Call& call, Reply<ApiVersionsResponse> reply) {
    ApiVersionsResponse answer;
    if (call.version >= 3 &&
        !(is_software_name(request.client_software_name) && is_software_name(request.client_software_version))) {
        answer.error_code = ErrorCode::invalid_request;
        return reply(answer);
    }
    answer = offered_versions();
    std::erase_if(answer.apis, [](const auto& each) { return !is_served(each.api_key); });
    reply(answer);
}

void handle(Door& door, MetadataRequest request, const Call& call, Reply<MetadataResponse> reply) {
    const bool all = !request.topics || (call.version == 0 && request.topics->empty());
    const bool creates = !all && request.allow_auto_topic_creation &&
                         std::ranges::any_of(*request.topics, [&](const auto& each) { return !find(door, each); });
    if (!creates) return reply(answer_to(door, request, *call.listener, all));
    door.workers.run([&door, request = std::move(request), reply = std::move(reply)]() mutable {
        reply(answer_to(door, request, *reply.call().listener, false));
    });
}

}  // namespace pinflow::kafka
