#include "base/json_text.h"

#include <simdjson.h>

#include "base/cpu.h"
#include "base/json_escape.h"
#include "base/text.h"

namespace pinflow {
namespace {

constexpr size_t slack = 64;                 // a block copy may write this far behind what counts
constexpr size_t max_kept_bytes = 4u << 20;  // memory that a reader keeps when it starts over

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

size_t first_invalid(std::string_view text) {
    size_t i = 0;
    while (i < text.size()) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (size > 1 && (size > text.size() - i || !is_valid_utf8(text.substr(i, size)))) return i;
        i += size;
    }
    return i;
}

}  // namespace

JsonReader::JsonReader(Scan scan) : wide_(scan == Scan::best && has_avx2()) {}

bool JsonReader::start(std::string_view text) {
    if (text.data() == nullptr) text = "";
    text_ = text;
    end_ = text.data() + text.size();
    wrong_ = reason_ = nullptr;
    first_ = false;
    members_.clear(max_kept_bytes);
    const size_t needed = text.size() + slack;  // compact text is never longer than what it was made from
    if (capacity_ < needed || (capacity_ > max_kept_bytes && needed < max_kept_bytes / 2)) {
        capacity_ = std::max(needed, size_t{4096});
        output_ = std::make_unique_for_overwrite<char[]>(capacity_);
    }
    place_ = {text.data(), output_.get()};
    if (text.size() > UINT32_MAX - slack) return place_ = fail(end_, "text longer than 4 GiB"), false;
    if (simdjson::validate_utf8(text.data(), text.size())) return true;
    place_ = fail(text.data() + first_invalid(text), "text that is not UTF-8");
    return false;
}

const char* JsonReader::skip_blanks(const char* p) const {
    while (p < end_ && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) ++p;
    return p;
}

JsonPlace JsonReader::fail(const char* where, const char* what) {
    wrong_ = where;
    reason_ = what;
    return {nullptr, nullptr};
}

char JsonReader::peek() {
    if (place_.in == nullptr) return '\0';
    place_.in = skip_blanks(place_.in);
    return at(place_.in);
}

bool JsonReader::value(std::string_view& into) {
    if (place_.in == nullptr) return false;
    const char* from = place_.out;
    const JsonPlace after = read_value({skip_blanks(place_.in), place_.out}, 0);
    place_ = after;
    if (after.in == nullptr) return false;
    into = {from, static_cast<size_t>(after.out - from)};
    return true;
}

bool JsonReader::skip() {
    char* const out = place_.out;
    std::string_view ignored;
    if (!value(ignored)) return false;
    place_.out = out;
    return true;
}

bool JsonReader::enter(char bracket) {
    if (peek() != bracket) {
        if (place_.in != nullptr) place_ = fail(place_.in, bracket == '{' ? "expected an object" : "expected an array");
        return false;
    }
    ++place_.in;
    first_ = true;
    return true;
}

JsonReader::Step JsonReader::next_element() {
    const char next = peek();
    if (place_.in == nullptr) return Step::failed;
    if (next == ']') return ++place_.in, first_ = false, Step::end;
    if (!first_) {
        if (next != ',') return place_ = fail(place_.in, "expected ',' or ']'"), Step::failed;
        ++place_.in;
    }
    first_ = false;
    return Step::item;
}

JsonReader::Step JsonReader::next_key(std::string_view& key) {
    char next = peek();
    if (place_.in == nullptr) return Step::failed;
    if (next == '}') return ++place_.in, first_ = false, Step::end;
    if (!first_) {
        if (next != ',') return place_ = fail(place_.in, "expected ',' or '}'"), Step::failed;
        ++place_.in;
        next = peek();
    }
    first_ = false;
    if (next != '"') return place_ = fail(place_.in, "expected a key in quotes"), Step::failed;
    const char* from = place_.out;
    place_ = read_string(place_);
    if (place_.in == nullptr) return Step::failed;
    key = {from + 1, static_cast<size_t>(place_.out - from) - 2};
    if (peek() != ':') return place_ = fail(place_.in, "expected ':' after a key"), Step::failed;
    ++place_.in;
    return Step::item;
}

bool JsonReader::finish() {
    peek();
    if (place_.in == nullptr) return false;
    if (place_.in != end_) place_ = fail(place_.in, "expected nothing more behind the value");
    return place_.in != nullptr;
}

Error JsonReader::error() const {
    const auto position = wrong_ - text_.data();
    if (wrong_ >= end_) return {Code::invalid, fmt::format("the text ends at byte {}: {}", position, reason_)};
    const auto c = static_cast<unsigned char>(*wrong_);
    const std::string shown = c > 0x20 && c < 0x7f ? fmt::format("'{}'", *wrong_) : fmt::format("0x{:02x}", c);
    return {Code::invalid, fmt::format("at byte {} ({}): {}", position, shown, reason_)};
}

JsonPlace JsonReader::read_value(JsonPlace place, size_t depth) {
    switch (const char c = at(place.in)) {
        case '"':
            return read_string(place);
        case '{':
            return read_object(place, depth + 1);
        case '[':
            return read_array(place, depth + 1);
        case 't':
            return read_literal(place, "true");
        case 'f':
            return read_literal(place, "false");
        case 'n':
            return read_literal(place, "null");
        default:
            return c == '-' || is_digit(c) ? read_number(place) : fail(place.in, "expected a value");
    }
}

JsonPlace JsonReader::read_array(JsonPlace place, size_t depth) {
    if (depth > max_depth) return fail(place.in, "nested deeper than 512 levels");
    *place.out++ = '[';
    place.in = skip_blanks(place.in + 1);
    if (at(place.in) == ']') return *place.out++ = ']', ++place.in, place;
    while (true) {
        place = read_value(place, depth);
        if (place.in == nullptr) return place;
        place.in = skip_blanks(place.in);
        const char next = at(place.in);
        if (next != ',' && next != ']') return fail(place.in, "expected ',' or ']'");
        *place.out++ = next;
        ++place.in;
        if (next == ']') return place;
        place.in = skip_blanks(place.in);
    }
}

JsonPlace JsonReader::read_object(JsonPlace place, size_t depth) {
    if (depth > max_depth) return fail(place.in, "nested deeper than 512 levels");
    JsonMembers::Object object = members_.begin();
    *place.out++ = '{';
    place.in = skip_blanks(place.in + 1);
    if (at(place.in) == '}') return *place.out++ = '}', ++place.in, place;
    while (true) {
        place = read_member(place, depth, object);
        if (place.in == nullptr) return place;
        const char next = at(place.in);
        if (next != ',' && next != '}') return fail(place.in, "expected ',' or '}'");
        *place.out++ = next;
        ++place.in;
        if (next == '}') break;
        place.in = skip_blanks(place.in);
    }
    place.out = members_.finish(object, output_.get(), place.out);
    return place;
}

// One `"key": value` and the blanks behind it.
JsonPlace JsonReader::read_member(JsonPlace place, size_t depth, JsonMembers::Object& object) {
    if (at(place.in) != '"') return fail(place.in, "expected a key in quotes");
    const auto position = [this](const char* out) { return static_cast<uint32_t>(out - output_.get()); };
    const char* const key_in = place.in;
    const char* const key = place.out;
    escaped_ = false;
    place = read_string(place);
    if (place.in == nullptr) return place;
    // What was just written cannot be read back at once without a stall, so a plain key is taken from the input.
    const bool from_input = !escaped_ && end_ - place.in >= 8;
    const uint64_t hash = JsonMembers::hash(from_input ? key_in : key, static_cast<size_t>(place.out - key));
    if (at(place.in) != ':') place.in = skip_blanks(place.in);
    if (at(place.in) != ':') return fail(place.in, "expected ':' after a key");
    *place.out++ = ':';
    const size_t member = members_.add(object, output_.get(), hash, position(key), position(place.out));
    place = read_value({skip_blanks(place.in + 1), place.out}, depth);
    if (place.in == nullptr) return place;
    members_.set_end(member, position(place.out));
    place.in = skip_blanks(place.in);
    return place;
}

JsonPlace JsonReader::read_string(JsonPlace place) {
    *place.out++ = '"';
    ++place.in;
    while (true) {
        place = copy_plain(place, end_, wide_);
        if (place.in == end_) return fail(place.in, "a string is not closed");
        if (*place.in == '"') return *place.out++ = '"', ++place.in, place;
        if (*place.in != '\\') return fail(place.in, "a control character in a string must be escaped");
        escaped_ = true;
        const char* problem = nullptr;
        const JsonPlace after = decode_json_escape(place, end_, problem);
        if (after.in == nullptr) return fail(place.in, problem);
        place = after;
    }
}

JsonPlace JsonReader::read_number(JsonPlace place) {
    const char* p = place.in;
    const auto digits = [&] {
        const char* const from = p;
        while (p < end_ && is_digit(*p)) ++p;
        return p != from;
    };
    if (*p == '-') ++p;
    if (at(p) == '0')
        ++p;
    else if (!digits())
        return fail(p, "a number needs a digit here");
    if (at(p) == '.' && (++p, !digits())) return fail(p, "a number needs a digit after its point");
    if (at(p) == 'e' || at(p) == 'E') {
        ++p;
        if (at(p) == '+' || at(p) == '-') ++p;
        if (!digits()) return fail(p, "a number needs a digit in its exponent");
    }
    const auto size = static_cast<size_t>(p - place.in);
    std::memcpy(place.out, place.in, size);
    return {p, place.out + size};
}

JsonPlace JsonReader::read_literal(JsonPlace place, std::string_view literal) {
    if (static_cast<size_t>(end_ - place.in) < literal.size() ||
        std::memcmp(place.in, literal.data(), literal.size()) != 0)
        return fail(place.in, "expected a value");
    std::memcpy(place.out, literal.data(), literal.size());
    return {place.in + literal.size(), place.out + literal.size()};
}

Result<std::string> compact_json(std::string_view text) {
    JsonReader reader;
    std::string_view compact;
    if (!reader.start(text) || !reader.value(compact) || !reader.finish()) return fail(reader.error());
    return std::string(compact);
}

}  // namespace pinflow
