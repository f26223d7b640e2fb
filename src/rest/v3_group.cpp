#include "rest/v3_group.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::rest {
namespace {

// "PreparingRebalance" is "PREPARING_REBALANCE".
std::string screaming(std::string_view words) {
    std::string out;
    for (const char c : words) {
        const bool is_upper = c >= 'A' && c <= 'Z';
        if (is_upper && !out.empty()) out += '_';
        out += is_upper || c < 'a' || c > 'z' ? c : static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

GroupView of_classic(broker::GroupDescription group) {
    GroupView view{.id = std::move(group.group),
                   .state = screaming(name(group.state)),
                   .type = "CLASSIC",
                   .assignor = std::move(group.protocol),
                   .is_simple = group.protocol_type.empty(),
                   .members = {}};
    for (broker::MemberDescription& member : group.members)
        view.members.push_back({std::move(member.id), std::move(member.instance_id), std::move(member.client_id),
                                decode_assignment(as_bytes(member.assignment)).value_or(TopicPartitions())});
    return view;
}

GroupView of_consumer(const V3Site& site, const std::string& id, broker::ConsumerGroupDescription group) {
    GroupView view{.id = id,
                   .state = screaming(name(group.state)),
                   .type = "CONSUMER",
                   .assignor = std::move(group.assignor),
                   .is_simple = false,
                   .members = {}};
    for (auto& [member, target] : group.members) {
        TopicPartitions assigned;
        for (const broker::TopicIdPartition& each : member.assigned)
            if (const auto topic = site.topics.find(each.topic)) assigned.insert({topic->name, each.partition});
        view.members.push_back(
            {std::move(member.id), std::move(member.instance_id), std::move(member.client_id), std::move(assigned)});
    }
    return view;
}

}  // namespace

const GroupView::Member* GroupView::find(std::string_view member) const {
    const auto found = std::ranges::find(members, member, &Member::id);
    return found == members.end() ? nullptr : &*found;
}

const GroupView::Member* GroupView::owner(const broker::TopicPartition& partition) const {
    for (const Member& member : members)
        if (member.assigned.contains(partition)) return &member;
    return nullptr;
}

std::optional<GroupView> find_group(const V3Site& site, const std::string& id) {
    if (auto consumer = site.groups->describe_consumer(id)) return of_consumer(site, id, std::move(*consumer));
    auto classic = site.groups->describe(id);
    if (!classic || classic->state == broker::GroupState::dead) return std::nullopt;
    return of_classic(std::move(*classic));
}

}  // namespace pinflow::rest
