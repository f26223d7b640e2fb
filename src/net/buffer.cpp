#include "net/buffer.h"

#include <bit>
#include <cstring>

namespace pinflow::net {

size_t BufferPool::size_class(size_t capacity) {
    return static_cast<size_t>(std::countr_zero(capacity) - std::countr_zero(smallest));
}

Buffer BufferPool::take(size_t at_least) {
    const size_t capacity = std::bit_ceil(std::max(at_least, smallest));
    if (capacity > largest_kept) return Buffer(capacity);
    std::vector<Buffer>& spare = spare_[size_class(capacity)];
    if (spare.empty()) return Buffer(capacity);
    Buffer buffer = std::move(spare.back());
    spare.pop_back();
    kept_bytes_ -= capacity;
    return buffer;
}

void BufferPool::give(Buffer buffer) {
    const size_t capacity = buffer.capacity();
    if (capacity < smallest || capacity > largest_kept || kept_bytes_ + capacity > max_kept_bytes) return;
    kept_bytes_ += capacity;
    spare_[size_class(capacity)].push_back(std::move(buffer));
}

bool MemoryBudget::take(size_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= max_bytes_) return true;
    give(bytes);
    return false;
}

bool BodyBuffer::make_room(size_t expected) {
    if (room() > 0) return true;
    const size_t doubled = std::max(size_ * 2, std::min(expected, BufferPool::largest_kept));
    const size_t capacity = std::bit_ceil(std::max(doubled, BufferPool::smallest));
    if (capacity > counted_from_ && !budget_.take(capacity)) return false;
    Buffer bigger = pool_.take(capacity);
    if (size_ > 0) std::memcpy(bigger.data(), buffer_.data(), size_);
    uncount();
    pool_.give(std::exchange(buffer_, std::move(bigger)));
    return true;
}

bool BodyBuffer::append(std::string_view bytes, size_t expected) {
    while (!bytes.empty()) {
        if (!make_room(std::max(expected, size_ + bytes.size()))) return false;
        const size_t count = std::min(room(), bytes.size());
        std::memcpy(end(), bytes.data(), count);
        added(count);
        bytes.remove_prefix(count);
    }
    return true;
}

void BodyBuffer::take(size_t bytes) {
    size_ -= bytes;
    if (size_ == 0) return recycle();
    if (bytes > 0) std::memmove(buffer_.data(), buffer_.data() + bytes, size_);
}

void BodyBuffer::uncount() {
    if (buffer_.capacity() > counted_from_) budget_.give(buffer_.capacity());
}

void BodyBuffer::recycle() {
    uncount();
    if (buffer_.capacity() > 0) pool_.give(std::exchange(buffer_, Buffer()));
    size_ = 0;
}

void BodyBuffer::drop() {
    uncount();
    buffer_ = Buffer();
    size_ = 0;
}

}  // namespace pinflow::net
