#include "net/http2_stream.h"

#include "net/door_calls.h"
#include "net/http2_exchange.h"

namespace pinflow::net {

// ---- the connection's side

void Http2Stream::came(size_t bytes) {
    held_back_ += bytes;
    last_came_ms_ = EventLoop::now_ms();
    fresh_ = true;
    exchange_.core_.touch(exchange_);
}

void Http2Stream::turn() {
    if (!taker_ && !is_over()) open();
    offer();
    if (exchange_.core_.shard().state().draining.load(std::memory_order_relaxed)) stop();
    if (told_full_ && unsent_bytes() < exchange_.limits().max_unsent_bytes / 2) {
        told_full_ = false;
        call([&] { taker_->drained(); });
        if (fresh_ && !paused_ && !is_over()) exchange_.core_.touch(exchange_);
    }
    if (!paused_ || is_over()) open_window();
}

void Http2Stream::open() {
    exchange_.tally_.is_whole(Operations::other);
    inside_ = true;
    taker_ = open_stream(exchange_.handler(), *this);
    inside_ = false;
    if (!taker_ && !is_over()) reply(bug_answer());
}

void Http2Stream::offer() {
    if (paused_ || is_over() || !std::exchange(fresh_, false)) return;
    BodyBuffer& body = exchange_.body_.buffer();
    const size_t most = exchange_.limits().max_body_bytes;
    call([&] { body.take(taker_->take(body.text(), exchange_.body_ended_)); });
    if (!paused_ && body.size() >= most)
        call([&] { taker_->broken(413, fmt::format("over the limit of {} bytes", most)); });
}

template <class Call>
void Http2Stream::call(Call call) {
    if (is_over() || !taker_) return;
    inside_ = true;
    if (!survives("streaming", request(), call)) {
        ended_ = true;
        taker_->gone();
        exchange_.core_.reset(exchange_.id_, Http2Error::internal);
    }
    inside_ = false;
}

void Http2Stream::broken(const Problem& problem) {
    exchange_.core_.shard().counts.errors.add(1);
    paused_ = true;
    call([&] { taker_->broken(problem.status, problem.message); });
}

void Http2Stream::stop() {
    if (!std::exchange(stopped_, true)) call([&] { taker_->stop(); });
}

bool Http2Stream::closed() {
    const bool whole = ended_ && unsent_bytes() == 0;
    call([&] { taker_->gone(); });
    ended_ = true;
    if (taker_)
        exchange_.tally_.answered(exchange_.core_.shard(), &exchange_.head_, exchange_.core_.peer(),
                                  {.status = status_, .body_bytes = body_bytes_, .http2 = true});
    return whole;
}

// The client may send as many bytes more as have been taken, or wait in memory while nobody has said to pause.
void Http2Stream::open_window() {
    if (held_back_ > 0) exchange_.core_.consumed(exchange_.id_, std::exchange(held_back_, 0));
}

// A client that does not take its answer must go; one that has nothing to say may take its time.
int64_t Http2Stream::deadline_ms() const {
    if (unsent_bytes() > 0) return stalled_since_ms_ + exchange_.limits().write_timeout.count();
    if (exchange_.body_ended_ || paused_) return 0;
    return last_came_ms_ + exchange_.limits().stream_timeout.count();
}

size_t Http2Stream::ready_bytes(size_t most, bool& last) {
    const size_t size = std::min(unsent_bytes(), most);
    last = ended_ && size == unsent_bytes();
    return size;
}

void Http2Stream::hand_over(size_t bytes, Http2Output& output) {
    constexpr size_t most_kept = size_t{64} << 10;
    output.copy(std::string_view(out_).substr(sent_, bytes));
    sent_ += bytes;
    stalled_since_ms_ = EventLoop::now_ms();
    if (unsent_bytes() == 0) {
        if (out_.capacity() > most_kept) out_ = std::string();
        out_.clear();
        sent_ = 0;
    }
    if (told_full_ && unsent_bytes() < exchange_.limits().max_unsent_bytes / 2) exchange_.core_.touch(exchange_);
}

// ---- the taker's side

const Request& Http2Stream::request() const {
    return exchange_.request();
}

void Http2Stream::count_as(std::string_view operation) {
    exchange_.tally_.count_as(operation);
}

void Http2Stream::begin(Response head) {
    status_ = head.status;
    exchange_.send_head(head, false, true, true);
}

void Http2Stream::reply(Response response) {
    reply_ = std::make_unique<Response>(std::move(response));
    exchange_.core_.touch(exchange_);
}

void Http2Stream::write(std::string_view bytes) {
    if (bytes.empty()) return;
    if (sent_ > out_.size() / 2) out_.erase(0, std::exchange(sent_, 0));
    if (unsent_bytes() == 0) stalled_since_ms_ = EventLoop::now_ms();
    out_.append(bytes);
    body_bytes_ += bytes.size();
    exchange_.core_.go_on(exchange_.id_);
}

bool Http2Stream::is_full() const {
    const bool full = unsent_bytes() >= exchange_.limits().max_unsent_bytes;
    told_full_ = told_full_ || full;
    return full;
}

void Http2Stream::end() {
    ended_ = true;
    open_window();
    exchange_.core_.go_on(exchange_.id_);
}

void Http2Stream::resume() {
    if (!std::exchange(paused_, false)) return;
    fresh_ = true;
    exchange_.core_.touch(exchange_);
}

Stream::Post Http2Stream::post() const {
    return [loop = LoopRef(exchange_.core_.shard().shared_loop())](Task task) { loop.post(std::move(task)); };
}

}  // namespace pinflow::net
