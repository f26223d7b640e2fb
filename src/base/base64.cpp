// Whole blocks as base64_avx2.h does them where the CPU can; else, and for the rest, tables and no branches: OpenSSL's
// encoder takes twice as long as those, and a decoder that goes letter by letter eight times.
#include "base/base64.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/base64_avx2.h"
#include "base/cpu.h"

namespace pinflow {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The two letters of 12 bits, the first in the low byte.
constexpr auto pairs = [] {
    std::array<uint16_t, 4096> table{};
    for (size_t i = 0; i < table.size(); ++i)
        table[i] = static_cast<uint16_t>(alphabet[i >> 6] | alphabet[i & 63] << 8);
    return table;
}();

// The eight letters of the 48 high bits.
void put_letters(char* out, uint64_t bits) {
    const auto pair = [bits](int from) { return uint64_t{pairs[bits >> from & 4095]}; };
    const uint64_t letters = pair(52) | pair(40) << 16 | pair(28) << 32 | pair(16) << 48;
    std::memcpy(out, &letters, sizeof letters);
}

// The bits of a letter at each of its four places in 24 bits; what is no letter sets a bit above them.
constexpr uint32_t no_letter = 1 << 24;
constexpr auto bits_of = [] {
    std::array<std::array<uint32_t, 256>, 4> table{};
    for (auto& place : table) place.fill(no_letter);
    for (size_t place = 0; place < 4; ++place)
        for (size_t i = 0; i < alphabet.size(); ++i)
            table[place][static_cast<unsigned char>(alphabet[i])] = static_cast<uint32_t>(i << (18 - 6 * place));
    return table;
}();

uint32_t decode_four(const char* in) {
    const auto at = [in](size_t place) { return bits_of[place][static_cast<unsigned char>(in[place])]; };
    return at(0) | at(1) | at(2) | at(3);
}

// Three bytes, and one behind them that means nothing.
void put_three(char* out, uint32_t bits) {
    const uint32_t in_order = std::byteswap(bits << 8);
    std::memcpy(out, &in_order, sizeof in_order);
}

// How many whole blocks were encoded, and decoded.
size_t encode_blocks([[maybe_unused]] Bytes bytes, [[maybe_unused]] char* out) {
#if defined(__x86_64__)
    if (has_avx2()) return base64_avx2::encode(bytes.data(), bytes.size(), out);
#endif
    return 0;
}
size_t decode_blocks([[maybe_unused]] std::string_view text, [[maybe_unused]] char* out,
                     [[maybe_unused]] bool& is_letters) {
#if defined(__x86_64__)
    if (has_avx2()) return base64_avx2::decode(text.data(), text.size(), out, is_letters);
#endif
    return 0;
}

// The size of what was decoded into `out`, which has room for three quarters of the text and a byte.
std::optional<size_t> decode(std::string_view text, char* out) {
    if (text.size() % 4 != 0) return std::nullopt;
    if (text.empty()) return 0;
    bool is_letters = true;
    const size_t blocks = decode_blocks(text, out, is_letters);
    if (!is_letters) return std::nullopt;
    uint32_t seen = 0;
    const char* const last = text.data() + text.size() - 4;
    char* to = out + blocks * 24;
    for (const char* in = text.data() + blocks * 32; in != last; in += 4, to += 3) {
        const uint32_t bits = decode_four(in);
        seen |= bits;
        put_three(to, bits);
    }
    const size_t padding = last[3] != '=' ? 0 : last[2] != '=' ? 1 : 2;
    std::array<char, 4> end = {last[0], last[1], last[2], last[3]};
    std::fill(end.end() - static_cast<ptrdiff_t>(padding), end.end(), 'A');
    const uint32_t bits = decode_four(end.data());
    put_three(to, bits);
    const bool canonical = (bits & ((1U << 8 * padding) - 1)) == 0;  // no bits set behind the end
    if (((seen | bits) & no_letter) != 0 || !canonical) return std::nullopt;
    return static_cast<size_t>(to - out) + 3 - padding;
}

size_t room_for(std::string_view text) {
    return text.size() / 4 * 3 + 1;
}

}  // namespace

void append_base64(std::string& out, Bytes bytes) {
    const size_t before = out.size();
    const size_t size = (bytes.size() + 2) / 3 * 4;
    out.resize_and_overwrite(before + size, [&](char* text, size_t /*at least as much*/) {
        const size_t blocks = encode_blocks(bytes, text + before);
        char* to = text + before + blocks * 32;
        size_t i = blocks * 24;
        for (; i + sizeof(uint64_t) <= bytes.size(); i += 6, to += 8) {
            uint64_t eight = 0;
            std::memcpy(&eight, &bytes[i], sizeof eight);
            put_letters(to, std::byteswap(eight));
        }
        for (; i < bytes.size(); i += 3, to += 4) {
            uint64_t three = 0;
            const size_t count = std::min<size_t>(3, bytes.size() - i);
            std::memcpy(&three, &bytes[i], count);
            std::array<char, 8> letters;
            put_letters(letters.data(), std::byteswap(three));
            std::fill(letters.begin() + 1 + count, letters.begin() + 4, '=');
            std::memcpy(to, letters.data(), 4);
        }
        return before + size;
    });
}

std::string base64_encode(Bytes bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    std::optional<size_t> size;
    std::string out;
    out.resize_and_overwrite(room_for(text), [&](char* into, size_t) {
        size = decode(text, into);
        return size.value_or(0);
    });
    return size ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::string_view> base64_decode_over(std::string_view text) {
    constexpr size_t most_kept = size_t{1} << 20;
    static thread_local std::string memory;
    if (memory.capacity() > most_kept) memory = std::string();
    std::optional<size_t> size;
    memory.resize_and_overwrite(room_for(text), [&](char* into, size_t) {
        size = decode(text, into);
        return size.value_or(0);
    });
    if (!size) return std::nullopt;
    char* const to = const_cast<char*>(text.data());
    std::ranges::copy(memory, to);
    return std::string_view(to, *size);
}

}  // namespace pinflow
