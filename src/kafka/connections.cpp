#include "kafka/connections.h"

#include <algorithm>
#include <vector>

#include "kafka/session.h"
#include "net/listen_address.h"

namespace pinflow::kafka {

bool Shared::full() const {
    const size_t set = door.max_connections.load(std::memory_order_relaxed);
    return door.open_connections.load() >= (set > 0 ? set : limits.max_connections);
}

void Shared::closed() {
    door.open_connections.fetch_sub(1);
    if (open.fetch_sub(1) != 1 || !draining.load()) return;
    const std::scoped_lock lock(mutex_);
    none_open_.notify_all();
}

bool Shared::wait_until_none(std::chrono::milliseconds bound) {
    std::unique_lock lock(mutex_);
    return none_open_.wait_for(lock, bound, [&] { return open.load() == 0; });
}

Connections::Connections(std::shared_ptr<net::EventLoop> loop, size_t loop_index, std::shared_ptr<Shared> shared)
    : loop_(std::move(loop)), loop_index_(loop_index), shared_(std::move(shared)), timer_(loop_->context()) {}

Connections::~Connections() = default;

void Connections::adopt(net::Descriptor socket, std::string peer) {
    counts.accepted.add(1);
    if (shared_->draining.load() || shared_->full() || !within_quota(peer)) {
        counts.refused.add(1);
        return;  // closes it
    }
    const auto session = std::make_shared<Session>(shared_from_this(), std::move(socket), std::move(peer));
    sessions_.insert(session);
    shared_->opened();
    open_.fetch_add(1, std::memory_order_relaxed);
    session->pump();
    if (!sweeping_) sweep_later();
}

bool Connections::within_quota(std::string_view peer) const {
    broker::Quotas* const quotas = shared_->door.quotas;
    return quotas == nullptr || !quotas->any() || quotas->takes_connection(net::host_of(peer));
}

void Connections::remove(const std::shared_ptr<Session>& session) {
    if (sessions_.erase(session) == 0) return;
    open_.fetch_sub(1, std::memory_order_relaxed);
    shared_->closed();
}

// Sessions may end while they are called.
void Connections::stop_reading() {
    const std::vector now(sessions_.begin(), sessions_.end());
    for (const auto& session : now) session->stop_reading();
}

void Connections::close_all() {
    timer_.cancel();
    const std::vector now(sessions_.begin(), sessions_.end());
    for (const auto& session : now) session->close();
}

uint64_t Connections::load() const {
    constexpr uint64_t bytes_per_connection = 256 << 10;  // one busy connection weighs as much as some idle ones
    return open_.load(std::memory_order_relaxed) + recent_bytes_.load(std::memory_order_relaxed) / bytes_per_connection;
}

void Connections::sweep() {
    sweeping_ = false;
    const std::vector now(sessions_.begin(), sessions_.end());
    const int64_t now_ms = net::EventLoop::now_ms();
    for (const auto& session : now) session->check(now_ms);
    const uint64_t bytes = counts.bytes_in.get() + counts.bytes_out.get();
    const uint64_t fresh = bytes - std::exchange(bytes_at_last_sweep_, bytes);
    recent_bytes_.store((recent_bytes_.load(std::memory_order_relaxed) + fresh) / 2, std::memory_order_relaxed);
    if (!sessions_.empty()) sweep_later();
}

void Connections::sweep_later() {
    using std::chrono::milliseconds;
    const SessionLimits& limits = shared_->limits;
    const milliseconds shortest =
        std::min({limits.idle_timeout, limits.request_timeout, limits.write_timeout, limits.handshake_timeout});
    sweeping_ = true;
    timer_.expires_after(std::clamp(shortest / 4, milliseconds(20), milliseconds(500)));
    timer_.async_wait([connections = weak_from_this()](const boost::system::error_code& error) {
        if (const auto alive = connections.lock(); alive && !error) alive->sweep();
    });
}

}  // namespace pinflow::kafka
