#include "net/server.h"

#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/listen_address.h"
#include "net/shard.h"

namespace pinflow::net {
namespace {

namespace asio = boost::asio;
using Shards = std::vector<std::shared_ptr<Shard>>;

// An accepted socket on its way to its loop; closed if it does not get there.
class Descriptor {
  public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    ~Descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Descriptor(Descriptor&& other) noexcept : descriptor_(other.release()) {}
    Descriptor& operator=(Descriptor&&) = delete;
    int release() { return std::exchange(descriptor_, -1); }

  private:
    int descriptor_;
};

// Accepts on one loop and hands each connection to the loop with the least to do.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
  public:
    Acceptor(EventLoop& loop, int descriptor, bool version_6, Shards shards)
        : loop_(loop), acceptor_(loop.context()), pause_(loop.context()), shards_(std::move(shards)) {
        acceptor_.assign(version_6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), descriptor);
    }

    void wait() {
        acceptor_.async_wait(asio::ip::tcp::acceptor::wait_read,
                             [self = shared_from_this()](const boost::system::error_code& error) {
                                 if (!error) self->accept_some();
                             });
    }

    void close() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
    }

  private:
    void accept_some();
    void deal_out(int descriptor, const sockaddr_storage& from);
    void wait_for_descriptors();

    EventLoop& loop_;
    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    const Shards shards_;
};

void Acceptor::accept_some() {
    for (int accepted = 0; accepted < 64; ++accepted) {  // then the connections have their turn
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        const int descriptor = ::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&from), &size,
                                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            deal_out(descriptor, from);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return wait_for_descriptors();
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        // Anything else concerns that one connection (accept(2): ECONNABORTED and network errors).
    }
    wait();
}

void Acceptor::deal_out(int descriptor, const sockaddr_storage& from) {
    const auto least = std::ranges::min_element(shards_, {}, [](const auto& shard) { return shard->load(); });
    const auto& shard = *least;
    if (&shard->loop() == &loop_) return shard->adopt(descriptor, address_text(from));
    shard->loop().post([shard, peer = address_text(from), socket = Descriptor(descriptor)]() mutable {
        shard->adopt(socket.release(), std::move(peer));
    });
}

// Clients wait in the kernel's queue meanwhile; connections that end make room.
void Acceptor::wait_for_descriptors() {
    spdlog::warn("cannot accept connections for now: {}; raise the limit of open files (ulimit -n)",
                 std::strerror(errno));
    pause_.expires_after(std::chrono::milliseconds(200));
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error) self->accept_some();
    });
}

}  // namespace

class Server::Impl {
  public:
    Impl(Loops& loops, ListenSocket socket, Handler& handler, const Limits& limits, AccessLog* log)
        : address_(std::move(socket.address)), port_(socket.port) {
        state_ = std::make_shared<ServerState>(handler, limits, log);
        for (size_t i = 0; i < loops.size(); ++i)
            shards_.push_back(std::make_shared<Shard>(loops.loop(i).shared_from_this(), state_));
        acceptor_loop_ = loops.loop(0).shared_from_this();
        acceptor_ = std::make_shared<Acceptor>(*acceptor_loop_, socket.descriptor, address_.starts_with('['), shards_);
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
            sum.errors += shard->counts.errors.get();
            sum.bytes_in += shard->counts.bytes_in.get();
            sum.bytes_out += shard->counts.bytes_out.get();
        }
        sum.connections_open = state_->connections.load();
        return sum;
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
                                               Limits limits, AccessLog* log) {
    PINFLOW_ASSIGN(ListenSocket socket, listen_on(host_port));
    auto impl = std::make_unique<Impl>(loops, std::move(socket), handler, limits, log);
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

}  // namespace pinflow::net
