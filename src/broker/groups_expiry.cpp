// Which offsets expire, and the groups that go with them.
#include "broker/groups.h"
#include "broker/groups_turn.h"

namespace pinflow::broker {

// KIP-211: offsets of a group with members stay, but for topics it does not read any more; those of an empty one go
// when it has been empty, those of consumers without a group when they have not committed, for the retention time.
std::vector<TopicPartition> Groups::expired_offsets(const Entry& entry, int64_t wall_ms) const {
    if (entry.consumer)
        return entry.offsets.expired([&](const TopicPartition& partition, const OffsetRecord& record) {
            if (wall_ms - record.commit_time_ms < options_.offsets_retention_ms) return false;
            return !entry.subscribed_to(partition.topic);
        });
    const Group& group = entry.group;
    const bool simple = !group.protocol_type();
    const bool empty = group.state() == GroupState::empty;
    const bool knows = group.state() == GroupState::stable && group.consumer_protocol() && group.knows_topics();
    if (!simple && !empty && !knows) return {};
    const bool since_empty = !simple && empty && entry.state_time_ms >= 0;
    return entry.offsets.expired([&](const TopicPartition& partition, const OffsetRecord& record) {
        if (group.subscribed_to(partition.topic)) return false;
        if (record.expire_time_ms >= 0) return wall_ms >= record.expire_time_ms;
        const int64_t since_ms = since_empty ? entry.state_time_ms : record.commit_time_ms;
        return wall_ms - since_ms >= options_.offsets_retention_ms;
    });
}

void Groups::clean_up(Turn& turn) {
    std::vector<EntryPtr> entries;
    for (const auto& [id, entry] : groups_)
        if (entry->writes == 0) entries.push_back(entry);
    const int64_t wall_ms = clock_.wall_ms();
    for (const EntryPtr& entry : entries) {
        auto expired = expired_offsets(*entry, wall_ms);
        const bool members = entry->consumer && !entry->consumer->empty();
        const bool nobody =
            entry->group.state() == GroupState::empty && !entry->group.has_pending_members() && !members;
        const bool nothing_left = expired.size() == entry->offsets.committed().size() && !entry->offsets.has_pending();
        if (nobody && nothing_left)
            remove_entry(entry, turn, nullptr);
        else if (!expired.empty())
            write_tombstones(entry, std::move(expired), nullptr);
    }
}

}  // namespace pinflow::broker
