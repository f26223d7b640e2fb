// Where partitions lie and who leads them, on the only broker there is: DescribeLogDirs, ElectLeaders,
// AlterPartitionReassignments, ListPartitionReassignments.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "kafka/access.h"
#include "kafka/handlers.h"
#include "kafka/partition_lookup.h"

namespace pinflow::kafka {
namespace {

using LogDir = DescribeLogDirsResponse::LogDir;

void add_sizes(const broker::Topic& topic, const std::set<int32_t>* wanted, LogDir& into) {
    DescribeLogDirsResponse::Topic told{topic.name, {}};
    for (const auto& each : topic.partitions)
        if (wanted == nullptr || wanted->contains(each->index()))
            told.partitions.push_back(
                {.index = each->index(), .partition_size = static_cast<int64_t>(each->size_bytes())});
    if (!told.partitions.empty()) into.topics.push_back(std::move(told));
}

// Partitions that do not exist lie in no folder: they are left out, as Kafka does it.
LogDir log_dir(const Door& door, const DescribeLogDirsRequest& request) {
    LogDir dir{.log_dir = door.options.log_dir};
    std::error_code error;
    const auto space = std::filesystem::space(door.options.log_dir, error);
    if (error) {
        dir.error_code = ErrorCode::kafka_storage_error;
        return dir;
    }
    dir.total_bytes = static_cast<int64_t>(space.capacity);
    dir.usable_bytes = static_cast<int64_t>(space.available);
    if (!request.topics) {
        for (const auto& each : door.topics.list()) add_sizes(*each, nullptr, dir);
        return dir;
    }
    std::map<std::string_view, std::set<int32_t>> wanted;  // a topic may be named twice
    for (const auto& each : *request.topics) wanted[each.name].insert(each.partitions.begin(), each.partitions.end());
    for (const auto& [name, partitions] : wanted)
        if (const auto topic = door.topics.find(name)) add_sizes(*topic, &partitions, dir);
    return dir;
}

constexpr auto no_cluster = ErrorCode::cluster_authorization_failed;

constexpr int8_t preferred_election = 0;
constexpr int8_t unclean_election = 1;

// No message where the code says it all: partitions may be many.
ElectLeadersResponse::Partition elected(const broker::Topic* topic, int32_t index) {
    return {.index = index,
            .error_code =
                find_partition(topic, index) ? ErrorCode::election_not_needed : ErrorCode::unknown_topic_or_partition};
}

// Each partition has its replica here and nowhere else: that can be said again, and nothing else can be.
AlterPartitionReassignmentsResponse::Partition reassigned(const Door& door, const broker::Topic* topic,
                                                          const AlterPartitionReassignmentsRequest::Partition& wanted) {
    AlterPartitionReassignmentsResponse::Partition told{.index = wanted.index};
    const int32_t node = door.options.node_id;
    if (!find_partition(topic, wanted.index)) {
        told.error_code = ErrorCode::unknown_topic_or_partition;
    } else if (!wanted.replicas) {
        told.error_code = ErrorCode::no_reassignment_in_progress;
    } else if (*wanted.replicas != std::vector{node}) {
        told.error_code = ErrorCode::invalid_replica_assignment;
        told.error_message = fmt::format("Partitions can be assigned to broker {} only, which is the only one.", node);
    }
    return told;
}

}  // namespace

void handle(Door& door, DescribeLogDirsRequest request, const Call& call, Reply<DescribeLogDirsResponse> reply) {
    if (!may(door, call, Act::describe, on_cluster)) return reply({.error_code = no_cluster});
    door.workers.run([&door, request = std::move(request), reply = std::move(reply)]() mutable {
        DescribeLogDirsResponse answer;
        answer.log_dirs.push_back(log_dir(door, request));
        reply(answer);
    });
}

void handle(Door& door, ElectLeadersRequest request, const Call& call, Reply<ElectLeadersResponse> reply) {
    ElectLeadersResponse answer;
    const bool known = request.election_type == preferred_election || request.election_type == unclean_election;
    if (!known) answer.error_code = ErrorCode::invalid_request;
    if (!may(door, call, Act::alter, on_cluster)) answer.error_code = no_cluster;
    // Of all partitions (null) those are told where something happened or failed: none.
    for (const auto& wanted : request.topic_partitions.value_or(std::vector<ElectLeadersRequest::Topic>())) {
        auto& told = answer.topics.emplace_back(ElectLeadersResponse::Topic{std::string(wanted.name), {}});
        const auto topic = door.topics.find(wanted.name);
        for (const int32_t index : wanted.partitions) {
            told.partitions.push_back(elected(topic.get(), index));
            if (answer.error_code != ErrorCode::none) told.partitions.back().error_code = answer.error_code;
        }
    }
    reply(answer);
}

void handle(Door& door, AlterPartitionReassignmentsRequest request, const Call& call,
            Reply<AlterPartitionReassignmentsResponse> reply) {
    AlterPartitionReassignmentsResponse answer;
    if (!may(door, call, Act::alter, on_cluster)) {
        answer.error_code = no_cluster;
        answer.error_message = message(no_cluster);
        return reply(answer);
    }
    for (const auto& wanted : request.topics) {
        auto& told =
            answer.topics.emplace_back(AlterPartitionReassignmentsResponse::Topic{std::string(wanted.name), {}});
        const auto topic = door.topics.find(wanted.name);
        for (const auto& each : wanted.partitions) told.partitions.push_back(reassigned(door, topic.get(), each));
    }
    reply(answer);
}

void handle(Door& door, ListPartitionReassignmentsRequest, const Call& call,
            Reply<ListPartitionReassignmentsResponse> reply) {
    if (!may(door, call, Act::describe, on_cluster))
        return reply({.error_code = no_cluster, .error_message = std::string(message(no_cluster))});
    reply({});  // there is nowhere to move a partition to: none is ever under way
}

}  // namespace pinflow::kafka
