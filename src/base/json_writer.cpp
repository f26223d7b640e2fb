#include "base/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/base64.h"
#include "base/text.h"

namespace pinflow {

namespace {

// Bytes that are no UTF-8 become U+FFFD, as they would in any reader: JSON has no other way to show them.
std::string with_replacements(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        size_t length = std::min<size_t>(4, text.size());
        while (length > 0 && !is_valid_utf8(text.substr(0, length))) --length;
        out += length == 0 ? "\ufffd" : text.substr(0, length);
        text.remove_prefix(std::max<size_t>(1, length));
    }
    return out;
}

constexpr uint64_t each_byte = 0x0101010101010101;

// Whether some byte of eight is ASCII's control, a quote, a backslash, or not ASCII.
// https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
bool has_special(uint64_t eight) {
    const auto some_below = [](uint64_t bytes, uint64_t bound) { return (bytes - each_byte * bound) & ~bytes; };
    const uint64_t found = eight | some_below(eight, 0x20) | some_below(eight ^ each_byte * '"', 1) |
                           some_below(eight ^ each_byte * '\\', 1);
    return (found & each_byte * 0x80) != 0;
}

// Most strings are what they look like.
bool stands_as_it_is(std::string_view text) {
    uint64_t eight = each_byte * ' ';
    while (text.size() >= sizeof eight) {
        std::memcpy(&eight, text.data(), sizeof eight);
        if (has_special(eight)) return false;
        text.remove_prefix(sizeof eight);
    }
    eight = each_byte * ' ';
    std::memcpy(&eight, text.data(), text.size());
    return !has_special(eight);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    if (stands_as_it_is(text)) {
        out += '"';
        out += text;
        out += '"';
        return;
    }
    const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!ascii && !is_valid_utf8(text)) return append_json_string(out, with_replacements(text));
    out += '"';
    size_t copied = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, copied, i - copied);
        copied = i + 1;
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\f':
                out += "\\f";
                break;
            default:
                fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        }
    }
    out.append(text, copied);
    out += '"';
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
    separate();
    append_json_string(out_, text);
    return *this;
}

JsonWriter& JsonWriter::base64(Bytes bytes) {
    separate();
    out_ += '"';
    append_base64(out_, bytes);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::number(double value) {
    return std::isfinite(value) ? raw(fmt::format("{}", value)) : null();
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ += bracket;
    first_ = false;
    return *this;
}

void JsonWriter::separate() {
    if (!first_) out_ += ',';
    first_ = false;
}

}  // namespace pinflow
