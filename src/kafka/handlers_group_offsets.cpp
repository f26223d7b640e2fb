// Offsets that groups commit: OffsetCommit, OffsetFetch, OffsetDelete. TxnOffsetCommit: handlers_transaction.cpp.
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"
#include "kafka/handlers_offsets.h"

namespace pinflow::kafka {
namespace {

using Fetched = broker::FetchedOffset;

constexpr int16_t commit_epochs_since = 9;  // versions of OffsetCommit
constexpr int16_t commit_ids_since = 10;
constexpr int16_t fetch_ids_since = 10;  // of OffsetFetch

OffsetFetchResponse::Partition told(const Fetched& each) {
    return {each.partition.partition, each.committed.offset, each.committed.leader_epoch, each.committed.metadata,
            code_of(each.error)};
}

// All that the group has committed; neighbours of one topic become one entry. By id those are left out that are not
// there any more, as in Kafka.
std::vector<OffsetFetchResponse::Topic> fetch_all(const Door& door, const Call& call, const std::string& group,
                                                  bool require_stable) {
    std::vector<OffsetFetchResponse::Topic> topics;
    for (const Fetched& each : door.groups.fetch(group, std::nullopt, require_stable)) {
        if (topics.empty() || topics.back().name != each.partition.topic) topics.push_back({each.partition.topic});
        topics.back().partitions.push_back(told(each));
    }
    std::erase_if(topics,
                  [&](const auto& topic) { return !may_quietly(door, call, Act::describe, on_topic(topic.name)); });
    if (call.version >= fetch_ids_since)
        std::erase_if(topics, [&](auto& topic) {
            const auto known = door.topics.find(topic.name);
            if (known) topic.topic_id = known->id;
            return !known;
        });
    return topics;
}

// none, or why its offsets are not told. Of an id the name is found; what is named need not exist any more.
ErrorCode check_topic(const Door& door, const Call& call, bool by_id, const OffsetFetchRequest::Topic& topic,
                      std::string& name) {
    if (!by_id)
        return may(door, call, Act::describe, on_topic(name)) ? ErrorCode::none : ErrorCode::topic_authorization_failed;
    const auto known = find_topic_to(Act::describe, door, call, topic.topic_id);
    if (!known) return known.error();
    name = (*known)->name;
    return ErrorCode::none;
}

std::vector<OffsetFetchResponse::Topic> fetch_some(const Door& door, const Call& call, const std::string& group,
                                                   const std::vector<OffsetFetchRequest::Topic>& topics,
                                                   bool require_stable) {
    const bool by_id = call.version >= fetch_ids_since;
    std::vector<OffsetFetchResponse::Topic> answer;
    std::vector<broker::TopicPartition> wanted;
    for (const auto& topic : topics) {
        auto& into = answer.emplace_back(OffsetFetchResponse::Topic{std::string(topic.name), topic.topic_id, {}});
        const ErrorCode refused = check_topic(door, call, by_id, topic, into.name);
        for (const int32_t index : topic.partitions) {
            into.partitions.push_back({index, -1, -1, "", refused});
            if (refused == ErrorCode::none) wanted.push_back({into.name, index});
        }
    }
    const auto fetched = door.groups.fetch(group, wanted, require_stable);
    auto next = fetched.begin();
    for (auto& topic : answer)
        for (auto& partition : topic.partitions)
            if (partition.error_code == ErrorCode::none) partition = told(*next++);
    return answer;
}

std::vector<OffsetFetchResponse::Topic> fetch(const Door& door, const Call& call, std::string_view group,
                                              const std::optional<std::vector<OffsetFetchRequest::Topic>>& topics,
                                              bool require_stable) {
    if (topics) return fetch_some(door, call, std::string(group), *topics, require_stable);
    return fetch_all(door, call, std::string(group), require_stable);
}

// Version 1 has no error but those of partitions.
OffsetFetchResponse refused(const OffsetFetchRequest& request, ErrorCode code) {
    OffsetFetchResponse answer{.error_code = code};
    if (!request.topics) return answer;
    for (const auto& topic : *request.topics) {
        auto& into =
            answer.topics.emplace_back(OffsetFetchResponse::Topic{std::string(topic.name), topic.topic_id, {}});
        for (const int32_t index : topic.partitions) into.partitions.push_back({index, -1, -1, "", code});
    }
    return answer;
}

}  // namespace

ErrorCode check_partition(const FoundTopic& topic, int32_t partition) {
    if (!topic) return topic.error();
    const bool exists = partition >= 0 && static_cast<size_t>(partition) < (*topic)->partitions.size();
    return exists ? ErrorCode::none : ErrorCode::unknown_topic_or_partition;
}

void handle(Door& door, OffsetCommitRequest request, const Call& call, Reply<OffsetCommitResponse> reply) {
    broker::CommitRequest commit;
    commit.knows_epochs = call.version >= commit_epochs_since;
    commit.member = {std::string(request.member_id), {}, request.generation_id};
    if (request.group_instance_id) commit.member.instance_id = std::string(*request.group_instance_id);
    commit.retention_ms = request.retention_time_ms;
    const bool by_id = call.version >= commit_ids_since;
    auto places = commit_places<OffsetCommitResponse>(
        request.topics, [&](const auto& topic) { return find_topic_to(Act::read, door, call, by_id, topic); },
        commit.offsets);
    if (!may(door, call, Act::read, on_group(request.group_id)))
        return reply(places.failed(ErrorCode::group_authorization_failed));
    door.groups.commit(std::string(request.group_id), std::move(commit),
                       [reply = std::move(reply), places = std::move(places)](broker::CommitAnswer errors) mutable {
                           reply(places.filled(errors));
                       });
}

void handle(Door& door, OffsetFetchRequest request, const Call& call, Reply<OffsetFetchResponse> reply) {
    const auto may_describe = [&](std::string_view group) { return may(door, call, Act::describe, on_group(group)); };
    OffsetFetchResponse answer;
    if (call.version <= 7 && !may_describe(request.group_id))
        return reply(refused(request, ErrorCode::group_authorization_failed));
    if (call.version <= 7) answer.topics = fetch(door, call, request.group_id, request.topics, request.require_stable);
    for (const auto& each : request.groups) {
        auto& told = answer.groups.emplace_back(OffsetFetchResponse::Group{std::string(each.group_id)});
        if (!may_describe(each.group_id)) {
            told.error_code = ErrorCode::group_authorization_failed;
            continue;
        }
        std::optional<std::string> member;
        if (each.member_id) member = std::string(*each.member_id);
        told.error_code = code_of(door.groups.check_fetch(told.group_id, member, each.member_epoch));
        if (told.error_code == ErrorCode::none)
            told.topics = fetch(door, call, each.group_id, each.topics, request.require_stable);
    }
    reply(answer);
}

void handle(Door& door, OffsetDeleteRequest request, const Call& call, Reply<OffsetDeleteResponse> reply) {
    if (!may(door, call, Act::remove, on_group(request.group_id)))
        return reply({.error_code = ErrorCode::group_authorization_failed});
    OffsetDeleteResponse answer;
    std::vector<broker::TopicPartition> going;
    for (const auto& topic : request.topics) {
        auto& told = answer.topics.emplace_back(OffsetDeleteResponse::Topic{std::string(topic.name), {}});
        const auto known = find_topic_to(Act::read, door, call, topic.name);
        for (const auto& partition : topic.partitions) {
            const ErrorCode code = check_partition(known, partition.index);
            told.partitions.push_back({partition.index, code});
            if (code == ErrorCode::none) going.push_back({std::string(topic.name), partition.index});
        }
    }
    auto deleted = [reply = std::move(reply), answer = std::move(answer)](broker::DeleteOffsetsAnswer outcome) mutable {
        answer.error_code = code_of(outcome.error);
        if (outcome.error != broker::GroupError::none) answer.topics.clear();
        size_t next = 0;
        for (auto& topic : answer.topics)
            for (auto& partition : topic.partitions)
                if (partition.error_code == ErrorCode::none)
                    partition.error_code = code_of(outcome.partitions.at(next++));
        reply(answer);
    };
    door.groups.delete_offsets(std::string(request.group_id), std::move(going), std::move(deleted));
}

}  // namespace pinflow::kafka
