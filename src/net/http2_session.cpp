#include "net/http2_session.h"

namespace pinflow::net {

Http2Session::Http2Session(std::shared_ptr<Shard> shard, Transport transport, std::string peer)
    : shard_(std::move(shard)),
      peer_(std::move(peer)),
      transport_(std::move(transport)),
      core_(*shard_, *this, peer_, transport_.has_tls()) {
    transport_.send_at_once();  // an answer does not wait for the client to acknowledge another one
}

void Http2Session::start(std::string_view came) {
    take(came);
    // With TLS more may have been decrypted already, of which the socket knows nothing.
    if (state_ != State::closed) transport_.may_have_more(0, 1) ? read() : wait_to_read();
    proceed();
}

// ---- reading

// The loop's scratch memory will do: all of it is dealt with at once.
void Http2Session::read() {
    constexpr int reads_at_once = 8;  // then other connections have their turn
    const std::span<char> scratch = shard_->loop().scratch();
    for (int i = 0; i < reads_at_once && state_ != State::closed; ++i) {
        const ssize_t got = transport_.receive(std::as_writable_bytes(scratch));
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait_to_read();
        if (got <= 0) return close();
        const auto size = static_cast<size_t>(got);
        shard_->counts.bytes_in.add(size);
        take({scratch.data(), size});
        if (state_ != State::closed && !transport_.may_have_more(size, scratch.size())) return wait_to_read();
    }
    if (state_ == State::closed) return;
    ++operations_;
    boost::asio::post(shard_->loop().context(), [this] {
        --operations_;
        if (state_ != State::closed) {
            read();
            proceed();
        }
        end_if_over();
    });
}

void Http2Session::take(std::string_view came) {
    if (state_ == State::open && !core_.receive(came)) close();
}

void Http2Session::wait_to_read() {
    ++operations_;
    transport_.wait_to_receive([this](const boost::system::error_code& error) {
        --operations_;
        if (error) close();
        if (state_ != State::closed) {
            read();
            proceed();
        }
        end_if_over();
    });
}

// ---- writing

// To the door with what has come, to the client with what is to be said, all of it in as few calls as it takes.
void Http2Session::proceed() {
    if (state_ != State::open) return;
    core_.turn();
    if (!send()) return close();
    if (core_.has_work()) wants_turn();
    if (core_.is_done() && core_.output().empty()) return end();
    if (!core_.is_idle())
        idle_since_ms_ = 0;
    else if (idle_since_ms_ == 0)
        idle_since_ms_ = EventLoop::now_ms();
}

bool Http2Session::send() {
    Http2Output& output = core_.output();
    while (!waiting_to_send_) {
        if (output.empty() && !core_.fill()) return false;
        if (output.empty()) break;
        const ssize_t sent = transport_.send(output.pieces());
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            wait_to_send();
        } else if (sent < 0) {
            return false;
        } else {
            output.sent(static_cast<size_t>(sent));
            moved_on_ms_ = EventLoop::now_ms();
            shard_->counts.bytes_out.add(static_cast<size_t>(sent));
        }
    }
    return true;
}

void Http2Session::wait_to_send() {
    waiting_to_send_ = true;
    moved_on_ms_ = EventLoop::now_ms();
    ++operations_;
    transport_.wait_to_send([this](const boost::system::error_code& error) {
        --operations_;
        waiting_to_send_ = false;
        if (error) close();
        proceed();
        end_if_over();
    });
}

void Http2Session::wants_turn() {
    if (turn_scheduled_ || state_ != State::open) return;
    turn_scheduled_ = true;
    ++operations_;
    shard_->loop().at_turn_end(*this);
}

void Http2Session::end_turn() {
    turn_scheduled_ = false;
    --operations_;
    proceed();
    end_if_over();
}

// ---- the end

void Http2Session::check(int64_t now_ms) {
    constexpr int64_t shrinks_after_ms = 2000;
    if (state_ == State::closed) return;
    if (state_ == State::lingering) return now_ms >= lingers_until_ms_ ? close() : void();
    const Limits& limits = shard_->state().limits;
    if (waiting_to_send_ && now_ms >= moved_on_ms_ + limits.write_timeout.count()) return close();
    core_.check(now_ms);
    if (idle_since_ms_ != 0 && core_.is_idle()) {
        if (now_ms >= idle_since_ms_ + shrinks_after_ms && core_.output().empty()) core_.shrink();
        if (now_ms >= idle_since_ms_ + limits.idle_timeout.count()) core_.finish(Http2Error::none);
    }
    proceed();
}

void Http2Session::close_if_idle() {
    if (state_ != State::open) return;
    core_.stop();
    proceed();
}

// A socket closed with unread bytes is reset, and the client may lose what it was told: so it is read on for a while.
void Http2Session::end() {
    if (!core_.has_failed()) return close();
    core_.closed();
    state_ = State::lingering;
    lingers_until_ms_ = EventLoop::now_ms() + shard_->state().limits.linger_timeout.count();
    transport_.shut_down_send();
}

void Http2Session::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    core_.closed();
    if (core_.has_open_exchanges()) shard_->state().orphans.fetch_add(1);
    shard_->state().connections.fetch_sub(1);
    shard_->state().count_changed();
    transport_.close();
}

void Http2Session::end_if_over() {
    if (is_over()) shard_->remove(*this);
}

void Http2Session::all_answered(bool loop_ended) {
    if (loop_ended) {
        close();
        operations_ = 0;
        return shard_->remove(*this);
    }
    if (state_ != State::closed) return;
    shard_->state().orphans.fetch_sub(1, std::memory_order_relaxed);
    end_if_over();
}

}  // namespace pinflow::net
