// Base64 in blocks of 32 letters, after W. Mula, D. Lemire: Faster Base64 Encoding and Decoding Using AVX2 Instructions
// (2018). For base64.cpp only, which does what no block is left for.
#pragma once
#if defined(__x86_64__)
#include <immintrin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pinflow::base64_avx2 {

inline constexpr size_t block_bytes = 24, block_letters = 32;

// Tables of 16 bytes, looked up in both halves of a register.
using Table = std::array<int8_t, 16>;

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i twice(const Table& table) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i each_byte(int value) {
    return _mm256_set1_epi8(static_cast<char>(value));
}
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i each_word(uint32_t value) {
    return _mm256_set1_epi32(static_cast<int>(value));
}

// What is added to six bits to make them a letter, by what they are: 13 for the 26 below 'a', 0 for the 26 from there
// on, else how far they lie behind 51.
constexpr Table letter_offsets = [] {
    Table table{};
    table[13] = 'A';
    table[0] = 'a' - 26;
    for (size_t digit = 1; digit <= 10; ++digit) table[digit] = '0' - 52;
    table[11] = '+' - 62;
    table[12] = '/' - 63;
    return table;
}();

// Encodes blocks while there are 28 bytes to be read; how many it has done.
[[gnu::target("avx2")]] inline size_t encode(const std::byte* bytes, size_t size, char* out) {
    constexpr size_t bytes_read = 28;
    constexpr Table spread = {1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10};  // three bytes over four
    size_t blocks = 0;
    for (; size >= bytes_read; size -= block_bytes, bytes += block_bytes, out += block_letters, ++blocks) {
        const __m256i halves =
            _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))),
                                    _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + block_bytes / 2)), 1);
        const __m256i threes = _mm256_shuffle_epi8(halves, twice(spread));
        const __m256i outer =
            _mm256_mulhi_epu16(_mm256_and_si256(threes, each_word(0x0fc0fc00)), each_word(0x04000040));
        const __m256i inner =
            _mm256_mullo_epi16(_mm256_and_si256(threes, each_word(0x003f03f0)), each_word(0x01000010));
        const __m256i sixes = _mm256_or_si256(outer, inner);
        const __m256i upper_case = _mm256_and_si256(_mm256_cmpgt_epi8(each_byte(26), sixes), each_byte(13));
        const __m256i kind = _mm256_or_si256(_mm256_subs_epu8(sixes, each_byte(51)), upper_case);
        const __m256i letters = _mm256_add_epi8(sixes, _mm256_shuffle_epi8(twice(letter_offsets), kind));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), letters);
    }
    return blocks;
}

// A byte is a letter unless a bit is set for it in both tables: that of its high half, a bit for each set of rows that
// have letters in the same columns, and that of its low half, the bits of those rows that have none there.
struct Rules {
    Table high, low;
};
constexpr Rules rules = [] {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    constexpr int no_row = 0x10;
    constexpr std::array<int, 8> rows = {no_row, no_row, 1, 2, 4, 8, 4, 8};
    Rules made{};
    for (size_t high = 0; high < 16; ++high) made.high[high] = static_cast<int8_t>(high < 8 ? rows[high] : no_row);
    for (size_t low = 0; low < 16; ++low) {
        int bits = no_row;
        for (size_t high = 2; high < 8; ++high)
            if (!alphabet.contains(static_cast<char>(high << 4 | low))) bits |= rows[high];
        made.low[low] = static_cast<int8_t>(bits);
    }
    return made;
}();
// What is added to a letter to make it six bits, by its high half; '/' takes the place in front of its own.
constexpr Table six_offsets = {0, 63 - '/', 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a'};

// Decodes blocks while there are 44 letters: it writes 32 bytes, of which 24 count. How many it has done; `is_letters`
// is false if one of them has something else.
[[gnu::target("avx2")]] inline size_t decode(const char* text, size_t size, char* out, bool& is_letters) {
    constexpr size_t letters_left = 44;
    constexpr Table together = {2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1};  // three bytes of each four
    const __m256i to_front = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
    __m256i wrong = _mm256_setzero_si256();
    size_t blocks = 0;
    for (; size >= letters_left; size -= block_letters, text += block_letters, out += block_bytes, ++blocks) {
        const __m256i letters = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
        const __m256i high = _mm256_and_si256(_mm256_srli_epi32(letters, 4), each_byte(0x0f));
        const __m256i low = _mm256_and_si256(letters, each_byte(0x0f));
        wrong = _mm256_or_si256(wrong, _mm256_and_si256(_mm256_shuffle_epi8(twice(rules.high), high),
                                                        _mm256_shuffle_epi8(twice(rules.low), low)));
        const __m256i slash = _mm256_cmpeq_epi8(letters, each_byte('/'));
        const __m256i sixes =
            _mm256_add_epi8(letters, _mm256_shuffle_epi8(twice(six_offsets), _mm256_add_epi8(high, slash)));
        const __m256i twelves = _mm256_maddubs_epi16(sixes, each_word(0x01400140));
        const __m256i words = _mm256_madd_epi16(twelves, each_word(0x00011000));
        const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(words, twice(together)), to_front);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), bytes);
    }
    is_letters = _mm256_testz_si256(wrong, wrong) != 0;
    return blocks;
}

}  // namespace pinflow::base64_avx2
#endif
