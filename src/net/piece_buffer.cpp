#include "net/piece_buffer.h"

#include <bit>
#include <cstring>

namespace pinflow::net {

bool PieceBuffer::append(std::string_view bytes) {
    if (bytes.empty()) return true;
    const size_t needed = size_ + bytes.size();
    if (needed > buffer_.capacity()) {
        const size_t capacity = std::bit_ceil(std::max(needed, BufferPool::smallest));
        if (capacity > BufferPool::largest_kept && !budget_.take(capacity)) return false;
        Buffer bigger = pool_.take(capacity);
        if (size_ > 0) std::memcpy(bigger.data(), buffer_.data(), size_);
        uncount();
        pool_.give(std::exchange(buffer_, std::move(bigger)));
    }
    std::memcpy(buffer_.data() + size_, bytes.data(), bytes.size());
    size_ = needed;
    return true;
}

void PieceBuffer::take(size_t bytes) {
    size_ -= bytes;
    if (size_ > 0) {
        if (bytes > 0) std::memmove(buffer_.data(), buffer_.data() + bytes, size_);
    } else if (buffer_.capacity() > 0) {
        uncount();
        pool_.give(std::exchange(buffer_, Buffer()));
    }
}

void PieceBuffer::uncount() {
    if (buffer_.capacity() > BufferPool::largest_kept) budget_.give(buffer_.capacity());
}

}  // namespace pinflow::net
