// Groups as tools see them: DescribeGroups, ListGroups, DeleteGroups.
#include <algorithm>
#include <atomic>

#include "base/text.h"
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"
#include "kafka/member_fields.h"

namespace pinflow::kafka {
namespace {

DescribeGroupsResponse::Group described_group(const Door& door, const Call& call, std::string_view id) {
    if (!may(door, call, Act::describe, on_group(id)))
        return {.error_code = ErrorCode::group_authorization_failed, .group_id = std::string(id)};
    DescribeGroupsResponse::Group told{.group_id = std::string(id), .state = "Dead"};
    const auto group = door.groups.describe(told.group_id);
    if (!group) {
        if (call.version < 6) return told;  // Kafka has no error for it before
        told.error_code = ErrorCode::group_id_not_found;
        told.error_message = shortened(fmt::format("there is no group '{}'", id));
        return told;
    }
    told.state = name(group->state);
    told.protocol_type = group->protocol_type;
    told.protocol_data = group->protocol;
    for (const auto& each : group->members)
        told.members.push_back({each.id, each.instance_id, each.client_id, each.client_host, blob_of(each.metadata),
                                blob_of(each.assignment)});
    return told;
}

bool chosen(std::string_view value, const std::vector<std::string_view>& filter) {
    return filter.empty() ||
           std::ranges::any_of(filter, [&](std::string_view each) { return equals_ignoring_case(each, value); });
}

ErrorCode check_deletion(const Door& door, const Call& call, std::string_view id) {
    if (!may(door, call, Act::remove, on_group(id))) return ErrorCode::group_authorization_failed;
    return id.empty() ? ErrorCode::invalid_group_id : ErrorCode::none;
}

// Answers when the last of several groups is gone, or could not be deleted.
struct Deletion {
    Reply<DeleteGroupsResponse> reply;
    DeleteGroupsResponse answer;
    std::atomic<size_t> left;
};

}  // namespace

void handle(Door& door, DescribeGroupsRequest request, const Call& call, Reply<DescribeGroupsResponse> reply) {
    DescribeGroupsResponse answer;
    for (const std::string_view id : request.groups) {
        auto& told = answer.groups.emplace_back(described_group(door, call, id));
        if (request.include_authorized_operations && told.error_code == ErrorCode::none)
            told.authorized_operations = authorized_operations(door, call, on_group(id));
    }
    reply(answer);
}

void handle(Door& door, ListGroupsRequest request, const Call& call, Reply<ListGroupsResponse> reply) {
    ListGroupsResponse answer;
    const bool sees_all = may_quietly(door, call, Act::describe, on_cluster);
    for (const auto& each : door.groups.list())
        if (chosen(each.type, request.types_filter) && chosen(each.state, request.states_filter) &&
            (sees_all || may_quietly(door, call, Act::describe, on_group(each.id))))
            answer.groups.push_back({each.id, each.protocol_type, std::string(each.state), std::string(each.type)});
    reply(answer);
}

void handle(Door& door, DeleteGroupsRequest request, const Call& call, Reply<DeleteGroupsResponse> reply) {
    if (request.group_ids.empty()) return reply({});
    DeleteGroupsResponse answer;
    for (const std::string_view id : request.group_ids)
        answer.results.push_back({std::string(id), check_deletion(door, call, id)});
    const size_t count = answer.results.size();
    const auto deletion = std::make_shared<Deletion>(std::move(reply), std::move(answer), count);
    for (size_t i = 0; i < count; ++i) {
        const std::string id = deletion->answer.results[i].group_id;
        if (deletion->answer.results[i].error_code != ErrorCode::none) {
            if (--deletion->left == 0) deletion->reply(deletion->answer);
            continue;
        }
        door.groups.remove(id, [deletion, i](broker::GroupError error) {
            deletion->answer.results[i].error_code = code_of(error);
            if (--deletion->left == 0) deletion->reply(deletion->answer);
        });
    }
}

}  // namespace pinflow::kafka
