#include "broker/group.h"

#include <algorithm>

#include "broker/group_subscription.h"

namespace pinflow::broker {

std::string_view name(GroupState state) {
    switch (state) {
        case GroupState::empty:
            return "Empty";
        case GroupState::preparing_rebalance:
            return "PreparingRebalance";
        case GroupState::completing_rebalance:
            return "CompletingRebalance";
        case GroupState::stable:
            return "Stable";
        case GroupState::dead:
            return "Dead";
    }
    return "Unknown";
}

Group::Group(std::string id, const GroupConfig& config, const GroupRecord& record, int64_t now_ms)
    : id_(std::move(id)), config_(&config), generation_(record.generation), protocol_(record.protocol) {
    if (!record.protocol_type.empty()) protocol_type_ = record.protocol_type;
    for (const GroupRecordMember& from : record.members) {
        Member member;
        member.id = from.id;
        member.instance_id = from.instance_id;
        member.client_id = from.client_id;
        member.client_host = from.client_host;
        member.session_timeout_ms = from.session_timeout_ms;
        member.rebalance_timeout_ms =
            from.rebalance_timeout_ms < 0 ? from.session_timeout_ms : from.rebalance_timeout_ms;
        member.protocols.push_back({record.protocol.value_or(""), from.subscription});
        member.assignment = from.assignment;
        member.arrival = next_arrival_++;
        const auto [place, fresh] = members_.emplace(from.id, std::move(member));
        if (!fresh) continue;
        if (from.instance_id) static_ids_[*from.instance_id] = from.id;
        count_protocols(place->second, 1);
        keep_alive(place->second, now_ms);
    }
    if (!members_.empty()) state_ = GroupState::stable;
    leader_ = record.leader;
    if (!leader_ || !members_.contains(*leader_)) {
        leader_.reset();
        if (!members_.empty()) leader_ = members_.begin()->first;
    }
    learn_topics();
}

GroupError Group::heartbeat(const MemberRef& ref, int64_t now_ms) {
    if (state_ == GroupState::dead) return GroupError::coordinator_not_available;
    if (const GroupError error = check_member(ref); error != GroupError::none) return error;
    if (ref.generation != generation_) return GroupError::illegal_generation;
    keep_alive(*find(ref.member_id), now_ms);
    return state_ == GroupState::preparing_rebalance ? GroupError::rebalance_in_progress : GroupError::none;
}

std::vector<LeftMember> Group::leave(std::span<const LeavingMember> leaving, int64_t now_ms, Effects& out) {
    std::vector<LeftMember> left;
    const size_t members_before = members_.size();
    for (const LeavingMember& each : leaving) {
        LeftMember& answer = left.emplace_back(each);
        if (state_ == GroupState::dead) {
            answer.error = GroupError::coordinator_not_available;
        } else if (each.member_id.empty()) {
            const auto known = each.instance_id ? static_ids_.find(*each.instance_id) : static_ids_.end();
            if (known == static_ids_.end())
                answer.error = GroupError::unknown_member_id;
            else
                remove_member(std::string(known->second), GroupError::unknown_member_id, out);
        } else if (pending_.erase(each.member_id) == 0) {
            answer.error = check_member({each.member_id, each.instance_id});
            if (answer.error == GroupError::none) remove_member(each.member_id, GroupError::unknown_member_id, out);
        }
    }
    if (members_.size() < members_before)
        member_gone(now_ms, out);
    else
        maybe_complete_join(now_ms, out);  // ids that were given out may have been waited for
    return left;
}

GroupError Group::check_commit(const MemberRef& ref, bool transactional, int64_t now_ms) {
    if (state_ == GroupState::dead) return GroupError::coordinator_not_available;
    if (ref.generation < 0 && state_ == GroupState::empty) return GroupError::none;  // assigned by hand, or an admin
    if (ref.generation >= 0 || !ref.member_id.empty() || ref.instance_id) {
        if (const GroupError error = check_member(ref); error != GroupError::none) return error;
        if (ref.generation != generation_) return GroupError::illegal_generation;
    } else if (!transactional) {
        return GroupError::unknown_member_id;  // nobody commits beside living members
    } else {
        return GroupError::none;  // TxnOffsetCommit before version 3 does not name its member
    }
    if (transactional) return GroupError::none;
    if (state_ == GroupState::completing_rebalance) return GroupError::rebalance_in_progress;
    keep_alive(*find(ref.member_id), now_ms);
    return GroupError::none;
}

GroupError Group::check_offset_delete() const {
    if (state_ == GroupState::dead) return GroupError::group_id_not_found;
    if (state_ != GroupState::empty && !consumer_protocol()) return GroupError::non_empty_group;
    return GroupError::none;
}

GroupError Group::check_remove() const {
    if (state_ == GroupState::dead) return GroupError::group_id_not_found;
    return state_ == GroupState::empty ? GroupError::none : GroupError::non_empty_group;
}

void Group::die(Effects& out) {
    state_ = GroupState::dead;
    for (auto& [id, member] : members_) {
        answer_join(member, {GroupError::coordinator_not_available, id}, out);
        answer_sync(member, {GroupError::coordinator_not_available}, out);
    }
    storing_.clear();
    pending_.clear();
    join_deadline_ms_ = sync_deadline_ms_ = earliest_ms_ = never_ms;
}

Group::Member* Group::find(std::string_view member_id) {
    const auto found = members_.find(member_id);
    return found == members_.end() ? nullptr : &found->second;
}

const Group::Member* Group::find(std::string_view member_id) const {
    const auto found = members_.find(member_id);
    return found == members_.end() ? nullptr : &found->second;
}

GroupError Group::check_member(const MemberRef& ref) const {
    if (ref.instance_id) {
        const auto known = static_ids_.find(*ref.instance_id);
        if (known == static_ids_.end()) return GroupError::unknown_member_id;
        if (known->second != ref.member_id) return GroupError::fenced_instance_id;
    }
    return find(ref.member_id) ? GroupError::none : GroupError::unknown_member_id;
}

void Group::count_protocols(const Member& member, int change) {
    for (const GroupProtocol& protocol : member.protocols) {
        size_t& count = protocol_counts_[protocol.name];
        count += static_cast<size_t>(change);
        if (count == 0) protocol_counts_.erase(protocol.name);
    }
}

void Group::remove_member(const std::string& member_id, GroupError error, Effects& out) {
    const auto found = members_.find(member_id);
    if (found == members_.end()) return;
    answer_join(found->second, {error}, out);
    answer_sync(found->second, {error}, out);
    count_protocols(found->second, -1);
    if (found->second.instance_id) static_ids_.erase(*found->second.instance_id);
    const bool led = is_leader(found->second);
    members_.erase(found);
    if (!led) return;
    const auto eldest = std::ranges::min_element(members_, {}, [](const auto& each) { return each.second.arrival; });
    leader_.reset();
    if (eldest != members_.end()) leader_ = eldest->first;
}

void Group::member_gone(int64_t now_ms, Effects& out) {
    if (state_ == GroupState::stable || state_ == GroupState::completing_rebalance) {
        prepare_rebalance(now_ms, out);
    } else if (state_ == GroupState::preparing_rebalance) {
        maybe_complete_join(now_ms, out);
    }
}

void Group::wait_for_join(Member& member, CallId call, Effects& out) {
    answer_join(member, {GroupError::rebalance_in_progress, member.id}, out);  // of an older call
    member.join_call = call;
    ++joining_;
}

void Group::answer_join(Member& member, JoinAnswer answer, Effects& out) {
    if (!member.join_call) return;
    out.joins.emplace_back(*member.join_call, std::move(answer));
    member.join_call.reset();
    --joining_;
}

void Group::answer_sync(Member& member, SyncAnswer answer, Effects& out) {
    if (!member.sync_call) return;
    out.syncs.emplace_back(*member.sync_call, std::move(answer));
    member.sync_call.reset();
}

void Group::keep_alive(Member& member, int64_t now_ms) {
    arm(member.expires_ms, now_ms + member.session_timeout_ms);
}

void Group::arm(int64_t& deadline_ms, int64_t at_ms) {
    deadline_ms = at_ms;
    earliest_ms_ = std::min(earliest_ms_, at_ms);
}

void Group::find_earliest() {
    earliest_ms_ = std::min(join_deadline_ms_, sync_deadline_ms_);
    for (const auto& [id, member] : members_) earliest_ms_ = std::min(earliest_ms_, member.expires_ms);
    for (const auto& [id, lapses_ms] : pending_) earliest_ms_ = std::min(earliest_ms_, lapses_ms);
}

bool Group::consumer_protocol() const {
    return protocol_type_ == consumer_protocol_type;
}

bool Group::subscribed_to(std::string_view topic) const {
    return topics_ ? topics_->contains(topic) : consumer_protocol();
}

void Group::learn_topics() {
    topics_.reset();
    if (!consumer_protocol()) return;
    std::set<std::string, std::less<>> topics;
    if (!members_.empty() && !protocol_) return;
    for (const auto& [id, member] : members_)
        if (!add_subscribed_topics(as_bytes(metadata_of(member)), topics)) return;
    topics_ = std::move(topics);
}

int32_t Group::rebalance_timeout_ms() const {
    int32_t longest = 0;
    for (const auto& [id, member] : members_) longest = std::max(longest, member.rebalance_timeout_ms);
    return longest;
}

const std::string& Group::metadata_of(const Member& member) const {
    static const std::string none;
    const auto known = std::ranges::find(member.protocols, protocol_, &GroupProtocol::name);
    return known == member.protocols.end() ? none : known->metadata;
}

void Group::store(Storing storing, Effects& out) {
    StoreRequest request{next_ticket_++, record()};
    for (GroupRecordMember& member : request.record.members)
        if (const auto given = storing.assignments.find(member.id); given != storing.assignments.end())
            member.assignment = given->second;
    storing_.emplace(request.ticket, std::move(storing));
    out.stores.push_back(std::move(request));
}

void Group::stored(uint64_t ticket, GroupError error, int64_t now_ms, Effects& out) {
    auto found = storing_.extract(ticket);
    if (!found) return;
    if (found.mapped().what == Storing::What::assignment) assignment_stored(found.mapped(), error, now_ms, out);
    if (found.mapped().what == Storing::What::static_member) static_stored(found.mapped(), error, now_ms, out);
}

GroupRecord Group::record() const {
    GroupRecord record{protocol_type_.value_or(""), generation_, protocol_, leader_, -1, {}};
    for (const auto& [id, member] : members_)
        record.members.push_back({id, member.instance_id, member.client_id, member.client_host,
                                  member.rebalance_timeout_ms, member.session_timeout_ms, metadata_of(member),
                                  member.assignment});
    return record;
}

GroupDescription Group::describe() const {
    GroupDescription told{id_, state_, protocol_type_.value_or(""), "", {}};
    const bool stable = state_ == GroupState::stable;
    if (stable) told.protocol = protocol_.value_or("");
    for (const auto& [id, member] : members_)
        told.members.push_back({id, member.instance_id, member.client_id, member.client_host,
                                stable ? metadata_of(member) : "", stable ? member.assignment : ""});
    return told;
}

}  // namespace pinflow::broker
