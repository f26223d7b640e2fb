// Frames on their way to a socket: small encoded parts in one growing buffer, and between them record batches that are
// not copied. Belongs to one thread; clear() keeps a bounded part of the memory for the next frames.
#pragma once
#include <vector>

#include "kafka/types.h"

namespace pinflow::kafka {

class Output {
  public:
    static constexpr size_t copied_at_most = 1024;  // a shorter chunk is cheaper to copy than to send as a piece
    static constexpr size_t kept_at_most = 64 << 10;

    void append(Bytes bytes);
    void append(const Chunk& chunk);
    void clear();

    bool empty() const { return size_bytes_ == 0; }
    size_t size_bytes() const { return size_bytes_; }
    // rewind(mark) takes back what was appended since.
    struct Mark {
        size_t encoded_bytes, size_bytes, chunks;
    };
    Mark mark() const { return {encoded_bytes_, size_bytes_, chunks_.size()}; }
    void rewind(const Mark& mark);
    // What to send, in order. The views end with the next call that is not const.
    std::vector<Bytes> pieces() const;

    // For the encoder: places in the encoded part, which chunks are not counted in.
    std::byte* extend(size_t bytes) {  // room at the end, to be filled by the caller
        if (encoded_bytes_ + bytes > encoded_.size()) grow(bytes);
        std::byte* room = encoded_.data() + encoded_bytes_;
        encoded_bytes_ += bytes;
        size_bytes_ += bytes;
        return room;
    }
    size_t position() const { return encoded_bytes_; }
    std::byte* at(size_t position) { return encoded_.data() + position; }
    // Moves everything from `position` on up by `bytes`. No chunk may have been added since.
    std::byte* insert(size_t position, size_t bytes);

  private:
    void grow(size_t bytes);

    struct Placed {
        size_t position;  // in encoded_, before which the chunk goes
        Chunk chunk;
    };
    std::vector<std::byte> encoded_;  // larger than what is used: grows by doubling
    size_t encoded_bytes_ = 0;
    size_t size_bytes_ = 0;
    std::vector<Placed> chunks_;
};

}  // namespace pinflow::kafka
