// JoinGroup: who may come in, and what a call of one who is in already means.
#include <algorithm>

#include "broker/group.h"

namespace pinflow::broker {
namespace {

// Each name counts once, the first time: a vote is for one member.
void drop_repeated(std::vector<GroupProtocol>& protocols) {
    for (size_t i = 1; i < protocols.size();) {
        const auto before = std::span(protocols).first(i);
        if (std::ranges::find(before, protocols[i].name, &GroupProtocol::name) == before.end())
            ++i;
        else
            protocols.erase(protocols.begin() + static_cast<ptrdiff_t>(i));
    }
}

}  // namespace

void Group::join(CallId call, JoinRequest request, int64_t now_ms, Effects& out) {
    if (request.rebalance_timeout_ms < 0) request.rebalance_timeout_ms = request.session_timeout_ms;
    drop_repeated(request.protocols);
    const GroupError error = check_join(request);
    if (error == GroupError::group_max_size_reached) {
        out.joins.emplace_back(call, JoinAnswer{error});
        pending_.erase(request.member_id);
        remove_member(request.member_id, GroupError::group_max_size_reached, out);
        maybe_complete_join(now_ms, out);
    } else if (error != GroupError::none) {
        out.joins.emplace_back(call, JoinAnswer{error, request.member_id});
    } else if (request.member_id.empty()) {
        join_new(call, std::move(request), now_ms, out);
    } else {
        join_known(call, std::move(request), now_ms, out);
    }
}

GroupError Group::check_join(const JoinRequest& request) const {
    if (request.session_timeout_ms < config_->min_session_timeout_ms ||
        request.session_timeout_ms > config_->max_session_timeout_ms)
        return GroupError::invalid_session_timeout;
    if (state_ == GroupState::dead) return GroupError::coordinator_not_available;
    if (!accepts(request.member_id)) return GroupError::group_max_size_reached;
    return supports(request) ? GroupError::none : GroupError::inconsistent_group_protocol;
}

bool Group::accepts(const std::string& member_id) const {
    const auto most = static_cast<size_t>(config_->max_size);
    const Member* member = find(member_id);
    if (state_ == GroupState::empty) return true;
    if (state_ == GroupState::preparing_rebalance) return (member && member->join_call) || joining_ < most;
    return member || members_.size() < most;
}

bool Group::supports(const JoinRequest& request) const {
    if (state_ == GroupState::empty) return !request.protocol_type.empty() && !request.protocols.empty();
    const auto known_by_all = [&](const GroupProtocol& protocol) {
        const auto count = protocol_counts_.find(protocol.name);
        return (count == protocol_counts_.end() ? 0 : count->second) == members_.size();
    };
    return protocol_type_ == request.protocol_type && std::ranges::any_of(request.protocols, known_by_all);
}

void Group::join_new(CallId call, JoinRequest request, int64_t now_ms, Effects& out) {
    std::string fresh_id = request.instance_id.value_or(request.client_id) + "-" + config_->make_uuid();
    if (request.instance_id) {
        if (static_ids_.contains(*request.instance_id))
            return replace_static(call, std::move(request), fresh_id, now_ms, out);
    } else if (request.needs_known_id) {
        if (pending_.size() >= static_cast<size_t>(config_->max_pending)) {
            out.joins.emplace_back(call, JoinAnswer{GroupError::group_max_size_reached});
            return;
        }
        arm(pending_[fresh_id], now_ms + request.session_timeout_ms);
        out.joins.emplace_back(call, JoinAnswer{GroupError::member_id_required, std::move(fresh_id)});
        return;
    }
    add_member(call, std::move(request), std::move(fresh_id), now_ms, out);
}

void Group::join_known(CallId call, JoinRequest request, int64_t now_ms, Effects& out) {
    if (!request.instance_id && pending_.erase(request.member_id) > 0) {
        std::string id = request.member_id;
        return add_member(call, std::move(request), std::move(id), now_ms, out);
    }
    if (const GroupError error = check_member({request.member_id, request.instance_id}); error != GroupError::none) {
        out.joins.emplace_back(call, JoinAnswer{error, request.member_id});
        return;
    }
    // An answer that got lost, or a follower that asks again: the generation goes on. A leader that joins a stable
    // group wants to share out anew; changed metadata concerns everybody.
    Member& member = *find(request.member_id);
    const bool same = member.protocols == request.protocols;
    if ((state_ == GroupState::completing_rebalance && same) ||
        (state_ == GroupState::stable && same && !is_leader(member))) {
        out.joins.emplace_back(call, current_answer(member, is_leader(member)));
        return;
    }
    update_member(member, call, request, out);
    rebalance_or_complete(now_ms, out);
}

void Group::add_member(CallId call, JoinRequest request, std::string member_id, int64_t now_ms, Effects& out) {
    if (members_.empty()) protocol_type_ = request.protocol_type;
    Member& member = members_[member_id];
    member.id = member_id;
    member.instance_id = std::move(request.instance_id);
    member.client_id = std::move(request.client_id);
    member.client_host = std::move(request.client_host);
    member.session_timeout_ms = request.session_timeout_ms;
    member.rebalance_timeout_ms = request.rebalance_timeout_ms;
    member.protocols = std::move(request.protocols);
    member.arrival = next_arrival_++;
    member.is_new = true;
    arm(member.expires_ms, now_ms + config_->new_member_timeout_ms);
    if (member.instance_id) static_ids_[*member.instance_id] = member_id;
    if (!leader_) leader_ = member_id;
    if (initial_wait_) joined_in_wait_ = true;
    count_protocols(member, 1);
    wait_for_join(member, call, out);
    rebalance_or_complete(now_ms, out);
}

void Group::update_member(Member& member, CallId call, JoinRequest& request, Effects& out) {
    count_protocols(member, -1);
    member.protocols = std::move(request.protocols);
    count_protocols(member, 1);
    member.rebalance_timeout_ms = request.rebalance_timeout_ms;
    member.session_timeout_ms = request.session_timeout_ms;
    wait_for_join(member, call, out);
}

// A static member that was restarted takes its predecessor's place. In a stable group whose protocol stays, nobody else
// need know: its new id is stored, and it gets its answer in the running generation.
void Group::replace_static(CallId call, JoinRequest request, const std::string& fresh_id, int64_t now_ms,
                           Effects& out) {
    const std::string old_id = static_ids_.find(*request.instance_id)->second;
    Storing storing{Storing::What::static_member, generation_};
    storing.leader_before = leader_.value_or("");
    storing.can_skip_assignment = request.can_skip_assignment;
    storing.member_id = fresh_id;
    Member& member = rename_static(old_id, fresh_id, out);
    storing.before = member;
    storing.before.id = old_id;
    update_member(member, call, request, out);
    keep_alive(member, now_ms);
    if (state_ == GroupState::stable && choose_protocol() == protocol_)
        store(std::move(storing), out);
    else if (state_ == GroupState::preparing_rebalance)
        maybe_complete_join(now_ms, out);
    else
        prepare_rebalance(now_ms, out);
}

Group::Member& Group::rename_static(const std::string& old_id, const std::string& new_id, Effects& out) {
    auto node = members_.extract(old_id);
    Member& member = node.mapped();
    answer_join(member, {GroupError::fenced_instance_id, old_id}, out);
    answer_sync(member, {GroupError::fenced_instance_id}, out);
    if (is_leader(member)) leader_ = new_id;
    static_ids_[*member.instance_id] = new_id;
    node.key() = member.id = new_id;
    return members_.insert(std::move(node)).position->second;
}

void Group::static_stored(const Storing& storing, GroupError error, int64_t now_ms, Effects& out) {
    Member* member = find(storing.member_id);
    // A rebalance that began meanwhile has answered, or will.
    if (!member || !member->join_call || state_ != GroupState::stable || generation_ != storing.generation) return;
    keep_alive(*member, now_ms);
    if (error == GroupError::none) {
        JoinAnswer answer = current_answer(*member, is_leader(*member) && storing.can_skip_assignment);
        if (storing.can_skip_assignment)
            answer.skip_assignment = is_leader(*member);
        else
            answer.leader = storing.leader_before;  // an id it does not know: it would share out anew otherwise
        return answer_join(*member, std::move(answer), out);
    }
    answer_join(*member, {error}, out);
    Member& back = rename_static(storing.member_id, storing.before.id, out);
    count_protocols(back, -1);
    back.protocols = storing.before.protocols;
    back.session_timeout_ms = storing.before.session_timeout_ms;
    back.rebalance_timeout_ms = storing.before.rebalance_timeout_ms;
    count_protocols(back, 1);
    keep_alive(back, now_ms);
}

JoinAnswer Group::current_answer(const Member& member, bool for_leader) const {
    JoinAnswer answer{GroupError::none, member.id, generation_, protocol_type_, protocol_, leader_.value_or("")};
    if (for_leader)
        for (const auto& [id, each] : members_) answer.members.push_back({id, each.instance_id, metadata_of(each)});
    return answer;
}

}  // namespace pinflow::broker
