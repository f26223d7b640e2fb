#include "net/http2_core.h"

#include <nghttp2/nghttp2.h>

#include <array>
#include <bit>

#include "base/uuid.h"
#include "net/http2_callbacks.h"
#include "net/http2_exchange.h"

namespace pinflow::net {
namespace {

constexpr int64_t goodbye_takes_at_most_ms = 1000;

bool is_true(int nghttp2_says) {
    return nghttp2_says != 0;
}

}  // namespace

void Http2Core::Free::operator()(nghttp2_session* session) const {
    nghttp2_session_del(session);
}

Http2Core::Http2Core(Shard& shard, Owner& owner, std::string_view peer, bool secure)
    : shard_(shard),
      owner_(owner),
      peer_(peer),
      secure_(secure),
      tag_(std::bit_cast<std::array<uint64_t, 2>>(Uuid::random().bytes)[0]),
      session_(make_http2_session(*this)),
      resets_(500, 50),
      useless_frames_(1000, 500) {
    if (!session_) return;
    const Limits& limits = shard.state().limits;
    const auto number = [](size_t value) { return static_cast<uint32_t>(std::min<size_t>(value, INT32_MAX)); };
    const auto settings = std::to_array<nghttp2_settings_entry>(
        {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, number(limits.max_requests_at_once)},
         {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, number(limits.stream_window)},
         {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, number(limits.max_header_bytes)},
         {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}});
    nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    // What is held is bounded stream by stream: the connection's window lets some of them be full at once.
    const size_t window = std::max<size_t>(NGHTTP2_INITIAL_CONNECTION_WINDOW_SIZE, 4 * limits.stream_window);
    nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0, static_cast<int32_t>(number(window)));
}

Http2Core::~Http2Core() = default;

// ---- what comes

bool Http2Core::receive(std::string_view bytes) {
    if (!session_) return false;
    inside_ = true;
    const ssize_t taken =
        nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    inside_ = false;
    if (taken < 0) shard_.counts.errors.add(1);
    return taken >= 0;
}

// More than the client knows it may have at once: handlers can still have those that it has left.
bool Http2Core::begin_exchange(int32_t id) {
    if (exchanges_.size() >= 2 * shard_.state().limits.max_requests_at_once)
        return reset(id, Http2Error::refused), abandoned(), false;
    if (spare_.empty()) spare_.push_back(std::make_unique<Http2Exchange>(*this));
    exchanges_.push_back(std::move(spare_.back()));
    spare_.pop_back();
    Http2Exchange& exchange = *exchanges_.back();
    exchange.begin(id, exchanges_.size() - 1);
    nghttp2_session_set_stream_user_data(session_.get(), id, &exchange);
    return true;
}

Http2Exchange* Http2Core::find(int32_t id) const {
    return static_cast<Http2Exchange*>(nghttp2_session_get_stream_user_data(session_.get(), id));
}

void Http2Core::came_without_use() {
    if (!useless_frames_.take(EventLoop::now_ms())) finish(Http2Error::calm);
}

void Http2Core::abandoned() {
    if (!closed_ && !resets_.take(EventLoop::now_ms())) finish(Http2Error::calm);
}

void Http2Core::touch(Http2Exchange& exchange) {
    if (exchange.is_touched() || closed_) return;
    exchange.set_touched(true);
    touched_.push_back(&exchange);
    wake();
}

void Http2Core::wake() {
    if (!inside_ && !closed_) owner_.wants_turn();
}

void Http2Core::turn() {
    inside_ = true;
    std::swap(now_, touched_);
    for (Http2Exchange* const exchange : now_) {
        exchange->set_touched(false);
        exchange->turn();
        if (exchange->is_over() && !exchange->is_touched()) release(*exchange);
    }
    now_.clear();
    inside_ = false;
}

void Http2Core::answered(bool loop_ended) {
    if (open_.fetch_sub(1) == 1 && (closed_ || loop_ended)) owner_.all_answered(loop_ended);
}

void Http2Core::release(Http2Exchange& exchange) {
    constexpr size_t most_spare = 32;
    exchange.give_back(output_);
    const size_t index = exchange.index();
    std::swap(exchanges_[index], exchanges_.back());
    exchanges_[index]->set_index(index);
    std::unique_ptr<Http2Exchange> over = std::move(exchanges_.back());
    exchanges_.pop_back();
    if (spare_.size() < most_spare && !closed_) spare_.push_back(std::move(over));
}

void Http2Core::shrink() {
    spare_.clear();
    output_.shrink();
}

// ---- what goes

bool Http2Core::fill() {
    inside_ = true;
    ssize_t size = 0;
    const uint8_t* bytes = nullptr;
    while (!output_.has_enough() && (size = nghttp2_session_mem_send(session_.get(), &bytes)) > 0)
        output_.copy({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
    inside_ = false;
    return size >= 0;
}

bool Http2Core::is_done() const {
    return !is_true(nghttp2_session_want_read(session_.get())) && !is_true(nghttp2_session_want_write(session_.get()));
}

void Http2Core::go_on(int32_t id) {
    nghttp2_session_resume_data(session_.get(), id);
    wake();
}

void Http2Core::reset(int32_t id, Http2Error why) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, static_cast<uint32_t>(why));
    wake();
}

void Http2Core::consumed(int32_t id, size_t bytes) {
    nghttp2_session_consume_stream(session_.get(), id, bytes);
    wake();
}

// ---- the end

void Http2Core::check(int64_t now_ms) {
    for (const auto& exchange : exchanges_) exchange->check(now_ms);
    if (stopping_since_ms_ > 0 && now_ms >= stopping_since_ms_ + goodbye_takes_at_most_ms) told_of_stop();
}

// Requests that are on their way are answered: the client is told, and told the last it may expect once it knows.
void Http2Core::stop() {
    if (stopping_since_ms_ != 0) return;
    if (exchanges_.empty()) return finish(Http2Error::none);
    stopping_since_ms_ = EventLoop::now_ms();
    nghttp2_submit_shutdown_notice(session_.get());
    nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
    for (const auto& exchange : exchanges_) touch(*exchange);
    wake();
}

void Http2Core::told_of_stop() {
    if (stopping_since_ms_ <= 0) return;
    stopping_since_ms_ = -1;
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()),
                          NGHTTP2_NO_ERROR, nullptr, 0);
    wake();
}

void Http2Core::finish(Http2Error why) {
    nghttp2_session_terminate_session(session_.get(), static_cast<uint32_t>(why));
    wake();
}

void Http2Core::closed() {
    closed_ = true;
    touched_.clear();
    for (const auto& exchange : exchanges_) exchange->lose_client();
    for (size_t i = exchanges_.size(); i-- > 0;)
        if (exchanges_[i]->is_over()) release(*exchanges_[i]);
    output_.clear();
    spare_.clear();
}

}  // namespace pinflow::net
