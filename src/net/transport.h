// A connection's socket, with TLS on it where its listener has that. For what has sessions on these loops: includes
// Asio. On the loop's thread.
#pragma once
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "net/tls.h"

namespace pinflow::net {

class Transport {
  public:
    using Error = boost::system::error_code;

    // Takes the connected socket `descriptor`; `tls` may be null.
    Transport(boost::asio::io_context& context, int descriptor, const std::string& peer,
              std::shared_ptr<TlsServer> tls);

    Transport(Transport&&) = default;  // while no operation is under way

    // As recv(2) and sendmsg(2), see TlsConnection; a wait for the socket is the caller's affair.
    ssize_t receive(MutableBytes into);
    ssize_t send(std::span<const iovec> pieces);
    // After receive() has given `got` of `asked` bytes: more may be there, which no event of the socket will tell.
    bool may_have_more(size_t got, size_t asked) const { return tls_ ? tls_->has_input() : got == asked; }

    // done(error) when receive() or send() may go on.
    template <class Done>
    void wait_to_receive(Done done) {
        socket_.async_wait(tls_ && tls_->wants_to_write() ? socket_.wait_write : socket_.wait_read, std::move(done));
    }
    template <class Done>
    void wait_to_send(Done done) {
        socket_.async_wait(socket_.wait_write, std::move(done));
    }
    // done(error, bytes) once there are some, never before this returns. At most one at a time.
    template <class Done>
    void receive_later(std::span<char> into, Done done) {
        if (!tls_) return socket_.async_read_some(boost::asio::buffer(into.data(), into.size()), std::move(done));
        auto go_on = [this, into, done = std::move(done)](const Error& error = {}) mutable {
            receive_now(into, std::move(done), error);
        };
        tls_->has_input() ? boost::asio::post(socket_.get_executor(), std::move(go_on))
                          : wait_to_receive(std::move(go_on));
    }

    bool is_shaking_hands() const { return tls_ && !tls_->is_ready(); }
    bool has_tls() const { return tls_ != nullptr; }
    bool chose_http2() const { return tls_ && tls_->chose_http2(); }  // by ALPN
    // Where TLS is expected, the client speaks something else: then go on without TLS, to tell it.
    bool met_plain_text() const { return tls_ && tls_->met_plain_text(); }
    void drop_tls() { tls_.reset(); }

    void send_at_once();    // small pieces too, whatever is not acknowledged yet
    void cancel();          // ends waits with operation_aborted
    void shut_down_send();  // the other side is told that nothing more comes
    void close();

  private:
    template <class Done>
    void receive_now(std::span<char> into, Done done, const Error& error) {
        if (error || !tls_) return done(error ? error : boost::asio::error::operation_aborted, size_t{0});
        const ssize_t got = tls_->receive(into);
        if (got > 0) return done(Error(), static_cast<size_t>(got));
        if (got == 0) return done(boost::asio::error::eof, size_t{0});
        if (errno == EAGAIN) return receive_later(into, std::move(done));
        done(Error(errno, boost::system::system_category()), size_t{0});
    }

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<TlsConnection> tls_;
};

}  // namespace pinflow::net
