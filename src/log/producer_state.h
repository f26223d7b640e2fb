// What a partition knows of its producers with an id: KIP-98's rules for idempotent and transactional producers, as
// Kafka's ProducerStateManager keeps them. Plain data in offset order: whoever owns it locks it.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "log/append_error.h"
#include "log/batch.h"
#include "log/control_batch.h"

namespace pinflow::log {

// One batch of a producer as it lies in the log. Sequences count records and go on at 0 behind INT32_MAX.
struct ProducerBatch {
    int32_t last_sequence = -1;
    int32_t offset_delta = 0;  // of its last record
    int64_t last_offset = -1;
    int64_t timestamp_ms = -1;  // when the log took it

    int64_t base_offset() const { return last_offset - offset_delta; }
    int32_t base_sequence() const;
    bool operator==(const ProducerBatch&) const = default;
};

inline constexpr size_t remembered_batches = 5;  // as many as a producer may have in flight

struct Producer {
    int16_t epoch = -1;
    int32_t coordinator_epoch = -1;  // of the last marker
    uint8_t batch_count = 0;
    // The first batch that is known was found by a recovery and did not begin at 0: what was before it may have been
    // torn by a power loss, and may come again.
    bool torn_before = false;
    int64_t transaction_start = -1;  // first offset of the open transaction; -1: none
    int64_t last_seen_ms = -1;
    std::array<ProducerBatch, remembered_batches> batches{};  // of this epoch, by sequence; the first batch_count count

    std::span<const ProducerBatch> known() const { return std::span(batches).first(batch_count); }
    bool operator==(const Producer&) const = default;
};

struct CompletedTransaction {
    int64_t producer_id = 0;
    int64_t first_offset = 0;
    int64_t marker_offset = 0;
    bool aborted = false;
};

class ProducerState {
  public:
    // May this batch of a producer with an id be appended? The batch it repeats, if it does; nothing if it is new.
    std::expected<std::optional<ProducerBatch>, AppendError> check(const BatchHeader& header) const;
    // The same for a marker.
    std::expected<void, AppendError> check(int64_t producer_id, int16_t epoch, int32_t coordinator_epoch) const;

    // A batch with a producer id lies in the log at header.base_offset; `marker` if it is a control batch. In offset
    // order. What it ended, if it ended a transaction that had records. `found`: by a recovery, not appended now.
    std::optional<CompletedTransaction> apply(const BatchHeader& header, const std::optional<Marker>& marker,
                                              int64_t now_ms, bool found = false);
    // First offset of the oldest open transaction (but for `except`'s), INT64_MAX if there is none.
    int64_t first_open(int64_t except = -1) const;
    // Forgets producers that were silent for so long and have no open transaction.
    void expire(int64_t now_ms, int64_t after_ms);

    bool empty() const { return producers_.empty(); }
    size_t size() const { return producers_.size(); }
    const Producer* find(int64_t producer_id) const;
    const std::unordered_map<int64_t, Producer>& all() const { return producers_; }
    void restore(int64_t producer_id, const Producer& producer);  // from a snapshot

  private:
    void add_batch(Producer& producer, const BatchHeader& header, int64_t now_ms);
    std::optional<CompletedTransaction> end_transaction(int64_t id, Producer& producer, int64_t offset,
                                                        const Marker& marker);

    std::unordered_map<int64_t, Producer> producers_;
    std::map<int64_t, int64_t> open_;  // first offset -> producer id
    int64_t next_expiry_ms_ = 0;
};

// `count` sequences further on.
int32_t advance_sequence(int32_t sequence, int32_t count);

}  // namespace pinflow::log
