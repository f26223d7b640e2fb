#include "kafka/decoder.h"

namespace pinflow::kafka {

void Decoder::fail() {
    if (!failed_) failed_at_ = static_cast<size_t>(left_.data() - start_);
    failed_ = true;
    left_ = {};
}

void Decoder::value(Uuid& into) {
    const Bytes from = take(into.bytes.size());
    into = {};
    std::ranges::copy(from, into.bytes.begin());
}

uint32_t Decoder::read_varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        const auto byte = number<uint8_t>();
        value |= uint64_t{byte & 0x7Fu} << shift;
        if (byte < 0x80) {
            if (value > UINT32_MAX) break;
            return static_cast<uint32_t>(value);
        }
    }
    fail();
    return 0;
}

std::optional<size_t> Decoder::checked_length(int64_t length, size_t limit) {
    if (failed_ || length == -1) return std::nullopt;
    // An array's element takes at least one byte.
    if (length < 0 || static_cast<size_t>(length) > left_.size() || static_cast<size_t>(length) > limit) {
        fail();
        return std::nullopt;
    }
    return static_cast<size_t>(length);
}

bool Decoder::spend(size_t count, size_t element_bytes) {
    if (count > memory_left_ / element_bytes) {
        fail();
        return false;
    }
    memory_left_ -= count * element_bytes;
    return true;
}

void Decoder::read_tags() {
    if (tags_.read) return;
    tags_.read = true;
    tags_.count = read_varint();
    const Bytes start = left_;
    for (uint32_t i = 0; i < tags_.count && !failed_; ++i) {
        read_varint();
        take(read_varint());
    }
    tags_.bytes = start.first(failed_ ? 0 : start.size() - left_.size());
}

std::optional<Bytes> Decoder::find_tag(uint32_t tag) {
    const Bytes after = std::exchange(left_, tags_.bytes);
    std::optional<Bytes> found;
    for (uint32_t i = 0; i < tags_.count && !failed_ && !found; ++i) {
        const bool wanted = read_varint() == tag;
        const Bytes content = take(read_varint());
        if (wanted) found = content;
    }
    if (!failed_) left_ = after;
    return failed_ ? std::nullopt : found;
}

}  // namespace pinflow::kafka
