// Zigzag variable-length integers, as Kafka's records and protobuf use them. At most 10 bytes.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace pinflow::log {

inline uint64_t zigzag(int64_t value) {
    return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}

inline size_t varint_size(int64_t value) {
    return (static_cast<size_t>(std::bit_width(zigzag(value) | 1)) + 6) / 7;
}

inline std::byte* put_varint(std::byte* at, int64_t value) {
    uint64_t rest = zigzag(value);
    for (; rest >= 0x80; rest >>= 7) *at++ = static_cast<std::byte>(rest | 0x80);
    *at++ = static_cast<std::byte>(rest);
    return at;
}

// How many bytes were used; 0 if `from` ends inside the number or it is too long.
inline size_t get_varint(Bytes from, int64_t& value) {
    uint64_t bits = 0;
    for (size_t i = 0; i < from.size() && i < 10; ++i) {
        const auto byte = static_cast<uint64_t>(from[i]);
        bits |= (byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            value = static_cast<int64_t>((bits >> 1) ^ (0 - (bits & 1)));
            return i + 1;
        }
    }
    return 0;
}

}  // namespace pinflow::log
