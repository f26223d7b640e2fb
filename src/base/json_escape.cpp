#include "base/json_escape.h"

#include "base/text.h"

namespace pinflow {
namespace {

constexpr std::string_view short_escapes = "\"\\\b\f\n\r\t", short_letters = "\"\\bfnrt";

char* write_utf8(uint32_t code, char* out) {
    const auto put = [&](uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (code < 0x80) return put(code), out;
    if (code < 0x800) return put(0xc0 | code >> 6), put(0x80 | (code & 0x3f)), out;
    if (code < 0x10000) return put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f)), out;
    put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
    return out;
}

// The shortest escape of a character that may not stand in a string as it is.
char* write_escaped(char c, char* out) {
    *out++ = '\\';
    if (const size_t found = short_escapes.find(c); found != short_escapes.npos) {
        *out++ = short_letters[found];
        return out;
    }
    constexpr std::string_view hex = "0123456789ABCDEF";  // upper case, as Jackson writes it
    for (char part : {'u', '0', '0', hex[static_cast<size_t>(c) >> 4], hex[static_cast<size_t>(c) & 15]}) *out++ = part;
    return out;
}

// Four hexadecimal digits, or -1.
int64_t hex4(const char* p, const char* end) {
    if (end - p < 4) return -1;
    int64_t code = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = hex_digit(p[i]);
        if (digit < 0) return -1;
        code = code * 16 + digit;
    }
    return code;
}

JsonPlace decode_code_point(JsonPlace place, const char* end, const char*& problem) {
    int64_t code = hex4(place.in + 2, end);
    const char* after = place.in + 6;
    if (code < 0) return problem = "\\u needs four hexadecimal digits", JsonPlace{};
    if (code >= 0xd800 && code < 0xe000) {
        const bool pair = code < 0xdc00 && end - after >= 6 && after[0] == '\\' && after[1] == 'u';
        const int64_t low = pair ? hex4(after + 2, end) : -1;
        if (low < 0xdc00 || low >= 0xe000) return problem = "half of a surrogate pair", JsonPlace{};
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        after += 6;
    }
    if (code < 0x80 && is_json_special(static_cast<char>(code)))
        return {after, write_escaped(static_cast<char>(code), place.out)};
    return {after, write_utf8(static_cast<uint32_t>(code), place.out)};
}

}  // namespace

JsonPlace decode_json_escape(JsonPlace place, const char* end, const char*& problem) {
    const char kind = end - place.in > 1 ? place.in[1] : '\0';
    if (kind == 'u') return decode_code_point(place, end, problem);
    if (kind == '/') return *place.out++ = '/', JsonPlace{place.in + 2, place.out};
    if (kind == '\0' || !short_letters.contains(kind)) return problem = "an unknown escape", JsonPlace{};
    *place.out++ = '\\';
    *place.out++ = kind;
    return {place.in + 2, place.out};
}

std::string json_string_text(std::string_view compact_string) {
    std::string out;
    if (compact_string.size() < 2) return out;
    compact_string = compact_string.substr(1, compact_string.size() - 2);
    for (size_t i = 0; i < compact_string.size(); ++i) {
        char c = compact_string[i];
        if (c == '\\' && i + 1 < compact_string.size()) {
            c = compact_string[++i];
            if (c == 'u') {
                const int64_t code = hex4(&compact_string[i] + 1, std::to_address(compact_string.end()));
                c = static_cast<char>(std::max<int64_t>(0, code));
                i += 4;
            } else if (const size_t found = short_letters.find(c); found != short_letters.npos) {
                c = short_escapes[found];
            }
        }
        out += c;
    }
    return out;
}

}  // namespace pinflow
