// Of a consumer group: which topics it reads, who is to have which partitions, and how each member gets there.
#include <algorithm>

#include "broker/consumer_group.h"

namespace pinflow::broker {
namespace {

using Owned = std::optional<std::vector<TopicIdPartition>>;

// FNV-1a. Stored, so it must stay as it is: another one would start a rebalance of every group at a restart.
class Hash {
  public:
    void add(std::string_view bytes) {
        for (const char each : bytes) value_ = (value_ ^ static_cast<uint8_t>(each)) * 0x100000001b3;
        value_ = (value_ ^ 0xff) * 0x100000001b3;  // the end of it
    }
    int64_t value() const { return static_cast<int64_t>(value_); }

  private:
    uint64_t value_ = 0xcbf29ce484222325;
};

// Who does not say what he has still has it.
bool owns_any(const Owned& owned, const Partitions& partitions) {
    return !owned || std::ranges::any_of(*owned, [&](const auto& each) { return partitions.contains(each); });
}

}  // namespace

bool ConsumerGroup::subscribed_to(std::string_view topic) const {
    if (members_.empty()) return false;
    return std::ranges::any_of(members_, [&](const auto& each) {
        const Member& member = each.second;
        if (std::ranges::binary_search(member.topics, topic)) return true;
        const auto pattern = patterns_.find(member.pattern.value_or(""));
        return pattern != patterns_.end() && pattern->second.expression.matches(topic);
    });
}

// Patterns nobody uses are forgotten; the others are compared with the topics there are, if these have changed.
void ConsumerGroup::resolve_patterns(const Catalog& catalog) {
    std::set<std::string_view> used;
    for (const auto& [id, member] : members_)
        if (member.pattern) used.insert(*member.pattern);
    std::erase_if(patterns_, [&](const auto& each) { return !used.contains(each.first); });
    for (auto& [text, pattern] : patterns_) {
        if (pattern.version == catalog.version) continue;
        pattern.version = catalog.version;
        pattern.names.clear();
        for (const auto& [name, topic] : catalog.topics)
            if (pattern.expression.matches(name)) pattern.names.push_back(name);
    }
}

// What its pattern finds of what its viewer may see: true if that is not what it was. Of a member that was not heard
// since a restart nobody knows who it is; it is told nothing before it is heard.
bool ConsumerGroup::look(Member& member, const Sight& sight) {
    const auto pattern = patterns_.find(member.pattern.value_or(""));
    if (!member.viewer || pattern == patterns_.end()) {
        member.matched.reset();
        return false;
    }
    const std::vector<std::string>& names = pattern->second.names;
    std::vector<std::string> seen;
    std::ranges::copy_if(names, std::back_inserter(seen),
                         [&](const std::string& name) { return sight.sees(*member.viewer, name); });
    const bool differs = seen != (member.matched ? *member.matched : names);
    member.matched = std::move(seen);
    return differs;
}

std::set<std::string_view> ConsumerGroup::topics_of(const Member& member) const {
    std::set<std::string_view> names(member.topics.begin(), member.topics.end());
    if (member.matched)
        names.insert(member.matched->begin(), member.matched->end());
    else if (const auto found = patterns_.find(member.pattern.value_or("")); found != patterns_.end())
        names.insert(found->second.names.begin(), found->second.names.end());
    return names;
}

std::set<Uuid> ConsumerGroup::topic_ids_of(const Member& member) const {
    std::set<Uuid> ids;
    for (const std::string_view name : topics_of(member))
        if (const auto topic = topics_.find(name); topic != topics_.end()) ids.insert(topic->second.id);
    return ids;
}

// True if the topics to be read are others than the last time, for some member, or have other partitions.
bool ConsumerGroup::resolve_topics(const Catalog& catalog, const std::optional<Sight>& sight,
                                   bool subscriptions_changed) {
    const uint64_t sight_version = sight ? sight->version : 0;
    if (!subscriptions_changed && catalog_version_ == catalog.version && sight_version_ == sight_version) return false;
    catalog_version_ = catalog.version;
    sight_version_ = sight_version;
    resolve_patterns(catalog);
    bool others = false;
    if (sight)
        for (auto& [id, member] : members_) others |= look(member, *sight);
    topics_.clear();
    for (const auto& [id, member] : members_)
        for (const std::string_view name : topics_of(member))
            if (const auto topic = catalog.topics.find(name); topic != catalog.topics.end()) topics_.insert(*topic);
    Hash hash;
    for (const auto& [name, topic] : topics_) {
        hash.add(name);
        hash.add(topic.id.text());
        hash.add(std::to_string(topic.partitions));
    }
    if (hash.value() == topics_hash_) return others;
    topics_hash_ = hash.value();
    return true;
}

void ConsumerGroup::raise_epoch() {
    if (epoch_ == assignment_epoch_) ++epoch_;
    changed(ConsumerRecordKind::group);
}

std::string ConsumerGroup::preferred_assignor() const {
    std::map<std::string_view, size_t> votes;
    for (const auto& [id, member] : members_)
        if (member.assignor) ++votes[*member.assignor];
    const auto most = std::ranges::max_element(votes, {}, [](const auto& each) { return each.second; });
    return std::string(most == votes.end() ? uniform_assignor : most->first);
}

void ConsumerGroup::new_target() {
    std::vector<AssignedMember> members;
    PartitionCounts counts;
    for (const auto& [name, topic] : topics_) counts[topic.id] = topic.partitions;
    for (const auto& [id, member] : members_)
        members.push_back({id, member.instance_id, topic_ids_of(member), target_[id]});
    Assignment next = assign(preferred_assignor(), members, counts);
    for (auto& [id, partitions] : next) {
        Partitions& now = target_[id];
        if (now == partitions) continue;
        now = std::move(partitions);
        changed(ConsumerRecordKind::target, id);
    }
    assignment_epoch_ = epoch_;
    changed(ConsumerRecordKind::target_epoch);
}

void ConsumerGroup::reconcile(Member& member, const Owned& owned, int64_t now_ms) {
    switch (member.state) {
        case MemberState::stable:
            if (member.epoch != assignment_epoch_) next_assignment(member, member.epoch, owned, now_ms);
            return;
        case MemberState::unrevoked:
            if (!owns_any(owned, member.revoking)) next_assignment(member, member.epoch + 1, owned, now_ms);
            return;
        case MemberState::unreleased:
            return next_assignment(member, member.epoch, owned, now_ms);
    }
}

void ConsumerGroup::next_assignment(Member& member, int32_t epoch, const Owned& owned, int64_t now_ms) {
    const Partitions& target = target_[member.id];
    Partitions kept;
    Partitions to_revoke;
    for (const TopicIdPartition& each : member.assigned) (target.contains(each) ? kept : to_revoke).insert(each);
    if (!to_revoke.empty() && owns_any(owned, to_revoke))
        return set_current(member, MemberState::unrevoked, epoch, std::move(kept), std::move(to_revoke), now_ms);
    bool all_free = true;
    for (const TopicIdPartition& each : target) {
        const auto owner = owners_.find(each);
        if (owner == owners_.end() || owner->second == member.id)
            kept.insert(each);
        else
            all_free = false;
    }
    set_current(member, all_free ? MemberState::stable : MemberState::unreleased, assignment_epoch_, std::move(kept),
                {}, now_ms);
}

void ConsumerGroup::release(const Member& member, const Partitions& partitions) {
    for (const TopicIdPartition& each : partitions)
        if (const auto owner = owners_.find(each); owner != owners_.end() && owner->second == member.id)
            owners_.erase(owner);
}

void ConsumerGroup::set_current(Member& member, MemberState state, int32_t epoch, Partitions assigned,
                                Partitions revoking, int64_t now_ms) {
    member.revoke_by_ms = INT64_MAX;
    if (state == MemberState::unrevoked) arm(member.revoke_by_ms, now_ms + member.rebalance_timeout_ms);
    if (member.state == state && member.epoch == epoch && member.assigned == assigned && member.revoking == revoking)
        return;
    release(member, member.assigned);
    release(member, member.revoking);
    member.state = state;
    member.previous_epoch = member.epoch;
    member.epoch = epoch;
    member.assigned = std::move(assigned);
    member.revoking = std::move(revoking);
    for (const TopicIdPartition& each : member.assigned) owners_[each] = member.id;
    for (const TopicIdPartition& each : member.revoking) owners_[each] = member.id;
    changed(ConsumerRecordKind::current, member.id);
}

}  // namespace pinflow::broker
