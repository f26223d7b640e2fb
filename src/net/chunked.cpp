#include "net/chunked.h"

#include <algorithm>

#include "base/text.h"
#include "net/head.h"

namespace pinflow::net {

std::string_view ChunkedDecoder::next(std::string_view& input) {
    while (!input.empty()) {
        if (state_ == State::data) return take_data(input);
        if (state_ == State::done || state_ == State::failed) break;
        take_byte(input.front());
        if (state_ != State::failed) input.remove_prefix(1);
    }
    return {};
}

std::string_view ChunkedDecoder::take_data(std::string_view& input) {
    const std::string_view piece = input.substr(0, left_);
    input.remove_prefix(piece.size());
    left_ -= piece.size();
    if (left_ == 0) state_ = State::data_cr;
    return piece;
}

void ChunkedDecoder::take_byte(char c) {
    switch (state_) {
        case State::size:
            return take_size(c);
        case State::extension:
            if (c == '\r') {
                state_ = State::size_lf;
                return;
            }
            if (!is_clean_field_value({&c, 1})) return fail("a chunk's extension has a control character");
            return count_extra();
        case State::size_lf:
            return expect(c, '\n', left_ == 0 ? State::trailer_start : State::data);
        case State::data_cr:
            return expect(c, '\r', State::data_lf);
        case State::data_lf:
            digits_ = 0;
            return expect(c, '\n', State::size);
        case State::last_lf:
            return expect(c, '\n', State::done);
        default:
            return take_trailer(c);
    }
}

void ChunkedDecoder::take_size(char c) {
    const int digit = hex_digit(c);
    if (digit >= 0) {
        if (++digits_ > 15) return fail("a chunk's size has too many digits");
        left_ = left_ * 16 + static_cast<uint64_t>(digit);
        return;
    }
    if (digits_ == 0) return fail("a chunk does not begin with its size in hexadecimal");
    if (c == '\r') {
        state_ = State::size_lf;
    } else if (c == ';') {
        state_ = State::extension;
    } else {
        fail("a chunk's size is not hexadecimal");
    }
}

void ChunkedDecoder::take_trailer(char c) {
    switch (state_) {
        case State::trailer_start:
            if (c == '\r') {
                state_ = State::last_lf;
                return;
            }
            if (!is_token_char(c)) return fail("a trailer does not begin with a name");
            state_ = State::trailer_name;
            return count_extra();
        case State::trailer_name:
            if (c == ':')
                state_ = State::trailer_value;
            else if (!is_token_char(c))
                return fail("a trailer's name is not followed by a colon");
            return count_extra();
        case State::trailer_value:
            if (c == '\r') {
                state_ = State::trailer_lf;
                return;
            }
            if (!is_clean_field_value({&c, 1})) return fail("a trailer's value has a control character");
            return count_extra();
        default:
            return expect(c, '\n', State::trailer_start);
    }
}

void ChunkedDecoder::expect(char c, char wanted, State then) {
    if (c != wanted) return fail("CR LF is missing around a chunk");
    state_ = then;
}

void ChunkedDecoder::count_extra() {
    if (extra_left_-- > 0) return;
    fail("the body's chunk extensions or trailers are too long");
    too_large_ = true;
}

void ChunkedDecoder::fail(const char* message) {
    state_ = State::failed;
    problem_ = message;
}

}  // namespace pinflow::net
