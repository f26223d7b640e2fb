#include "net/session.h"

#include "net/door_calls.h"

namespace pinflow::net {

Session::Session(std::shared_ptr<Shard> shard, int descriptor, std::string peer)
    : shard_(std::move(shard)),
      loop_(shard_->loop()),
      peer_(std::move(peer)),
      transport_(loop_.context(), descriptor, peer_, shard_->state().tls),
      reader_(shard_->state().limits, loop_.pool(), shard_->state().budget, peer_, this) {
    reader_.set_secure(transport_.has_tls());
}

void Session::start() {
    set_read_deadline();
    shaking_hands_ = transport_.is_shaking_hands();
    if (shaking_hands_) deadline_ms_ = EventLoop::now_ms() + shard_->state().limits.handshake_timeout.count();
    read();
}

void Session::start_refused() {
    if (transport_.has_tls()) return close();  // a handshake would cost more than all that is refused here
    refuse(503, fmt::format("more than {} connections; try again later", shard_->state().limits.max_connections));
}

// ---- reading

void Session::read_into(std::span<char> room) {
    ++operations_;
    transport_.receive_later(room,
                             [this](const boost::system::error_code& error, size_t bytes) { on_read(error, bytes); });
}

void Session::on_read(const boost::system::error_code& error, size_t bytes) {
    --operations_;
    shard_->counts.bytes_in.add(bytes);
    const bool was_shrinking = std::exchange(shrinking_, false);
    if (stream_) stream_->read_ended();
    if (state_ == State::closed) return end_if_over();
    if (state_ == State::lingering) {
        if (error)
            close();
        else
            read_and_drop();
    } else if (error == boost::asio::error::operation_aborted && was_shrinking) {
        reader_.shrink();
        stream_ ? stream_->wait() : read();
    } else if (error == boost::asio::error::eof) {
        run(reader_.end_of_stream());
        if (state_ == State::reading) close();
    } else if (error) {
        on_broken_read();
    } else if (transport_.chose_http2()) {
        reader_.hold(bytes);
        become_http2();
    } else {
        run(reader_.commit(bytes));
    }
    end_if_over();
}

void Session::on_broken_read() {
    if (!transport_.met_plain_text()) return close();
    transport_.drop_tls();
    refuse(400, "this port speaks TLS: use https:// in place of http://");
}

// Goes on until something has to be waited for.
void Session::run(Event event) {
    while (true) {
        switch (event) {
            case Event::need_more:
                if (stream_) return stream_->wait();
                set_read_deadline();
                if (operations_ == 0) read();
                return;
            case Event::wants_continue:
                if (!send_continue()) return close();
                event = reader_.resume();
                break;
            case Event::failed:
                if (stream_) return stream_->broken(reader_.problem().status, reader_.problem().message);
                return refuse(reader_.problem().status, reader_.problem().message);
            case Event::http2:
                return become_http2();
            case Event::ready:
                if (!handle()) return;
                event = reader_.resume();
                break;
            case Event::piece:
                if (!take_piece()) return;
                event = reader_.resume();
                break;
        }
    }
}

// What was read goes with the socket; this session has nothing left to do.
void Session::become_http2() {
    state_ = State::closed;
    deadline_ms_ = 0;
    shard_->go_on_with_http2(std::move(transport_), peer_, reader_.unread());
}

// The deadline for what is awaited now; a phase's clock starts when it begins.
void Session::set_read_deadline() {
    const Limits& limits = shard_->state().limits;
    state_ = State::reading;
    const int64_t now = EventLoop::now_ms();
    if (reader_.between_requests()) {
        request_begun_ = false;
        deadline_ms_ = now + limits.idle_timeout.count();
        return;
    }
    if (!std::exchange(request_begun_, true)) {
        phase_began_ms_ = now;
        tally_.begin(*shard_);
    }
    if (!reader_.in_body())
        deadline_ms_ = phase_began_ms_ + limits.header_timeout.count();
    else
        deadline_ms_ = transfer_deadline(phase_began_ms_, now, limits.body_timeout, reader_.body_bytes_seen(),
                                         limits.min_bytes_per_second);
}

bool Session::send_continue() {
    constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    // It goes out behind a written answer: a full socket buffer here means a client that reads nothing.
    const iovec piece{const_cast<char*>(line.data()), line.size()};
    return transport_.send({&piece, 1}) == static_cast<ssize_t>(line.size());
}

// ---- answering

bool Session::handle() {
    state_ = State::handling;
    deadline_ms_ = 0;  // the handler's time is its own
    answered_ = false;
    exchange_open_ = true;
    tally_.is_whole(Operations::other);
    close_after_ = !reader_.head().keep_alive;
    if (!std::exchange(request_begun_, false)) tally_.begin(*shard_);
    inside_handler_ = true;
    call_handler(shard_->state().handler, *this, answered_);
    inside_handler_ = false;
    return answered_ && write_response();
}

void Session::reply(Response response) {
    response_ = std::move(response);
    if (!loop_.on_its_thread()) return loop_.push(*this);
    if (inside_handler_)
        answered_ = true;
    else
        delivered();
}

void Session::delivered() {
    answered_ = true;
    if (write_response()) run(reader_.resume());
    end_if_over();
}

// The loop has stopped: nobody else holds this session.
void Session::undeliverable() {
    exchange_open_ = false;
    close();
    operations_ = 0;
    shard_->remove(*this);
}

bool Session::write_response() {
    exchange_open_ = false;
    if (state_ == State::closed || state_ == State::lingering) {  // the client has gone, or was told 504
        if (state_ == State::closed) shard_->state().orphans.fetch_sub(1, std::memory_order_relaxed);
        response_ = {};
        return false;
    }
    if (shard_->state().draining.load(std::memory_order_relaxed)) close_after_ = true;
    outgoing_.begin(std::move(response_), reader_.head_is_known() ? &reader_.head() : nullptr, close_after_,
                    loop_.date_line(), shard_->state().handler);
    answered_with({outgoing_.status(), outgoing_.body_bytes(), outgoing_.note(), outgoing_.held()});
    phase_began_ms_ = EventLoop::now_ms();
    if (write_some()) return response_written();
    return false;
}

// An answer of the session's own, after which the stream cannot be trusted.
void Session::refuse(int status, std::string_view message) {
    shard_->counts.errors.add(1);
    tally_.is_whole("unreadable");
    response_ =
        error_answer(shard_->state().handler, status, message, reader_.head_is_known() ? &reader_.request() : nullptr);
    close_after_ = true;
    write_response();
}

bool Session::write_some() {
    const size_t before = outgoing_.sent_bytes();
    const Outgoing::Sent sent = outgoing_.send(transport_);
    shard_->counts.bytes_out.add(outgoing_.sent_bytes() - before);
    if (sent == Outgoing::Sent::blocked) wait_to_write();
    if (sent == Outgoing::Sent::broken) close();  // the client has gone
    return sent == Outgoing::Sent::all;
}

void Session::wait_to_write() {
    const Limits& limits = shard_->state().limits;
    state_ = State::writing;
    deadline_ms_ = transfer_deadline(phase_began_ms_, EventLoop::now_ms(), limits.write_timeout, outgoing_.sent_bytes(),
                                     limits.min_bytes_per_second);
    ++operations_;
    transport_.wait_to_send([this](const boost::system::error_code& error) {
        --operations_;
        if (state_ == State::writing && error) close();
        if (state_ == State::writing && write_some() && response_written()) run(reader_.resume());
        end_if_over();
    });
}

// True if the connection goes on.
bool Session::response_written() {
    outgoing_.finish();
    return finish_request();
}

bool Session::finish_request() {
    if (!close_after_) {
        reader_.finish();
        return true;
    }
    reader_.has_unread_bytes() ? linger() : close();
    return false;
}

}  // namespace pinflow::net
