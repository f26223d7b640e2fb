#include "net/transport.h"

#include <sys/socket.h>
#include <unistd.h>

namespace pinflow::net {

namespace asio = boost::asio;

Transport::Transport(asio::io_context& context, int descriptor, const std::string& peer, std::shared_ptr<TlsServer> tls)
    : socket_(context) {
    Error error;
    socket_.assign(peer.starts_with('[') ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), descriptor, error);
    if (error)
        ::close(descriptor);
    else if (tls)
        tls_ = std::make_unique<TlsConnection>(std::move(tls), descriptor, peer);
}

ssize_t Transport::receive(MutableBytes into) {
    if (tls_) return tls_->receive({reinterpret_cast<char*>(into.data()), into.size()});
    ssize_t got;
    do got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    return got;
}

ssize_t Transport::send(std::span<const iovec> pieces) {
    if (tls_) return tls_->send(pieces);
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    ssize_t sent;
    do sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent;
}

void Transport::send_at_once() {
    Error ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Transport::cancel() {
    Error ignored;
    socket_.cancel(ignored);
}

void Transport::shut_down_send() {
    if (tls_) tls_->shut_down();
    Error ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void Transport::close() {
    if (tls_) tls_->shut_down();
    tls_.reset();
    Error ignored;
    socket_.close(ignored);
}

}  // namespace pinflow::net
