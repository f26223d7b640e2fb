#include "engine/parquet_page.h"

#include "engine/parquet_levels.h"

namespace pinflow::engine {
namespace {

constexpr size_t page_bytes = 256 << 10;   // before compression
constexpr size_t page_indices = 64 << 10;  // into a dictionary

// Levels with their length before them, as data pages of version 1 have it.
template <class Append>
void with_length(ByteBuffer& into, const Append& append) {
    const size_t at = into.size();
    into.append_value<uint32_t>(0);
    append();
    const auto size = static_cast<uint32_t>(into.size() - at - sizeof(uint32_t));
    std::memcpy(into.data() + at, &size, sizeof size);
}

}  // namespace

void PageBuilder::clear() {
    values_.clear();
    values_.reserve(levels_room);
    values_.commit(levels_room);
    booleans_.clear();
    indices_.clear();
    definitions_.clear();
    repetitions_.clear();
    value_count_ = 0;
}

bool PageBuilder::is_full() const {
    const size_t filled = plain().size() + booleans_.size() / 8;
    return filled >= page_bytes || indices_.size() >= page_indices || value_count_ >= 8 * page_indices;
}

std::string_view PageBuilder::body(uint32_t dictionary_count) {
    body_.clear();
    write_levels();
    if (!indices_.empty()) {
        const int width = std::max(1, static_cast<int>(std::bit_width(dictionary_count - 1)));
        body_.append_value(static_cast<uint8_t>(width));
        append_hybrid<uint32_t>(body_, indices_, width);
        return body_.view();
    }
    if (boolean_) {
        write_booleans();
        return body_.view();
    }
    if (body_.size() > levels_room) {
        body_.append(plain());
        return body_.view();
    }
    const size_t begin = levels_room - body_.size();  // plain values stay where they are, the levels go before them
    std::memcpy(values_.data() + begin, body_.data(), body_.size());
    return values_.view().substr(begin);
}

void PageBuilder::write_levels() {
    if (list_) with_length(body_, [&] { append_hybrid<uint8_t>(body_, repetitions_, 1); });
    if (definitions_.empty())
        with_length(body_, [&] { append_run(body_, 1, value_count_, 1); });
    else
        with_length(body_, [&] { append_hybrid<uint8_t>(body_, definitions_, list_ ? 2 : 1); });
}

void PageBuilder::write_booleans() {
    for (size_t i = 0; i < booleans_.size(); i += 8) {
        uint8_t eight = 0;
        for (size_t bit = 0; bit < 8 && i + bit < booleans_.size(); ++bit)
            eight = static_cast<uint8_t>(eight | (booleans_[i + bit] ? 1 : 0) << bit);
        body_.append_value(eight);
    }
}

}  // namespace pinflow::engine
