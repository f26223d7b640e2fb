// The plain part of a JSON string, copied and searched many bytes at a time. Two ways that do the same: AVX2 where the
// CPU has it, 8 bytes in a register everywhere else. For json_text only.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/json_text.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pinflow {

inline bool is_json_special(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// Copies the rest byte by byte: for the end of the text, where no whole block is left.
inline JsonPlace copy_plain_bytes(JsonPlace place, const char* end) {
    while (place.in < end && !is_json_special(*place.in)) *place.out++ = *place.in++;
    return place;
}

struct PortableScan {
    static constexpr ptrdiff_t block_size = 8;

    // Copies a block and answers where its first quote, backslash or control character is; block_size if there is none.
    static ptrdiff_t copy(const char* from, char* to) {
        constexpr uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
        uint64_t block;
        std::memcpy(&block, from, sizeof block);
        std::memcpy(to, &block, sizeof block);
        if constexpr (std::endian::native == std::endian::big) block = std::byteswap(block);
        const auto zero_bytes = [](uint64_t x) { return (x - ones) & ~x; };  // the lowest high bit set is exact
        const uint64_t control = (block - ones * 0x20) & ~block;
        const uint64_t special = (control | zero_bytes(block ^ ones * '"') | zero_bytes(block ^ ones * '\\')) & highs;
        return std::countr_zero(special) / 8;
    }

    // Copies until a special character or `end`. May write a block behind what it copied.
    static JsonPlace copy_plain(JsonPlace place, const char* end) {
        while (end - place.in >= block_size) {
            const ptrdiff_t plain = copy(place.in, place.out);
            place.in += plain, place.out += plain;
            if (plain != block_size) return place;
        }
        return copy_plain_bytes(place, end);
    }
};

#if defined(__x86_64__)
struct Avx2Scan {
    static constexpr ptrdiff_t block_size = 32;

    [[gnu::target("avx2")]] static ptrdiff_t copy(const char* from, char* to) {
        const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), block);
        const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(block, _mm256_set1_epi8(0x1f)), block);
        const __m256i quote = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('"'));
        const __m256i backslash = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('\\'));
        const __m256i special = _mm256_or_si256(control, _mm256_or_si256(quote, backslash));
        const auto mask = static_cast<uint32_t>(_mm256_movemask_epi8(special));
        return std::countr_zero(mask);
    }

    [[gnu::target("avx2")]] static JsonPlace copy_plain(JsonPlace place, const char* end) {
        while (end - place.in >= block_size) {
            const ptrdiff_t plain = copy(place.in, place.out);
            place.in += plain, place.out += plain;
            if (plain != block_size) return place;
        }
        return copy_plain_bytes(place, end);
    }
};
#endif

// As copy_plain of both.
inline JsonPlace copy_plain(JsonPlace place, const char* end, [[maybe_unused]] bool wide) {
#if defined(__x86_64__)
    if (wide) return Avx2Scan::copy_plain(place, end);
#endif
    return PortableScan::copy_plain(place, end);
}

}  // namespace pinflow
