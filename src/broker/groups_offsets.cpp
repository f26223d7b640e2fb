// Committing, fetching and deleting offsets, and what expires.
#include <algorithm>

#include "broker/groups.h"
#include "broker/groups_turn.h"

namespace pinflow::broker {
namespace {

// As Java counts a string's length.
size_t java_length(std::string_view text) {
    size_t units = 0;
    for (const char c : text) {
        const auto byte = static_cast<uint8_t>(c);
        if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    return units;
}

// One answer for several batches: the first error counts.
struct Together {
    size_t left;
    GroupError error = GroupError::none;
    AnswerTo<GroupError> answer;
};

}  // namespace

void Groups::commit(const std::string& group, CommitRequest request, AnswerTo<CommitAnswer> answer) {
    commit_any(group, std::nullopt, std::move(request), std::move(answer));
}

void Groups::commit_in_transaction(const std::string& group, ProducerRef producer, CommitRequest request,
                                   AnswerTo<CommitAnswer> answer) {
    commit_any(group, producer, std::move(request), std::move(answer));
}

GroupError Groups::check_commit(const std::string& group, const CommitRequest& request, bool transactional,
                                EntryPtr& entry) {
    if (stopping_) return GroupError::coordinator_not_available;
    // Kafka takes plain commits of the group without a name (simple consumers of old had none).
    if (group.size() > most_id_bytes || (transactional && group.empty())) return GroupError::invalid_group_id;
    entry = find(group);
    if (!entry && request.member.generation >= 0)
        return request.knows_epochs ? GroupError::group_id_not_found : GroupError::illegal_generation;
    if (!entry) entry = find_or_make(group);
    const auto& [member, instance, epoch] = request.member;
    if (entry->consumer) return entry->consumer->check_commit(member, epoch, transactional, request.knows_epochs);
    return entry->group.check_commit(request.member, transactional, clock_.steady_ms());
}

void Groups::commit_any(const std::string& group, std::optional<ProducerRef> producer, CommitRequest request,
                        AnswerTo<CommitAnswer> answer) {
    GroupError error = ready();
    Turn turn(*this);
    EntryPtr entry;
    if (error == GroupError::none) error = check_commit(group, request, producer.has_value(), entry);
    CommitAnswer errors(request.offsets.size(), error);
    bool any = false;
    for (size_t i = 0; i < errors.size() && error == GroupError::none; ++i) {
        const std::string& metadata = request.offsets[i].metadata;
        const bool long_one = metadata.size() > options_.max_metadata_bytes;
        if (long_one && java_length(metadata) > options_.max_metadata_bytes)
            errors[i] = GroupError::offset_metadata_too_large;
        else
            any = true;
    }
    if (!any) return turn.answer(std::move(answer), std::move(errors));
    write_commit(entry, producer, std::move(request), std::move(errors), std::move(answer));
}

void Groups::write_commit(const EntryPtr& entry, std::optional<ProducerRef> producer, CommitRequest request,
                          CommitAnswer errors, AnswerTo<CommitAnswer> answer) {
    struct Commit {
        std::vector<std::pair<TopicPartition, OffsetRecord>> records;
        CommitAnswer errors;
        AnswerTo<CommitAnswer> answer;
        int64_t base_offset = -1;
    };
    const auto commit = std::make_shared<Commit>(Commit{{}, std::move(errors), std::move(answer)});
    OffsetsBatch batch{{}, producer, {}};
    const std::string& group = entry->group.id();
    const int64_t now_ms = clock_.wall_ms();
    for (size_t i = 0; i < request.offsets.size(); ++i) {
        if (commit->errors[i] != GroupError::none) continue;
        OffsetToCommit& each = request.offsets[i];
        OffsetRecord record{each.offset, each.leader_epoch, std::move(each.metadata), now_ms};
        if (request.retention_ms >= 0) record.expire_time_ms = now_ms + request.retention_ms;
        batch.records.emplace_back(encode_key(OffsetKey{group, each.partition}), encode_value(record));
        commit->records.emplace_back(std::move(each.partition), std::move(record));
    }
    ++entry->writes;
    const auto appended = [this, entry, commit, producer](int64_t base_offset) {
        commit->base_offset = base_offset;
        if (!producer) return;
        transactions_[producer->id].insert(entry->group.id());
        for (const auto& [partition, record] : commit->records)
            entry->offsets.commit_pending(producer->id, partition, record, base_offset++);
    };
    const auto stored = [entry, commit, producer](const Result<log::Appended>& outcome, Turn* turn) {
        --entry->writes;
        int64_t at = commit->base_offset;
        for (auto& [partition, record] : commit->records) {
            if (outcome && !producer) entry->offsets.commit(partition, std::move(record), at);
            if (!outcome && producer && at >= 0) entry->offsets.drop_pending(producer->id, partition, at);
            ++at;
        }
        if (!outcome)
            for (GroupError& each : commit->errors)
                if (each == GroupError::none) each = group_error(outcome.error());
        turn->answer(std::move(commit->answer), std::move(commit->errors));
    };
    write(log_.partition_of(group), std::move(batch), stored, appended);
}

void Groups::end_transaction(ProducerRef producer, log::Marker marker, const std::vector<int32_t>& added,
                             AnswerTo<GroupError> answer) {
    const GroupError error = added.empty() ? GroupError::none : ready();
    Turn turn(*this);
    std::set<int32_t> partitions(added.begin(), added.end());
    if (const auto open = transactions_.find(producer.id); open != transactions_.end())
        for (const std::string& group : open->second) partitions.insert(log_.partition_of(group));
    std::erase_if(partitions, [&](int32_t each) { return each < 0 || static_cast<size_t>(each) >= lanes_.size(); });
    if (partitions.empty() || error != GroupError::none)
        return turn.answer(std::move(answer), stopping_ ? GroupError::coordinator_not_available : GroupError(error));
    const auto all = std::make_shared<Together>(Together{partitions.size(), GroupError::none, std::move(answer)});
    for (const int32_t partition : partitions)
        write(partition, {{}, producer, marker},
              [this, all, id = producer.id, commit = marker.type == log::MarkerType::commit, partition](
                  const Result<log::Appended>& outcome, Turn* later) {
                  if (outcome)
                      marker_stored(id, commit, partition, outcome->base_offset);
                  else if (all->error == GroupError::none)
                      all->error = group_error(outcome.error());
                  if (--all->left == 0) later->answer(std::move(all->answer), GroupError(all->error));
              });
}

void Groups::marker_stored(int64_t producer_id, bool commit, int32_t partition, int64_t log_offset) {
    const auto open = transactions_.find(producer_id);
    if (open == transactions_.end()) return;
    std::erase_if(open->second, [&](const std::string& group) {
        if (log_.partition_of(group) != partition) return false;
        const EntryPtr entry = find(group);
        if (entry) entry->offsets.end_transaction(producer_id, commit, log_offset);
        return !entry || !entry->offsets.has_pending(producer_id);
    });
    if (open->second.empty()) transactions_.erase(open);
}

std::vector<FetchedOffset> Groups::fetch(const std::string& group,
                                         const std::optional<std::vector<TopicPartition>>& wanted,
                                         bool require_stable) const {
    const std::scoped_lock lock(mutex_);
    const EntryPtr entry = find(group);
    std::vector<FetchedOffset> fetched;
    if (!entry && !wanted) return fetched;
    for (const TopicPartition& each : wanted ? *wanted : entry->offsets.committed()) {
        FetchedOffset& one = fetched.emplace_back(each);
        if (!entry) continue;
        if (require_stable && entry->offsets.pending(each))
            one.error = GroupError::unstable_offset_commit;
        else if (const OffsetRecord* committed = entry->offsets.find(each))
            one.committed = *committed;
    }
    return fetched;
}

void Groups::delete_offsets(const std::string& group, std::vector<TopicPartition> partitions,
                            AnswerTo<DeleteOffsetsAnswer> answer) {
    Turn turn(*this);
    const EntryPtr entry = find(group);
    GroupError error = entry ? entry->group.check_offset_delete() : GroupError::group_id_not_found;
    if (stopping_) error = GroupError::coordinator_not_available;
    if (error != GroupError::none) return turn.answer(std::move(answer), DeleteOffsetsAnswer{error, {}});
    DeleteOffsetsAnswer each;
    std::vector<TopicPartition> going;
    const auto known = entry->offsets.known();  // sorted
    for (TopicPartition& partition : partitions) {
        const bool read = entry->subscribed_to(partition.topic);
        each.partitions.push_back(read ? GroupError::group_subscribed_to_topic : GroupError::none);
        if (!read && std::ranges::binary_search(known, partition)) going.push_back(std::move(partition));
    }
    if (going.empty()) return turn.answer(std::move(answer), std::move(each));
    write_tombstones(entry, std::move(going),
                     [each = std::move(each), answer = std::move(answer)](GroupError failed) mutable {
                         for (GroupError& one : each.partitions)
                             if (one == GroupError::none) one = failed;
                         answer(std::move(each));
                     });
}

void Groups::write_tombstones(const EntryPtr& entry, std::vector<TopicPartition> partitions,
                              AnswerTo<GroupError> answer) {
    OffsetsBatch batch;
    const std::string& group = entry->group.id();
    for (const TopicPartition& each : partitions)
        batch.records.emplace_back(encode_key(OffsetKey{group, each}), std::nullopt);
    ++entry->writes;
    write(log_.partition_of(group), std::move(batch),
          [entry, partitions = std::move(partitions), answer = std::move(answer)](const Result<log::Appended>& outcome,
                                                                                  Turn* turn) mutable {
              --entry->writes;
              for (const TopicPartition& each : partitions)
                  if (outcome) entry->offsets.remove(each, outcome->base_offset);
              if (answer) turn->answer(std::move(answer), outcome ? GroupError::none : group_error(outcome.error()));
          });
}

void Groups::remove(const std::string& group, AnswerTo<GroupError> answer) {
    Turn turn(*this);
    const EntryPtr entry = find(group);
    GroupError error = entry ? entry->group.check_remove() : GroupError::group_id_not_found;
    if (entry && entry->consumer && !entry->consumer->empty()) error = GroupError::non_empty_group;
    if (stopping_) error = GroupError::coordinator_not_available;
    if (error != GroupError::none) return turn.answer(std::move(answer), std::move(error));
    remove_entry(entry, turn, std::move(answer));
}

// Gone at once, so that nobody joins what is being deleted; told when that is durable.
void Groups::remove_entry(const EntryPtr& entry, Turn& turn, AnswerTo<GroupError> answer) {
    const std::string id = entry->group.id();
    OffsetsBatch batch;
    for (const TopicPartition& each : entry->offsets.known())
        batch.records.emplace_back(encode_key(OffsetKey{id, each}), std::nullopt);
    batch.records.emplace_back(encode_key(GroupKey{id}), std::nullopt);
    if (entry->consumer)
        for (const ConsumerKey& each : entry->consumer->all_keys())
            batch.records.emplace_back(encode_key(each), std::nullopt);
    GroupRecord record = entry->group.record();
    Effects effects;
    entry->group.die(effects);
    settle(entry, std::move(effects), turn);
    groups_.erase(id);
    write(log_.partition_of(id), std::move(batch),
          [this, entry, record = std::move(record), answer = std::move(answer)](const Result<log::Appended>& outcome,
                                                                                Turn* later) mutable {
              if (!outcome) put_back(entry, record);
              if (answer) later->answer(std::move(answer), outcome ? GroupError::none : group_error(outcome.error()));
          });
}

void Groups::put_back(const EntryPtr& removed, const GroupRecord& record) {
    EntryPtr& entry = groups_[removed->group.id()];
    if (entry) return;  // somebody began anew
    entry = std::make_shared<Entry>(
        Entry{Group(removed->group.id(), options_.group, record, clock_.steady_ms()), std::move(removed->offsets)});
    entry->state_time_ms = clock_.wall_ms();
    entry->consumer = std::move(removed->consumer);
    if (entry->consumer) entry->consumer->put_back(entry->consumer->all_keys());
}

void Groups::forget_topic(const std::string& topic) {
    const Turn turn(*this);
    for (const auto& [id, entry] : groups_) {
        auto partitions = entry->offsets.known();
        std::erase_if(partitions, [&](const TopicPartition& each) { return each.topic != topic; });
        if (!partitions.empty()) write_tombstones(entry, std::move(partitions), nullptr);
    }
}

}  // namespace pinflow::broker
