#include "net/request_reader.h"

#include <bit>
#include <cstring>

namespace pinflow::net {
namespace {

constexpr size_t largest_kept_buffer = size_t{16} << 10;  // bodies up to about this are read behind their head
constexpr size_t raw_window = size_t{16} << 10;

}  // namespace

RequestReader::RequestReader(const Limits& limits, BufferPool& pool, MemoryBudget& budget, std::string_view peer)
    : limits_(limits), pool_(pool), peer_(peer), body_(pool, budget) {}

std::span<char> RequestReader::prepare() {
    if (phase_ == Phase::body) return prepare_body();
    if (begin_ == end_) begin_ = end_ = scanned_ = 0;
    if (end_ == buffer_.capacity()) grow_buffer();
    return {buffer_.data() + end_, buffer_.capacity() - end_};
}

std::span<char> RequestReader::prepare_body() {
    switch (mode_) {
        case BodyMode::in_place:
            return {buffer_.data() + end_, buffer_.capacity() - end_};
        case BodyMode::direct: {
            const size_t left = head_.content_length - body_.size();
            return {body_.end(), std::min(left, body_.room())};
        }
        case BodyMode::decoded:
            break;
    }
    if (raw_.capacity() == 0) raw_ = pool_.take(raw_window);
    raw_begin_ = raw_end_ = 0;  // decode() has taken all
    return {raw_.data(), raw_.capacity()};
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
    if (phase_ == Phase::body) {
        body_bytes_seen_ += bytes;
        switch (mode_) {
            case BodyMode::in_place:
                end_ += bytes;
                break;
            case BodyMode::direct:
                body_.added(bytes);
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
    while (empty_lines_ < 4 && buffered().starts_with("\r\n")) {
        ++empty_lines_;
        begin_ += 2;
    }
    scanned_ = std::max(scanned_, begin_);
    const std::string_view rest = buffered();
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
    if (buffered().substr(0, limits_.max_header_bytes).find('\n') == std::string_view::npos)
        return fail(414, fmt::format("the request line is over the limit of {} bytes", limits_.max_header_bytes));
    return fail(431, fmt::format("the headers are over the limit of {} bytes", limits_.max_header_bytes));
}

RequestReader::Event RequestReader::begin_body() {
    const size_t head_size = scanned_ - begin_;
    auto problem = parse_head({buffer_.data() + begin_, head_size}, limits_, headers_, head_);
    head_.request.headers = headers_;
    head_.request.peer = peer_;
    head_.request.secure = secure_;
    head_.request.tag = tag_ += 0x9e3779b97f4a7c15;
    head_known_ = !head_.request.target.empty();
    begin_ = scanned_;
    if (problem) return fail(problem->status, std::move(problem->message));
    wanted_ = std::bit_ceil(std::min(largest_kept_buffer, head_size + head_.content_length + 256));

    phase_ = Phase::body;
    body_bytes_seen_ = end_ - begin_;
    if (head_.chunked || head_.gzip) {
        mode_ = BodyMode::decoded;
        length_left_ = head_.content_length;
        if (head_.chunked) chunked_.emplace(limits_.max_header_bytes);
        if (head_.gzip) inflater_ = std::make_unique<Inflater>();
    } else if (head_.content_length <= buffer_.capacity() - begin_) {
        mode_ = BodyMode::in_place;
    } else {
        mode_ = BodyMode::direct;
        if (!body_.append(buffered(), head_.content_length)) return over_budget();
        begin_ = end_;
    }
    const bool has_body = head_.chunked || head_.content_length > 0;
    if (head_.expects_continue && has_body && body_bytes_seen_ == 0) return Event::wants_continue;
    return read_body();
}

RequestReader::Event RequestReader::read_body() {
    switch (mode_) {
        case BodyMode::in_place: {
            if (end_ - begin_ < head_.content_length) return Event::need_more;
            const std::string_view body = buffered().substr(0, head_.content_length);
            begin_ += body.size();
            return body_is_whole(body);
        }
        case BodyMode::direct:
            return read_direct();
        case BodyMode::decoded:
            break;
    }
    return decode();
}

RequestReader::Event RequestReader::read_direct() {
    if (body_.size() == head_.content_length) return body_is_whole(body_.text());
    if (!body_.make_room(head_.content_length)) return over_budget();
    return Event::need_more;
}

RequestReader::Event RequestReader::decode() {
    std::string_view input = buffered();
    Event event = decode_some(input);
    begin_ = end_ - input.size();
    if (event != Event::need_more) return event;
    input = {raw_.data() + raw_begin_, raw_end_ - raw_begin_};
    event = decode_some(input);
    raw_begin_ = raw_end_ - input.size();
    return event;
}

// Takes bytes of the body off the front of `input`; all of them, unless the body ends before.
RequestReader::Event RequestReader::decode_some(std::string_view& input) {
    while (true) {
        if (head_.chunked) {
            if (input.empty() && !chunked_->done()) return Event::need_more;
            const std::string_view piece = chunked_->next(input);
            if (chunked_->problem() != nullptr) return fail(chunked_->too_large() ? 431 : 400, chunked_->problem());
            if (const Event event = take_piece(piece); event != Event::need_more) return event;
            if (!chunked_->done()) continue;
        } else {
            const std::string_view piece = input.substr(0, length_left_);
            input.remove_prefix(piece.size());
            length_left_ -= piece.size();
            if (const Event event = take_piece(piece); event != Event::need_more) return event;
            if (length_left_ > 0) return Event::need_more;
        }
        const bool has_body = head_.chunked || head_.content_length > 0;
        if (inflater_ && has_body && !inflater_->at_end()) return fail(400, "the body is not whole gzip data");
        return body_is_whole(body_.text());
    }
}

RequestReader::Event RequestReader::take_piece(std::string_view piece) {
    if (piece.empty()) return Event::need_more;
    if (inflater_) return take_gzip(piece);
    if (body_.size() + piece.size() > limits_.max_body_bytes) return over_body_limit();
    return body_.append(piece, 0) ? Event::need_more : over_budget();
}

RequestReader::Event RequestReader::take_gzip(std::string_view piece) {
    while (true) {
        if (!body_.make_room(4 * piece.size())) return over_budget();
        // One byte over the limit may be written: that is how it shows.
        const size_t room = std::min(body_.room(), limits_.max_body_bytes + 1 - body_.size());
        size_t written = 0;
        const Inflater::State state = inflater_->next(piece, body_.end(), room, written);
        body_.added(written);
        if (body_.size() > limits_.max_body_bytes) return over_body_limit();
        if (state == Inflater::State::broken) return fail(400, "the body is not valid gzip data");
        if (state == Inflater::State::more) return Event::need_more;
    }
}

RequestReader::Event RequestReader::body_is_whole(std::string_view body) {
    head_.request.body = body;
    phase_ = Phase::ready;
    return Event::ready;
}

RequestReader::Event RequestReader::over_body_limit() {
    return fail(413, fmt::format("the body is over the limit of {} bytes", limits_.max_body_bytes));
}

RequestReader::Event RequestReader::over_budget() {
    return fail(503, "too many large requests at once; try again later");
}

void RequestReader::finish() {
    phase_ = Phase::head;
    head_known_ = false;
    empty_lines_ = 0;
    head_.request = {};
    chunked_.reset();
    inflater_.reset();
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
    scanned_ = begin_;
    if (begin_ == end_) {
        begin_ = end_ = scanned_ = 0;
        const bool misfit = buffer_.capacity() > largest_kept_buffer || buffer_.capacity() < wanted_;
        if (misfit && buffer_.capacity() > 0) pool_.give(std::exchange(buffer_, Buffer()));
    }
}

void RequestReader::shrink() {
    if (!has_spare_memory()) return;
    pool_.give(std::exchange(buffer_, Buffer()));
    headers_ = {};
    begin_ = end_ = scanned_ = 0;
    wanted_ = idle_buffer;
}

}  // namespace pinflow::net
