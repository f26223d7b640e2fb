#include "log/cleaner.h"

#include <algorithm>
#include <limits>

#include "log/control_batch.h"

namespace pinflow::log {

bool Cleaner::aborted(const BatchHeader& header) const {
    return header.transactional() && std::ranges::any_of(aborted_, [&](const AbortedTransaction& each) {
               return each.producer_id == header.producer_id && header.base_offset >= each.first_offset &&
                      header.base_offset <= each.last_offset;
           });
}

// The batch that a start without a snapshot would know the producer by.
bool Cleaner::last_of_producer(const BatchHeader& header) const {
    if (header.producer_id < 0 || !producers_) return false;
    const Producer* producer = producers_->find(header.producer_id);
    if (producer == nullptr) return false;
    if (producer->batch_count == 0) return header.control() && header.producer_epoch == producer->epoch;
    return header.last_offset() == producer->known().back().last_offset;
}

bool Cleaner::horizon_passed(const BatchHeader& header) const {
    return header.delete_horizon().value_or(std::numeric_limits<int64_t>::max()) <= rules_.now_ms;
}

int64_t Cleaner::new_horizon() const {
    const int64_t most = std::numeric_limits<int64_t>::max() - rules_.now_ms;
    return rules_.now_ms + std::min(rules_.delete_retention_ms, most);
}

Result<bool> Cleaner::map(Bytes batch, int64_t dirty_from) {
    if (newest_.full()) return false;
    const BatchHeader header = BatchHeader::load(batch.data());
    if (header.control() || aborted(header)) return true;
    PINFLOW_TRY(records_.load(batch, header));
    for (const StoredRecord& each : records_.list)
        if (const int64_t offset = header.base_offset + each.offset_delta; each.key && offset >= dirty_from)
            newest_.put(*each.key, offset);
    return true;
}

bool Cleaner::stays(const StoredRecord& record, const BatchHeader& header) const {
    if (!record.key || header.base_offset + record.offset_delta < newest_.newest(*record.key)) return false;
    return record.has_value || !horizon_passed(header);
}

Result<std::optional<Bytes>> Cleaner::only_header(Bytes batch, bool wanted) {
    if (!wanted) return std::nullopt;
    PINFLOW_TRY(rewrite_batch(batch, {}, std::nullopt, rewritten_));
    return rewritten_;
}

Result<std::optional<Bytes>> Cleaner::keep_all(Bytes batch, const BatchHeader& header) {
    counts_.records_kept += static_cast<uint64_t>(header.record_count);
    if (header.control())
        for (const AbortedTransaction& each : aborted_)
            if (each.last_offset == header.base_offset) kept_aborted_.push_back(each);
    return batch;
}

// A marker that nothing is left of is kept for readers that are in the middle of the transaction.
Result<std::optional<Bytes>> Cleaner::clean_marker(Bytes batch, const BatchHeader& header, bool must_stay) {
    const bool empty_transaction = in_transaction_.erase(header.producer_id) == 0;
    if (!read_marker(batch) || !empty_transaction) return keep_all(batch, header);
    if (horizon_passed(header)) return only_header(batch, must_stay);
    if (header.delete_horizon()) return keep_all(batch, header);
    PINFLOW_TRY(records_.load(batch, header));
    PINFLOW_TRY(rewrite_batch(batch, records_.list, new_horizon(), rewritten_));
    return keep_all(rewritten_, header);
}

Result<std::optional<Bytes>> Cleaner::clean_records(Bytes batch, const BatchHeader& header, bool must_stay) {
    if (aborted(header)) return only_header(batch, must_stay);
    PINFLOW_TRY(records_.load(batch, header));
    std::erase_if(records_.list, [&](const StoredRecord& each) { return !stays(each, header); });
    if (records_.list.empty()) return only_header(batch, must_stay);
    const bool tombstones =
        std::ranges::any_of(records_.list, [](const StoredRecord& each) { return !each.has_value; });
    const bool sets_horizon = tombstones && !header.delete_horizon();
    const bool all = std::ssize(records_.list) == header.record_count;
    if (all && !sets_horizon) return keep_all(batch, header);
    counts_.records_kept += records_.list.size();
    const auto horizon = sets_horizon ? std::optional(new_horizon()) : std::nullopt;
    PINFLOW_TRY(rewrite_batch(batch, records_.list, horizon, rewritten_));
    return rewritten_;
}

Result<std::optional<Bytes>> Cleaner::clean(Bytes batch, bool must_stay) {
    const BatchHeader header = BatchHeader::load(batch.data());
    counts_.records_read += static_cast<uint64_t>(header.record_count);
    counts_.bytes_read += batch.size();
    must_stay |= last_of_producer(header);
    if (header.transactional() && !header.control()) in_transaction_.insert(header.producer_id);
    Result<std::optional<Bytes>> left = std::nullopt;
    if (header.record_count == 0)
        left = must_stay ? std::optional(batch) : std::nullopt;
    else if (header.base_offset >= mapped_end_)
        left = keep_all(batch, header);
    else if (header.control())
        left = clean_marker(batch, header, must_stay);
    else
        left = clean_records(batch, header, must_stay);
    if (left && *left) counts_.bytes_kept += (*left)->size();
    return left;
}

}  // namespace pinflow::log
