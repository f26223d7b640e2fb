#include "net/shard.h"

#include "net/http2_session.h"
#include "net/session.h"

namespace pinflow::net {

void ServerState::count_changed() {
    if (waiting_.load() == 0) return;
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

bool ServerState::wait_for(std::chrono::milliseconds bound, const std::function<bool()>& condition) {
    waiting_.fetch_add(1);
    std::unique_lock lock(mutex_);
    const bool holds = changed_.wait_for(lock, bound, condition);
    waiting_.fetch_sub(1);
    return holds;
}

Shard::Shard(std::shared_ptr<EventLoop> loop, std::shared_ptr<ServerState> state)
    : loop_(std::move(loop)), state_(std::move(state)), timer_(loop_->context()) {}

Shard::~Shard() = default;

template <class Kind, class... Arguments>
Kind& Shard::make(Arguments&&... arguments) {
    Kind* const made = std::make_unique<Kind>(shared_from_this(), std::forward<Arguments>(arguments)...).release();
    Connection* const connection = made;
    connection->next_ = first_;
    if (first_ != nullptr) first_->previous_ = connection;
    first_ = connection;
    state_->sessions.fetch_add(1, std::memory_order_relaxed);
    open_.fetch_add(1, std::memory_order_relaxed);
    if (!sweeping_) sweep_later();
    return *made;
}

void Shard::adopt(int descriptor, std::string peer) {
    const size_t max = state_->limits.max_connections;
    const size_t now_open = state_->connections.fetch_add(1, std::memory_order_relaxed) + 1;
    counts.accepted.add(1);
    Session& session = make<Session>(descriptor, std::move(peer));
    if (now_open <= max && !state_->draining.load(std::memory_order_relaxed)) {
        session.start();
    } else {
        counts.refused.add(1);
        // A few are told; in a flood even that costs too much.
        now_open <= max + max / 16 + 16 ? session.start_refused() : session.close();
    }
    if (session.is_over()) remove(session);
}

void Shard::go_on_with_http2(Transport transport, std::string peer, std::string_view came) {
    Http2Session& session = make<Http2Session>(std::move(transport), std::move(peer));
    session.start(came);
    if (session.is_over()) remove(session);
}

void Shard::remove(Connection& connection) {
    const auto keep = shared_from_this();  // the connection may hold the last reference
    (connection.previous_ == nullptr ? first_ : connection.previous_->next_) = connection.next_;
    if (connection.next_ != nullptr) connection.next_->previous_ = connection.previous_;
    std::unique_ptr<Connection>(&connection).reset();
    open_.fetch_sub(1, std::memory_order_relaxed);
    state_->sessions.fetch_sub(1);
    state_->count_changed();
}

void Shard::close_idle() {
    for (Connection* connection = first_; connection != nullptr;) {
        Connection* const next = connection->next_;
        connection->close_if_idle();
        if (connection->is_over()) remove(*connection);
        connection = next;
    }
}

// If the loop has stopped, operations under way never end: then only open exchanges keep a session.
void Shard::close_all() {
    for (Connection* connection = first_; connection != nullptr;) {
        Connection* const next = connection->next_;
        connection->close();
        if (!loop_->is_running()) connection->operations_ = 0;
        if (connection->is_over()) remove(*connection);
        connection = next;
    }
}

uint64_t Shard::load() const {
    constexpr uint64_t bytes_per_connection = 256 << 10;  // one busy connection weighs as much as some idle ones
    return open_.load(std::memory_order_relaxed) + recent_bytes_.load(std::memory_order_relaxed) / bytes_per_connection;
}

void Shard::sweep() {
    const auto keep = shared_from_this();
    const int64_t now = EventLoop::now_ms();
    for (Connection* connection = first_; connection != nullptr;) {
        Connection* const next = connection->next_;
        connection->check(now);
        if (connection->is_over()) remove(*connection);
        connection = next;
    }
    const uint64_t bytes = counts.bytes_in.get() + counts.bytes_out.get();
    const uint64_t fresh = bytes - std::exchange(bytes_at_last_sweep_, bytes);
    recent_bytes_.store((recent_bytes_.load(std::memory_order_relaxed) + fresh) / 2, std::memory_order_relaxed);
    if (state_->log != nullptr && (first_ == nullptr || now - last_flush_ms_ >= 1000)) {
        last_flush_ms_ = now;
        state_->log->flush();
    }
    sweeping_ = false;
    if (first_ != nullptr) sweep_later();
}

void Shard::notice_within(std::chrono::milliseconds timeout) {
    if (timeout >= shortest_) return;
    shortest_ = timeout;
    if (sweeping_) sweep_later();
}

void Shard::sweep_later() {
    sweeping_ = true;
    timer_.expires_after(sweep_interval());
    timer_.async_wait([shard = weak_from_this()](const boost::system::error_code& error) {
        if (const auto alive = shard.lock(); alive && !error) alive->sweep();
    });
}

std::chrono::milliseconds Shard::sweep_interval() const {
    using std::chrono::milliseconds;
    const Limits& limits = state_->limits;
    const milliseconds shortest =
        std::min({shortest_, limits.idle_timeout, limits.handshake_timeout, limits.header_timeout, limits.body_timeout,
                  limits.write_timeout, limits.linger_timeout});
    return std::clamp(shortest / 4, milliseconds(20), milliseconds(1000));
}

}  // namespace pinflow::net
