// How transactions get into the log and are found there again, and how their markers are written.
#include <spdlog/spdlog.h>

#include <atomic>

#include "broker/transactions.h"
#include "broker/transactions_turn.h"

namespace pinflow::broker {
namespace {

constexpr size_t read_bytes = 4 << 20;

// A marker that this partition will never take, and needs not: somebody with a newer epoch writes there by now, which
// is only possible after the end of this transaction; or the partition is gone.
bool settled(const log::AppendError& error) {
    return error.refusal == log::Refusal::invalid_producer_epoch || error.refusal == log::Refusal::coordinator_fenced ||
           error.code == Code::not_found;
}

// How the markers of one transaction fare.
struct Round {
    std::atomic<size_t> left;
    std::atomic<bool> good = true;
};

}  // namespace

TransactionError Transactions::ready() {
    if (topic_ready_.load(std::memory_order_acquire)) return TransactionError::none;
    const std::scoped_lock one_at_a_time(making_topic_);
    if (topic_ready_.load(std::memory_order_relaxed)) return TransactionError::none;
    auto made = topics_.create(
        transactions_topic, options_.partitions,
        {{"cleanup.policy", "compact"}, {"segment.bytes", "104857600"}, {"compression.type", "producer"}},
        {{"internal", "true"}});
    if (!made && made.error().code != Code::exists) {
        spdlog::error("{} cannot be made, so there are no transactions: {}", transactions_topic, made.error().message);
        return TransactionError::coordinator_not_available;
    }
    const std::scoped_lock lock(mutex_);
    return open_topic() ? TransactionError::none : TransactionError::coordinator_not_available;
}

bool Transactions::open_topic() {
    const TopicPtr topic = topics_.find(transactions_topic);
    if (!topic) return false;
    partitions_ = topic->partitions;
    topic_ready_.store(true, std::memory_order_release);
    return true;
}

Result<> Transactions::load() {
    for (const auto& partition : partitions_) PINFLOW_TRY(load_partition(*partition));
    for (const auto& [id, entry] : entries_) {
        ids_.never_below(entry->machine.record().producer.id + 1);
        changed(entry);
    }
    return {};
}

Result<> Transactions::load_partition(const log::Partition& partition) {
    int64_t offset = partition.start_offset();
    const int64_t end = partition.stable_offset();
    while (offset < end) {
        PINFLOW_ASSIGN(const log::Fetched some, partition.read(offset, read_bytes));
        log::RecordReader reader(some.batches);
        log::Record record;
        while (true) {
            PINFLOW_ASSIGN(const bool more, reader.next(record));
            if (!more) break;
            load_record(record);
        }
        if (some.next_offset <= offset) break;
        offset = some.next_offset;
    }
    return {};
}

void Transactions::load_record(const log::Record& record) {
    const auto id = decode_transaction_key(record.key.value_or(Bytes()));
    if (!id) {
        spdlog::error("{}, offset {}: {}; the record is passed over", transactions_topic, record.offset,
                      id.error().message);
        return;
    }
    entries_.erase(*id);
    if (!record.value) return;
    auto value = decode_transaction_value(*record.value);
    if (!value) {
        spdlog::error("{}, offset {}: transaction {}: {}; it is passed over", transactions_topic, record.offset, *id,
                      value.error().message);
    } else if (value->state != TransactionState::dead) {
        entries_.emplace(*id, std::make_shared<Entry>(Entry{.id = *id, .machine = Transaction(std::move(*value))}));
    }
}

// Nothing: a tombstone.
Result<log::Appended> Transactions::append(const std::string& id, const std::optional<TransactionRecord>& record) {
    const int32_t index = partition_of_group(id, static_cast<int32_t>(partitions_.size()));
    const std::string key = encode_transaction_key(id);
    const std::string value = record ? encode_transaction_value(*record) : "";
    builder_.reset();
    builder_.add(clock_.wall_ms(), as_bytes(key), record ? std::optional(as_bytes(value)) : std::nullopt);
    auto place = partitions_[static_cast<size_t>(index)]->append(builder_.finish());
    if (!place) return fail(place.error());
    return *place;
}

void Transactions::store(const EntryPtr& entry, const TransactionRecord& record, Turn& turn, Stored stored) {
    auto place = append(entry->id, record);
    if (!place) {
        spdlog::warn("transaction {}: a change was not stored: {}", entry->id, place.error().message);
        entry->machine.not_stored();
        return stored(TransactionError::coordinator_not_available, turn);
    }
    const int32_t index = partition_of_group(entry->id, static_cast<int32_t>(partitions_.size()));
    turn.afterwards([weak = weak_from_this(), partition = partitions_[static_cast<size_t>(index)], entry,
                     last = place->last_offset, stored = std::move(stored)]() mutable {
        partition->when_acked(last, log::Ack::durable,
                              [weak, entry, stored = std::move(stored)](const Result<>& outcome) mutable {
                                  if (const auto self = weak.lock()) self->arrived(entry, outcome, std::move(stored));
                              });
    });
}

void Transactions::arrived(const EntryPtr& entry, const Result<>& outcome, Stored stored) {
    Turn turn(*this);
    if (outcome) {
        entry->machine.stored();
    } else {
        spdlog::warn("transaction {}: a change was not stored: {}", entry->id, outcome.error().message);
        entry->machine.not_stored();
    }
    changed(entry);
    stored(outcome ? TransactionError::none : TransactionError::coordinator_not_available, turn);
}

// Without the mutex: groups and partitions may answer at once. Never on a thread of the log.
void Transactions::send_markers(const EntryPtr& entry, const TransactionRecord& record) {
    const bool commit = record.state == TransactionState::prepare_commit;
    const log::Marker marker{commit ? log::MarkerType::commit : log::MarkerType::abort, 0};
    const auto round = std::make_shared<Round>(record.partitions.size() + 1);
    const auto told = [weak = weak_from_this(), entry, round](bool good) {
        if (!good) round->good = false;
        if (--round->left > 0) return;
        if (const auto self = weak.lock()) self->markers_arrived(entry, round->good);
    };
    std::vector<int32_t> of_groups;
    for (const TopicPartition& each : record.partitions) {
        const TopicPtr topic = topics_.find(each.topic);
        const auto index = static_cast<size_t>(each.partition);
        if (each.topic == offsets_topic) of_groups.push_back(each.partition);
        if (each.topic == offsets_topic || !topic || index >= topic->partitions.size()) {  // or it was deleted
            told(true);
            continue;
        }
        const auto& partition = topic->partitions[index];
        const auto place = partition->append_marker(record.producer.id, record.producer.epoch, marker);
        if (place)
            partition->when_acked(place->last_offset, log::Ack::durable,
                                  [told](const Result<>& outcome) { told(outcome.has_value()); });
        else
            told(settled(place.error()));
    }
    if (of_groups.empty()) return told(true);
    groups_->end_transaction(record.producer, marker, of_groups, [told](GroupError error) {
        told(error == GroupError::none || error == GroupError::invalid_producer_epoch);
    });
}

void Transactions::markers_arrived(const EntryPtr& entry, bool good) {
    const Turn turn(*this);
    entry->markers_sent = false;
    entry->markers_done = good;
    if (good) return work_.push_back(entry);
    spdlog::warn("transaction {}: not all of its markers could be written; they will be, again", entry->id);
    schedule(entry, clock_.steady_ms() + options_.retry_ms);
}

}  // namespace pinflow::broker
