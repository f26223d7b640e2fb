// The committed offsets of one group, and those of transactions that are still open. A plain structure: what is in it
// has been stored in the log before (see groups.h), and log offsets say which of two commits is the later one.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "broker/offsets_records.h"

namespace pinflow::broker {

class GroupOffsets {
  public:
    void commit(const TopicPartition& partition, OffsetRecord record, int64_t log_offset);
    // Visible once its producer's transaction commits.
    void commit_pending(int64_t producer_id, const TopicPartition& partition, OffsetRecord record, int64_t log_offset);
    void drop_pending(int64_t producer_id, const TopicPartition& partition,
                      int64_t log_offset);  // not stored after all
    // With what was committed before the marker's place in the log.
    void end_transaction(int64_t producer_id, bool commit, int64_t log_offset);
    void remove(const TopicPartition& partition, int64_t log_offset);  // what was committed before; pending ones too

    const OffsetRecord* find(const TopicPartition& partition) const;  // null: none was committed
    bool pending(const TopicPartition& partition) const;              // some open transaction will decide
    bool has_pending() const { return !transactions_.empty(); }
    bool empty() const { return committed_.empty() && transactions_.empty(); }
    std::vector<TopicPartition> committed() const;
    std::vector<TopicPartition> known() const;  // committed or pending: what tombstones are needed for
    bool has_pending(int64_t producer_id) const { return transactions_.contains(producer_id); }

    // Those for which `expired` says so, but for what an open transaction touches.
    std::vector<TopicPartition> expired(
        const std::function<bool(const TopicPartition&, const OffsetRecord&)>& expired) const;

  private:
    struct Stored {
        OffsetRecord record;
        int64_t log_offset = -1;
    };
    using Map = std::map<TopicPartition, Stored>;
    Map committed_;
    std::map<int64_t, Map> transactions_;  // by producer id
};

}  // namespace pinflow::broker
