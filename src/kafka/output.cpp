#include "kafka/output.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace pinflow::kafka {

void Output::grow(size_t bytes) {
    encoded_.resize(std::max({size_t{512}, encoded_.size() * 2, encoded_bytes_ + bytes}));
}

void Output::append(Bytes bytes) {
    if (!bytes.empty()) std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
}

void Output::append(const Chunk& chunk) {
    if (chunk.bytes.size() <= copied_at_most) {
        append(chunk.bytes);
        return;
    }
    chunks_.push_back({encoded_bytes_, chunk});
    size_bytes_ += chunk.bytes.size();
}

std::byte* Output::insert(size_t position, size_t bytes) {
    assert(chunks_.empty() || chunks_.back().position <= position);
    const size_t moved = encoded_bytes_ - position;
    extend(bytes);
    std::memmove(at(position + bytes), at(position), moved);
    return at(position);
}

void Output::rewind(const Mark& mark) {
    encoded_bytes_ = mark.encoded_bytes;
    size_bytes_ = mark.size_bytes;
    chunks_.resize(mark.chunks);
}

void Output::clear() {
    rewind({});
    if (encoded_.size() > kept_at_most) encoded_ = {};
}

std::vector<Bytes> Output::pieces() const {
    std::vector<Bytes> pieces;
    pieces.reserve(2 * chunks_.size() + 1);
    size_t from = 0;
    const auto add_encoded = [&](size_t to) {
        if (to > from) pieces.emplace_back(encoded_.data() + from, to - from);
        from = to;
    };
    for (const Placed& placed : chunks_) {
        add_encoded(placed.position);
        pieces.push_back(placed.chunk.bytes);
    }
    add_encoded(encoded_bytes_);
    return pieces;
}

}  // namespace pinflow::kafka
