// Memory of connections: plain uninitialised buffers, a loop's store of spare ones, and the count of what all
// connections of a listener hold. Buffer and BufferPool belong to one thread, MemoryBudget to all.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace pinflow::net {

class Buffer {
  public:
    Buffer() = default;
    explicit Buffer(size_t capacity) : data_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}
    Buffer(Buffer&& other) noexcept : data_(std::move(other.data_)), capacity_(std::exchange(other.capacity_, 0)) {}
    Buffer& operator=(Buffer&& other) noexcept {
        data_ = std::move(other.data_);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }

    char* data() const { return data_.get(); }
    size_t capacity() const { return capacity_; }

  private:
    std::unique_ptr<char[]> data_;
    size_t capacity_ = 0;
};

// Spare buffers by powers of two. Fresh pages from the system cost more than the bytes read into them.
class BufferPool {
  public:
    static constexpr size_t smallest = 1024;
    static constexpr size_t largest_kept = size_t{1} << 20;
    static constexpr size_t max_kept_bytes = size_t{16} << 20;

    Buffer take(size_t at_least);
    void give(Buffer buffer);

  private:
    static size_t size_class(size_t capacity);

    std::array<std::vector<Buffer>, 11> spare_;  // 1 KiB to 1 MiB
    size_t kept_bytes_ = 0;
};

class MemoryBudget {
  public:
    explicit MemoryBudget(size_t max_bytes) : max_bytes_(max_bytes) {}
    bool take(size_t bytes);
    void give(size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
    size_t used() const { return used_.load(std::memory_order_relaxed); }
    size_t left() const { return max_bytes_ - std::min(max_bytes_, used()); }

  private:
    const size_t max_bytes_;
    std::atomic<size_t> used_ = 0;
};

// A body as it grows. Up to 1 MiB is allocated at once when the length is announced; beyond that only what has arrived
// is paid for, doubled. What is over `counted_from` bytes is counted against the budget.
class BodyBuffer {
  public:
    BodyBuffer(BufferPool& pool, MemoryBudget& budget, size_t counted_from = BufferPool::largest_kept)
        : pool_(pool), budget_(budget), counted_from_(counted_from) {}
    ~BodyBuffer() { drop(); }
    BodyBuffer(const BodyBuffer&) = delete;
    BodyBuffer& operator=(const BodyBuffer&) = delete;

    // Room for at least one byte more, growing towards `expected` bytes. False if the budget is spent.
    bool make_room(size_t expected);
    char* end() const { return buffer_.data() + size_; }
    size_t room() const { return buffer_.capacity() - size_; }
    void added(size_t bytes) { size_ += bytes; }
    bool append(std::string_view bytes, size_t expected);
    void take(size_t bytes);  // off the front; where nothing is left the memory goes back to the pool
    std::string_view text() const { return {buffer_.data(), size_}; }
    size_t size() const { return size_; }
    size_t capacity() const { return buffer_.capacity(); }
    void recycle();  // empty, the memory back to the pool
    void drop();     // empty, the memory freed: from any thread

  private:
    void uncount();

    BufferPool& pool_;
    MemoryBudget& budget_;
    const size_t counted_from_;  // larger buffers count
    Buffer buffer_;
    size_t size_ = 0;
};

}  // namespace pinflow::net
