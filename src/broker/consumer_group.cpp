#include "broker/consumer_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/consumer_records.h"

namespace pinflow::broker {
namespace {

bool is_subset(const std::optional<std::vector<TopicIdPartition>>& owned, const Partitions& assigned) {
    return owned && std::ranges::all_of(*owned, [&](const auto& each) { return assigned.contains(each); });
}

std::optional<ConsumerAnswer> check_epoch(const ConsumerMember& member, const ConsumerHeartbeat& request) {
    const int32_t epoch = request.member_epoch;
    if (epoch == joining_epoch || epoch == member.epoch) return std::nullopt;
    // One step behind: the answer that told of the new epoch may have been lost.
    if (epoch < member.epoch && epoch == member.previous_epoch && is_subset(request.owned, member.assigned))
        return std::nullopt;
    return refused(GroupError::fenced_member_epoch,
                   fmt::format("The consumer group member has a {} member epoch ({}) than the one known by the group "
                               "coordinator ({}). The member must abandon all its partitions and rejoin.",
                               epoch > member.epoch ? "greater" : "smaller", epoch, member.epoch));
}

template <class T>
bool assign_if_said(T& field, const std::optional<std::string>& said) {
    if (!said || field == said) return false;
    field = *said;
    return true;
}

}  // namespace

std::string_view name(ConsumerGroupState state) {
    switch (state) {
        case ConsumerGroupState::empty:
            return "Empty";
        case ConsumerGroupState::assigning:
            return "Assigning";
        case ConsumerGroupState::reconciling:
            return "Reconciling";
        case ConsumerGroupState::stable:
            return "Stable";
    }
    return "Unknown";
}

ConsumerAnswer ConsumerGroup::heartbeat(ConsumerHeartbeat request, const Catalog& catalog, int64_t now_ms) {
    if (request.member_epoch < joining_epoch) return leave(request);
    auto pattern = compile_pattern(request);
    if (!pattern) return pattern.error();
    const bool joins = request.member_epoch == joining_epoch;
    if (joins && request.member_id.empty()) request.member_id = config_->make_id();
    bool fresh = false;
    const Found found = find_member(request, fresh);
    if (!found) return found.error();
    Member& member = **found;
    const Partitions before = member.assigned;
    const bool subscribes_anew = update_member(member, request) || fresh;
    if (*pattern) patterns_.insert_or_assign(*request.pattern, Pattern{std::move(**pattern), {}, {}});
    const bool is_other = request.sight && member.viewer != request.sight->viewer;
    if (is_other) member.viewer = request.sight->viewer;
    if (resolve_topics(catalog, request.sight, subscribes_anew || is_other) || subscribes_anew) raise_epoch();
    if (epoch_ > assignment_epoch_) new_target();
    reconcile(member, request.owned, now_ms);
    arm(member.expires_ms, now_ms + config_->session_timeout_ms);
    ConsumerAnswer answer{.member_id = member.id, .member_epoch = member.epoch};
    const bool said_all = request.rebalance_timeout_ms != -1 && (request.topics || request.pattern) && request.owned;
    if (joins || said_all || member.assigned != before) answer.assignment = member.assigned;
    return answer;
}

ConsumerAnswer ConsumerGroup::leave(const ConsumerHeartbeat& request) {
    const Member* member = find(request.member_id);
    if (request.instance_id) {
        const auto known = static_ids_.find(*request.instance_id);
        if (known == static_ids_.end())
            return refused(GroupError::unknown_member_id,
                           fmt::format("Instance id {} is unknown.", *request.instance_id));
        if (known->second != request.member_id)
            return refused(GroupError::fenced_instance_id,
                           fmt::format("Static member {} with instance id {} was fenced by member {}.",
                                       request.member_id, *request.instance_id, known->second));
    }
    if (!member)
        return refused(GroupError::unknown_member_id,
                       fmt::format("Member {} is not a member of group {}.", request.member_id, id_));
    if (request.member_epoch == static_leaving_epoch) {
        Member& leaving = members_.find(request.member_id)->second;
        release(leaving, leaving.revoking);
        leaving.revoking.clear();
        leaving.epoch = static_leaving_epoch;
        leaving.state = MemberState::stable;  // who comes back is brought to the target from what is left to it
        leaving.revoke_by_ms = INT64_MAX;
        changed(ConsumerRecordKind::current, leaving.id);
    } else {
        remove_member(request.member_id);
    }
    return {.member_id = request.member_id, .member_epoch = request.member_epoch};
}

ConsumerGroup::Found ConsumerGroup::find_member(const ConsumerHeartbeat& request, bool& fresh) {
    const bool joins = request.member_epoch == joining_epoch;
    const auto known = members_.find(request.member_id);
    if (known == members_.end() && members_.size() >= static_cast<size_t>(config_->max_size))
        return std::unexpected(refused(
            GroupError::group_max_size_reached,
            fmt::format("The consumer group has reached its maximum capacity of {} members.", config_->max_size)));
    if (request.instance_id) return find_static(request, fresh);
    if (known != members_.end()) {
        if (auto bad = check_epoch(known->second, request)) return std::unexpected(*bad);
        return &known->second;
    }
    if (!joins)
        return std::unexpected(refused(GroupError::unknown_member_id,
                                       fmt::format("Member {} is not a member of group {}.", request.member_id, id_)));
    fresh = true;
    return &add_member(request.member_id);
}

ConsumerGroup::Found ConsumerGroup::find_static(const ConsumerHeartbeat& request, bool& fresh) {
    const bool joins = request.member_epoch == joining_epoch;
    const auto known = static_ids_.find(*request.instance_id);
    if (known == static_ids_.end()) {
        if (!joins)
            return std::unexpected(refused(GroupError::unknown_member_id,
                                           fmt::format("Instance id {} is unknown.", *request.instance_id)));
        fresh = !members_.contains(request.member_id);
        return &add_member(request.member_id);
    }
    Member& member = members_.find(known->second)->second;
    if (member.id == request.member_id) {
        if (auto bad = check_epoch(member, request)) return std::unexpected(*bad);
        if (member.epoch == static_leaving_epoch) member.epoch = member.previous_epoch = 0;  // it is back
        return &member;
    }
    if (!joins)
        return std::unexpected(refused(GroupError::fenced_instance_id,
                                       fmt::format("Static member {} with instance id {} was fenced by member {}.",
                                                   request.member_id, *request.instance_id, member.id)));
    if (member.epoch != static_leaving_epoch)
        return std::unexpected(
            refused(GroupError::unreleased_instance_id,
                    fmt::format("Static member {} with instance id {} cannot join because the instance id is owned by "
                                "member {}.",
                                request.member_id, *request.instance_id, member.id)));
    return &replace_static(member.id, request.member_id);
}

ConsumerGroup::Member& ConsumerGroup::add_member(const std::string& member_id) {
    Member& member = members_[member_id];
    member.id = member_id;
    member.known = true;
    target_[member_id];
    changed(ConsumerRecordKind::member, member_id);
    return member;
}

// The successor has what the one before it left behind.
ConsumerGroup::Member& ConsumerGroup::replace_static(const std::string& old_id, const std::string& new_id) {
    if (members_.contains(new_id)) remove_member(new_id);
    auto node = members_.extract(old_id);
    Partitions target = std::move(target_[old_id]);
    remove_member(std::string(old_id));
    node.key() = new_id;
    Member& member = members_.insert(std::move(node)).position->second;
    member.id = new_id;
    member.epoch = member.previous_epoch = 0;
    target_[new_id] = std::move(target);
    for (const TopicIdPartition& each : member.assigned) owners_[each] = new_id;
    static_ids_[*member.instance_id] = new_id;
    for (const auto kind : {ConsumerRecordKind::member, ConsumerRecordKind::target, ConsumerRecordKind::current})
        changed(kind, new_id);
    return member;
}

// Whether it subscribes to other topics than before.
bool ConsumerGroup::update_member(Member& member, const ConsumerHeartbeat& request) {
    bool differs = assign_if_said(member.rack_id, request.rack_id);
    if (request.instance_id && member.instance_id != request.instance_id) {
        if (member.instance_id) static_ids_.erase(*member.instance_id);
        static_ids_[*request.instance_id] = member.id;
        member.instance_id = request.instance_id;
        differs = true;
    }
    differs |= assign_if_said(member.assignor, request.assignor);
    differs |= assign_if_said(member.client_id, request.client_id);
    differs |= assign_if_said(member.client_host, request.client_host);
    if (request.rebalance_timeout_ms != -1 && request.rebalance_timeout_ms != member.rebalance_timeout_ms) {
        member.rebalance_timeout_ms = request.rebalance_timeout_ms;
        differs = true;
    }
    bool subscribes_anew = false;
    if (request.topics) {
        std::vector<std::string> topics = *request.topics;
        std::ranges::sort(topics);
        const auto twice = std::ranges::unique(topics);
        topics.erase(twice.begin(), twice.end());
        subscribes_anew = topics != member.topics;
        member.topics = std::move(topics);
    }
    subscribes_anew |= assign_if_said(member.pattern, request.pattern);
    if (differs || subscribes_anew) changed(ConsumerRecordKind::member, member.id);
    return subscribes_anew;
}

void ConsumerGroup::remove_member(const std::string& member_id) {
    auto node = members_.extract(member_id);
    if (node) {
        const Member& gone = node.mapped();
        release(gone, gone.assigned);
        release(gone, gone.revoking);
        if (gone.instance_id) static_ids_.erase(*gone.instance_id);
        catalog_version_.reset();  // perhaps nobody subscribes to some topics any more
        raise_epoch();
    }
    target_.erase(member_id);
    for (const auto kind : {ConsumerRecordKind::member, ConsumerRecordKind::target, ConsumerRecordKind::current})
        changed(kind, member_id);
}

const ConsumerGroup::Member* ConsumerGroup::find(std::string_view member_id) const {
    const auto found = members_.find(member_id);
    return found == members_.end() ? nullptr : &found->second;
}

// Nothing where there is none, or it is known already.
std::expected<std::optional<TopicPattern>, ConsumerAnswer> ConsumerGroup::compile_pattern(
    const ConsumerHeartbeat& request) const {
    if (!request.pattern || request.pattern->empty() || patterns_.contains(*request.pattern)) return std::nullopt;
    auto compiled = TopicPattern::compile(*request.pattern);
    if (compiled) return std::move(*compiled);
    return std::unexpected(refused(GroupError::invalid_regular_expression,
                                   fmt::format("SubscribedTopicRegex `{}` is not a valid regular expression: {}.",
                                               *request.pattern, compiled.error().message)));
}

void ConsumerGroup::arm(int64_t& deadline_ms, int64_t at_ms) {
    deadline_ms = at_ms;
    earliest_ms_ = std::min(earliest_ms_, at_ms);
}

void ConsumerGroup::find_earliest() {
    earliest_ms_ = INT64_MAX;
    for (const auto& [id, member] : members_)
        earliest_ms_ = std::min({earliest_ms_, member.expires_ms, member.revoke_by_ms});
}

void ConsumerGroup::tick(int64_t now_ms) {
    if (now_ms < earliest_ms_) return;
    std::vector<std::string> gone;
    for (const auto& [id, member] : members_)
        if (member.expires_ms <= now_ms || member.revoke_by_ms <= now_ms) gone.push_back(id);
    for (const std::string& each : gone) remove_member(each);
    find_earliest();
}

}  // namespace pinflow::broker
