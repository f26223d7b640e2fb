#include "kafka/encoder.h"

namespace pinflow::kafka {
namespace {

size_t varint_bytes(uint32_t value) {
    size_t bytes = 1;
    while (value >>= 7) ++bytes;
    return bytes;
}

void store_varint(std::byte* to, uint32_t value) {
    for (; value >= 0x80; value >>= 7) *to++ = static_cast<std::byte>(value | 0x80);
    *to = static_cast<std::byte>(value);
}

}  // namespace

void Encoder::put_varint(uint32_t value) {
    store_varint(output_.extend(varint_bytes(value)), value);
}

void Encoder::open_tags() {
    if (tag_count_at_) return;
    tag_count_at_ = output_.position();
    *output_.extend(1) = std::byte{0};
}

// The length of a tagged field goes in front of it and is known only now; tagged fields are rare and small.
void Encoder::close_tag(size_t start) {
    const auto length = static_cast<uint32_t>(output_.position() - start);
    store_varint(output_.insert(start, varint_bytes(length)), length);
}

}  // namespace pinflow::kafka
