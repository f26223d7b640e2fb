#include "net/request_reader.h"

#include <bit>
#include <cstring>

namespace pinflow::net {
namespace {

constexpr size_t largest_kept_buffer = size_t{16} << 10;  // bodies up to about this are read behind their head
constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\n";  // RFC 9113, 3.4: what reads as a head of it

}  // namespace

RequestReader::RequestReader(const Limits& limits, BufferPool& pool, MemoryBudget& budget, std::string_view peer,
                             PieceFilter* filter)
    : limits_(limits), filter_(filter), pool_(pool), peer_(peer), body_(limits, pool, budget) {}

std::span<char> RequestReader::prepare() {
    if (phase_ == Phase::body) return prepare_body();
    if (phase_ == Phase::pieces) return prepare_window();
    if (begin_ == end_) begin_ = end_ = scanned_ = 0;
    if (end_ == buffer_.capacity()) grow_buffer();
    return {buffer_.data() + end_, buffer_.capacity() - end_};
}

// Moves what is not taken to the front of a buffer that is at least half empty.
void RequestReader::grow_buffer() {
    const size_t size = end_ - begin_;
    if (buffer_.capacity() == 0 || size * 2 > buffer_.capacity()) {
        Buffer bigger = pool_.take(std::max({wanted_, size * 2, BufferPool::smallest}));
        if (size > 0) std::memcpy(bigger.data(), buffer_.data() + begin_, size);
        pool_.give(std::exchange(buffer_, std::move(bigger)));
    } else {
        std::memmove(buffer_.data(), buffer_.data() + begin_, size);
    }
    scanned_ -= begin_;
    begin_ = 0;
    end_ = size;
}

RequestReader::Event RequestReader::commit(size_t bytes) {
    if (phase_ == Phase::pieces) {
        raw_end_ += bytes;
        if (bytes == window_) window_ = std::min(window_ * 2, largest_window);
        if (bytes < window_ / 4) window_ = std::max(window_ / 2, raw_window);
    } else if (phase_ == Phase::body) {
        body_bytes_seen_ += bytes;
        switch (mode_) {
            case BodyMode::in_place:
                end_ += bytes;
                break;
            case BodyMode::direct:
                body_.buffer().added(bytes);
                break;
            case BodyMode::decoded:
                raw_end_ += bytes;
                break;
        }
    } else {
        end_ += bytes;
    }
    return resume();
}

RequestReader::Event RequestReader::resume() {
    switch (phase_) {
        case Phase::head:
            return read_head();
        case Phase::body:
            return read_body();
        case Phase::ready:
            return Event::ready;
        case Phase::pieces:
        case Phase::pieces_end:
            return read_pieces();
        case Phase::failed:
            break;
    }
    return Event::failed;
}

RequestReader::Event RequestReader::end_of_stream() {
    if (phase_ == Phase::failed || between_requests())
        return phase_ == Phase::failed ? Event::failed : Event::need_more;
    return fail(400, "the connection ended in the middle of a request");
}

RequestReader::Event RequestReader::fail(int status, std::string message) {
    problem_ = {status, std::move(message)};
    phase_ = Phase::failed;
    return Event::failed;
}

// RFC 9112, 2.2: empty lines in front of a request are skipped; a few. False if more bytes are needed.
bool RequestReader::skip_empty_lines() {
    while (empty_lines_ < 4 && unread().starts_with("\r\n")) {
        ++empty_lines_;
        begin_ += 2;
    }
    scanned_ = std::max(scanned_, begin_);
    const std::string_view rest = unread();
    return !rest.empty() && rest != "\r";
}

RequestReader::Event RequestReader::read_head() {
    if (scanned_ == begin_) {
        if (!skip_empty_lines()) return Event::need_more;
        const char first = buffer_.data()[begin_];
        if (first == 0x16) return fail(400, "this looks like TLS; this port speaks plain HTTP");
        if (!is_token_char(first)) return fail(400, "the request does not begin with a method");
    }
    while (scanned_ < end_) {
        const char* const from = buffer_.data() + scanned_;
        const void* const found = std::memchr(from, '\n', end_ - scanned_);
        if (found == nullptr) break;
        const char* const line_end = static_cast<const char*>(found);
        const size_t size = static_cast<size_t>(line_end - buffer_.data()) + 1 - begin_;
        if (size > limits_.max_header_bytes) return refuse_long_head();
        if (line_end == buffer_.data() + begin_ || line_end[-1] != '\r')
            return fail(400, "a line of the request does not end in CR LF");
        const bool empty_line = line_end - from == 1;
        scanned_ = begin_ + size;
        if (empty_line) return begin_body();
    }
    if (end_ - begin_ >= limits_.max_header_bytes) return refuse_long_head();
    return Event::need_more;
}

RequestReader::Event RequestReader::refuse_long_head() {
    if (unread().substr(0, limits_.max_header_bytes).find('\n') == std::string_view::npos)
        return fail(414, fmt::format("the request line is over the limit of {} bytes", limits_.max_header_bytes));
    return fail(431, fmt::format("the headers are over the limit of {} bytes", limits_.max_header_bytes));
}

RequestReader::Event RequestReader::begin_body() {
    const size_t head_size = scanned_ - begin_;
    const std::string_view text(buffer_.data() + begin_, head_size);
    auto problem = parse_head(text, limits_, headers_, head_);
    // With TLS it is ALPN that says so.
    if (problem && is_first_ && !secure_ && text == http2_preface) return Event::http2;
    is_first_ = false;
    head_.request.headers = headers_;
    head_.request.peer = peer_;
    head_.request.secure = secure_;
    head_.request.tag = tag_ += 0x9e3779b97f4a7c15;
    head_known_ = !head_.request.target.empty();
    begin_ = scanned_;
    if (problem) return fail(problem->status, std::move(problem->message));
    wanted_ = std::bit_ceil(std::min(largest_kept_buffer, head_size + head_.content_length + 256));

    const bool has_body = head_.chunked || head_.content_length > 0;
    const bool in_pieces = has_body && !head_.gzip && filter_ != nullptr && filter_->wants_pieces(head_.request);
    if (!in_pieces && head_.content_length > limits_.max_body_bytes) return fail(body_.over_limit());
    phase_ = in_pieces ? Phase::pieces : Phase::body;
    is_offered_ = false;
    body_bytes_seen_ = end_ - begin_;
    body_.begin(head_.gzip && has_body, in_pieces);
    if (head_.chunked || head_.gzip || in_pieces) {
        mode_ = BodyMode::decoded;
        length_left_ = head_.content_length;
        if (head_.chunked) chunked_.emplace(limits_.max_header_bytes);
    } else if (head_.content_length <= buffer_.capacity() - begin_) {
        mode_ = BodyMode::in_place;
    } else {
        mode_ = BodyMode::direct;
        if (!body_.buffer().append(unread(), head_.content_length)) return fail(BodyIntake::over_budget());
        begin_ = end_;
    }
    if (head_.expects_continue && has_body && body_bytes_seen_ == 0) return Event::wants_continue;
    return resume();
}

void RequestReader::finish() {
    phase_ = Phase::head;
    head_known_ = false;
    empty_lines_ = 0;
    head_.request = {};
    chunked_.reset();
    body_.recycle();
    if (raw_end_ > raw_begin_) {  // the next request has begun in the window
        const size_t left = raw_end_ - raw_begin_;
        if (left > buffer_.capacity()) pool_.give(std::exchange(buffer_, pool_.take(left)));
        std::memcpy(buffer_.data(), raw_.data() + raw_begin_, left);
        begin_ = 0;
        end_ = left;
    }
    if (raw_.capacity() > 0) pool_.give(std::exchange(raw_, Buffer()));
    raw_begin_ = raw_end_ = 0;
    window_ = raw_window;
    scanned_ = begin_;
    if (begin_ == end_) {
        begin_ = end_ = scanned_ = 0;
        const bool misfit = buffer_.capacity() > largest_kept_buffer || buffer_.capacity() < wanted_;
        if (misfit && buffer_.capacity() > 0) pool_.give(std::exchange(buffer_, Buffer()));
    }
}

void RequestReader::shrink() {
    if (!has_spare_memory()) return;
    if (phase_ == Phase::pieces) {
        window_ = raw_window;
        return;  // prepare() changes the buffer
    }
    pool_.give(std::exchange(buffer_, Buffer()));
    headers_ = {};
    begin_ = end_ = scanned_ = 0;
    wanted_ = idle_buffer;
}

}  // namespace pinflow::net
