// A Kafka listener's part on one event loop: its sessions there, the sweep over their deadlines, and their counts.
#pragma once
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "kafka/server.h"
#include "net/acceptor.h"
#include "net/operations.h"

namespace pinflow::kafka {

class Session;

// What all loops of a listener share.
struct Shared {
    Shared(Door& to, const SessionLimits& bounds, Listener as, std::shared_ptr<net::TlsServer> certificate)
        : door(to), limits(bounds), listener(std::move(as)), tls(std::move(certificate)) {}

    Door& door;
    const SessionLimits limits;
    Listener listener;                          // does not change while the loops run
    const std::shared_ptr<net::TlsServer> tls;  // or null
    void opened() {
        open.fetch_add(1);
        door.open_connections.fetch_add(1);
    }
    void closed();
    bool full() const;                                      // no further connection is taken
    bool wait_until_none(std::chrono::milliseconds bound);  // is open; false after `bound`

    std::atomic<size_t> open = 0;
    std::atomic<bool> draining = false;

  private:
    std::mutex mutex_;
    std::condition_variable none_open_;
};

// On the loop's thread, or when the loop does not run; load() from any.
class Connections : public std::enable_shared_from_this<Connections> {
  public:
    Connections(std::shared_ptr<net::EventLoop> loop, size_t loop_index, std::shared_ptr<Shared> shared);
    ~Connections();

    void adopt(net::Descriptor socket, std::string peer);
    void remove(const std::shared_ptr<Session>& session);
    void stop_reading();
    void close_all();

    net::EventLoop& loop() { return *loop_; }
    const std::shared_ptr<net::EventLoop>& shared_loop() const { return loop_; }
    size_t loop_index() const { return loop_index_; }
    Shared& shared() { return *shared_; }
    // What a new connection weighs against: those that are open, and the bytes that moved lately.
    uint64_t load() const;

    // Written here, read by any thread.
    struct Counts {
        net::Count accepted, refused, requests, errors, bytes_in, bytes_out;
    };
    Counts counts;
    net::Operations operations;

  private:
    bool within_quota(std::string_view peer) const;  // of connections from its address
    void sweep();
    void sweep_later();

    const std::shared_ptr<net::EventLoop> loop_;
    const size_t loop_index_;
    const std::shared_ptr<Shared> shared_;
    boost::asio::steady_timer timer_;
    bool sweeping_ = false;
    std::unordered_set<std::shared_ptr<Session>> sessions_;
    std::atomic<uint64_t> open_ = 0;
    std::atomic<uint64_t> recent_bytes_ = 0;
    uint64_t bytes_at_last_sweep_ = 0;
};

}  // namespace pinflow::kafka
