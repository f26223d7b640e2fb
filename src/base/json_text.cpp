#include "base/json_text.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <unordered_map>

#include "base/text.h"
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace pinflow {
namespace {

constexpr size_t slack = 64;                 // a block copy may write this far behind what counts
constexpr size_t max_kept_bytes = 4u << 20;  // memory that a reader keeps when it starts over
constexpr size_t max_filtered = 64;          // objects with more members look for repeats once, at their end

#if defined(__AVX2__)
constexpr ptrdiff_t block_size = 32;

// Copies a block and answers where its first quote, backslash or control character is; block_size if there is none.
inline ptrdiff_t copy_plain(const char* from, char* to) {
    const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), block);
    const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(block, _mm256_set1_epi8(0x1f)), block);
    const __m256i quote = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('"'));
    const __m256i backslash = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('\\'));
    const __m256i special = _mm256_or_si256(control, _mm256_or_si256(quote, backslash));
    const auto mask = static_cast<uint32_t>(_mm256_movemask_epi8(special));
    return std::countr_zero(mask);
}
#else
constexpr ptrdiff_t block_size = 8;

inline ptrdiff_t copy_plain(const char* from, char* to) {
    constexpr uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    uint64_t block;
    std::memcpy(&block, from, sizeof block);
    std::memcpy(to, &block, sizeof block);
    const auto zero_bytes = [](uint64_t x) { return (x - ones) & ~x; };  // the lowest high bit set is exact
    const uint64_t control = (block - ones * 0x20) & ~block;
    const uint64_t special = (control | zero_bytes(block ^ ones * '"') | zero_bytes(block ^ ones * '\\')) & highs;
    return std::countr_zero(special) / 8;
}
#endif

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
inline bool is_special(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

inline uint64_t mix(uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Seeded, so that nobody can send keys that all fall together. Reads up to 8 bytes behind the key: there is slack.
uint64_t key_hash(const char* key, size_t size) {
    static const uint64_t seed = (uint64_t{std::random_device{}()} << 32 | std::random_device{}()) | 1;
    uint64_t hash = seed ^ size, word;
    for (; size > 8; size -= 8, key += 8) {
        std::memcpy(&word, key, sizeof word);
        hash = mix(hash ^ word, 0x9e3779b97f4a7c15);
    }
    std::memcpy(&word, key, sizeof word);
    word = size == 0 ? 0 : word << (64 - 8 * size);
    return mix(hash ^ word, 0xd6e8feb86659fd93);
}

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
    constexpr std::string_view shorts = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
    *out++ = '\\';
    if (const size_t found = shorts.find(c); found != shorts.npos) {
        *out++ = letters[found];
        return out;
    }
    constexpr std::string_view hex = "0123456789ABCDEF";  // upper case, as Jackson writes it
    for (char part : {'u', '0', '0', hex[static_cast<size_t>(c) >> 4], hex[static_cast<size_t>(c) & 15]}) *out++ = part;
    return out;
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

}  // namespace

// Tells "this key was not seen yet" for nearly every key without a comparison.
struct JsonReader::KeyFilter {
    uint64_t low = 0, high = 0;
    bool has_repeats = false;

    bool may_hold(uint64_t hash) const { return (low >> (hash & 63) & high >> (hash >> 6 & 63) & 1) != 0; }
    void add(uint64_t hash) {
        low |= uint64_t{1} << (hash & 63);
        high |= uint64_t{1} << (hash >> 6 & 63);
    }
};

bool JsonReader::start(std::string_view text) {
    if (text.data() == nullptr) text = "";
    text_ = text;
    end_ = text.data() + text.size();
    wrong_ = reason_ = nullptr;
    first_ = false;
    members_.clear();
    const size_t needed = text.size() + slack;  // compact text is never longer than what it was made from
    if (capacity_ < needed || (capacity_ > max_kept_bytes && needed < max_kept_bytes / 2)) {
        capacity_ = std::max(needed, size_t{4096});
        output_ = std::make_unique_for_overwrite<char[]>(capacity_);
        if (members_.capacity() > max_kept_bytes / sizeof(Member)) members_.shrink_to_fit();
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

JsonReader::Place JsonReader::fail(const char* where, const char* what) {
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
    const Place after = read_value({skip_blanks(place_.in), place_.out}, 0);
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

JsonReader::Place JsonReader::read_value(Place place, size_t depth) {
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

JsonReader::Place JsonReader::read_array(Place place, size_t depth) {
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

JsonReader::Place JsonReader::read_object(Place place, size_t depth) {
    if (depth > max_depth) return fail(place.in, "nested deeper than 512 levels");
    const size_t first = members_.size();
    KeyFilter filter;
    *place.out++ = '{';
    place.in = skip_blanks(place.in + 1);
    if (at(place.in) == '}') return *place.out++ = '}', ++place.in, place;
    while (true) {
        place = read_member(place, depth, first, filter);
        if (place.in == nullptr) return place;
        const char next = at(place.in);
        if (next != ',' && next != '}') return fail(place.in, "expected ',' or '}'");
        *place.out++ = next;
        ++place.in;
        if (next == '}') break;
        place.in = skip_blanks(place.in);
    }
    const bool many = members_.size() - first > max_filtered;
    if (filter.has_repeats || (many && has_repeats_sorted(first))) place.out = without_repeats(first, place.out);
    members_.resize(first);
    return place;
}

// One `"key": value` and the blanks behind it.
JsonReader::Place JsonReader::read_member(Place place, size_t depth, size_t first, KeyFilter& filter) {
    if (at(place.in) != '"') return fail(place.in, "expected a key in quotes");
    const auto position = [this](const char* out) { return static_cast<uint32_t>(out - output_.get()); };
    const char* const key = place.out;
    place = read_string(place);
    if (place.in == nullptr) return place;
    if (at(place.in) != ':') place.in = skip_blanks(place.in);
    if (at(place.in) != ':') return fail(place.in, "expected ':' after a key");
    const uint64_t hash = key_hash(key, static_cast<size_t>(place.out - key));
    *place.out++ = ':';
    const Member member{hash, position(key), position(place.out), 0};
    const size_t index = members_.size();
    if (filter.may_hold(hash) && index - first < max_filtered && !filter.has_repeats)
        filter.has_repeats = repeats(member, first);
    filter.add(hash);
    members_.push_back(member);
    place = read_value({skip_blanks(place.in + 1), place.out}, depth);
    if (place.in == nullptr) return place;
    members_[index].end = position(place.out);
    place.in = skip_blanks(place.in);
    return place;
}

JsonReader::Place JsonReader::read_string(Place place) {
    const char* p = place.in + 1;
    char* out = place.out;
    *out++ = '"';
    while (true) {
        if (end_ - p >= block_size) {
            const ptrdiff_t plain = copy_plain(p, out);
            p += plain, out += plain;
            if (plain == block_size) continue;
        } else {
            while (p < end_ && !is_special(*p)) *out++ = *p++;
            if (p == end_) return fail(p, "a string is not closed");
        }
        if (*p == '"') return *out++ = '"', Place{p + 1, out};
        if (*p != '\\') return fail(p, "a control character in a string must be escaped");
        const Place after = read_escape({p, out});
        if (after.in == nullptr) return after;
        p = after.in, out = after.out;
    }
}

JsonReader::Place JsonReader::read_escape(Place place) {
    const char kind = at(place.in + 1);
    if (kind == 'u') return read_code_point(place);
    if (kind == '/') return *place.out++ = '/', Place{place.in + 2, place.out};
    if (kind == '\0' || !std::string_view("\"\\bfnrt").contains(kind)) return fail(place.in, "an unknown escape");
    *place.out++ = '\\';
    *place.out++ = kind;
    return {place.in + 2, place.out};
}

JsonReader::Place JsonReader::read_code_point(Place place) {
    int64_t code = hex4(place.in + 2, end_);
    const char* after = place.in + 6;
    if (code < 0) return fail(place.in, "\\u needs four hexadecimal digits");
    if (code >= 0xd800 && code < 0xe000) {
        const bool pair = code < 0xdc00 && end_ - after >= 6 && after[0] == '\\' && after[1] == 'u';
        const int64_t low = pair ? hex4(after + 2, end_) : -1;
        if (low < 0xdc00 || low >= 0xe000) return fail(place.in, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        after += 6;
    }
    if (code < 0x80 && is_special(static_cast<char>(code)))
        return {after, write_escaped(static_cast<char>(code), place.out)};
    return {after, write_utf8(static_cast<uint32_t>(code), place.out)};
}

JsonReader::Place JsonReader::read_number(Place place) {
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

JsonReader::Place JsonReader::read_literal(Place place, std::string_view literal) {
    if (static_cast<size_t>(end_ - place.in) < literal.size() ||
        std::memcmp(place.in, literal.data(), literal.size()) != 0)
        return fail(place.in, "expected a value");
    std::memcpy(place.out, literal.data(), literal.size());
    return {place.in + literal.size(), place.out + literal.size()};
}

bool JsonReader::same_key(const Member& a, const Member& b) const {
    const size_t size = a.value - a.key;
    return a.hash == b.hash && size == b.value - b.key &&
           std::memcmp(output_.get() + a.key, output_.get() + b.key, size) == 0;
}

bool JsonReader::repeats(const Member& member, size_t first) const {
    for (size_t i = first; i < members_.size(); ++i)
        if (same_key(members_[i], member)) return true;
    return false;
}

bool JsonReader::has_repeats_sorted(size_t first) {
    std::vector<uint64_t> hashes;
    hashes.reserve(members_.size() - first);
    for (size_t i = first; i < members_.size(); ++i) hashes.push_back(members_[i].hash);
    std::ranges::sort(hashes);
    return std::ranges::adjacent_find(hashes) != hashes.end();
}

// Rare: writes the object that ends at `out` again, each key once, where it stood first, with its last value.
char* JsonReader::without_repeats(size_t first, char* out) {
    char* const begin = output_.get() + members_[first].key;
    const std::string old(begin, out);
    const auto key_of = [&](const Member& m) {
        return std::string_view(old).substr(m.key - members_[first].key, m.value - m.key);
    };
    std::unordered_map<std::string_view, size_t> last;
    for (size_t i = first; i < members_.size(); ++i) last[key_of(members_[i])] = i;
    char* to = begin;
    for (size_t i = first; i < members_.size(); ++i) {
        const auto found = last.find(key_of(members_[i]));
        if (found == last.end()) continue;
        const Member& winner = members_[found->second];
        if (to != begin) *to++ = ',';
        for (std::string_view part :
             {key_of(members_[i]),
              std::string_view(old).substr(winner.value - members_[first].key, winner.end - winner.value)})
            to = std::ranges::copy(part, to).out;
        last.erase(found);
    }
    *to++ = '}';
    return to;
}

Result<std::string> compact_json(std::string_view text) {
    JsonReader reader;
    std::string_view compact;
    if (!reader.start(text) || !reader.value(compact) || !reader.finish()) return fail(reader.error());
    return std::string(compact);
}

std::string json_string_text(std::string_view compact_string) {
    std::string out;
    if (compact_string.size() < 2) return out;
    compact_string = compact_string.substr(1, compact_string.size() - 2);
    constexpr std::string_view shorts = "\b\f\n\r\t", letters = "bfnrt";
    for (size_t i = 0; i < compact_string.size(); ++i) {
        char c = compact_string[i];
        if (c == '\\' && i + 1 < compact_string.size()) {
            c = compact_string[++i];
            if (const size_t found = letters.find(c); found != letters.npos) c = shorts[found];
            if (c == 'u') {
                c = static_cast<char>(
                    std::max<int64_t>(0, hex4(&compact_string[i] + 1, std::to_address(compact_string.end()))));
                i += 4;
            }
        }
        out += c;
    }
    return out;
}

}  // namespace pinflow
