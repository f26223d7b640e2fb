// FindCoordinator, and membership: JoinGroup, SyncGroup, Heartbeat, LeaveGroup.
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"
#include "kafka/member_fields.h"

namespace pinflow::kafka {
namespace {

// Of a JoinGroup where there is no protocol: Kafka answers older versions with "".
std::optional<std::string> not_named(const Call& call) {
    return call.version >= 7 ? std::nullopt : std::optional<std::string>("");
}

constexpr int8_t group_key = 0;
constexpr int8_t transaction_key = 1;

// none, or why the client may not know.
ErrorCode check_access(const Door& door, const Call& call, int8_t type, std::string_view key) {
    if (type == group_key && !may(door, call, Act::describe, on_group(key)))
        return ErrorCode::group_authorization_failed;
    if (type == transaction_key && !may(door, call, Act::describe, on_transaction(key)))
        return ErrorCode::transactional_id_authorization_failed;
    return ErrorCode::none;
}

FindCoordinatorResponse::Coordinator coordinator_of(const Door& door, const Call& call, int8_t type,
                                                    std::string_view key) {
    FindCoordinatorResponse::Coordinator found{.key = std::string(key), .node_id = -1, .port = -1};
    found.error_code = check_access(door, call, type, key);
    if (found.error_code != ErrorCode::none) {
        found.error_message = message(found.error_code);
        return found;
    }
    if (type != group_key && type != transaction_key) {
        found.error_code = ErrorCode::invalid_request;
        found.error_message = fmt::format("there are coordinators of groups (0) and transactions (1), not of {}", type);
    } else if (type == transaction_key && key.empty()) {
        found.error_code = ErrorCode::invalid_request;
        found.error_message = "a transactional id cannot be empty";
    } else {
        found.node_id = door.options.node_id;
        found.host = call.listener->host;
        found.port = call.listener->port;
    }
    return found;
}

}  // namespace

void handle(Door& door, FindCoordinatorRequest request, const Call& call, Reply<FindCoordinatorResponse> reply) {
    FindCoordinatorResponse answer;
    if (call.version >= 4) {
        for (const std::string_view key : request.keys)
            answer.coordinators.push_back(coordinator_of(door, call, request.key_type, key));
    } else {
        auto one = coordinator_of(door, call, request.key_type, request.key);
        answer.error_code = one.error_code;
        answer.error_message = one.error_message.value_or("NONE");  // Kafka's word
        answer.node_id = one.node_id;
        answer.host = std::move(one.host);
        answer.port = one.port;
    }
    reply(answer);
}

void handle(Door& door, JoinGroupRequest request, const Call& call, Reply<JoinGroupResponse> reply) {
    if (!may(door, call, Act::read, on_group(request.group_id)))
        return reply({.error_code = ErrorCode::group_authorization_failed, .protocol_name = not_named(call)});
    broker::JoinRequest join;
    join.member_id = request.member_id;
    join.instance_id = owned(request.group_instance_id);
    join.client_id = call.client_id.value_or("");
    join.client_host = java_host_of(call.peer);
    join.session_timeout_ms = request.session_timeout_ms;
    join.rebalance_timeout_ms = request.rebalance_timeout_ms;
    join.protocol_type = request.protocol_type;
    for (const auto& each : request.protocols)
        join.protocols.push_back({std::string(each.name), std::string(as_text(each.metadata))});
    join.needs_known_id = call.version >= 4;
    join.can_skip_assignment = call.version >= 9;
    door.groups.join(
        std::string(request.group_id), std::move(join),
        [reply = std::move(reply), no_name = not_named(call)](broker::JoinAnswer joined) mutable {
            JoinGroupResponse answer;
            answer.error_code = code_of(joined.error);
            answer.generation_id = joined.generation;
            answer.protocol_type = std::move(joined.protocol_type);
            answer.protocol_name = joined.protocol ? std::move(joined.protocol) : no_name;
            answer.leader = std::move(joined.leader);
            answer.skip_assignment = joined.skip_assignment;
            answer.member_id = std::move(joined.member_id);
            for (auto& each : joined.members)
                answer.members.push_back({std::move(each.id), std::move(each.instance_id), blob_of(each.metadata)});
            reply(answer);
        });
}

void handle(Door& door, SyncGroupRequest request, const Call& call, Reply<SyncGroupResponse> reply) {
    if (call.version >= 5 && (!request.protocol_type || !request.protocol_name)) {
        SyncGroupResponse refused;
        refused.error_code = ErrorCode::inconsistent_group_protocol;
        return reply(refused);
    }
    if (!may(door, call, Act::read, on_group(request.group_id)))
        return reply({.error_code = ErrorCode::group_authorization_failed});
    broker::SyncRequest sync;
    sync.member = {std::string(request.member_id), owned(request.group_instance_id), request.generation_id};
    sync.protocol_type = owned(request.protocol_type);
    sync.protocol = owned(request.protocol_name);
    for (const auto& each : request.assignments)
        sync.assignments.emplace_back(each.member_id, as_text(each.assignment));
    door.groups.sync(std::string(request.group_id), std::move(sync),
                     [reply = std::move(reply)](broker::SyncAnswer synced) mutable {
                         SyncGroupResponse answer;
                         answer.error_code = code_of(synced.error);
                         answer.protocol_type = std::move(synced.protocol_type);
                         answer.protocol_name = std::move(synced.protocol);
                         answer.assignment = blob_of(synced.assignment);
                         reply(answer);
                     });
}

void handle(Door& door, HeartbeatRequest request, const Call& call, Reply<HeartbeatResponse> reply) {
    if (!may(door, call, Act::read, on_group(request.group_id)))
        return reply({.error_code = ErrorCode::group_authorization_failed});
    HeartbeatResponse answer;
    answer.error_code = code_of(door.groups.heartbeat(
        std::string(request.group_id),
        {std::string(request.member_id), owned(request.group_instance_id), request.generation_id}));
    reply(answer);
}

void handle(Door& door, LeaveGroupRequest request, const Call& call, Reply<LeaveGroupResponse> reply) {
    if (!may(door, call, Act::read, on_group(request.group_id)))
        return reply({.error_code = ErrorCode::group_authorization_failed});
    std::vector<broker::LeavingMember> leaving;
    for (const auto& each : request.members)
        leaving.push_back({std::string(each.member_id), owned(each.group_instance_id)});
    const bool single = call.version < 3;
    if (single) leaving.push_back({std::string(request.member_id), std::nullopt});
    const auto left = door.groups.leave(std::string(request.group_id), leaving);
    LeaveGroupResponse answer;
    if (!left) {
        answer.error_code = code_of(left.error());
    } else if (single) {
        answer.error_code = code_of(left->at(0).error);
    } else {
        for (const auto& each : *left)
            answer.members.push_back({each.member.member_id, each.member.instance_id, code_of(each.error)});
    }
    reply(answer);
}

}  // namespace pinflow::kafka
