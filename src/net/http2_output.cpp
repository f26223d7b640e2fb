#include "net/http2_output.h"

#include <algorithm>

namespace pinflow::net {

void Http2Output::copy(std::string_view bytes) {
    if (bytes.empty()) return;
    if (pieces_.empty() || pieces_.back().iov_base != nullptr)
        pieces_.push_back({nullptr, bytes.size()});
    else
        pieces_.back().iov_len += bytes.size();
    text_.append(bytes);
    size_ += bytes.size();
}

void Http2Output::refer(std::string_view bytes) {
    if (bytes.empty()) return;
    pieces_.push_back({const_cast<char*>(bytes.data()), bytes.size()});
    size_ += bytes.size();
}

std::span<const iovec> Http2Output::pieces() {
    constexpr size_t most_at_once = 256;  // the system takes no more than 1024
    char* next = text_.data();
    for (iovec& piece : placed_ ? std::span<iovec>() : std::span<iovec>(pieces_))
        if (piece.iov_base == nullptr) {
            piece.iov_base = next;
            next += piece.iov_len;
        }
    placed_ = true;
    return std::span(pieces_).subspan(first_).first(std::min(most_at_once, pieces_.size() - first_));
}

void Http2Output::sent(size_t bytes) {
    size_ -= bytes;
    if (size_ == 0) return clear();
    while (bytes >= pieces_[first_].iov_len) bytes -= pieces_[first_++].iov_len;
    iovec& piece = pieces_[first_];
    piece = {static_cast<char*>(piece.iov_base) + bytes, piece.iov_len - bytes};
}

void Http2Output::clear() {
    text_.clear();
    pieces_.clear();
    kept_.clear();
    first_ = size_ = 0;
    placed_ = false;
}

void Http2Output::shrink() {
    text_ = std::string();
    pieces_ = {};
    kept_ = {};
}

}  // namespace pinflow::net
