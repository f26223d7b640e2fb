#include "base/properties_file.h"

#include "base/text.h"

namespace pinflow {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\f';
}

std::string_view without_blanks_in_front(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    return text;
}

bool is_joined_to_next(std::string_view line) {
    size_t backslashes = 0;
    while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
    return backslashes % 2 == 1;
}

char unescaped(char c) {
    switch (c) {
        case 't':
            return '\t';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 'f':
            return '\f';
        default:
            return c;
    }
}

// The UTF-16 unit of \uXXXX behind the backslash; nothing if these are no four digits.
std::optional<uint32_t> unit_at(std::string_view text, size_t i) {
    if (i + 4 >= text.size() || text[i] != 'u') return std::nullopt;
    uint32_t unit = 0;
    for (size_t k = 1; k <= 4; ++k) {
        const int digit = hex_digit(text[i + k]);
        if (digit < 0) return std::nullopt;
        unit = unit << 4 | static_cast<uint32_t>(digit);
    }
    return unit;
}

void append_utf8(std::string& out, uint32_t code) {
    const auto add = [&](uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) return add(code);
    if (code < 0x800) return add(0xc0 | code >> 6), add(0x80 | (code & 63));
    if (code < 0x10000) return add(0xe0 | code >> 12), add(0x80 | (code >> 6 & 63)), add(0x80 | (code & 63));
    add(0xf0 | code >> 18), add(0x80 | (code >> 12 & 63)), add(0x80 | (code >> 6 & 63)), add(0x80 | (code & 63));
}

// The character of one or two such units, of which the first has its 'u' at `i`; moves to its last digit. Half a pair
// is U+FFFD.
bool read_unicode(std::string_view text, size_t& i, std::string& word) {
    const auto first = unit_at(text, i);
    if (!first) return false;
    i += 4;
    uint32_t code = *first;
    if ((code & 0xf800) == 0xd800) {
        const bool is_high = code < 0xdc00 && text.substr(i + 1).starts_with('\\');
        const auto second = is_high ? unit_at(text, i + 2) : std::nullopt;
        if (second && (*second & 0xfc00) == 0xdc00) {
            code = 0x10000 + ((code & 0x3ff) << 10 | (*second & 0x3ff));
            i += 6;
        } else {
            code = 0xfffd;
        }
    }
    append_utf8(word, code);
    return true;
}

// Up to the first character of `ends` that is not escaped; what was read is taken off the front.
std::string read_word(std::string_view& text, std::string_view ends) {
    std::string word;
    size_t i = 0;
    for (; i < text.size() && !ends.contains(text[i]); ++i) {
        if (text[i] != '\\' || i + 1 == text.size())
            word += text[i];
        else if (++i; !read_unicode(text, i, word))
            word += unescaped(text[i]);
    }
    text.remove_prefix(i);
    return word;
}

Property property_of(std::string_view line, int number) {
    Property property{.line = number, .key = read_word(line, "=: \t\f"), .value = {}};
    line = without_blanks_in_front(line);
    if (line.starts_with('=') || line.starts_with(':')) line = without_blanks_in_front(line.substr(1));
    property.value = read_word(line, "");
    return property;
}

}  // namespace

std::vector<Property> parse_properties(std::string_view text) {
    std::vector<Property> properties;
    std::string logical;
    int number = 0, begin = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = without_blanks_in_front(line);
        if (logical.empty()) {
            begin = number;
            if (line.empty() || line.front() == '#' || line.front() == '!') continue;
        }
        logical += line;
        if (is_joined_to_next(line)) {
            logical.pop_back();
            continue;
        }
        properties.push_back(property_of(logical, begin));
        logical.clear();
    }
    if (!logical.empty()) properties.push_back(property_of(logical, begin));
    return properties;
}

}  // namespace pinflow
