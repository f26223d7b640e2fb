#include "log/batch_scanner.h"

#include <algorithm>

namespace pinflow::log {

// Up to `size` bytes (fewer at the end), from the window if they are in it.
Result<Bytes> BatchScanner::bytes_at(uint64_t position, size_t size) {
    size = std::min<uint64_t>(size, end_ - std::min(end_, position));
    if (position < window_at_ || position + size > window_at_ + window_size_) {
        const uint64_t wanted = std::min<uint64_t>(std::max<size_t>(size, 1 << 20), end_ - std::min(end_, position));
        window_.resize(std::max<size_t>(window_.size(), wanted));
        window_at_ = position;
        PINFLOW_ASSIGN(window_size_, file_.read_at(MutableBytes(window_).first(wanted), position));
        size = std::min(size, window_size_);
    }
    return Bytes(window_).subspan(position - window_at_, size);
}

Result<std::optional<Bytes>> BatchScanner::peek() {
    PINFLOW_ASSIGN(const Bytes head, bytes_at(position_, batch_header_size));
    if (head.size() < batch_header_size) return std::optional<Bytes>();
    const BatchHeader header = BatchHeader::load(head.data());
    if (!check_header(header) || header.size() > end_ - position_) return std::optional<Bytes>();
    PINFLOW_ASSIGN(const Bytes batch, bytes_at(position_, header.size()));
    if (!check_batch(batch)) return std::optional<Bytes>();
    return std::optional<Bytes>(batch);
}

Result<std::optional<uint64_t>> BatchScanner::find_next(int64_t min_offset) {
    const uint64_t from = position_;
    std::optional<uint64_t> found;
    while (!found && ++position_ + batch_header_size <= end_) {
        PINFLOW_ASSIGN(const Bytes head, bytes_at(position_, batch_header_size));
        if (head.size() < batch_header_size) break;
        if (head[16] != std::byte{2} || load_big_endian<int64_t>(head.data()) < min_offset) continue;
        PINFLOW_ASSIGN(const auto batch, peek());
        if (batch) found = position_;
    }
    position_ = from;
    return found;
}

}  // namespace pinflow::log
