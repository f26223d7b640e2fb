// Of a consumer group: what it tells, and how it is stored and comes back.
#include <algorithm>

#include "broker/consumer_group.h"
#include "broker/consumer_records.h"

namespace pinflow::broker {

ConsumerGroupState ConsumerGroup::state() const {
    if (members_.empty()) return ConsumerGroupState::empty;
    if (epoch_ > assignment_epoch_) return ConsumerGroupState::assigning;
    const bool all = std::ranges::all_of(members_, [&](const auto& each) { return reconciled(each.second); });
    return all ? ConsumerGroupState::stable : ConsumerGroupState::reconciling;
}

ConsumerGroupDescription ConsumerGroup::describe() const {
    ConsumerGroupDescription told{state(), epoch_, assignment_epoch_, preferred_assignor(), {}};
    for (const auto& [id, member] : members_) {
        const auto target = target_.find(id);
        told.members.push_back({member, target == target_.end() ? Partitions() : target->second});
    }
    return told;
}

GroupError ConsumerGroup::check_commit(std::string_view member_id, int32_t epoch, bool transactional,
                                       bool knows_epochs) const {
    if (epoch < 0 && members_.empty()) return GroupError::none;                    // assigned by hand, or an admin
    if (transactional && epoch < 0 && member_id.empty()) return GroupError::none;  // does not name its member
    const Member* member = find(member_id);
    if (!member) return GroupError::unknown_member_id;
    if (!transactional && !knows_epochs) return GroupError::unsupported_version;
    if (epoch == member->epoch) return GroupError::none;
    return transactional ? GroupError::illegal_generation : GroupError::stale_member_epoch;
}

GroupError ConsumerGroup::check_fetch(const std::optional<std::string>& member_id, int32_t epoch) const {
    if (!member_id && epoch < 0) return GroupError::none;  // an admin
    const Member* member = find(member_id.value_or(""));
    if (!member) return GroupError::unknown_member_id;
    return epoch == member->epoch ? GroupError::none : GroupError::stale_member_epoch;
}

std::optional<std::string> ConsumerGroup::value_of(const ConsumerKey& key) const {
    const Member* member = find(key.member);
    const auto target = target_.find(key.member);
    switch (key.kind) {
        case ConsumerRecordKind::group:
            return encode_consumer_group({epoch_, topics_hash_});
        case ConsumerRecordKind::target_epoch:
            return encode_target_epoch(assignment_epoch_);
        case ConsumerRecordKind::member:
            if (member) return encode_consumer_member(*member);
            break;
        case ConsumerRecordKind::target:
            if (target != target_.end()) return encode_target(target->second);
            break;
        case ConsumerRecordKind::current:
            if (member) return encode_current(*member);
            break;
    }
    return std::nullopt;
}

std::set<ConsumerKey> ConsumerGroup::all_keys() const {
    std::set<ConsumerKey> keys = changes_;  // what could not be stored may be in the log from before
    keys.insert({id_, ConsumerRecordKind::group, {}});
    keys.insert({id_, ConsumerRecordKind::target_epoch, {}});
    for (const auto& [id, member] : members_)
        for (const auto kind : {ConsumerRecordKind::member, ConsumerRecordKind::target, ConsumerRecordKind::current})
            keys.insert({id_, kind, id});
    return keys;
}

Result<> ConsumerGroup::replay(const ConsumerKey& key, const std::optional<Bytes>& value) {
    if (!value) {  // the other records of a member that left are gone too, before or after this one
        if (key.kind == ConsumerRecordKind::member) members_.erase(key.member);
        if (key.kind == ConsumerRecordKind::target) target_.erase(key.member);
        return {};
    }
    if (key.kind == ConsumerRecordKind::group) {
        PINFLOW_ASSIGN(const ConsumerGroupRecord record, decode_consumer_group(*value));
        epoch_ = record.epoch;
        topics_hash_ = record.topics_hash;
    } else if (key.kind == ConsumerRecordKind::target_epoch) {
        PINFLOW_ASSIGN(assignment_epoch_, decode_target_epoch(*value));
    } else if (key.kind == ConsumerRecordKind::target) {
        PINFLOW_ASSIGN(target_[key.member], decode_target(*value));
    } else if (key.kind == ConsumerRecordKind::member) {
        PINFLOW_ASSIGN(ConsumerMember said, decode_consumer_member(*value));
        replay_member(key.member, std::move(said));
    } else {
        PINFLOW_ASSIGN(CurrentRecord current, decode_current(*value));
        Member& member = members_[key.member];
        member.id = key.member;
        member.epoch = current.epoch;
        member.previous_epoch = current.previous_epoch;
        member.state = current.state;
        member.assigned = std::move(current.assigned);
        member.revoking = std::move(current.revoking);
    }
    return {};
}

void ConsumerGroup::replay_member(const std::string& id, ConsumerMember said) {
    Member& member = members_[id];
    said.id = id;
    said.epoch = member.epoch;
    said.previous_epoch = member.previous_epoch;
    said.state = member.state;
    said.assigned = std::move(member.assigned);
    said.revoking = std::move(member.revoking);
    static_cast<ConsumerMember&>(member) = std::move(said);
    member.known = true;
}

void ConsumerGroup::loaded(int64_t now_ms) {
    std::erase_if(members_, [](const auto& each) { return !each.second.known; });
    std::erase_if(target_, [&](const auto& each) { return !members_.contains(each.first); });
    for (auto& [id, member] : members_) {
        target_[id];
        std::ranges::sort(member.topics);
        if (member.instance_id) static_ids_[*member.instance_id] = id;
        for (const TopicIdPartition& each : member.assigned) owners_.emplace(each, id);
        for (const TopicIdPartition& each : member.revoking) owners_.emplace(each, id);
        arm(member.expires_ms, now_ms + config_->session_timeout_ms);
        if (member.state == MemberState::unrevoked)
            arm(member.revoke_by_ms, now_ms + std::max(member.rebalance_timeout_ms, 0));
        if (!member.pattern || member.pattern->empty() || patterns_.contains(*member.pattern)) continue;
        if (auto compiled = TopicPattern::compile(*member.pattern))
            patterns_.emplace(*member.pattern, Pattern{std::move(*compiled), {}, {}});
    }
    find_earliest();
}

}  // namespace pinflow::broker
