#include "net/body_intake.h"

namespace pinflow::net {

void BodyIntake::begin(bool gzip, bool in_pieces) {
    in_pieces_ = in_pieces;
    inflater_ = gzip ? std::make_unique<Inflater>() : nullptr;
}

std::optional<Problem> BodyIntake::add(std::string_view piece, size_t expected) {
    if (piece.empty()) return {};
    if (inflater_) return inflate(piece);
    if (!in_pieces_ && buffer_.size() + piece.size() > limits_.max_body_bytes) return over_limit();
    if (!buffer_.append(piece, expected)) return over_budget();
    return {};
}

std::optional<Problem> BodyIntake::inflate(std::string_view piece) {
    while (true) {
        if (!buffer_.make_room(4 * piece.size())) return over_budget();
        // One byte over the limit may be written: that is how it shows.
        const size_t room = std::min(buffer_.room(), limits_.max_body_bytes + 1 - buffer_.size());
        size_t written = 0;
        const Inflater::State state = inflater_->next(piece, buffer_.end(), room, written);
        buffer_.added(written);
        if (buffer_.size() > limits_.max_body_bytes) return over_limit();
        if (state == Inflater::State::broken) return Problem{400, "the body is not valid gzip data"};
        if (state == Inflater::State::more) return {};
    }
}

std::optional<Problem> BodyIntake::end() const {
    if (inflater_ && !inflater_->at_end()) return Problem{400, "the body is not whole gzip data"};
    return {};
}

Problem BodyIntake::over_limit() const {
    return {413, fmt::format("the body is over the limit of {} bytes", limits_.max_body_bytes)};
}

Problem BodyIntake::over_budget() {
    return {503, "too many large requests at once; try again later"};
}

void BodyIntake::recycle() {
    inflater_.reset();
    buffer_.recycle();
}

}  // namespace pinflow::net
