#include "kafka/server.h"

#include <algorithm>

#include "kafka/connections.h"
#include "net/listen_address.h"

namespace pinflow::kafka {
namespace {

using All = std::vector<std::shared_ptr<Connections>>;

// To the loop with the least to do; `here` is the acceptor's.
void deal_out(const All& all, const net::EventLoop& here, net::Descriptor socket, std::string peer) {
    const auto& least = *std::ranges::min_element(all, {}, [](const auto& each) { return each->load(); });
    if (&least->loop() == &here) return least->adopt(std::move(socket), std::move(peer));
    least->loop().post([least, peer = std::move(peer), socket = std::move(socket)]() mutable {
        least->adopt(std::move(socket), std::move(peer));
    });
}

}  // namespace

class Server::Impl {
  public:
    Impl(net::Loops& loops, net::ListenSocket socket, Door& door, const SessionLimits& limits, Protocol protocol,
         std::shared_ptr<net::TlsServer> tls)
        : address_(std::move(socket.address)),
          port_(socket.port),
          shared_(std::make_shared<Shared>(door, limits, Listener{.protocol = protocol, .port = socket.port},
                                           std::move(tls))) {
        for (size_t i = 0; i < loops.size(); ++i)
            all_.push_back(std::make_shared<Connections>(loops.loop(i).shared_from_this(), i, shared_));
        acceptor_loop_ = loops.loop(0).shared_from_this();
        acceptor_ = std::make_shared<net::Acceptor>(
            *acceptor_loop_, socket.descriptor, address_.starts_with('['),
            [all = all_, loop = acceptor_loop_.get()](net::Descriptor accepted, std::string peer) {
                deal_out(all, *loop, std::move(accepted), std::move(peer));
            });
        acceptor_loop_->post([acceptor = acceptor_] { acceptor->wait(); });
    }

    ~Impl() {
        stop_accepting();
        for (const auto& each : all_) each->loop().run_and_wait([&] { each->close_all(); });
    }

    bool drain(std::chrono::milliseconds bound) {
        stop_accepting();
        shared_->draining = true;
        for (const auto& each : all_) each->loop().run_and_wait([&] { each->stop_reading(); });
        const bool all_answered = shared_->wait_until_none(bound);
        for (const auto& each : all_) each->loop().run_and_wait([&] { each->close_all(); });
        return all_answered;
    }

    ServerStats stats() const {
        ServerStats sum;
        for (const auto& each : all_) {
            sum.connections_accepted += each->counts.accepted.get();
            sum.connections_refused += each->counts.refused.get();
            sum.requests += each->counts.requests.get();
            sum.errors += each->counts.errors.get();
            sum.bytes_in += each->counts.bytes_in.get();
            sum.bytes_out += each->counts.bytes_out.get();
        }
        sum.connections_open = shared_->open;
        if (shared_->tls) sum.tls = shared_->tls->stats();
        return sum;
    }

    void add_operations(net::Totals& totals) const {
        for (const auto& each : all_) each->operations.add_to(totals);
    }

    const std::string& address() const { return address_; }
    uint16_t port() const { return port_; }
    Listener& listener() { return shared_->listener; }

  private:
    void stop_accepting() {
        if (!acceptor_) return;
        acceptor_loop_->run_and_wait([&] { acceptor_->close(); });
        // Connections that were just dealt out reach their loops before anything posted from here on.
        for (const auto& each : all_) each->loop().run_and_wait([] {});
        acceptor_.reset();
    }

    std::string address_;
    uint16_t port_;
    std::shared_ptr<Shared> shared_;
    All all_;
    std::shared_ptr<net::EventLoop> acceptor_loop_;
    std::shared_ptr<net::Acceptor> acceptor_;
};

Result<std::unique_ptr<Server>> Server::listen(net::Loops& loops, const std::string& host_port, Door& door,
                                               SessionLimits limits, Protocol protocol,
                                               std::shared_ptr<net::TlsServer> tls) {
    PINFLOW_ASSIGN(net::ListenSocket socket, net::listen_on(host_port));
    auto impl = std::make_unique<Impl>(loops, std::move(socket), door, limits, protocol, std::move(tls));
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
Protocol Server::protocol() const {
    return impl_->listener().protocol;
}
void Server::advertise(std::string host, int32_t port) {
    impl_->listener().host = std::move(host);
    impl_->listener().port = port;
}
bool Server::drain(std::chrono::milliseconds bound) {
    return impl_->drain(bound);
}
ServerStats Server::stats() const {
    return impl_->stats();
}
void Server::add_operations(net::Totals& totals) const {
    impl_->add_operations(totals);
}

}  // namespace pinflow::kafka
