// Records of several partitions, read from the log into memory that stays put until the batch is written.
#pragma once
#include <deque>
#include <functional>
#include <vector>

#include "engine/json_columns.h"
#include "log/batch.h"
#include "log/partition.h"

namespace pinflow::sink {

class RecordBatch {
  public:
    using Wanted = std::function<bool(const engine::RecordIn&)>;

    // Reads from `offset` on, about max_bytes at most, and keeps the records that are `wanted` (empty: all). Returns
    // the offset to go on from. `topic` must outlive the batch.
    Result<int64_t> read(const log::Partition& partition, std::string_view topic, int64_t offset, size_t max_bytes,
                         const Wanted& wanted);

    const std::vector<engine::RecordIn>& records() const { return records_; }
    size_t bytes() const { return bytes_; }  // of the log that were read

  private:
    Result<> take(Bytes batches, std::string_view topic, int32_t partition, int64_t from, const Wanted& wanted);

    std::deque<std::vector<std::byte>> buffers_;
    std::deque<log::RecordReader> readers_;  // hold what was decompressed
    std::vector<engine::RecordIn> records_;
    size_t bytes_ = 0;
};

}  // namespace pinflow::sink
