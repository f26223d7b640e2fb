#include "kinesis/cbor_reader.h"

#include <bit>
#include <cmath>

#include "base/bytes.h"
#include "base/text.h"
#include "kinesis/cbor.h"

namespace pinflow::kinesis {
namespace {

using Kind = Item::Kind;

constexpr char break_byte = '\xff';

double from_half(uint16_t bits) {
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    const double value = exponent == 0    ? std::ldexp(mantissa, -24)
                         : exponent != 31 ? std::ldexp(mantissa + 1024, exponent - 25)
                         : mantissa == 0  ? INFINITY
                                          : NAN;
    return (bits & 0x8000) != 0 ? -value : value;
}

}  // namespace

std::string_view CborReader::read() {
    if (read_item({}, 0) && !rest_.empty()) fail("something follows the request");
    return problem_;
}

bool CborReader::read_head(Head& head) {
    if (rest_.empty()) return fail("the request ends too early");
    const auto first = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    head = {static_cast<uint8_t>(first >> 5), static_cast<uint8_t>(first & 31), static_cast<uint64_t>(first & 31)};
    if (head.info < 24) return true;
    if (head.indefinite()) {
        const bool may_be = head.major >= cbor::blob && head.major <= cbor::map;
        return may_be || fail("a length where none can be");
    }
    if (head.info > 27) return fail("a reserved byte");
    const size_t size = size_t{1} << (head.info - 24);
    if (rest_.size() < size) return fail("the request ends too early");
    head.value = 0;
    for (size_t i = 0; i < size; ++i) head.value = head.value << 8 | static_cast<uint8_t>(rest_[i]);
    rest_.remove_prefix(size);
    return true;
}

bool CborReader::at_break() {
    if (rest_.empty() || rest_.front() != break_byte) return false;
    rest_.remove_prefix(1);
    return true;
}

bool CborReader::read_item(std::string_view name, size_t depth) {
    if (depth == Document::max_depth) return fail("values are nested too deep");
    Head head{};
    if (!read_head(head)) return false;
    if (head.major == cbor::tag) return read_tagged(head.value, name, depth);
    if (!into_.add(Kind::null, name)) return fail(into_.problem_);
    Document::Node& node = into_.nodes_.back();
    switch (head.major) {
        case cbor::unsigned_number:
        case cbor::negative_number:
            if (head.value > INT64_MAX) return fail("a number beyond 64 bits");
            node.kind = Kind::integer;
            node.integer = static_cast<int64_t>(head.major == cbor::unsigned_number ? head.value : ~head.value);
            node.real = static_cast<double>(node.integer);
            return true;
        case cbor::blob:
        case cbor::text:
            node.kind = head.major == cbor::blob ? Kind::blob : Kind::text;
            return read_text(head, node.text);
        case cbor::list:
        case cbor::map:
            node.kind = head.major == cbor::list ? Kind::list : Kind::object;
            return read_children(head, depth);
        default:
            return read_simple(head);
    }
}

bool CborReader::read_text(const Head& head, std::string_view& into) {
    if (head.indefinite()) {
        if (!read_joined(head.major, into)) return false;
    } else {
        if (head.value > rest_.size()) return fail("the request ends too early");
        into = rest_.substr(0, head.value);
        rest_.remove_prefix(head.value);
    }
    return head.major == cbor::blob || is_valid_utf8(into) || fail("text that is not UTF-8");
}

bool CborReader::read_joined(uint8_t major, std::string_view& into) {
    std::string& whole = into_.joined_.emplace_back();
    while (!at_break()) {
        Head piece{};
        std::string_view text;
        if (!read_head(piece)) return false;
        if (piece.major != major || piece.indefinite()) return fail("a piece of another kind in a string");
        if (!read_text(piece, text)) return false;
        whole += text;
    }
    into = whole;
    return true;
}

bool CborReader::read_key(std::string_view& into) {
    Head head{};
    if (!read_head(head)) return false;
    if (head.major != cbor::text) return fail("a key that is not text");
    return read_text(head, into);
}

bool CborReader::read_children(const Head& head, size_t depth) {
    const size_t place = into_.nodes_.size() - 1;
    uint64_t count = 0;
    while (head.indefinite() ? !at_break() : count < head.value) {
        std::string_view name;
        if (head.major == cbor::map && !read_key(name)) return false;
        if (!read_item(name, depth + 1)) return false;
        ++count;
    }
    into_.nodes_[place].end = into_.nodes_.size();
    into_.nodes_[place].children = count;
    return true;
}

// Tags other than that of a time say nothing that matters here.
bool CborReader::read_tagged(uint64_t number, std::string_view name, size_t depth) {
    const size_t place = into_.nodes_.size();
    if (!read_item(name, depth + 1)) return false;
    Document::Node& node = into_.nodes_[place];
    if (number == cbor::time_tag && node.kind == Kind::integer) node.kind = Kind::timestamp;
    return true;
}

bool CborReader::read_simple(const Head& head) {
    constexpr uint8_t no = 20, yes = 21, null = 22, undefined = 23, half = 25, single = 26, twice = 27;
    Document::Node& node = into_.nodes_.back();
    switch (head.info) {
        case no:
        case yes:
            node.kind = Kind::boolean;
            node.integer = head.info == yes;
            return true;
        case null:
        case undefined:
            return true;
        case half:
        case single:
        case twice:
            node.kind = Kind::real;
            node.real = head.info == half ? from_half(static_cast<uint16_t>(head.value))
                        : head.info == single
                            ? static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(head.value)))
                            : std::bit_cast<double>(head.value);
            return true;
        default:
            return fail("a simple value that has no meaning here");
    }
}

}  // namespace pinflow::kinesis
