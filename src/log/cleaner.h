// What compaction makes of a partition's batches: Kafka's rules, without files (docs/compaction.md). First the batches
// of the dirty part are shown to map(), then those of every cleaned segment pass through clean(), both in offset order.
// One thread; for one pass.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include "log/batch_rewrite.h"
#include "log/key_offsets.h"
#include "log/producer_state.h"
#include "log/transaction_index.h"

namespace pinflow::log {

struct CleaningCounts {
    uint64_t records_read = 0;
    uint64_t records_kept = 0;
    uint64_t bytes_read = 0;
    uint64_t bytes_kept = 0;
};

class Cleaner {
  public:
    struct Rules {
        int64_t now_ms = 0;
        int64_t delete_retention_ms = 0;
        size_t memory_bytes = 0;
    };
    // `producers`: of the partition as they are now; null: none.
    Cleaner(const Rules& rules, std::unique_ptr<ProducerState> producers)
        : rules_(rules), producers_(std::move(producers)), newest_(rules.memory_bytes) {}

    // Before a segment's batches, in both rounds: the aborted transactions that have records in it.
    void begin_segment(std::vector<AbortedTransaction> aborted) { aborted_ = std::move(aborted); }
    // False: there is no room for its keys; what lies from it on stays as it is.
    Result<bool> map(Bytes batch, int64_t dirty_from);
    // No later record below this offset was left out of map().
    void mapped_until(int64_t offset) { mapped_end_ = offset; }
    // What stays of a batch: the batch itself, a new one (valid until the next call), or nothing. `must_stay`: at least
    // its header.
    Result<std::optional<Bytes>> clean(Bytes batch, bool must_stay);
    // Since the last call: those whose markers stayed.
    std::vector<AbortedTransaction> take_aborted() { return std::exchange(kept_aborted_, {}); }
    const CleaningCounts& counts() const { return counts_; }

  private:
    bool aborted(const BatchHeader& header) const;
    bool last_of_producer(const BatchHeader& header) const;
    bool stays(const StoredRecord& record, const BatchHeader& header) const;
    bool horizon_passed(const BatchHeader& header) const;
    Result<std::optional<Bytes>> clean_marker(Bytes batch, const BatchHeader& header, bool must_stay);
    Result<std::optional<Bytes>> clean_records(Bytes batch, const BatchHeader& header, bool must_stay);
    Result<std::optional<Bytes>> only_header(Bytes batch, bool wanted);
    Result<std::optional<Bytes>> keep_all(Bytes batch, const BatchHeader& header);
    int64_t new_horizon() const;

    Rules rules_;
    std::unique_ptr<ProducerState> producers_;
    KeyOffsets newest_;
    int64_t mapped_end_ = 0;
    std::vector<AbortedTransaction> aborted_;
    std::vector<AbortedTransaction> kept_aborted_;
    std::unordered_set<int64_t> in_transaction_;  // producers with a batch since their last marker
    StoredRecords records_;
    std::vector<std::byte> rewritten_;
    CleaningCounts counts_;
};

}  // namespace pinflow::log
