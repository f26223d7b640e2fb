#include "net/acceptor.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/listen_address.h"

namespace pinflow::net {

namespace asio = boost::asio;

Descriptor::~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Acceptor::Acceptor(EventLoop& loop, int descriptor, bool version_6, DealOut deal_out)
    : acceptor_(loop.context()), pause_(loop.context()), deal_out_(std::move(deal_out)) {
    acceptor_.assign(version_6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), descriptor);
}

void Acceptor::wait() {
    acceptor_.async_wait(asio::ip::tcp::acceptor::wait_read,
                         [self = shared_from_this()](const boost::system::error_code& error) {
                             if (!error) self->accept_some();
                         });
}

void Acceptor::close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

void Acceptor::accept_some() {
    for (int accepted = 0; accepted < 64; ++accepted) {  // then the connections have their turn
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        const int descriptor = ::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&from), &size,
                                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            deal_out_(Descriptor(descriptor), address_text(from));
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return wait_for_descriptors();
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        // Anything else concerns that one connection (accept(2): ECONNABORTED and network errors).
    }
    wait();
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

}  // namespace pinflow::net
