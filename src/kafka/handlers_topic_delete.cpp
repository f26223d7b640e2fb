// DeleteTopics. It waits for the disk, so it runs on the workers.
#include "broker/internal_topics.h"
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/client_quota.h"
#include "kafka/handlers.h"

namespace pinflow::kafka {
namespace {

using Answer = DeleteTopicsResponse::Topic;

Answer refused(Answer told, ErrorCode code, std::string text) {
    told.error_code = code;
    told.error_message = shortened(std::move(text));
    return told;
}

Answer without_access(Answer told) {
    constexpr auto code = ErrorCode::topic_authorization_failed;
    return refused(std::move(told), code, std::string(message(code)));
}

Answer deleted(Door& door, const broker::Topic& topic, const MutationQuota& quota) {
    Answer told{.name = topic.name, .topic_id = topic.id};
    if (broker::is_internal(topic.name))
        return refused(std::move(told), ErrorCode::invalid_topic_exception,
                       fmt::format("{} is the broker's own and cannot be deleted.", topic.name));
    if (quota.refuses()) return refused(std::move(told), ErrorCode::throttling_quota_exceeded, MutationQuota::text);
    if (auto gone = door.topics.remove(topic.name, topic.id); !gone)
        return refused(std::move(told), code_of(gone.error(), ErrorCode::unknown_server_error), gone.error().message);
    quota.count(topic.partitions.size());
    return told;
}

// Who may not describe the topic does not learn whether it exists.
Answer deleted(Door& door, const Call& call, std::string_view name, const MutationQuota& quota) {
    Answer told{.name = std::string(name)};
    const bool on_all = may_quietly(door, call, Act::remove, on_cluster);
    if (!on_all && !may(door, call, Act::describe, on_topic(name))) return without_access(std::move(told));
    const auto topic = door.topics.find(name);
    if (!topic)
        return refused(std::move(told), ErrorCode::unknown_topic_or_partition,
                       fmt::format("There is no topic '{}'.", name));
    if (!on_all && !may(door, call, Act::remove, on_topic(name))) return without_access(std::move(told));
    return deleted(door, *topic, quota);
}

// Who may not describe the topic does not learn its name.
Answer deleted(Door& door, const Call& call, const Uuid& id, const MutationQuota& quota) {
    Answer told{.topic_id = id};
    const auto topic = door.topics.find(id);
    if (!topic) return refused(std::move(told), ErrorCode::unknown_topic_id, "There is no topic with this id.");
    if (may_on_cluster_or(door, call, Act::remove, topic->name)) return deleted(door, *topic, quota);
    if (may_quietly(door, call, Act::describe, on_topic(topic->name))) told.name = topic->name;
    return without_access(std::move(told));
}

// Version 6: by name or by id.
Answer deleted(Door& door, const Call& call, const DeleteTopicsRequest::Topic& wanted, const MutationQuota& quota) {
    const bool by_id = wanted.topic_id != Uuid();
    if (wanted.name && !by_id) return deleted(door, call, *wanted.name, quota);
    if (!wanted.name && by_id) return deleted(door, call, wanted.topic_id, quota);
    Answer told{.topic_id = wanted.topic_id};
    if (!wanted.name)
        return refused(std::move(told), ErrorCode::invalid_request, "Neither topic name nor id were specified.");
    told.name = std::string(*wanted.name);
    return refused(std::move(told), ErrorCode::invalid_request, "You may not specify both topic name and topic id.");
}

}  // namespace

void handle(Door& door, DeleteTopicsRequest request, const Call& call, Reply<DeleteTopicsResponse> reply) {
    door.workers.run([&door, &call, request = std::move(request), reply = std::move(reply)]() mutable {
        DeleteTopicsResponse answer;
        const MutationQuota quota(door, call, call.version >= 5);
        for (const std::string_view name : request.topic_names)
            answer.topics.push_back(deleted(door, call, name, quota));
        for (const auto& each : request.topics) answer.topics.push_back(deleted(door, call, each, quota));
        reply.throttle(quota.count(0));
        reply(answer);
    });
}

}  // namespace pinflow::kafka
