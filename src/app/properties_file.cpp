#include "app/properties_file.h"

#include "base/text.h"

namespace pinflow::app {
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

// Up to the first character of `ends` that is not escaped; what was read is taken off the front.
std::string read_word(std::string_view& text, std::string_view ends) {
    std::string word;
    size_t i = 0;
    for (; i < text.size() && !ends.contains(text[i]); ++i) {
        if (text[i] == '\\' && i + 1 < text.size())
            word += unescaped(text[++i]);
        else
            word += text[i];
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

}  // namespace pinflow::app
