// Cuts the bytes of a connection into frames. No sockets: the session tells it what came. A frame's memory is counted
// against the budget of all connections; up to 1 MiB is allocated when the size is announced, beyond that only what
// has arrived is paid for, doubled.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/error.h"
#include "net/buffer.h"

namespace pinflow::kafka {

// One request without its size. Freed from any thread; the budget must outlive it.
class Frame {
  public:
    Frame() = default;
    explicit Frame(net::MemoryBudget& budget) : budget_(&budget) {}
    ~Frame() { drop(); }
    Frame(Frame&& other) noexcept
        : budget_(other.budget_),
          data_(std::move(other.data_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    Frame& operator=(Frame&& other) noexcept;

    Bytes bytes() const { return {data_.get(), size_}; }
    size_t capacity() const { return capacity_; }
    bool grow(size_t capacity);  // false: the budget is spent
    MutableBytes room() { return {data_.get() + size_, capacity_ - size_}; }
    void added(size_t bytes) { size_ += bytes; }
    void drop();

  private:
    net::MemoryBudget* budget_ = nullptr;
    std::unique_ptr<std::byte[]> data_;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

class FrameReader {
  public:
    static constexpr size_t allocated_at_once = size_t{1} << 20;
    static constexpr size_t smallest_frame = 8;  // key, version, correlation id

    FrameReader(size_t max_frame_bytes, net::MemoryBudget& budget)
        : max_frame_bytes_(max_frame_bytes), budget_(budget) {}

    enum class Event : uint8_t {
        need_more,
        frame,    // take_frame()
        starved,  // the budget is spent: call consume() again later with the same bytes
        invalid,  // a size that no request has: error()
    };
    // Takes what it can from the front of `input`, at most to the end of one frame.
    Event consume(Bytes& input);
    Frame take_frame();
    // For frames that have not begun.
    void limit(size_t min_frame_bytes, size_t max_frame_bytes) {
        min_frame_bytes_ = min_frame_bytes;
        max_frame_bytes_ = max_frame_bytes;
    }
    const Error& error() const { return error_; }

    // In the middle of a large frame bytes may be read right into it: at most room(), then came(bytes). Empty: there is
    // no such frame, or not at once.
    MutableBytes room();
    Event came(size_t bytes);

    bool between_frames() const { return size_bytes_ == 0; }

  private:
    bool make_room();

    size_t min_frame_bytes_ = smallest_frame;
    size_t max_frame_bytes_;
    net::MemoryBudget& budget_;
    std::array<std::byte, 4> size_{};
    size_t size_bytes_ = 0;  // of size_ that came
    size_t frame_bytes_ = 0;
    Frame frame_;
    Error error_;
};

}  // namespace pinflow::kafka
