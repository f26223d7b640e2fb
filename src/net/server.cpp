#include "net/server.h"

#include <algorithm>

#include "net/acceptor.h"
#include "net/listen_address.h"
#include "net/shard.h"

namespace pinflow::net {
namespace {

using Shards = std::vector<std::shared_ptr<Shard>>;

// To the loop with the least to do; `here` is the acceptor's.
void deal_out(const Shards& shards, const EventLoop& here, Descriptor socket, std::string peer) {
    const auto& shard = *std::ranges::min_element(shards, {}, [](const auto& each) { return each->load(); });
    if (&shard->loop() == &here) return shard->adopt(socket.release(), std::move(peer));
    shard->loop().post([shard, peer = std::move(peer), socket = std::move(socket)]() mutable {
        shard->adopt(socket.release(), std::move(peer));
    });
}

}  // namespace

class Server::Impl {
  public:
    Impl(Loops& loops, ListenSocket socket, Handler& handler, const Limits& limits, AccessLog* log,
         std::shared_ptr<TlsServer> tls)
        : address_(std::move(socket.address)), port_(socket.port) {
        state_ = std::make_shared<ServerState>(handler, limits, log, std::move(tls));
        for (size_t i = 0; i < loops.size(); ++i)
            shards_.push_back(std::make_shared<Shard>(loops.loop(i).shared_from_this(), state_));
        acceptor_loop_ = loops.loop(0).shared_from_this();
        acceptor_ = std::make_shared<Acceptor>(
            *acceptor_loop_, socket.descriptor, address_.starts_with('['),
            [shards = shards_, loop = acceptor_loop_.get()](Descriptor accepted, std::string peer) {
                deal_out(shards, *loop, std::move(accepted), std::move(peer));
            });
        acceptor_loop_->post([acceptor = acceptor_] { acceptor->wait(); });
    }

    ~Impl() {
        stop_accepting();
        for (const auto& shard : shards_) shard->loop().run_and_wait([&] { shard->close_all(); });
        // Cancelled operations end on their loops; sessions whose exchange is open outlive the server.
        state_->wait_for(std::chrono::seconds(5), [&] { return state_->sessions.load() <= state_->orphans.load(); });
        for (const auto& shard : shards_) shard->loop().run_and_wait([&] { shard->stop_sweeping(); });
    }

    bool drain(std::chrono::milliseconds bound) {
        stop_accepting();
        state_->draining.store(true);
        for (const auto& shard : shards_) shard->loop().run_and_wait([&] { shard->close_idle(); });
        return state_->wait_for(bound, [&] { return state_->connections.load() == 0; });
    }

    ServerStats stats() const {
        ServerStats sum;
        for (const auto& shard : shards_) {
            sum.connections_accepted += shard->counts.accepted.get();
            sum.connections_refused += shard->counts.refused.get();
            sum.requests += shard->counts.requests.get();
            sum.http2_requests += shard->counts.http2_requests.get();
            sum.errors += shard->counts.errors.get();
            sum.bytes_in += shard->counts.bytes_in.get();
            sum.bytes_out += shard->counts.bytes_out.get();
        }
        sum.connections_open = state_->connections.load();
        if (state_->tls) sum.tls = state_->tls->stats();
        return sum;
    }

    void add_operations(Totals& totals) const {
        for (const auto& shard : shards_) shard->operations.add_to(totals);
    }

    const std::string& address() const { return address_; }
    uint16_t port() const { return port_; }

  private:
    void stop_accepting() {
        if (!acceptor_) return;
        acceptor_loop_->run_and_wait([&] { acceptor_->close(); });
        // Connections that were just dealt out reach their loops before anything posted from here on.
        for (const auto& shard : shards_) shard->loop().run_and_wait([] {});
        acceptor_.reset();
    }

    std::string address_;
    uint16_t port_;
    std::shared_ptr<ServerState> state_;
    Shards shards_;
    std::shared_ptr<EventLoop> acceptor_loop_;
    std::shared_ptr<Acceptor> acceptor_;
};

Result<std::unique_ptr<Server>> Server::listen(Loops& loops, const std::string& host_port, Handler& handler,
                                               Limits limits, AccessLog* log, std::shared_ptr<TlsServer> tls) {
    PINFLOW_ASSIGN(ListenSocket socket, listen_on(host_port));
    auto impl = std::make_unique<Impl>(loops, std::move(socket), handler, limits, log, std::move(tls));
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

uint16_t Server::port() const {
    return impl_->port();
}
std::string Server::address() const {
    return impl_->address();
}
bool Server::drain(std::chrono::milliseconds bound) {
    return impl_->drain(bound);
}
ServerStats Server::stats() const {
    return impl_->stats();
}
void Server::add_operations(Totals& totals) const {
    impl_->add_operations(totals);
}

}  // namespace pinflow::net
