// How a request's body is read: where it lies behind its head, straight into its own memory, or decoded on the way.
#include "net/request_reader.h"

namespace pinflow::net {

std::span<char> RequestReader::prepare_body() {
    switch (mode_) {
        case BodyMode::in_place:
            return {buffer_.data() + end_, buffer_.capacity() - end_};
        case BodyMode::direct: {
            const size_t left = head_.content_length - body_.buffer().size();
            return {body_.buffer().end(), std::min(left, body_.buffer().room())};
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
    const size_t before = body_.buffer().size();
    const bool failed = phase_ == Phase::pieces && decode() == Event::failed;
    const bool fresh = body_.buffer().size() > before || piece_is_last() || !is_offered_;
    is_offered_ = true;
    if (fresh) return Event::piece;
    return failed ? Event::failed : Event::need_more;
}

RequestReader::Event RequestReader::read_body() {
    switch (mode_) {
        case BodyMode::in_place: {
            if (end_ - begin_ < head_.content_length) return Event::need_more;
            const std::string_view body = unread().substr(0, head_.content_length);
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
    if (body_.buffer().size() == head_.content_length) return body_is_whole(body_.buffer().text());
    if (!body_.buffer().make_room(head_.content_length)) return fail(BodyIntake::over_budget());
    return Event::need_more;
}

RequestReader::Event RequestReader::decode() {
    std::string_view input = unread();
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
            if (auto problem = body_.add(piece)) return fail(std::move(*problem));
            if (!chunked_->done()) continue;
        } else {
            const std::string_view piece = input.substr(0, length_left_);
            input.remove_prefix(piece.size());
            length_left_ -= piece.size();
            if (auto problem = body_.add(piece)) return fail(std::move(*problem));
            if (length_left_ > 0) return Event::need_more;
        }
        if (auto problem = body_.end()) return fail(std::move(*problem));
        return body_is_whole(body_.buffer().text());
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

}  // namespace pinflow::net
