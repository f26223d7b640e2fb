// How a request's body is read: where it lies behind its head, straight into its own memory, or decoded on the way.
#include "net/request_reader.h"

namespace pinflow::net {

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

// As large as what comes at a time, so that much of it costs few calls and one that waits holds little.
std::span<char> RequestReader::prepare_window() {
    if (raw_.capacity() != window_) {
        if (raw_.capacity() > 0) pool_.give(std::exchange(raw_, Buffer()));
        raw_ = pool_.take(window_);
    }
    raw_begin_ = raw_end_ = 0;  // decode() has taken all
    return {raw_.data(), raw_.capacity()};
}

// What came in front of a failure is offered first: then resume() fails.
RequestReader::Event RequestReader::read_pieces() {
    const size_t before = body_.size();
    const bool failed = phase_ == Phase::pieces && decode() == Event::failed;
    const bool fresh = body_.size() > before || piece_is_last() || !is_offered_;
    is_offered_ = true;
    if (fresh) return Event::piece;
    return failed ? Event::failed : Event::need_more;
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
    if (phase_ == Phase::pieces) return body_.append(piece, 0) ? Event::need_more : over_budget();
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
    if (phase_ == Phase::pieces) {
        phase_ = Phase::pieces_end;
        return Event::piece;
    }
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

}  // namespace pinflow::net
