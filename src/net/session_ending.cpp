// How a connection ends: deadlines, the last bytes.
#include "net/session.h"

namespace pinflow::net {

// Closing a socket with unread bytes resets the connection, and the client may lose the answer: so say that nothing
// more comes, and drop what still arrives for a while.
void Session::linger() {
    state_ = State::lingering;
    transport_.shut_down_send();
    deadline_ms_ = EventLoop::now_ms() + shard_->state().limits.linger_timeout.count();
    if (operations_ == 0) read_and_drop();
}

void Session::check(int64_t now_ms) {
    if (state_ == State::closed) return;
    if (shaking_hands_ && !transport_.is_shaking_hands()) {
        shaking_hands_ = false;
        if (state_ == State::reading) set_read_deadline();
    }
    if (deadline_ms_ != 0 && now_ms >= deadline_ms_) {
        if (state_ == State::handling) return give_up();
        const bool in_request = state_ == State::reading && !reader_.between_requests();
        if (!in_request) return close();
        return refuse(408,
                      reader_.in_body() ? "the body did not arrive in time" : "the headers did not arrive in time");
    }
    if (has_idle_memory(now_ms) && !shrinking_) {
        shrinking_ = true;
        outgoing_.shrink();
        transport_.cancel();  // on_read goes on with less memory
    }
}

bool Session::has_idle_memory(int64_t now_ms) const {
    constexpr int64_t after_ms = 2000;
    if ((state_ != State::reading && state_ != State::streaming) || !reader_.has_spare_memory()) return false;
    if (!stream_) return now_ms >= deadline_ms_ - shard_->state().limits.idle_timeout.count() + after_ms;
    const int64_t since_ms = stream_->waits_since_ms();
    return since_ms >= 0 && now_ms >= since_ms + after_ms;
}

void Session::close_if_idle() {
    if (stream_) return stream_->stop();
    if (state_ == State::reading && reader_.between_requests()) close();
}

void Session::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    deadline_ms_ = 0;
    if (exchange_open_) shard_->state().orphans.fetch_add(1);
    if (stream_) stream_->closed();
    shard_->state().connections.fetch_sub(1);
    shard_->state().count_changed();
    transport_.close();
}

void Session::end_if_over() {
    if (is_over()) shard_->remove(*this);
}

void Session::answered_with(const Answered& answer) {
    tally_.answered(*shard_, reader_.head_is_known() ? &reader_.head() : nullptr, peer_, answer);
}

}  // namespace pinflow::net
