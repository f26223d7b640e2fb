#include "engine/json_scanner.h"

#include <emmintrin.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/text.h"

namespace pinflow::engine {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// One block of characters inside a string: bits of those that end the plain run (quote, backslash, control).
#ifdef __AVX2__
constexpr std::ptrdiff_t block_size = 32;
uint32_t stops_of(const char* at, bool& non_ascii) {
    __m256i block;
    std::memcpy(&block, at, sizeof block);
    const __m256i quotes = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('"'));
    const __m256i slashes = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('\\'));
    const __m256i controls = _mm256_cmpeq_epi8(_mm256_min_epu8(block, _mm256_set1_epi8(0x1F)), block);
    non_ascii |= _mm256_movemask_epi8(block) != 0;
    return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(quotes, slashes), controls)));
}
#else
constexpr std::ptrdiff_t block_size = 16;
uint32_t stops_of(const char* at, bool& non_ascii) {
    __m128i block;
    std::memcpy(&block, at, sizeof block);
    const __m128i quotes = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i slashes = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
    non_ascii |= _mm_movemask_epi8(block) != 0;
    return static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, slashes), controls)));
}
#endif

// The first character from `at` that ends a plain run, or `end`.
const char* find_stop(const char* at, const char* end, bool& non_ascii) {
    for (; end - at >= block_size; at += block_size) {
        if (const uint32_t stops = stops_of(at, non_ascii)) return at + std::countr_zero(stops);
    }
    for (; at < end; ++at) {
        const auto byte = static_cast<unsigned char>(*at);
        if (byte == '"' || byte == '\\' || byte < 0x20) return at;
        non_ascii |= byte >= 0x80;
    }
    return end;
}

uint32_t hex4(const char* at) {
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 4 | static_cast<uint32_t>(hex_digit(at[i]));
    return value;
}

char* put_utf8(char* to, uint32_t code) {
    const auto put = [&to](uint32_t byte) { *to++ = static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
    return to;
}

// `at` is behind "\u"; moves it behind the escape, or the pair of them.
char* decode_unicode(const char*& at, const char* end, char* to) {
    uint32_t code = hex4(at);
    at += 4;
    if (code >= 0xDC00 && code <= 0xDFFF) return nullptr;
    if (code >= 0xD800 && code <= 0xDBFF) {
        if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return nullptr;
        const uint32_t low = hex4(at + 2);
        if (low < 0xDC00 || low > 0xDFFF) return nullptr;
        at += 6;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    return put_utf8(to, code);
}

char unescaped(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;  // quote, backslash, slash
    }
}

}  // namespace

bool JsonScanner::string(JsonString& into) {
    const char* const start = ++at_;
    into.escaped = false;
    while (true) {
        at_ = find_stop(at_, end_, non_ascii_);
        if (at_ == end_) return fail("a string does not end");
        if (*at_ == '"') break;
        if (*at_ != '\\') return fail("a control character in a string is not escaped");
        into.escaped = true;
        if (!escape()) return false;
    }
    into.raw = {start, static_cast<size_t>(at_ - start)};
    ++at_;
    return true;
}

bool JsonScanner::escape() {
    if (end_ - at_ < 2) return fail("a string does not end");
    const char kind = at_[1];
    if (kind == 'u') {
        if (end_ - at_ < 6) return fail("a string does not end");
        for (int i = 2; i < 6; ++i) {
            if (hex_digit(at_[i]) < 0) return fail("an escape \\u is not followed by four hex digits");
        }
        at_ += 6;
        return true;
    }
    if (std::string_view("\"\\/bfnrt").find(kind) == std::string_view::npos) return fail("there is no such escape");
    at_ += 2;
    return true;
}

bool JsonScanner::digits() {
    const char* const start = at_;
    while (at_ < end_ && is_digit(*at_)) ++at_;
    return at_ > start ? true : fail("a number lacks a digit");
}

bool JsonScanner::number(std::string_view& into) {
    const char* const start = at_;
    if (peek() == '-') ++at_;
    if (peek() == '0') {
        ++at_;
        if (is_digit(peek())) return fail("a number starts with 0");
    } else if (!digits()) {
        return false;
    }
    if (take('.') && !digits()) return false;
    if (peek() == 'e' || peek() == 'E') {
        ++at_;
        if (peek() == '+' || peek() == '-') ++at_;
        if (!digits()) return false;
    }
    into = {start, static_cast<size_t>(at_ - start)};
    return true;
}

bool JsonScanner::value() {
    return value_at(0);
}

bool JsonScanner::value_at(int depth) {
    JsonString text;
    std::string_view number_text;
    switch (peek()) {
        case '"':
            return string(text);
        case '{':
            return depth < max_depth ? object_at(depth) : fail("values are nested more than 512 deep");
        case '[':
            return depth < max_depth ? array_at(depth) : fail("values are nested more than 512 deep");
        case 't':
            return take("true") || fail("this is no JSON value");
        case 'f':
            return take("false") || fail("this is no JSON value");
        case 'n':
            return take("null") || fail("this is no JSON value");
        default:
            if (at_end()) return fail("the text ends too early");
            if (peek() != '-' && !is_digit(peek())) return fail("this is no JSON value");
            return number(number_text);
    }
}

bool JsonScanner::object_at(int depth) {
    ++at_;
    skip_blanks();
    if (take('}')) return true;
    JsonString key;
    do {
        skip_blanks();
        if (peek() != '"') return fail("a key is expected");
        if (!string(key)) return false;
        skip_blanks();
        if (!take(':')) return fail("a colon is expected");
        skip_blanks();
        if (!value_at(depth + 1)) return false;
        skip_blanks();
    } while (take(','));
    return take('}') || fail("a comma or } is expected");
}

bool JsonScanner::array_at(int depth) {
    ++at_;
    skip_blanks();
    if (take(']')) return true;
    do {
        skip_blanks();
        if (!value_at(depth + 1)) return false;
        skip_blanks();
    } while (take(','));
    return take(']') || fail("a comma or ] is expected");
}

char* decode_json_string(std::string_view raw, char* to) {
    const char* at = raw.data();
    const char* const end = at + raw.size();
    while (at < end) {
        const void* const slash = std::memchr(at, '\\', static_cast<size_t>(end - at));
        const char* const plain_end = slash != nullptr ? static_cast<const char*>(slash) : end;
        std::memcpy(to, at, static_cast<size_t>(plain_end - at));
        to += plain_end - at;
        at = plain_end;
        if (at == end) break;
        const char kind = at[1];
        at += 2;
        if (kind != 'u') {
            *to++ = unescaped(kind);
        } else if ((to = decode_unicode(at, end, to)) == nullptr) {
            return nullptr;
        }
    }
    return to;
}

char* compact_json(std::string_view json, char* to) {
    bool in_string = false;
    for (size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string) {
            *to++ = c;
            if (c == '\\') *to++ = json[++i];
            if (c == '"') in_string = false;
        } else if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
            *to++ = c;
            in_string = c == '"';
        }
    }
    return to;
}

}  // namespace pinflow::engine
