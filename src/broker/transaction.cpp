#include "broker/transaction.h"

#include <algorithm>

namespace pinflow::broker {

using enum TransactionState;

bool Transaction::prepared() const {
    return record_.state == prepare_commit || record_.state == prepare_abort;
}

Transaction::Decision Transaction::store(TransactionRecord next, int64_t now_ms, int16_t previous_epoch) {
    next.last_update_ms = now_ms;
    pending_ = Pending{next, previous_epoch};
    return {TransactionError::none, std::move(next)};
}

void Transaction::stored() {
    if (!pending_) return;
    const int64_t id_before = record_.producer.id;
    record_ = std::move(pending_->record);
    previous_epoch_ = pending_->previous_epoch;
    pending_.reset();
    if (record_.producer.id != id_before) previous_id_ = id_before;
}

// The producer is told nothing of the epoch it is fenced with: whoever has the one before is out.
Transaction::Decision Transaction::fence(int64_t now_ms) {
    TransactionRecord next = record_;
    next.state = prepare_abort;
    if (next.producer.epoch < INT16_MAX) ++next.producer.epoch;
    return store(std::move(next), now_ms);
}

Transaction::Decision Transaction::init(int32_t timeout_ms, std::optional<ProducerRef> expected, int64_t new_id,
                                        int64_t now_ms) {
    if (pending_) return refused(TransactionError::concurrent_transactions);
    const bool fresh = record_.producer.epoch < 0;
    if (expected && !fresh) {
        const bool same = expected->id == record_.producer.id;
        const bool used_up = expected->id == previous_id_ && expected->epoch >= last_epoch;
        if (!same && !used_up) return refused(TransactionError::producer_fenced);
    }
    if (prepared()) return refused(TransactionError::concurrent_transactions);
    if (record_.state == ongoing) {
        if (expected && expected->epoch != record_.producer.epoch) return refused(TransactionError::producer_fenced);
        return fence(now_ms);
    }
    TransactionRecord next = record_;
    next.timeout_ms = timeout_ms;
    next.state = empty;
    next.partitions.clear();
    next.start_ms = -1;
    return next_epoch(std::move(next), expected, new_id, now_ms);
}

Transaction::Decision Transaction::next_epoch(TransactionRecord next, std::optional<ProducerRef> expected,
                                              int64_t new_id, int64_t now_ms) {
    const ProducerRef now = record_.producer;
    if (expected && now.epoch >= 0 && *expected != now) {
        const bool again = expected->id == now.id && expected->epoch == previous_epoch_;
        if (!again && expected->id == now.id) return refused(TransactionError::producer_fenced);
        return store(std::move(next), now_ms, previous_epoch_);  // asked again: the answer got lost
    }
    if (now.epoch < 0 || now.epoch >= last_epoch)
        next.producer = {new_id, 0};
    else
        ++next.producer.epoch;
    return store(std::move(next), now_ms, expected ? now.epoch : int16_t{-1});
}

TransactionError Transaction::check_producer(const ProducerRef& producer) const {
    if (record_.producer.epoch < 0 || producer.id != record_.producer.id)
        return TransactionError::invalid_producer_id_mapping;
    return producer.epoch == record_.producer.epoch ? TransactionError::none : TransactionError::producer_fenced;
}

Transaction::Decision Transaction::add(const ProducerRef& producer, const std::set<TopicPartition>& partitions,
                                       int64_t now_ms) {
    if (const auto error = check_producer(producer); error != TransactionError::none) return refused(error);
    if (pending_ || prepared()) return refused(TransactionError::concurrent_transactions);
    if (record_.state == ongoing && std::ranges::includes(record_.partitions, partitions)) return {};
    TransactionRecord next = record_;
    if (next.state != ongoing) {
        next.state = ongoing;
        next.start_ms = now_ms;
        next.partitions.clear();
    }
    next.partitions.insert(partitions.begin(), partitions.end());
    return store(std::move(next), now_ms);
}

Transaction::Decision Transaction::end(const ProducerRef& producer, bool commit, int64_t now_ms) {
    if (const auto error = check_producer(producer); error != TransactionError::none) return refused(error);
    if (pending_) return refused(TransactionError::concurrent_transactions);
    const TransactionState state = record_.state;
    if (state == ongoing) {
        TransactionRecord next = record_;
        next.state = commit ? prepare_commit : prepare_abort;
        return store(std::move(next), now_ms);
    }
    if (state == (commit ? prepare_commit : prepare_abort)) return refused(TransactionError::concurrent_transactions);
    if (state == (commit ? complete_commit : complete_abort)) return {};  // asked again
    return refused(TransactionError::invalid_txn_state);
}

TransactionError Transaction::check_write(const ProducerRef& producer, const TopicPartition& partition) const {
    if (const auto error = check_producer(producer); error != TransactionError::none) return error;
    const bool open = record_.state == ongoing && record_.partitions.contains(partition);
    return open ? TransactionError::none : TransactionError::invalid_txn_state;
}

Transaction::Decision Transaction::time_out(int64_t now_ms) {
    if (pending_ || record_.state != ongoing) return {};
    return fence(now_ms);
}

Transaction::Decision Transaction::complete(int64_t now_ms) {
    if (pending_ || !prepared()) return refused(TransactionError::invalid_txn_state);
    TransactionRecord next = record_;
    next.state = record_.state == prepare_commit ? complete_commit : complete_abort;
    next.partitions.clear();
    return store(std::move(next), now_ms, previous_epoch_);
}

int64_t Transaction::deadline_ms() const {
    return record_.state == ongoing ? record_.start_ms + record_.timeout_ms : INT64_MAX;
}

bool Transaction::expired(int64_t now_ms, int64_t expiration_ms) const {
    const bool idle = record_.state == empty || record_.state == complete_commit || record_.state == complete_abort;
    return idle && !pending_ && now_ms - record_.last_update_ms >= expiration_ms;
}

}  // namespace pinflow::broker
