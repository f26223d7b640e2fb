#include "net/session_stream.h"

#include <fmt/format.h>

#include "net/door_calls.h"
#include "net/session.h"

namespace pinflow::net {

SessionStream::SessionStream(Session& session)
    : session_(session),
      framing_(session.reader_.head().version == "HTTP/1.0" ? Framing::until_close : Framing::chunked) {}

// ---- the session's side

bool SessionStream::offer() {
    if (paused_ || is_over()) return false;
    resumed_ = false;
    RequestReader& reader = session_.reader_;
    const size_t most = session_.shard_->state().limits.max_body_bytes;
    if (!taker_) open();
    call([&] { reader.took(taker_->take(reader.piece(), reader.piece_is_last())); });
    if (!paused_ && reader.piece().size() >= most)
        call([&] { taker_->broken(413, fmt::format("over the limit of {} bytes", most)); });
    if (session_.shard_->state().draining.load(std::memory_order_relaxed)) call([&] { taker_->stop(); });
    return settle();
}

void SessionStream::open() {
    inside_ = true;
    session_.state_ = Session::State::streaming;
    session_.deadline_ms_ = 0;  // the taker's time is its own
    taker_ = open_stream(session_.shard_->state().handler, *this);
    if (!taker_ && !is_over()) reply(bug_answer());
    inside_ = false;
}

template <class Call>
void SessionStream::call(Call call) {
    if (is_over()) return;
    inside_ = true;
    if (!survives("streaming", request(), call)) {
        ended_ = session_.close_after_ = true;
        framing_ = Framing::until_close;  // no last chunk: the client sees that it is not whole
        taker_->gone();
    }
    inside_ = false;
}

void SessionStream::wait() {
    if (paused_ || is_over() || !flush()) return;
    read_began_ms_ = EventLoop::now_ms();
    if (!std::exchange(reading_, true)) session_.read();
    set_deadline();
}

void SessionStream::broken(int status, std::string_view message) {
    session_.shard_->counts.errors.add(1);
    paused_ = true;
    call([&] { taker_->broken(status, message); });
    settle();
}

void SessionStream::stop() {
    Session& session = session_;
    call([&] { taker_->stop(); });
    if (settle()) session.run(session.reader_.resume());
}

void SessionStream::closed() {
    if (!is_over() && taker_) taker_->gone();
    ended_ = true;
    session_.answered_with({status_, body_bytes_});
}

// ---- the taker's side

const Request& SessionStream::request() const {
    return session_.reader_.request();
}

void SessionStream::count_as(std::string_view operation) {
    session_.tally_.count_as(operation);
}

void SessionStream::begin(Response head) {
    status_ = head.status;
    if (session_.shard_->state().draining.load(std::memory_order_relaxed) || framing_ == Framing::until_close)
        session_.close_after_ = true;
    append_response_head(out_, head, &session_.reader_.head(), session_.close_after_, session_.loop_.date_line(),
                         session_.shard_->state().handler, framing_);
}

void SessionStream::reply(Response response) {
    reply_ = std::make_unique<Response>(std::move(response));
}

void SessionStream::write(std::string_view bytes) {
    if (bytes.empty()) return;  // an empty chunk would be the last
    if (sent_ > out_.size() / 2) out_.erase(0, std::exchange(sent_, 0));
    if (framing_ == Framing::chunked) fmt::format_to(std::back_inserter(out_), "{:x}\r\n", bytes.size());
    out_.append(bytes);
    if (framing_ == Framing::chunked) out_.append("\r\n");
    body_bytes_ += bytes.size();
    head_only_ = false;
    schedule();
}

bool SessionStream::is_full() const {
    const bool full = unsent_bytes() >= session_.shard_->state().limits.max_unsent_bytes;
    told_full_ = told_full_ || full;
    return full;
}

void SessionStream::end() {
    if (framing_ == Framing::chunked) out_.append("0\r\n\r\n");
    ended_ = true;
    schedule();
}

void SessionStream::resume() {
    if (!std::exchange(paused_, false)) return;
    resumed_ = true;
    session_.reader_.offer_again();
    schedule();
}

Stream::Post SessionStream::post() const {
    return [loop = LoopRef(session_.shard_->shared_loop())](Task task) { loop.post(std::move(task)); };
}

// ---- both

// What a taker does between its calls takes effect when the turn ends: many a write is then one send.
void SessionStream::schedule() {
    if (inside_ || scheduled_) return;
    scheduled_ = true;
    ++session_.operations_;
    session_.loop_.at_turn_end(*this);
}

void SessionStream::end_turn() {
    Session& session = session_;
    scheduled_ = false;
    --session.operations_;
    if (!session.is_closed() && settle()) session.run(session.reader_.resume());
    session.end_if_over();
}

// Sends what is there. True if the reader's turn has come: for more of the body, or for the next request.
bool SessionStream::settle() {
    if (session_.is_closed()) return false;
    if (reply_) return session_.reply_to_stream(std::move(*reply_));
    if ((!head_only_ || ended_) && !flush()) return false;
    if (told_full_ && unsent_bytes() < session_.shard_->state().limits.max_unsent_bytes / 2) {
        told_full_ = false;
        call([&] { taker_->drained(); });
        return settle();
    }
    if (ended_) return unsent_bytes() == 0 && !scheduled_ && session_.stream_written();
    set_deadline();
    return !paused_ && (resumed_ || !session_.reader_.piece_is_last());
}

// False if the connection has ended.
bool SessionStream::flush() {
    while (!waiting_ && unsent_bytes() > 0) {
        const iovec rest{out_.data() + sent_, unsent_bytes()};
        const ssize_t sent = session_.transport_.send({&rest, 1});
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait_to_send(), true;
        if (sent < 0) return session_.close(), false;
        sent_ += static_cast<size_t>(sent);
        stalled_since_ms_ = EventLoop::now_ms();
        session_.shard_->counts.bytes_out.add(static_cast<size_t>(sent));
    }
    if (unsent_bytes() > 0) return true;
    constexpr size_t most_kept = size_t{64} << 10;
    if (out_.capacity() > most_kept) out_ = std::string();
    out_.clear();
    sent_ = 0;
    return true;
}

void SessionStream::wait_to_send() {
    waiting_ = true;
    stalled_since_ms_ = EventLoop::now_ms();
    set_deadline();
    ++session_.operations_;
    session_.transport_.wait_to_send([session = &session_](const boost::system::error_code& error) {
        --session->operations_;
        if (!session->is_closed()) session->stream_->on_writable(static_cast<bool>(error));
        session->end_if_over();
    });
}

void SessionStream::on_writable(bool failed) {
    Session& session = session_;
    waiting_ = false;
    if (failed) return session.close();
    if (flush() && settle()) session.run(session.reader_.resume());
}

// A client that does not take its answer must go; one that has nothing to say may take its time.
void SessionStream::set_deadline() {
    const Limits& limits = session_.shard_->state().limits;
    if (waiting_)
        session_.deadline_ms_ = stalled_since_ms_ + limits.write_timeout.count();
    else
        session_.deadline_ms_ = reading_ ? read_began_ms_ + limits.stream_timeout.count() : 0;
}

// ---- the session

bool Session::take_piece() {
    if (!stream_) {
        close_after_ = !reader_.head().keep_alive;
        tally_.is_whole(Operations::other);
        if (!std::exchange(request_begun_, false)) tally_.begin(*shard_);
        stream_ = std::make_unique<SessionStream>(*this);
    }
    return stream_->offer();
}

bool Session::reply_to_stream(Response response) {
    stream_.reset();
    response_ = std::move(response);
    if (!reader_.piece_is_last()) close_after_ = true;
    return write_response();
}

// The answer to a stream has left. True if the connection goes on.
bool Session::stream_written() {
    answered_with({stream_->status(), stream_->body_bytes()});
    stream_.reset();
    if (!reader_.piece_is_last() || shard_->state().draining.load(std::memory_order_relaxed)) close_after_ = true;
    return finish_request();
}

}  // namespace pinflow::net
