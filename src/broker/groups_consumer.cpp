// Groups of the consumer protocol (KIP-848): from a heartbeat to the log and back.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "broker/consumer_records.h"
#include "broker/groups.h"
#include "broker/groups_turn.h"

namespace pinflow::broker {
namespace {

// Of one batch: the rest goes into the next, well below the topic's max.message.bytes.
constexpr size_t batch_bytes = 256 << 10;

ConsumerAnswer check(const std::string& group, const ConsumerHeartbeat& request) {
    if (group.empty()) return {.error = GroupError::invalid_request, .message = "GroupId can't be empty."};
    if (group.size() > most_id_bytes) return {.error = GroupError::invalid_group_id};
    return check_heartbeat(request);
}

}  // namespace

// The topics as they are, read anew only when they have changed.
const Catalog& Groups::catalog() {
    const uint64_t version = topics_.version();
    if (catalog_.version == version) return catalog_;
    catalog_ = {version, {}};
    for (const TopicPtr& topic : topics_.list())
        catalog_.topics.emplace(topic->name, Catalog::Topic{topic->id, static_cast<int32_t>(topic->partitions.size())});
    return catalog_;
}

void Groups::consumer_heartbeat(const std::string& group, ConsumerHeartbeat request, AnswerTo<ConsumerAnswer> answer) {
    ConsumerAnswer refused = check(group, request);
    if (refused.error == GroupError::none) refused.error = ready();
    Turn turn(*this);
    if (stopping_) refused.error = GroupError::coordinator_not_available;
    EntryPtr entry = find(group);
    std::optional<ConsumerGroup> made;
    if (!entry || !entry->consumer) {
        const bool free = !entry || (entry->group.state() == GroupState::empty && !entry->group.has_pending_members());
        if (refused.error == GroupError::none && (!free || request.member_epoch != joining_epoch))
            refused = {.error = GroupError::group_id_not_found,
                       .message = fmt::format("Group {} is not a consumer group.", group)};
        made.emplace(group, options_.consumer);
    }
    if (refused.error != GroupError::none) return turn.answer(std::move(answer), std::move(refused));
    ConsumerGroup& machine = made ? *made : *entry->consumer;
    ConsumerAnswer told = machine.heartbeat(std::move(request), catalog(), clock_.steady_ms());
    if (told.error != GroupError::none) return turn.answer(std::move(answer), std::move(told));
    if (!entry) entry = find_or_make(group);
    if (made) make_consumer(entry, std::move(*made));
    settle_consumer(entry, turn, Entry::Told{0, std::move(told), std::move(answer)});
}

// What changed goes to the log. An answer waits for it, and for what was on its way already: it may tell of that.
void Groups::settle_consumer(const EntryPtr& entry, Turn& turn, std::optional<Entry::Told> told) {
    if (auto keys = entry->consumer->take_changes(); !keys.empty()) store_consumer(entry, std::move(keys));
    schedule(entry);
    if (!told) return;
    told->after = entry->consumer_writes;
    if (entry->consumer_written == entry->consumer_writes)
        return turn.answer(std::move(told->to), std::move(told->answer));
    entry->told.push_back(std::move(*told));
}

// All keys have the values of this moment. Batches are stored in their order; if one is not, all are tried again with
// the next change.
void Groups::store_consumer(const EntryPtr& entry, std::set<ConsumerKey> keys) {
    const auto error = std::make_shared<GroupError>(GroupError::none);
    const auto all = std::make_shared<const std::set<ConsumerKey>>(std::move(keys));
    const uint64_t number = ++entry->consumer_writes;
    const int32_t partition = log_.partition_of(entry->group.id());
    ++entry->writes;
    OffsetsBatch batch;
    size_t bytes = 0;
    for (auto key = all->begin(); key != all->end();) {
        batch.records.emplace_back(encode_key(*key), entry->consumer->value_of(*key));
        bytes += batch.records.back().first.size() + batch.records.back().second.value_or("").size();
        const bool last = ++key == all->end();
        if (!last && bytes < batch_bytes) continue;
        bytes = 0;
        write(partition, std::exchange(batch, {}),
              [entry, error, all, number, last](const Result<log::Appended>& outcome, Turn* turn) {
                  if (!outcome) *error = GroupError::coordinator_not_available;  // members come again
                  if (last) consumer_stored(entry, number, *all, *error, *turn);
              });
    }
}

void Groups::consumer_stored(const EntryPtr& entry, uint64_t number, const std::set<ConsumerKey>& keys,
                             GroupError error, Turn& turn) {
    --entry->writes;
    entry->consumer_written = number;
    if (error != GroupError::none && entry->consumer) entry->consumer->put_back(keys);
    while (!entry->told.empty() && entry->told.front().after <= number) {
        Entry::Told told = std::move(entry->told.front());
        entry->told.pop_front();
        if (error != GroupError::none) told.answer = {.error = error};
        turn.answer(std::move(told.to), std::move(told.answer));
    }
}

// The offsets stay.
void Groups::make_consumer(const EntryPtr& entry, ConsumerGroup group) {
    if (entry->group.protocol_type()) {
        OffsetsBatch batch;
        batch.records.emplace_back(encode_key(GroupKey{group.id()}), std::nullopt);
        write(log_.partition_of(group.id()), std::move(batch), [](const Result<log::Appended>&, Turn*) {});
        entry->group = Group(group.id(), options_.group);
    }
    entry->consumer = std::move(group);
}

void Groups::make_classic(const EntryPtr& entry) {
    OffsetsBatch batch;
    for (const ConsumerKey& each : entry->consumer->all_keys())
        batch.records.emplace_back(encode_key(each), std::nullopt);
    entry->consumer.reset();
    write(log_.partition_of(entry->group.id()), std::move(batch), [](const Result<log::Appended>&, Turn*) {});
}

std::expected<ConsumerGroupDescription, GroupError> Groups::describe_consumer(const std::string& group) const {
    const std::scoped_lock lock(mutex_);
    const EntryPtr entry = find(group);
    if (!entry || !entry->consumer) return std::unexpected(GroupError::group_id_not_found);
    return entry->consumer->describe();
}

GroupError Groups::check_fetch(const std::string& group, const std::optional<std::string>& member,
                               int32_t epoch) const {
    const std::scoped_lock lock(mutex_);
    const EntryPtr entry = find(group);
    return entry && entry->consumer ? entry->consumer->check_fetch(member, epoch) : GroupError::none;
}

void Groups::replay_consumer(const ConsumerKey& key, const OffsetsReplay& item) {
    EntryPtr entry = find(key.group);
    const bool ends = !item.value && key.kind == ConsumerRecordKind::group;
    if (ends && entry) {
        entry->consumer.reset();
        if (entry->offsets.empty() && !entry->group.protocol_type()) groups_.erase(key.group);
    }
    if (!item.value && (!entry || !entry->consumer)) return;
    if (!entry) entry = find_or_make(key.group);
    if (!entry->consumer) {
        entry->group = Group(key.group, options_.group);
        entry->consumer.emplace(key.group, options_.consumer);
    }
    if (auto done = entry->consumer->replay(key, item.value); !done)
        spdlog::error("{}-{}, offset {}: group {}: {}; passed over", offsets_topic, item.partition, item.log_offset,
                      key.group, done.error().message);
}

void Groups::consumers_loaded() {
    for (const auto& [id, entry] : groups_)
        if (entry->consumer) entry->consumer->loaded(clock_.steady_ms());
}

}  // namespace pinflow::broker
