// A server's part on one event loop: its connections there, the sweep over their deadlines, and their counts.
#pragma once
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "net/event_loop.h"
#include "net/operations.h"
#include "net/server.h"

namespace pinflow::net {

class Connection;
class Transport;

// What all shards of a server share.
struct ServerState {
    ServerState(Handler& to, const Limits& bounds, AccessLog* access_log, std::shared_ptr<TlsServer> certificate)
        : handler(to),
          limits(bounds),
          log(access_log),
          tls(std::move(certificate)),
          budget(bounds.max_buffered_bytes) {}

    Handler& handler;
    const Limits limits;
    AccessLog* const log;
    const std::shared_ptr<TlsServer> tls;  // or null
    MemoryBudget budget;
    std::atomic<size_t> connections = 0;  // open
    std::atomic<size_t> sessions = 0;     // alive: open, or closed and still in use
    std::atomic<size_t> orphans = 0;      // closed before their exchange was answered
    std::atomic<bool> draining = false;

    void count_changed();  // connections, sessions or orphans have become fewer
    // Until `condition` over the counts holds; false after `bound`.
    bool wait_for(std::chrono::milliseconds bound, const std::function<bool()>& condition);

  private:
    std::atomic<int> waiting_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
};

struct Counts {
    Count accepted, refused, requests, http2_requests, errors, bytes_in, bytes_out;
};

// All but load() and counts: on the loop's thread, or when the loop does not run.
class Shard : public std::enable_shared_from_this<Shard> {
  public:
    Shard(std::shared_ptr<EventLoop> loop, std::shared_ptr<ServerState> state);
    ~Shard();

    void adopt(int descriptor, std::string peer);
    // The connection of a session that is about to end goes on; `came` is what was read of it.
    void go_on_with_http2(Transport transport, std::string peer, std::string_view came);
    void remove(Connection& connection);  // ends its life
    void close_idle();                    // and every other as soon as it is answered
    void close_all();
    void stop_sweeping() { timer_.cancel(); }
    // Deadlines as short as that are set: from now on they are looked at often enough.
    void notice_within(std::chrono::milliseconds timeout);

    EventLoop& loop() { return *loop_; }
    const std::shared_ptr<EventLoop>& shared_loop() const { return loop_; }
    ServerState& state() const { return *state_; }
    uint64_t load() const;  // any thread: what a new connection weighs against
    void note_load();       // connections have come, gone, or moved bytes

    Counts counts;
    Operations operations;

  private:
    template <class Kind, class... Arguments>
    Kind& make(Arguments&&... arguments);
    void sweep();
    void sweep_later();
    std::chrono::milliseconds sweep_interval() const;

    std::shared_ptr<EventLoop> loop_;
    std::shared_ptr<ServerState> state_;
    boost::asio::steady_timer timer_;
    bool sweeping_ = false;
    std::chrono::milliseconds shortest_ = std::chrono::hours(1);
    Connection* first_ = nullptr;  // a doubly linked list through them
    std::atomic<uint64_t> open_ = 0;
    std::atomic<uint64_t> recent_bytes_ = 0;
    uint64_t bytes_at_last_sweep_ = 0;
    int64_t last_flush_ms_ = 0;
};

}  // namespace pinflow::net
