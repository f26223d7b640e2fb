// Offsets that groups commit: OffsetCommit, OffsetFetch, OffsetDelete. TxnOffsetCommit: handlers_transaction.cpp.
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"
#include "kafka/handlers_offsets.h"

namespace pinflow::kafka {
namespace {

using Fetched = broker::FetchedOffset;

std::vector<broker::TopicPartition> wanted_of(const std::vector<OffsetFetchRequest::Topic>& topics) {
    std::vector<broker::TopicPartition> wanted;
    for (const auto& topic : topics)
        for (const int32_t partition : topic.partitions) wanted.push_back({std::string(topic.name), partition});
    return wanted;
}

// Neighbours of one topic become one entry.
std::vector<OffsetFetchResponse::Topic> topics_of(const std::vector<Fetched>& fetched) {
    std::vector<OffsetFetchResponse::Topic> topics;
    for (const Fetched& each : fetched) {
        if (topics.empty() || topics.back().name != each.partition.topic) topics.push_back({each.partition.topic});
        topics.back().partitions.push_back({each.partition.partition, each.committed.offset,
                                            each.committed.leader_epoch, each.committed.metadata, code_of(each.error)});
    }
    return topics;
}

std::vector<OffsetFetchResponse::Topic> fetch(const Door& door, std::string_view group,
                                              const std::optional<std::vector<OffsetFetchRequest::Topic>>& topics,
                                              bool require_stable) {
    std::optional<std::vector<broker::TopicPartition>> wanted;
    if (topics) wanted = wanted_of(*topics);
    return topics_of(door.groups.fetch(std::string(group), wanted, require_stable));
}

}  // namespace

bool partition_exists(const broker::Topic* topic, int32_t partition) {
    return topic != nullptr && partition >= 0 && static_cast<size_t>(partition) < topic->partitions.size();
}

void handle(Door& door, OffsetCommitRequest request, const Call&, Reply<OffsetCommitResponse> reply) {
    broker::CommitRequest commit;
    commit.member = {std::string(request.member_id), {}, request.generation_id};
    if (request.group_instance_id) commit.member.instance_id = std::string(*request.group_instance_id);
    commit.retention_ms = request.retention_time_ms;
    auto places = commit_places<OffsetCommitResponse>(door, request.topics, commit.offsets);
    door.groups.commit(std::string(request.group_id), std::move(commit),
                       [reply = std::move(reply), places = std::move(places)](broker::CommitAnswer errors) mutable {
                           reply(places.filled(errors));
                       });
}

void handle(Door& door, OffsetFetchRequest request, const Call& call, Reply<OffsetFetchResponse> reply) {
    OffsetFetchResponse answer;
    if (call.version <= 7) answer.topics = fetch(door, request.group_id, request.topics, request.require_stable);
    for (const auto& each : request.groups)
        answer.groups.push_back({std::string(each.group_id),
                                 fetch(door, each.group_id, each.topics, request.require_stable), ErrorCode::none});
    reply(answer);
}

void handle(Door& door, OffsetDeleteRequest request, const Call&, Reply<OffsetDeleteResponse> reply) {
    OffsetDeleteResponse answer;
    std::vector<broker::TopicPartition> going;
    for (const auto& topic : request.topics) {
        auto& told = answer.topics.emplace_back(OffsetDeleteResponse::Topic{std::string(topic.name), {}});
        const auto known = door.topics.find(topic.name);
        for (const auto& partition : topic.partitions) {
            const bool exists = partition_exists(known.get(), partition.index);
            told.partitions.push_back(
                {partition.index, exists ? ErrorCode::none : ErrorCode::unknown_topic_or_partition});
            if (exists) going.push_back({std::string(topic.name), partition.index});
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
