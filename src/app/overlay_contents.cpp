#include "app/overlay_contents.h"

#include <algorithm>

namespace pinflow::app {
namespace {

constexpr uint64_t page_bytes = uint64_t{64} << 10;

}  // namespace

Result<> OverlayDisk::Contents::read_below(MutableBytes into, uint64_t position) {
    std::ranges::fill(into, std::byte{0});
    if (position >= below_end_) return {};
    const uint64_t count = std::min<uint64_t>(into.size(), below_end_ - position);
    PINFLOW_TRY(below_->read_at(into.first(count), position));
    return {};
}

Result<size_t> OverlayDisk::Contents::read_at(MutableBytes into, uint64_t position) {
    const std::scoped_lock lock(mutex_);
    if (position >= size_) return 0;
    into = into.first(std::min<uint64_t>(into.size(), size_ - position));
    PINFLOW_TRY(read_below(into, position));
    const uint64_t end = position + into.size();
    auto page = pages_.lower_bound(position / page_bytes);
    for (; page != pages_.end() && page->first * page_bytes < end; ++page) {
        const uint64_t from = std::max(position, page->first * page_bytes);
        const uint64_t to = std::min(end, (page->first + 1) * page_bytes);
        const Bytes shown = Bytes(page->second).subspan(from - page->first * page_bytes, to - from);
        std::ranges::copy(shown, into.begin() + static_cast<std::ptrdiff_t>(from - position));
    }
    return into.size();
}

Result<std::vector<std::byte>*> OverlayDisk::Contents::page(uint64_t number) {
    if (const auto found = pages_.find(number); found != pages_.end()) return &found->second;
    std::vector<std::byte> bytes(page_bytes);
    PINFLOW_TRY(read_below(bytes, number * page_bytes));
    return &(pages_[number] = std::move(bytes));
}

Result<> OverlayDisk::Contents::write_piece(Bytes piece, uint64_t position) {
    while (!piece.empty()) {
        PINFLOW_ASSIGN(auto* const bytes, page(position / page_bytes));
        const uint64_t at = position % page_bytes;
        const uint64_t count = std::min<uint64_t>(piece.size(), page_bytes - at);
        std::ranges::copy(piece.first(count), bytes->begin() + static_cast<std::ptrdiff_t>(at));
        piece = piece.subspan(count);
        position += count;
        size_ = std::max(size_, position);
    }
    return {};
}

Result<> OverlayDisk::Contents::write_at(std::span<const Bytes> pieces, uint64_t position) {
    const std::scoped_lock lock(mutex_);
    for (const Bytes piece : pieces) {
        PINFLOW_TRY(write_piece(piece, position));
        position += piece.size();
    }
    return {};
}

Result<> OverlayDisk::Contents::resize(uint64_t size) {
    const std::scoped_lock lock(mutex_);
    if (size < size_) {
        below_end_ = std::min(below_end_, size);
        const uint64_t last = size / page_bytes;
        if (const auto cut = pages_.find(last); cut != pages_.end())
            std::ranges::fill(std::span(cut->second).subspan(size % page_bytes), std::byte{0});
        pages_.erase(pages_.upper_bound(last), pages_.end());
    }
    size_ = size;
    return {};
}

void OverlayDisk::Contents::grow(uint64_t size) {
    const std::scoped_lock lock(mutex_);
    size_ = std::max(size_, size);
}

uint64_t OverlayDisk::Contents::size() {
    const std::scoped_lock lock(mutex_);
    return size_;
}

}  // namespace pinflow::app
