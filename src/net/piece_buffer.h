// A body that is handed over while it comes: what is added behind is taken off the front. Counted against the budget
// beyond 1 MiB. One thread, but for its end.
#pragma once
#include <cstddef>
#include <string_view>

#include "net/buffer.h"

namespace pinflow::net {

class PieceBuffer {
  public:
    PieceBuffer(BufferPool& pool, MemoryBudget& budget) : pool_(pool), budget_(budget) {}
    ~PieceBuffer() { uncount(); }
    PieceBuffer(const PieceBuffer&) = delete;
    PieceBuffer& operator=(const PieceBuffer&) = delete;

    bool append(std::string_view bytes);  // false: the budget is spent
    void take(size_t bytes);              // off the front; the memory goes back to the pool when nothing is left
    std::string_view text() const { return {buffer_.data(), size_}; }
    size_t size() const { return size_; }

  private:
    void uncount();

    BufferPool& pool_;
    MemoryBudget& budget_;
    Buffer buffer_;
    size_t size_ = 0;
};

}  // namespace pinflow::net
