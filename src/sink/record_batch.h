// Records of several partitions, read from the log into memory that stays put until the batch is written. Aggregated
// ones are taken apart here: from here on each user record is a record.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/json_columns.h"
#include "log/batch.h"
#include "log/partition.h"
#include "sink/aggregate.h"

namespace pinflow::sink {

class RecordBatch {
  public:
    using Wanted = std::function<bool(const engine::RecordIn&)>;

    // Reads committed records from `offset` on, about max_bytes at most, and keeps the records that are `wanted`
    // (empty: all). Returns the offset to go on from. `topic` must outlive the batch.
    Result<int64_t> read(const log::Partition& partition, std::string_view topic, int64_t offset, size_t max_bytes,
                         const Wanted& wanted);
    // A record from elsewhere; its key and value are copied, its topic must outlive the batch.
    void add_copy(engine::RecordIn record, const Wanted& wanted);

    const std::vector<engine::RecordIn>& records() const { return records_; }
    size_t bytes() const { return bytes_; }  // that were read or copied
    void clear();                            // forgets the records, keeps the memory
    size_t memory_bytes() const;

  private:
    Result<> take(Bytes batches, std::string_view topic, int32_t partition, int64_t from, const Wanted& wanted);

    void add(const engine::RecordIn& record, const Wanted& wanted);
    std::vector<std::byte> spare();
    Bytes copy(Bytes bytes);

    std::deque<std::vector<std::byte>> buffers_;
    std::vector<std::vector<std::byte>> spare_;  // buffers to be used again
    std::deque<log::RecordReader> readers_;      // hold what was decompressed
    std::vector<engine::RecordIn> records_;
    Aggregate aggregate_;
    size_t bytes_ = 0;
};

// Batches that are free. Thread-safe.
class RecordBatchPool {
  public:
    std::unique_ptr<RecordBatch> acquire();
    void release(std::unique_ptr<RecordBatch> batch);  // one that an unusual load made large is not kept

  private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<RecordBatch>> free_;
};

}  // namespace pinflow::sink
