// Parquet's RLE/bit-packed hybrid, for levels and dictionary indices. Source: Encodings.md of apache/parquet-format.
#pragma once
#include <bit>
#include <span>

#include "engine/byte_buffer.h"

namespace pinflow::engine {

// `count` times the same value.
inline void append_run(ByteBuffer& into, uint32_t value, size_t count, int bit_width) {
    into.append_varint(count << 1);
    for (int bits = 0; bits < bit_width; bits += 8) into.append_value(static_cast<uint8_t>(value >> bits));
}

// All values in one run: repeated if they are the same, else bit-packed, zeros at the end filling the last eight.
template <class T>
void append_hybrid(ByteBuffer& into, std::span<const T> values, int bit_width) {
    if (values.empty()) return;
    const bool same = std::ranges::all_of(values, [&](T value) { return value == values[0]; });
    if (same) return append_run(into, values[0], values.size(), bit_width);
    const size_t groups = (values.size() + 7) / 8;
    into.append_varint(groups << 1 | 1);
    const size_t bytes = groups * static_cast<size_t>(bit_width);
    char* to = into.reserve(bytes + 8);
    char* const end = to + bytes;
    uint64_t bits = 0;
    int held = 0;
    for (const T value : values) {
        bits |= static_cast<uint64_t>(value) << held;
        held += bit_width;
        for (; held >= 8; held -= 8, bits >>= 8) *to++ = static_cast<char>(bits);
    }
    for (; to < end; bits >>= 8) *to++ = static_cast<char>(bits);
    into.commit(bytes);
}

}  // namespace pinflow::engine
