// Walks the batches of a segment file in order, in large reads. One thread.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/disk.h"
#include "base/error.h"
#include "log/batch.h"

namespace pinflow::log {

class BatchScanner {
  public:
    BatchScanner(File& file, uint64_t from, uint64_t end) : file_(file), position_(from), end_(end) {}
    // The batch at position(), checked, or nothing: the end, or (then position() < the end) bytes that are no batch.
    // The view is valid until the next call.
    Result<std::optional<Bytes>> peek();
    void skip(size_t size) { position_ += size; }
    void move_to(uint64_t position) { position_ = position; }
    uint64_t position() const { return position_; }
    bool at_end() const { return position_ >= end_; }
    // The next place behind position() where a sound batch with at least this base offset begins.
    Result<std::optional<uint64_t>> find_next(int64_t min_offset);

  private:
    Result<Bytes> bytes_at(uint64_t position, size_t size);

    File& file_;
    uint64_t position_;
    uint64_t end_;
    std::vector<std::byte> window_;
    uint64_t window_at_ = 0;
    size_t window_size_ = 0;
};

}  // namespace pinflow::log
