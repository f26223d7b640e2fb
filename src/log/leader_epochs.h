// The epochs of a partition and where each began: Kafka's `leader-epoch-checkpoint` ("0", the number of lines, then
// "epoch start-offset" a line). None known: epoch 0 from offset 0. Thread-safe.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <vector>

#include "base/disk.h"
#include "base/error.h"

namespace pinflow::log {

struct EpochStart {
    int32_t epoch = 0;
    int64_t start_offset = 0;
    bool operator==(const EpochStart&) const = default;
};

// Kafka's answer to OffsetForLeaderEpoch; both -1: nothing is known of the epoch that was asked for.
struct EpochEnd {
    int32_t epoch = -1;
    int64_t end_offset = -1;
    bool operator==(const EpochEnd&) const = default;
};

class LeaderEpochs {
  public:
    Result<> load(Disk& disk, const std::filesystem::path& folder);  // a missing file is an empty one
    void adopt(std::vector<EpochStart> epochs);
    // The next epoch begins at this offset; durable when it returns.
    Result<> raise(Disk& disk, const std::filesystem::path& folder, int64_t start_offset);

    int32_t current() const { return current_.load(std::memory_order_relaxed); }
    std::vector<EpochStart> list() const;
    // Written under an epoch that ended before this offset: it was dropped when the next epoch began.
    bool superseded(int32_t epoch, int64_t base_offset) const;
    // The greatest epoch up to `epoch` that has records, and the offset behind its last one.
    EpochEnd end_of(int32_t epoch, int64_t log_end) const;
    int32_t at(int64_t offset) const;  // of the record there

  private:
    std::vector<EpochStart> list_or_first() const;

    mutable std::mutex mutex_;
    std::vector<EpochStart> epochs_;  // both rise
    std::atomic<int32_t> current_ = 0;
};

}  // namespace pinflow::log
