#include "kafka/frame_reader.h"

#include <algorithm>
#include <cstring>

namespace pinflow::kafka {

Frame& Frame::operator=(Frame&& other) noexcept {
    if (this == &other) return *this;
    drop();
    budget_ = other.budget_;
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
}

bool Frame::grow(size_t capacity) {
    if (!budget_->take(capacity - capacity_)) return false;
    auto grown = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (size_ > 0) std::memcpy(grown.get(), data_.get(), size_);
    data_ = std::move(grown);
    capacity_ = capacity;
    return true;
}

void Frame::drop() {
    if (capacity_ > 0) budget_->give(capacity_);
    data_.reset();
    size_ = capacity_ = 0;
}

bool FrameReader::make_room() {
    if (!frame_.room().empty() || frame_.bytes().size() == frame_bytes_) return true;
    return frame_.grow(std::min(frame_bytes_, std::max(allocated_at_once, frame_.capacity() * 2)));
}

FrameReader::Event FrameReader::consume(Bytes& input) {
    if (size_bytes_ < size_.size()) {
        const size_t taken = std::min(size_.size() - size_bytes_, input.size());
        if (taken > 0) std::memcpy(size_.data() + size_bytes_, input.data(), taken);
        size_bytes_ += taken;
        input = input.subspan(taken);
        if (size_bytes_ < size_.size()) return Event::need_more;
        const auto size = load_big_endian<int32_t>(size_.data());
        if (size < static_cast<int32_t>(min_frame_bytes_) || static_cast<size_t>(size) > max_frame_bytes_) {
            const bool looks_like_tls = size >> 16 == 0x1603;  // a handshake record
            error_ = {Code::invalid,
                      fmt::format("a request of {} bytes; between {} and {} (socket.request.max.bytes) "
                                  "are allowed{}",
                                  size, min_frame_bytes_, max_frame_bytes_,
                                  looks_like_tls ? "; the client speaks TLS, this listener does not" : "")};
            return Event::invalid;
        }
        frame_bytes_ = static_cast<size_t>(size);
        frame_ = Frame(budget_);
    }
    while (!input.empty() || frame_.capacity() == 0) {
        if (frame_.bytes().size() == frame_bytes_) break;
        if (!make_room()) return Event::starved;
        if (input.empty()) break;
        const MutableBytes into = frame_.room();
        const size_t taken = std::min(into.size(), input.size());
        std::memcpy(into.data(), input.data(), taken);
        frame_.added(taken);
        input = input.subspan(taken);
    }
    return frame_.bytes().size() == frame_bytes_ ? Event::frame : Event::need_more;
}

Frame FrameReader::take_frame() {
    size_bytes_ = frame_bytes_ = 0;
    return std::exchange(frame_, Frame());
}

MutableBytes FrameReader::room() {
    if (size_bytes_ < size_.size() || frame_bytes_ == 0 || !make_room()) return {};
    return frame_.room();
}

FrameReader::Event FrameReader::came(size_t bytes) {
    frame_.added(bytes);
    return frame_.bytes().size() == frame_bytes_ ? Event::frame : Event::need_more;
}

}  // namespace pinflow::kafka
