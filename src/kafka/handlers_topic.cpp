// Topics: CreateTopics, CreatePartitions. They wait for the disk, so they run on the workers.
#include <algorithm>
#include <set>

#include "broker/internal_topics.h"
#include "broker/stream.h"
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/client_quota.h"
#include "kafka/handlers.h"
#include "kafka/refused.h"
#include "kafka/topic_settings.h"

namespace pinflow::kafka {
namespace {

Refused refused(const Error& error, ErrorCode invalid) {
    return {code_of(error, invalid), error.message};
}

// Names that stand in the request more than once: nobody can say which one is meant.
template <class Topics>
std::set<std::string_view> repeated(const Topics& topics) {
    std::set<std::string_view> seen;
    std::set<std::string_view> twice;
    for (const auto& each : topics)
        if (!seen.insert(each.name).second) twice.insert(each.name);
    return twice;
}

// A topic as it is wanted, with defaults filled in.
struct Plan {
    int32_t partitions = 1;
    SettingMap settings;
};

// Partitions by hand: 0, 1, ... each on this broker and on no other.
Refused plan_assigned(const CreateTopicsRequest::Topic& topic, int32_t node_id, Plan& plan) {
    if (topic.num_partitions != -1 || topic.replication_factor != -1)
        return {ErrorCode::invalid_request,
                "Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be used at the "
                "same time."};
    std::set<int32_t> numbers;
    for (const auto& each : topic.assignments) {
        if (!numbers.insert(each.partition).second)
            return {ErrorCode::invalid_replica_assignment,
                    fmt::format("Found multiple manual partition assignments for partition {}", each.partition)};
        if (each.broker_ids != std::vector{node_id})
            return {ErrorCode::invalid_replica_assignment,
                    fmt::format("Partition {} can be assigned to broker {} only, which is the only one", each.partition,
                                node_id)};
    }
    plan.partitions = static_cast<int32_t>(numbers.size());
    if (*numbers.begin() != 0 || *numbers.rbegin() != plan.partitions - 1)
        return {ErrorCode::invalid_replica_assignment, "partitions should be a consecutive 0-based integer sequence"};
    return {};
}

Refused plan_counts(const CreateTopicsRequest::Topic& topic, const broker::TopicsOptions& options, Plan& plan) {
    if (topic.num_partitions == 0 || topic.num_partitions < -1)
        return {ErrorCode::invalid_partitions,
                "Number of partitions must be larger than 0, or -1 to use the default value."};
    plan.partitions = topic.num_partitions == -1 ? options.default_partitions : topic.num_partitions;
    if (plan.partitions > options.max_partitions)
        return {ErrorCode::invalid_partitions, fmt::format("A topic can have {} partitions at most, not {}.",
                                                           options.max_partitions, plan.partitions)};
    if (topic.replication_factor == 0 || topic.replication_factor < -1)
        return {ErrorCode::invalid_replication_factor,
                "Replication factor must be larger than 0, or -1 to use the default value."};
    if (topic.replication_factor > options.max_replication_factor)
        return {ErrorCode::invalid_replication_factor,
                fmt::format("Replication factor: {} larger than available brokers: 1. Ask for 1 or -1, or raise "
                            "kafka.max_replication_factor.",
                            topic.replication_factor)};
    return {};
}

Refused plan_topic(const Door& door, const Call& call, const CreateTopicsRequest::Topic& topic, Plan& plan) {
    if (!may_on_cluster_or(door, call, Act::create, topic.name))
        return {ErrorCode::topic_authorization_failed, "Authorization failed."};
    if (auto name = broker::check_topic_name(topic.name); !name)
        return {ErrorCode::invalid_topic_exception, name.error().message};
    if (door.topics.find(topic.name))
        return {ErrorCode::topic_already_exists, fmt::format("Topic '{}' already exists.", topic.name)};
    if (broker::is_internal(topic.name))
        return {ErrorCode::invalid_topic_exception, fmt::format("The broker creates {} itself.", topic.name)};
    Refused no = topic.assignments.empty() ? plan_counts(topic, door.topics.options(), plan)
                                           : plan_assigned(topic, door.options.node_id, plan);
    if (no.code != ErrorCode::none) return no;
    for (const auto& each : topic.configs) {
        if (!each.value)
            return {ErrorCode::invalid_config, fmt::format("Null value not supported for topic config {}", each.name)};
        plan.settings[std::string(each.name)] = *each.value;
    }
    if (auto good = check_settings(plan.settings, door.topics.defaults()); !good)
        return {ErrorCode::invalid_config, good.error().message};
    return {};
}

Refused over_quota() {
    return {ErrorCode::throttling_quota_exceeded, MutationQuota::text};
}

void tell_settings(const Door& door, const Call& call, const Plan& plan, CreateTopicsResponse::Topic& told) {
    if (!may_quietly(door, call, Act::describe_configs, on_topic(told.name))) {
        told.topic_config_error_code = ErrorCode::topic_authorization_failed;
        return;
    }
    told.num_partitions = plan.partitions;
    told.replication_factor = 1;
    told.configs.emplace();
    for (const SettingValue& each : values_of_topic(SettingSources(door), plan.settings))
        told.configs->push_back({each.name, each.value(), false, static_cast<int8_t>(each.source()), false});
}

CreateTopicsResponse::Topic created(const Door& door, const Call& call, const CreateTopicsRequest::Topic& wanted,
                                    bool validate_only, const MutationQuota& quota) {
    CreateTopicsResponse::Topic told{.name = std::string(wanted.name)};
    Plan plan;
    Refused no = plan_topic(door, call, wanted, plan);
    if (no.code == ErrorCode::none && quota.refuses()) no = over_quota();
    if (no.code == ErrorCode::none && !validate_only) {
        quota.count(static_cast<size_t>(plan.partitions));
        auto topic = door.topics.create(told.name, plan.partitions, plan.settings);
        if (topic)
            told.topic_id = (*topic)->id;
        else
            no = refused(topic.error(), ErrorCode::invalid_partitions);
    }
    if (no.code != ErrorCode::none) {
        told.error_code = no.code;
        told.error_message = shortened(std::move(no.message));
        told.configs.emplace();
        return told;
    }
    tell_settings(door, call, plan, told);
    return told;
}

Refused grown(const Door& door, const CreatePartitionsRequest::Topic& wanted, const MutationQuota& quota) {
    if (quota.refuses()) return over_quota();
    const std::string name(wanted.name);
    const auto topic = door.topics.find(name);
    const auto wanted_count = static_cast<size_t>(wanted.count);
    if (topic && wanted_count > topic->partitions.size()) quota.count(wanted_count - topic->partitions.size());
    if (auto done = door.topics.add_partitions(name, wanted.count); !done)
        return refused(done.error(), ErrorCode::invalid_partitions);
    return {};
}

Refused check_growth(const Door& door, const Call& call, const CreatePartitionsRequest::Topic& wanted) {
    if (!may(door, call, Act::alter, on_topic(wanted.name)))
        return {ErrorCode::topic_authorization_failed, "The topic authorization is failed."};
    const auto topic = door.topics.find(wanted.name);
    if (!topic)
        return {ErrorCode::unknown_topic_or_partition, fmt::format("The topic '{}' does not exist.", wanted.name)};
    if (broker::is_internal(wanted.name))
        return {
            ErrorCode::invalid_request,
            fmt::format("{} keeps its partitions: groups and transactions are found by their number.", wanted.name)};
    if (broker::is_stream(*topic))
        return {ErrorCode::invalid_request,
                fmt::format("{} is a Kinesis stream: its partitions are shards, which SplitShard, MergeShards and "
                            "UpdateShardCount make.",
                            wanted.name)};
    const auto count = static_cast<int32_t>(topic->partitions.size());
    if (wanted.count == count)
        return {ErrorCode::invalid_partitions, fmt::format("Topic already has {} partitions.", count)};
    if (wanted.count < count)
        return {ErrorCode::invalid_partitions,
                fmt::format("Topic currently has {} partitions, which is higher than the requested {}.", count,
                            wanted.count)};
    if (wanted.count > door.topics.options().max_partitions)
        return {ErrorCode::invalid_partitions, fmt::format("A topic can have {} partitions at most, not {}.",
                                                           door.topics.options().max_partitions, wanted.count)};
    if (!wanted.assignments) return {};
    const auto added = static_cast<size_t>(wanted.count - count);
    if (wanted.assignments->size() != added)
        return {ErrorCode::invalid_replica_assignment,
                fmt::format("Increasing the number of partitions by {} but {} assignments provided.", added,
                            wanted.assignments->size())};
    const std::vector<int32_t> only = {door.options.node_id};
    if (std::ranges::any_of(*wanted.assignments, [&](const auto& each) { return each.broker_ids != only; }))
        return {ErrorCode::invalid_replica_assignment,
                fmt::format("Partitions can be assigned to broker {} only, which is the only one.", only.front())};
    return {};
}

}  // namespace

void handle(Door& door, CreateTopicsRequest request, const Call& call, Reply<CreateTopicsResponse> reply) {
    door.workers.run([&door, &call, request = std::move(request), reply = std::move(reply)]() mutable {
        CreateTopicsResponse answer;
        const MutationQuota quota(door, call, call.version >= 6);
        const auto twice = repeated(request.topics);
        for (const std::string_view name : twice)
            answer.topics.push_back({.name = std::string(name),
                                     .error_code = ErrorCode::invalid_request,
                                     .error_message = "Duplicate topic name.",
                                     .configs = std::vector<CreateTopicsResponse::Config>()});
        for (const auto& each : request.topics)
            if (!twice.contains(each.name))
                answer.topics.push_back(created(door, call, each, request.validate_only, quota));
        reply.throttle(quota.count(0));
        reply(answer);
    });
}

void handle(Door& door, CreatePartitionsRequest request, const Call& call, Reply<CreatePartitionsResponse> reply) {
    door.workers.run([&door, &call, request = std::move(request), reply = std::move(reply)]() mutable {
        CreatePartitionsResponse answer;
        const MutationQuota quota(door, call, call.version >= 3);
        const auto twice = repeated(request.topics);
        for (const std::string_view name : twice)
            answer.topics.push_back({std::string(name), ErrorCode::invalid_request, "Duplicate topic in request."});
        for (const auto& each : request.topics) {
            if (twice.contains(each.name)) continue;
            auto& told = answer.topics.emplace_back(CreatePartitionsResponse::Topic{std::string(each.name)});
            Refused no = check_growth(door, call, each);
            if (no.code == ErrorCode::none && !request.validate_only) no = grown(door, each, quota);
            if (no.code == ErrorCode::none) continue;
            told.error_code = no.code;
            told.error_message = shortened(std::move(no.message));
        }
        reply.throttle(quota.count(0));
        reply(answer);
    });
}

}  // namespace pinflow::kafka
