#include "rest/record_ends.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace pinflow::rest {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// The first quote or backslash from `at` on, eight bytes a step; text.size() if there is none.
size_t find_in_string(std::string_view text, size_t at) {
    constexpr uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    const auto zero_bytes = [](uint64_t x) { return (x - ones) & ~x; };  // the lowest high bit set is exact
    for (; text.size() - at >= 8; at += 8) {
        uint64_t block;
        std::memcpy(&block, text.data() + at, sizeof block);
        if constexpr (std::endian::native == std::endian::big) block = std::byteswap(block);
        const uint64_t found = (zero_bytes(block ^ ones * '"') | zero_bytes(block ^ ones * '\\')) & highs;
        if (found != 0) return at + static_cast<size_t>(std::countr_zero(found)) / 8;
    }
    while (at < text.size() && text[at] != '"' && text[at] != '\\') ++at;
    return at;
}

}  // namespace

const std::vector<size_t>& RecordEnds::find(std::string_view text, size_t most) {
    ends_.clear();
    while (scanned_ < text.size() && ends_.size() < most && !strange_) {
        if (in_string_)
            step_string(text);
        else if (depth_ > 0)
            step_inside(text);
        else
            step_between(text);
    }
    return ends_;
}

void RecordEnds::step_between(std::string_view text) {
    while (scanned_ < text.size() && is_blank(text[scanned_])) ++scanned_;
    if (scanned_ == text.size()) return;
    begin_ = scanned_;
    if (text[scanned_] != '{') return void(strange_ = true);
    ++scanned_;
    depth_ = 1;
}

void RecordEnds::step_inside(std::string_view text) {
    for (; scanned_ < text.size(); ++scanned_) {
        switch (text[scanned_]) {
            case '"':
                ++scanned_;
                in_string_ = true;
                return;
            case '{':
                ++depth_;
                break;
            case '}':
                if (--depth_ > 0) break;
                ends_.push_back(++scanned_);
                return;
            default:
                break;
        }
    }
}

void RecordEnds::step_string(std::string_view text) {
    if (escaped_) ++scanned_;
    escaped_ = false;
    scanned_ = find_in_string(text, scanned_);
    if (scanned_ == text.size()) return;
    if (text[scanned_++] == '"')
        in_string_ = false;
    else
        escaped_ = true;
}

size_t RecordEnds::take_done() {
    const size_t done = depth_ > 0 || strange_ ? begin_ : scanned_;
    scanned_ -= done;
    begin_ -= std::min(begin_, done);
    return done;
}

}  // namespace pinflow::rest
