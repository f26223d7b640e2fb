#include "net/http2_exchange.h"

#include "net/door_calls.h"
#include "net/response_head.h"

namespace pinflow::net {
namespace {

constexpr size_t most_kept = 2048;       // of an answer's body, for the next
constexpr size_t refer_from = 4096;      // bytes of a body: fewer are copied among the frames
constexpr size_t long_from = 64 * 1024;  // bytes of a body that is sent in turn with others
constexpr size_t counted_from = 16 * 1024;

}  // namespace

Http2Exchange::Http2Exchange(Http2Core& core)
    : core_(core),
      body_(core.shard().state().limits, core.shard().loop().pool(), core.shard().state().budget, counted_from) {}

void Http2Exchange::begin(int32_t id, size_t index) {
    id_ = id;
    index_ = index;
    phase_ = Phase::head;
    touched_ = open_ = inside_handler_ = answered_ = closed_ = wants_continue_ = body_ended_ = drops_body_ =
        lingering_ = referred_ = false;
    phase_began_ms_ = EventLoop::now_ms();
    deadline_ms_ = phase_began_ms_ + limits().header_timeout.count();
    body_bytes_seen_ = fields_bytes_ = body_bytes_ = handed_over_ = 0;
    text_.clear();
    fields_.clear();
    problem_.reset();
    head_ = {};
    tally_.begin(core_.shard());
}

// After all that has come is known, and before the next of it is read.
void Http2Exchange::turn() {
    if (closed_) return;
    if (std::exchange(wants_continue_, false) && body_bytes_seen_ == 0 && !problem_) core_.submit_continue(id_);
    if (stream_) {
        stream_->turn();
        if (problem_) stream_->broken(*std::exchange(problem_, std::nullopt));
        if (const auto response = stream_->take_reply()) {
            stream_.reset();
            answer(std::move(*response));
        }
        return;
    }
    if (phase_ > Phase::whole) return;
    if (problem_) return refuse(*std::exchange(problem_, std::nullopt));
    if (phase_ == Phase::whole) hand_out();
}

void Http2Exchange::hand_out() {
    phase_ = Phase::handled;
    deadline_ms_ = 0;  // the handler's time is its own
    open_ = true;
    core_.opened();
    head_.request.body = body_.buffer().text();
    tally_.is_whole(Operations::other);
    inside_handler_ = true;
    call_handler(handler(), *this, answered_);
    inside_handler_ = false;
    if (answered_) take_reply();
}

// ---- the answer

void Http2Exchange::reply(Response response) {
    response_ = std::move(response);
    EventLoop& loop = core_.shard().loop();
    if (!loop.on_its_thread()) return loop.push(*this);
    if (inside_handler_)
        answered_ = true;
    else
        take_reply();
}

void Http2Exchange::delivered() {
    take_reply();
}

// The loop has stopped: nobody but other handlers still holds this connection.
void Http2Exchange::undeliverable() {
    core_.answered(true);
}

// Of a client that has gone, or was told 504, the answer goes nowhere.
void Http2Exchange::take_reply() {
    Http2Core& core = core_;
    open_ = false;
    if (closed_ || phase_ == Phase::answering) {
        response_ = {};
        if (closed_ && !touched_) core.release(*this);
    } else {
        answer(std::move(response_));
    }
    core.answered();
}

void Http2Exchange::answer(Response response) {
    outgoing_ = std::move(response);
    const bool sends_body = head_.request.method != "HEAD" && has_body(outgoing_.status);
    body_bytes_ = sends_body ? outgoing_.body.size() : 0;
    referred_ = body_bytes_ >= refer_from;
    tally_.answered(core_.shard(), known_head(), core_.peer(),
                    {outgoing_.status, body_bytes_, outgoing_.note, outgoing_.held.get(), true});
    phase_ = Phase::answering;
    phase_began_ms_ = EventLoop::now_ms();
    send_head(outgoing_, true, body_bytes_ > 0, body_bytes_ >= long_from);
    set_write_deadline();
}

// An answer of the session's own.
void Http2Exchange::refuse(const Problem& problem) {
    core_.shard().counts.errors.add(1);
    tally_.is_whole("unreadable");
    answer(error_answer(handler(), problem.status, problem.message, known_request()));
}

void Http2Exchange::send_head(const Response& response, bool has_length, bool has_body, bool is_long) {
    lines_.clear();
    append_header_lines(lines_, response, known_request(), has_length, core_.shard().loop().date_line(), handler());
    core_.submit_answer(*this, response.status, lines_, has_body, is_long);
}

size_t Http2Exchange::ready_bytes(size_t most, bool& last) {
    if (stream_) return stream_->ready_bytes(most, last);
    const size_t left = body_bytes_ - handed_over_;
    last = left <= most;
    return std::min(left, most);
}

void Http2Exchange::hand_over(size_t bytes, Http2Output& output) {
    if (stream_) return stream_->hand_over(bytes, output);
    const auto piece = std::string_view(outgoing_.body).substr(handed_over_, bytes);
    referred_ ? output.refer(piece) : output.copy(piece);
    handed_over_ += bytes;
    set_write_deadline();
}

// ---- deadlines and the end

void Http2Exchange::answer_within(std::chrono::milliseconds timeout) {
    deadline_ms_ = EventLoop::now_ms() + timeout.count();
    core_.shard().notice_within(timeout);
}

void Http2Exchange::set_write_deadline() {
    deadline_ms_ = transfer_deadline(phase_began_ms_, EventLoop::now_ms(), limits().write_timeout, handed_over_,
                                     limits().min_bytes_per_second);
}

// A client need not send the rest of a request that is answered (RFC 9113, 8.1), and when it is told by a reset some
// lose the answer: they may send on for a while.
void Http2Exchange::answer_left() {
    lingering_ = true;
    deadline_ms_ = EventLoop::now_ms() + limits().linger_timeout.count();
}

void Http2Exchange::check(int64_t now_ms) {
    const int64_t deadline = stream_ && !lingering_ ? stream_->deadline_ms() : deadline_ms_;
    if (closed_ || deadline == 0 || now_ms < deadline) return;
    deadline_ms_ = 0;
    if (lingering_) return core_.reset(id_, Http2Error::none);
    if (stream_ || phase_ == Phase::answering) return core_.reset(id_, Http2Error::cancel);
    if (phase_ == Phase::head) return core_.finish(Http2Error::calm);  // nothing but the rest of them may come now
    if (phase_ == Phase::body) return refuse({408, "the body did not arrive in time"});
    if (phase_ != Phase::handled) return;
    core_.shard().counts.errors.add(1);
    answer(error_answer(handler(), 504, "no answer in time", known_request()));
}

void Http2Exchange::stream_closed() {
    closed_ = true;
    const bool whole = stream_ ? stream_->closed() : phase_ == Phase::answering && handed_over_ == body_bytes_;
    if (!whole) core_.abandoned();
    if (!open_ && !touched_) core_.release(*this);
}

void Http2Exchange::lose_client() {
    touched_ = false;
    if (!std::exchange(closed_, true) && stream_) stream_->closed();
}

void Http2Exchange::give_back(Http2Output& output) {
    outgoing_.held.reset();
    if (referred_ && !output.empty()) output.keep(std::exchange(outgoing_, {}));
    if (outgoing_.body.capacity() > spare_body_.capacity() && outgoing_.body.capacity() <= most_kept)
        spare_body_ = std::move(outgoing_.body);
    spare_body_.clear();
    outgoing_ = {};
    stream_.reset();
    body_.recycle();
    if (text_.capacity() > most_kept) text_ = std::string();
    if (lines_.capacity() > most_kept) lines_ = std::string();
}

}  // namespace pinflow::net
