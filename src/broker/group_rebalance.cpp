// From one generation to the next: waiting for members to join, choosing leader and protocol, sharing out, deadlines.
#include <algorithm>

#include "broker/group.h"

namespace pinflow::broker {
namespace {

constexpr int32_t least_wait_ms = 1000;  // a member may ask for a rebalance timeout of 0: no busy waiting

}  // namespace

void Group::rebalance_or_complete(int64_t now_ms, Effects& out) {
    if (state_ == GroupState::preparing_rebalance)
        maybe_complete_join(now_ms, out);
    else
        prepare_rebalance(now_ms, out);
}

void Group::prepare_rebalance(int64_t now_ms, Effects& out) {
    if (state_ == GroupState::completing_rebalance) {
        for (auto& [id, member] : members_) member.assignment.clear();
        answer_syncs(GroupError::rebalance_in_progress, now_ms, out);
    }
    for (auto& [id, member] : members_) member.owes_sync = false;
    sync_deadline_ms_ = never_ms;
    initial_wait_ = state_ == GroupState::empty;
    state_ = GroupState::preparing_rebalance;
    if (initial_wait_ && config_->initial_rebalance_delay_ms > 0) {
        joined_in_wait_ = false;
        wait_left_ms_ = std::max(rebalance_timeout_ms() - config_->initial_rebalance_delay_ms, 0);
        arm(join_deadline_ms_, now_ms + config_->initial_rebalance_delay_ms);
    } else if (initial_wait_) {
        complete_join(now_ms, out);
    } else if (all_joined()) {
        complete_join(now_ms, out);
    } else {
        arm(join_deadline_ms_, now_ms + rebalance_timeout_ms());
    }
}

// While new members keep coming the wait goes on, at most for a rebalance timeout in all.
void Group::initial_wait_over(int64_t now_ms, Effects& out) {
    if (!joined_in_wait_ || wait_left_ms_ == 0) return complete_join(now_ms, out);
    joined_in_wait_ = false;
    const int32_t more_ms = std::min(config_->initial_rebalance_delay_ms, wait_left_ms_);
    wait_left_ms_ = std::max(wait_left_ms_ - config_->initial_rebalance_delay_ms, 0);
    arm(join_deadline_ms_, now_ms + more_ms);
}

void Group::maybe_complete_join(int64_t now_ms, Effects& out) {
    if (state_ == GroupState::preparing_rebalance && !initial_wait_ && all_joined()) complete_join(now_ms, out);
}

void Group::complete_join(int64_t now_ms, Effects& out) {
    join_deadline_ms_ = never_ms;
    std::vector<std::string> missing;
    for (const auto& [id, member] : members_)
        if (!member.join_call && !member.instance_id) missing.push_back(id);
    for (const std::string& id : missing) remove_member(id, GroupError::unknown_member_id, out);
    if (!members_.empty() && !elect_joined_leader()) {  // static members only, none of them here: wait on
        arm(join_deadline_ms_, now_ms + std::max(rebalance_timeout_ms(), least_wait_ms));
        return;
    }
    next_generation();
    if (state_ == GroupState::empty)
        store({}, out);
    else
        begin_generation(now_ms, out);
}

bool Group::elect_joined_leader() {
    if (const Member* leader = leader_ ? find(*leader_) : nullptr; leader && leader->join_call) return true;
    const Member* eldest = nullptr;
    for (const auto& [id, member] : members_)
        if (member.join_call && (!eldest || member.arrival < eldest->arrival)) eldest = &member;
    if (eldest) leader_ = eldest->id;
    return eldest != nullptr;
}

void Group::next_generation() {
    // Kafka's would become negative, which means "no generation" to its clients.
    generation_ = generation_ == INT32_MAX ? 1 : generation_ + 1;
    initial_wait_ = false;
    protocol_.reset();
    if (!members_.empty()) protocol_ = choose_protocol();
    state_ = members_.empty() ? GroupState::empty : GroupState::completing_rebalance;
    learn_topics();
}

void Group::begin_generation(int64_t now_ms, Effects& out) {
    for (auto& [id, member] : members_) {
        answer_join(member, current_answer(member, is_leader(member)), out);
        keep_alive(member, now_ms);
        member.is_new = false;
        member.owes_sync = true;
    }
    arm(sync_deadline_ms_, now_ms + std::max(rebalance_timeout_ms(), least_wait_ms));
}

// Each member votes for what it wants most of what all know; the most votes win, the name decides between equals.
std::string Group::choose_protocol() const {
    std::map<std::string, size_t> votes;
    for (const auto& [id, member] : members_) {
        const auto vote = std::ranges::find_if(member.protocols, [&](const GroupProtocol& protocol) {
            return protocol_counts_.find(protocol.name)->second == members_.size();
        });
        if (vote != member.protocols.end()) ++votes[vote->name];
    }
    const auto most = std::ranges::max_element(votes, {}, [](const auto& each) { return each.second; });
    return most == votes.end() ? "" : most->first;
}

void Group::sync(CallId call, SyncRequest request, int64_t now_ms, Effects& out) {
    GroupError error = check_member(request.member);
    if (state_ == GroupState::dead)
        error = GroupError::coordinator_not_available;
    else if (error == GroupError::none && request.member.generation != generation_)
        error = GroupError::illegal_generation;
    else if (error == GroupError::none && ((request.protocol_type && request.protocol_type != protocol_type_) ||
                                           (request.protocol && request.protocol != protocol_)))
        error = GroupError::inconsistent_group_protocol;
    else if (error == GroupError::none && state_ == GroupState::preparing_rebalance)
        error = GroupError::rebalance_in_progress;
    if (error != GroupError::none) {
        out.syncs.emplace_back(call, SyncAnswer{error});
        return;
    }
    Member& member = *find(request.member.member_id);
    member.owes_sync = false;
    keep_alive(member, now_ms);
    if (std::ranges::none_of(members_, [](const auto& each) { return each.second.owes_sync; }))
        sync_deadline_ms_ = never_ms;
    if (state_ == GroupState::stable) {
        out.syncs.emplace_back(call, SyncAnswer{GroupError::none, protocol_type_, protocol_, member.assignment});
        return;
    }
    answer_sync(member, {GroupError::rebalance_in_progress}, out);  // of an older call
    member.sync_call = call;
    if (!is_leader(member)) return;
    Storing storing{Storing::What::assignment, generation_};
    for (const auto& [id, mine] : members_) storing.assignments[id];  // whom the leader forgot gets nothing
    for (auto& [id, assignment] : request.assignments)
        if (members_.contains(id)) storing.assignments[id] = std::move(assignment);
    store(std::move(storing), out);
}

void Group::assignment_stored(Storing& storing, GroupError error, int64_t now_ms, Effects& out) {
    if (state_ != GroupState::completing_rebalance || generation_ != storing.generation) return;
    if (error != GroupError::none) {
        for (auto& [id, member] : members_) member.assignment.clear();
        answer_syncs(error, now_ms, out);
        return prepare_rebalance(now_ms, out);
    }
    for (auto& [id, member] : members_) member.assignment = std::move(storing.assignments[id]);
    answer_syncs(GroupError::none, now_ms, out);
    state_ = GroupState::stable;
}

void Group::answer_syncs(GroupError error, int64_t now_ms, Effects& out) {
    for (auto& [id, member] : members_) {
        if (!member.sync_call) continue;
        keep_alive(member, now_ms);
        if (error == GroupError::none)
            answer_sync(member, {error, protocol_type_, protocol_, member.assignment}, out);
        else
            answer_sync(member, {error}, out);
    }
}

void Group::tick(int64_t now_ms, Effects& out) {
    if (now_ms < earliest_ms_ || state_ == GroupState::dead) return;
    expire_pending(now_ms, out);
    expire_members(now_ms, out);
    if (join_deadline_ms_ <= now_ms) {
        join_deadline_ms_ = never_ms;
        if (initial_wait_)
            initial_wait_over(now_ms, out);
        else if (state_ == GroupState::preparing_rebalance)
            complete_join(now_ms, out);
    }
    if (sync_deadline_ms_ <= now_ms) expire_syncs(now_ms, out);
    find_earliest();
}

void Group::expire_pending(int64_t now_ms, Effects& out) {
    const size_t lapsed = std::erase_if(pending_, [&](const auto& each) { return each.second <= now_ms; });
    if (lapsed > 0) maybe_complete_join(now_ms, out);
}

void Group::expire_members(int64_t now_ms, Effects& out) {
    std::vector<std::string> due;
    for (const auto& [id, member] : members_)
        if (member.expires_ms <= now_ms) due.push_back(id);
    for (const std::string& id : due) {
        Member* member = find(id);
        if (!member || member->expires_ms > now_ms) continue;
        if (!member->is_new && (member->join_call || member->sync_call)) {  // its call shows that it lives
            member->expires_ms = never_ms;
            continue;
        }
        remove_member(id, GroupError::unknown_member_id, out);
        member_gone(now_ms, out);
    }
}

void Group::expire_syncs(int64_t now_ms, Effects& out) {
    sync_deadline_ms_ = never_ms;
    std::vector<std::string> late;
    for (const auto& [id, member] : members_)
        if (member.owes_sync) late.push_back(id);
    for (const std::string& id : late) remove_member(id, GroupError::unknown_member_id, out);
    if (!late.empty()) prepare_rebalance(now_ms, out);
}

}  // namespace pinflow::broker
