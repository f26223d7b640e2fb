// How groups get into the log, how they learn that they are there, and how a start finds them again.
#include <spdlog/spdlog.h>

#include "broker/groups.h"
#include "broker/groups_turn.h"

namespace pinflow::broker {

GroupError group_error(const Error& error) {
    switch (error.code) {
        case Code::too_large:
            return GroupError::invalid_commit_offset_size;
        case Code::conflict:
            return GroupError::invalid_producer_epoch;
        case Code::invalid:
        case Code::internal:
            return GroupError::unknown_server_error;
        default:
            return GroupError::coordinator_not_available;
    }
}

GroupError Groups::ready() {
    if (topic_ready_.load(std::memory_order_acquire)) return GroupError::none;
    const std::scoped_lock one_at_a_time(making_topic_);
    if (topic_ready_.load(std::memory_order_relaxed)) return GroupError::none;
    if (auto made = log_.create(options_.offsets_partitions); !made) {
        spdlog::error("{} cannot be made, so no group can work: {}", offsets_topic, made.error().message);
        return GroupError::coordinator_not_available;
    }
    const std::scoped_lock lock(mutex_);
    if (!log_.open()) return GroupError::coordinator_not_available;
    load_topic();
    return GroupError::none;
}

void Groups::load_topic() {
    lanes_ = std::vector<Lane>(log_.partition_count());
    topic_ready_.store(true, std::memory_order_release);
}

// Appended when the turn ends, or by a later one.
void Groups::write(int32_t partition, OffsetsBatch batch, Stored stored, Appended appended) {
    waiting_.push_back({partition, std::move(batch), std::move(stored), std::move(appended)});
}

void Groups::append_waiting(Turn& turn) {
    while (!waiting_.empty()) {
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        Lane& lane = lanes_[static_cast<size_t>(next.partition)];
        const uint64_t number = lane.first + lane.flights.size();
        auto place = log_.append(next.partition, next.batch, clock_.wall_ms());
        Flight& flight = lane.flights.emplace_back();
        flight.stored = std::move(next.stored);
        if (!place) {
            flight.outcome = fail(std::move(place).error());
            take_outcomes(lane, turn);
            continue;
        }
        flight.place = *place;
        if (next.appended) next.appended(place->base_offset);
        turn.afterwards([weak = weak_from_this(), partition = log_.partition(next.partition), index = next.partition,
                         number, last = place->last_offset] {
            partition->when_acked(last, log::Ack::durable, [weak, index, number](Result<> outcome) {
                if (const auto groups = weak.lock()) groups->arrived(index, number, std::move(outcome));
            });
        });
    }
}

void Groups::arrived(int32_t partition, uint64_t number, Result<> outcome) {
    Turn turn(*this, false);
    Lane& lane = lanes_[static_cast<size_t>(partition)];
    Flight& flight = lane.flights[number - lane.first];
    if (outcome)
        flight.outcome = flight.place;
    else
        flight.outcome = fail(std::move(outcome).error());
    take_outcomes(lane, turn);
}

void Groups::take_outcomes(Lane& lane, Turn& turn) {
    while (!lane.flights.empty() && lane.flights.front().outcome) {
        Flight flight = std::move(lane.flights.front());
        lane.flights.pop_front();
        ++lane.first;
        if (!*flight.outcome)
            spdlog::warn("{}: a change of a group was not stored: {}", offsets_topic, flight.outcome->error().message);
        flight.stored(*flight.outcome, &turn);
    }
}

void Groups::replay(const OffsetsReplay& item) {
    if (item.transaction_end) return replay_transaction_end(item);
    if (const auto* key = std::get_if<GroupKey>(&item.key)) replay_group(key->group, item);
    if (const auto* key = std::get_if<ConsumerKey>(&item.key)) replay_consumer(*key, item);
    if (const auto* key = std::get_if<OffsetKey>(&item.key)) replay_offset(*key, item);
}

void Groups::replay_group(const std::string& id, const OffsetsReplay& item) {
    if (!item.value) {  // its offsets have tombstones of their own
        const EntryPtr entry = find(id);
        if (!entry || entry->consumer) return;  // it became one of the consumer protocol
        if (entry->offsets.empty())
            groups_.erase(id);
        else
            *entry = Entry{Group(id, options_.group), std::move(entry->offsets)};
        return;
    }
    auto record = decode_group_value(*item.value);
    if (!record) {
        spdlog::error("{}-{}, offset {}: group {}: {}; passed over", offsets_topic, item.partition, item.log_offset, id,
                      record.error().message);
        return;
    }
    const EntryPtr entry = find_or_make(id);
    const int64_t state_time_ms = record->state_time_ms;
    *entry = Entry{Group(id, options_.group, *record, clock_.steady_ms()), std::move(entry->offsets)};
    entry->seen_state = entry->group.state();
    entry->state_time_ms = state_time_ms;
}

void Groups::replay_offset(const OffsetKey& key, const OffsetsReplay& item) {
    if (!item.value) {
        const EntryPtr entry = find(key.group);
        if (!entry) return;
        entry->offsets.remove(key.partition, item.log_offset);
        const bool nothing = !entry->group.protocol_type() && !entry->consumer;
        if (entry->offsets.empty() && nothing) groups_.erase(key.group);
        return;
    }
    auto record = decode_offset_value(*item.value);
    if (!record) {
        spdlog::error("{}-{}, offset {}: group {}, topic {}, partition {}: {}; passed over", offsets_topic,
                      item.partition, item.log_offset, key.group, key.partition.topic, key.partition.partition,
                      record.error().message);
        return;
    }
    const EntryPtr entry = find_or_make(key.group);
    if (!item.producer_id) return entry->offsets.commit(key.partition, std::move(*record), item.log_offset);
    entry->offsets.commit_pending(*item.producer_id, key.partition, std::move(*record), item.log_offset);
    transactions_[*item.producer_id].insert(key.group);
}

void Groups::replay_transaction_end(const OffsetsReplay& item) {
    const auto transaction = transactions_.find(item.producer_id.value_or(-1));
    if (transaction == transactions_.end()) return;
    std::erase_if(transaction->second, [&](const std::string& group) {
        if (log_.partition_of(group) != item.partition) return false;
        if (const EntryPtr entry = find(group))
            entry->offsets.end_transaction(*item.producer_id, *item.transaction_end == log::MarkerType::commit,
                                           item.log_offset);
        return true;
    });
    if (transaction->second.empty()) transactions_.erase(transaction);
}

}  // namespace pinflow::broker
