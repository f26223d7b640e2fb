#include "log/producer_state.h"

#include <algorithm>

namespace pinflow::log {

int32_t advance_sequence(int32_t sequence, int32_t count) {
    return static_cast<int32_t>((int64_t{sequence} + count) & INT32_MAX);
}

int32_t ProducerBatch::base_sequence() const {
    return static_cast<int32_t>((int64_t{last_sequence} - offset_delta) & INT32_MAX);
}

namespace {

// How far sequence `to` lies ahead of `from`, on the ring of 2^31.
int64_t distance(int32_t from, int32_t to) {
    return (int64_t{to} - from) & INT32_MAX;
}

// Does [base, last] fill a part of what a power loss tore out between two batches that are known? Its begin must be
// the gap's: what is missing comes again in order.
size_t gap_before(const Producer& producer, int32_t base, int32_t last) {
    const auto batches = producer.known();
    if (producer.torn_before && !batches.empty() && base <= last && last < batches.front().base_sequence()) return 0;
    for (size_t i = 1; i < batches.size(); ++i) {
        const int32_t missing = advance_sequence(batches[i - 1].last_sequence, 1);
        const int64_t room = distance(missing, batches[i].base_sequence());
        if (room > 0 && base == missing && distance(base, last) < room) return i;
    }
    return SIZE_MAX;
}

// A batch is sent again before its transaction ends, never after. Then it is another batch, of a producer that lost
// count when it aborted something whose answer it had not seen (librdkafka 2.16 may): taken for the old one it would be
// acked and lost.
bool is_in_open_transaction(const Producer& producer, const ProducerBatch& batch) {
    return producer.transaction_start >= 0 && batch.base_offset() >= producer.transaction_start;
}

// By sequence: what fills a gap lies behind later sequences in the log.
size_t place_of(const Producer& producer, int32_t base) {
    const auto batches = producer.known();
    size_t place = batches.size();
    while (place > 0) {
        const int64_t ahead = distance(base, batches[place - 1].base_sequence());
        if (ahead == 0 || ahead > INT32_MAX / 2) break;
        --place;
    }
    return place;
}

}  // namespace

const Producer* ProducerState::find(int64_t producer_id) const {
    const auto found = producers_.find(producer_id);
    return found == producers_.end() ? nullptr : &found->second;
}

std::expected<std::optional<ProducerBatch>, AppendError> ProducerState::check(const BatchHeader& header) const {
    const Producer* producer = find(header.producer_id);
    if (producer == nullptr || producer->epoch < 0) return std::nullopt;  // whatever the sequence: it may have expired
    if (header.producer_epoch < producer->epoch)
        return refuse(Refusal::invalid_producer_epoch, "producer {} has epoch {}; a batch with epoch {} is too late",
                      header.producer_id, producer->epoch, header.producer_epoch);
    const auto out_of_order = [&](std::string_view expected) {
        return refuse(Refusal::out_of_order_sequence, "producer {}, epoch {}: a batch with sequence {} where {} is due",
                      header.producer_id, header.producer_epoch, header.base_sequence, expected);
    };
    if (header.producer_epoch > producer->epoch) {
        if (header.base_sequence != 0) return out_of_order("0");
    } else {
        const int32_t last = advance_sequence(header.base_sequence, header.last_offset_delta);
        for (const ProducerBatch& each : producer->known()) {
            if (each.last_sequence != last || each.offset_delta != header.last_offset_delta) continue;
            if (!header.transactional() || is_in_open_transaction(*producer, each)) return each;
            return refuse(
                Refusal::out_of_order_sequence,
                "producer {}, epoch {}: sequence {} again, which was offset {} of a transaction that has ended",
                header.producer_id, header.producer_epoch, header.base_sequence, each.base_offset());
        }
        const int32_t due =
            producer->batch_count == 0 ? 0 : advance_sequence(producer->known().back().last_sequence, 1);
        if (header.base_sequence != due && gap_before(*producer, header.base_sequence, last) == SIZE_MAX)
            return out_of_order(std::to_string(due));
    }
    if (producer->transaction_start >= 0 && !header.transactional())
        return refuse(Refusal::invalid_transaction_state,
                      "producer {} has an open transaction; a batch outside of it cannot be taken", header.producer_id);
    return std::nullopt;
}

std::expected<void, AppendError> ProducerState::check(int64_t producer_id, int16_t epoch,
                                                      int32_t coordinator_epoch) const {
    const Producer* producer = find(producer_id);
    if (producer == nullptr) return {};
    if (epoch < producer->epoch)
        return refuse(Refusal::invalid_producer_epoch, "producer {} has epoch {}; a marker with epoch {} is too late",
                      producer_id, producer->epoch, epoch);
    if (coordinator_epoch < producer->coordinator_epoch)
        return refuse(Refusal::coordinator_fenced,
                      "producer {}: a marker of coordinator epoch {} comes after one of epoch {}", producer_id,
                      coordinator_epoch, producer->coordinator_epoch);
    return {};
}

void ProducerState::add_batch(Producer& producer, const BatchHeader& header, int64_t now_ms) {
    const ProducerBatch batch{advance_sequence(header.base_sequence, header.last_offset_delta),
                              header.last_offset_delta, header.last_offset(), now_ms};
    if (producer.batch_count == 0) producer.torn_before = false;
    size_t place = place_of(producer, header.base_sequence);
    if (producer.batch_count == remembered_batches) {
        if (place == 0) return;  // older than all that is remembered
        std::shift_left(producer.batches.begin(), producer.batches.end(), 1);
        --producer.batch_count;
        producer.torn_before = false;
        --place;
    }
    std::shift_right(producer.batches.begin() + static_cast<std::ptrdiff_t>(place), producer.batches.end(), 1);
    producer.batches[place] = batch;
    ++producer.batch_count;
    if (place == 0 && header.base_sequence == 0) producer.torn_before = false;
}

std::optional<CompletedTransaction> ProducerState::end_transaction(int64_t id, Producer& producer, int64_t offset,
                                                                   const Marker& marker) {
    producer.coordinator_epoch = marker.coordinator_epoch;
    const int64_t first = std::exchange(producer.transaction_start, -1);
    if (first < 0) return std::nullopt;
    open_.erase(first);
    return CompletedTransaction{id, first, offset, marker.type == MarkerType::abort};
}

std::optional<CompletedTransaction> ProducerState::apply(const BatchHeader& header, const std::optional<Marker>& marker,
                                                         int64_t now_ms, bool found) {
    Producer& producer = producers_[header.producer_id];
    if (header.producer_epoch != producer.epoch) producer.batch_count = 0;
    producer.epoch = header.producer_epoch;
    producer.last_seen_ms = now_ms;
    if (header.control()) {
        if (!marker) return std::nullopt;
        return end_transaction(header.producer_id, producer, header.base_offset, *marker);
    }
    const bool torn = found && producer.batch_count == 0 && header.base_sequence > 0;
    add_batch(producer, header, now_ms);
    producer.torn_before |= torn;
    if (header.transactional() && producer.transaction_start < 0) {
        producer.transaction_start = header.base_offset;
        open_[header.base_offset] = header.producer_id;
    }
    return std::nullopt;
}

int64_t ProducerState::first_open(int64_t except) const {
    for (const auto& [offset, id] : open_)
        if (id != except) return offset;
    return INT64_MAX;
}

void ProducerState::expire(int64_t now_ms, int64_t after_ms) {
    if (now_ms < next_expiry_ms_) return;
    int64_t oldest = now_ms;
    std::erase_if(producers_, [&](const auto& each) {
        const Producer& producer = each.second;
        if (producer.transaction_start < 0 && now_ms - producer.last_seen_ms >= after_ms) return true;
        if (producer.transaction_start < 0) oldest = std::min(oldest, producer.last_seen_ms);
        return false;
    });
    next_expiry_ms_ = std::max(oldest + after_ms, now_ms + std::min<int64_t>(after_ms, 600'000));
}

void ProducerState::restore(int64_t producer_id, const Producer& producer) {
    producers_[producer_id] = producer;
    if (producer.transaction_start >= 0) open_[producer.transaction_start] = producer_id;
}

}  // namespace pinflow::log
