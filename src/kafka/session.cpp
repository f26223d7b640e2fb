#include "kafka/session.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <span>

#include "kafka/dispatch.h"

namespace pinflow::kafka {
namespace {

constexpr int reads_at_once = 8;  // then other connections have their turn
constexpr size_t pieces_at_once = 64;

// Without waiting for more bytes to acknowledge. The socket becomes the transport's.
int without_delay(net::Descriptor socket) {
    const int descriptor = socket.release();
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

}  // namespace

Session::Session(std::shared_ptr<Connections> connections, net::Descriptor socket, std::string peer)
    : connections_(std::move(connections)),
      loop_(connections_->loop()),
      peer_(std::move(peer)),
      sign_in_(sign_in_of(*connections_, socket.get())),
      transport_(loop_.context(), without_delay(std::move(socket)), peer_, connections_->shared().tls),
      reader_(connections_->shared().limits.max_request_bytes, connections_->shared().door.memory),
      opened_ms_(net::EventLoop::now_ms()),
      last_in_ms_(opened_ms_),
      last_out_ms_(opened_ms_) {}

void Session::pump() {
    if (pumping_ || closed_) return;
    pumping_ = true;
    for (int i = 0; i < reads_at_once && has_input(); ++i) read_some();
    if (!closed_) write_some();
    pumping_ = false;
    if (has_input()) loop_.post([self = shared_from_this()] { self->pump(); });
}

// ---- reading

bool Session::may_read() const {
    const SessionLimits& limits = connections_->shared().limits;
    if (closed_ || stopping_ || still_ > 0 || (sign_in_ && sign_in_->is_waiting())) return false;
    return exchanges_.empty() ||
           (exchanges_.size() < limits.max_in_flight && in_flight_bytes_ < limits.max_in_flight_bytes);
}

// What was held back, or perhaps something at the socket.
bool Session::has_input() const {
    return may_read() && !starved_ && (!held_back_.empty() || !reading_);
}

void Session::read_some() {
    if (!held_back_.empty()) {
        const auto input = std::exchange(held_back_, {});
        return take_input(input);
    }
    if (const MutableBytes room = reader_.room(); !room.empty()) {
        const ssize_t got = receive(room);
        if (got > 0 && reader_.came(static_cast<size_t>(got)) == FrameReader::Event::frame) take_frame();
        return;
    }
    const auto scratch = std::as_writable_bytes(loop_.scratch());
    const ssize_t got = receive(scratch);
    if (got > 0) take_input(scratch.first(static_cast<size_t>(got)));
}

// What came; 0 if nothing did, and then the session waits or is closed.
ssize_t Session::receive(MutableBytes into) {
    const ssize_t got = transport_.receive(into);
    if (got > 0) {
        last_in_ms_ = net::EventLoop::now_ms();
        connections_->counts.bytes_in.add(static_cast<uint64_t>(got));
        if (!transport_.may_have_more(static_cast<size_t>(got), into.size())) wait_to_read();
        return got;
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        wait_to_read();
    else
        close();
    return 0;
}

void Session::take_input(Bytes input) {
    while (!closed_) {
        if (input.empty()) return;
        if (!may_read()) break;
        if (sign_in_) limit_frames();
        switch (reader_.consume(input)) {
            case FrameReader::Event::need_more:
                return;
            case FrameReader::Event::frame:
                take_frame();
                break;
            case FrameReader::Event::invalid:
                return refuse(reader_.error().message);
            case FrameReader::Event::starved:
                starved_ = true;
                held_back_.assign(input.begin(), input.end());
                return;
        }
    }
    held_back_.assign(input.begin(), input.end());
}

void Session::take_frame() {
    Frame frame = reader_.take_frame();
    in_flight_bytes_ += frame.capacity();
    auto exchange = std::make_shared<Exchange>(shared_from_this(), std::move(frame));
    exchanges_.push_back(exchange);
    Door& door = connections_->shared().door;
    if (sign_in_ && sign_in_->wants_bare_token()) {
        const Bytes token = exchange->begin_token(call());
        return dispatch_token(door, token, std::move(exchange));
    }
    if (!exchange->begin(call())) return refuse("the header of a request cannot be read");
    const Request request = exchange->request();
    dispatch(door, request, std::move(exchange));
}

void Session::refuse(std::string_view reason) {
    spdlog::info("kafka: the connection of {} is closed: {}", peer_, reason);
    connections_->counts.errors.add(1);
    close();
}

void Session::wait_to_read() {
    reading_ = true;
    transport_.wait_to_receive([self = shared_from_this()](const boost::system::error_code& error) {
        self->reading_ = false;
        error ? self->close() : self->pump();
    });
}

// ---- answering

void Session::answered(size_t frame_bytes, size_t answer_bytes) {
    if (closed_) return;
    in_flight_bytes_ += answer_bytes;
    in_flight_bytes_ -= frame_bytes;
    connections_->counts.requests.add(1);
    if (sign_in_ && sign_in_->is_over()) stopping_ = true;
    pump();
}

void Session::write_some() {
    if (writing_) return;
    if (exchanges_.empty() || exchanges_.front()->outcome() == Exchange::Outcome::open) {
        if (stopping_ && exchanges_.empty()) close();
        return;
    }
    last_out_ms_ = net::EventLoop::now_ms();
    while (drop_silent_exchanges() && !exchanges_.empty() &&
           exchanges_.front()->outcome() == Exchange::Outcome::answer) {
        const size_t sent = send_answers();
        if (sent == 0) return;
        drop_sent(sent);
    }
    if (stopping_ && exchanges_.empty()) close();
}

bool Session::drop_silent_exchanges() {
    while (!exchanges_.empty() && exchanges_.front()->outcome() == Exchange::Outcome::nothing) exchanges_.pop_front();
    if (exchanges_.empty() || exchanges_.front()->outcome() != Exchange::Outcome::broken) return true;
    connections_->counts.errors.add(1);
    close();
    return false;
}

size_t Session::send_answers() {
    std::array<iovec, pieces_at_once> vector;
    size_t count = 0;
    size_t skip = sent_;
    for (const auto& exchange : exchanges_) {
        if (exchange->outcome() == Exchange::Outcome::nothing) continue;
        if (exchange->outcome() != Exchange::Outcome::answer) break;
        for (Bytes piece : exchange->answer().pieces()) {
            const size_t skipped = std::min(skip, piece.size());
            skip -= skipped;
            piece = piece.subspan(skipped);
            if (piece.empty() || count == vector.size()) continue;
            vector[count++] = {const_cast<std::byte*>(piece.data()), piece.size()};
        }
        if (count == vector.size()) break;
    }
    const ssize_t sent = transport_.send(std::span(vector.data(), count));
    if (sent >= 0) return static_cast<size_t>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        wait_to_write();
    else
        close();
    return 0;
}

void Session::drop_sent(size_t bytes) {
    connections_->counts.bytes_out.add(bytes);
    sent_ += bytes;
    while (!exchanges_.empty()) {
        const Exchange& first = *exchanges_.front();
        if (first.outcome() == Exchange::Outcome::answer) {
            if (sent_ < first.answer().size_bytes()) return;
            sent_ -= first.answer().size_bytes();
            in_flight_bytes_ -= first.answer().size_bytes();
        } else if (first.outcome() != Exchange::Outcome::nothing) {
            return;
        }
        exchanges_.pop_front();
    }
}

void Session::wait_to_write() {
    writing_ = true;
    transport_.wait_to_send([self = shared_from_this()](const boost::system::error_code& error) {
        self->writing_ = false;
        error ? self->close() : self->pump();
    });
}

// ---- ending

void Session::check(int64_t now_ms) {
    if (closed_) return;
    const SessionLimits& limits = connections_->shared().limits;
    if (transport_.is_shaking_hands()) {
        if (now_ms - last_in_ms_ > limits.handshake_timeout.count()) close();
        return;
    }
    const bool between = reader_.between_frames() && held_back_.empty();
    if (exchanges_.empty() && between && now_ms - std::max(last_in_ms_, last_out_ms_) > limits.idle_timeout.count())
        return close();
    if (!between && may_read() && now_ms - last_in_ms_ > limits.request_timeout.count())
        return refuse("the rest of a request did not arrive in time");
    if (sign_in_ && !sign_in_->is_signed_in() && now_ms - opened_ms_ > limits.request_timeout.count())
        return refuse("nobody signed in in time");
    if (writing_ && now_ms - last_out_ms_ > limits.write_timeout.count())
        return refuse("the client does not read its answers");
    if (std::exchange(starved_, false)) pump();
}

void Session::keep_still(std::chrono::milliseconds time) {
    ++still_;
    loop_.post_after(time, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        --self->still_;
        self->pump();
    });
}

void Session::stop_reading() {
    stopping_ = true;
    pump();
    if (exchanges_.empty()) close();
}

void Session::close() {
    if (closed_.exchange(true)) return;
    const auto self = shared_from_this();
    transport_.close();
    exchanges_.clear();  // those that are not answered yet are kept by their replies
    connections_->remove(self);
}

}  // namespace pinflow::kafka
