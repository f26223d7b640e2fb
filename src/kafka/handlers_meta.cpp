// What the door is, and what topics it has: ApiVersions, Metadata.
#include <algorithm>
#include <cctype>

#include "broker/internal_topics.h"
#include "kafka/access.h"
#include "kafka/handlers.h"
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

MetadataResponse::Topic describe(const Door& door, const Call& call, const broker::Topic& topic, bool operations) {
    MetadataResponse::Topic answer{
        .name = topic.name, .topic_id = topic.id, .is_internal = broker::is_internal(topic.name)};
    if (operations) answer.topic_authorized_operations = authorized_operations(door, call, on_topic(topic.name));
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

// Who may not describe a topic does not learn whether it exists; of one that is named by its id not its name.
bool is_hidden(const Door& door, const Call& call, const MetadataRequest::Topic& wanted, const broker::Topic* topic) {
    const auto name = wanted.name ? *wanted.name : topic != nullptr ? std::string_view(topic->name) : "";
    return !name.empty() && !may(door, call, Act::describe, on_topic(name));
}

MetadataResponse::Topic look_up(const Door& door, const Call& call, const MetadataRequest& request,
                                const MetadataRequest::Topic& wanted) {
    const bool operations = request.include_topic_authorized_operations;
    const auto topic = find(door, wanted);
    if (is_hidden(door, call, wanted, topic.get())) return failed(wanted, ErrorCode::topic_authorization_failed);
    if (topic) return describe(door, call, *topic, operations);
    if (is_by_id(wanted)) return failed(wanted, ErrorCode::unknown_topic_id);
    if (!wanted.name || !broker::check_topic_name(*wanted.name))
        return failed(wanted, ErrorCode::invalid_topic_exception);
    if (!request.allow_auto_topic_creation || broker::is_internal(*wanted.name))
        return failed(wanted, ErrorCode::unknown_topic_or_partition);
    if (door.topics.options().auto_create && !may_on_cluster_or(door, call, Act::create, *wanted.name))
        return failed(wanted, ErrorCode::topic_authorization_failed);
    const auto made = door.topics.find_or_create(std::string(*wanted.name));
    if (made) return describe(door, call, **made, operations);
    switch (made.error().code) {
        case Code::not_found:
            return failed(wanted, ErrorCode::unknown_topic_or_partition);  // creation is off
        case Code::invalid:
            return failed(wanted, ErrorCode::invalid_topic_exception);
        default:
            return failed(wanted, ErrorCode::leader_not_available);  // the client tries again
    }
}

MetadataResponse answer_to(const Door& door, const MetadataRequest& request, const Call& call, bool all) {
    const Listener& listener = *call.listener;
    MetadataResponse answer;
    answer.brokers = {{.node_id = door.options.node_id, .host = listener.host, .port = listener.port}};
    answer.cluster_id = door.options.cluster_id;
    answer.controller_id = door.options.node_id;
    if (request.include_cluster_authorized_operations)
        answer.cluster_authorized_operations = authorized_cluster_operations(door, call);
    if (all) {
        for (const auto& topic : door.topics.list())
            if (may_quietly(door, call, Act::describe, on_topic(topic->name)))
                answer.topics.push_back(describe(door, call, *topic, request.include_topic_authorized_operations));
        return answer;
    }
    answer.topics.reserve(request.topics->size());
    for (const auto& wanted : *request.topics) answer.topics.push_back(look_up(door, call, request, wanted));
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
    // Of one that is hidden nobody learns by the time it takes whether it exists.
    const auto may_make = [&](const MetadataRequest::Topic& each) {
        return each.name && may_quietly(door, call, Act::describe, on_topic(*each.name)) && !find(door, each);
    };
    const bool creates = !all && request.allow_auto_topic_creation && std::ranges::any_of(*request.topics, may_make);
    if (!creates) return reply(answer_to(door, request, call, all));
    door.workers.run([&door, request = std::move(request), reply = std::move(reply)]() mutable {
        reply(answer_to(door, request, reply.call(), false));
    });
}

}  // namespace pinflow::kafka
