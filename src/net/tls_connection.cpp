#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "net/tls.h"
#include "net/tls_socket.h"

namespace pinflow::net {
namespace {

constexpr size_t record_bytes = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr char handshake_record = 0x16;

bool may_be_tried_again(int number) {
    return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

// SSL_get_error() looks at the thread's queue of errors, where others may have left theirs. Clearing it takes time also
// when it is empty.
void forget_errors() {
    if (ERR_peek_error() != 0) ERR_clear_error();
    errno = 0;
}

std::string_view hint(unsigned long error) {
    switch (ERR_GET_REASON(error)) {
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
            return "; the client does not trust the certificate: give it the CA (docs/tls.md)";
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
            return "; make or order a new certificate";
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
            return "; the client must speak TLS 1.2 or 1.3";
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return "; this listener wants a client certificate (tls.client_auth)";
        default:
            return "";
    }
}

std::string reason_of_failure(const SSL* ssl, int outcome) {
    const unsigned long error = ERR_peek_last_error();
    if (ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        return fmt::format("the client's certificate is refused: {}",
                           X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
    if (outcome == SSL_ERROR_ZERO_RETURN) return "the client went away during the handshake";
    if (error == 0) return fmt::format("the connection broke: {}", std::strerror(errno));
    const char* const text = ERR_reason_error_string(error);
    return fmt::format("{}{}", text == nullptr ? "unknown error" : text, hint(error));
}

// What of `pieces` is still to be sent.
class Rest {
  public:
    explicit Rest(std::span<const iovec> pieces) : pieces_(pieces) { drop(0); }
    void drop(size_t bytes) {
        taken_ += bytes;
        while (!pieces_.empty() && taken_ >= pieces_.front().iov_len) {
            taken_ -= pieces_.front().iov_len;
            pieces_ = pieces_.subspan(1);
        }
    }
    bool empty() const { return pieces_.empty(); }
    // One record's worth where pieces are small: gathered in `room`; else a large piece as it lies.
    std::span<const char> next(std::span<char> room) const {
        const std::span first(static_cast<const char*>(pieces_.front().iov_base) + taken_,
                              pieces_.front().iov_len - taken_);
        if (pieces_.size() == 1 || first.size() >= room.size()) return first;
        size_t size = first.size();
        std::memcpy(room.data(), first.data(), size);
        for (const iovec& piece : pieces_.subspan(1)) {
            const size_t fits = std::min(piece.iov_len, room.size() - size);
            std::memcpy(room.data() + size, piece.iov_base, fits);
            size += fits;
            if (size == room.size()) break;
        }
        return room.first(size);
    }

  private:
    std::span<const iovec> pieces_;
    size_t taken_ = 0;  // of the first
};

}  // namespace

TlsConnection::TlsConnection(std::shared_ptr<TlsServer> server, int socket, std::string peer)
    : server_(std::move(server)), socket_(socket), peer_(std::move(peer)) {}

TlsConnection::~TlsConnection() {
    if (ssl_ && !ready_) broke("the handshake was not finished in time");
}

void TlsConnection::Free::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

void TlsConnection::broke(std::string_view reason) {
    if (!ready_ && !std::exchange(counted_, true)) server_->failed(peer_, reason);
}

// OpenSSL comes in when the first byte is there, and is the first byte of TLS.
bool TlsConnection::begin() {
    char first = 0;
    const ssize_t got = ::recv(socket_, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && may_be_tried_again(errno)) {
        blocked_ = Blocked::on_read;
        errno = EAGAIN;
        return false;
    }
    if (got == 1 && first == handshake_record) {
        ssl_.reset(server_->make_connection());
        BIO* const bio = ssl_ ? make_socket_bio(socket_) : nullptr;
        if (bio != nullptr) {
            SSL_set_bio(ssl_.get(), bio, bio);
            SSL_set_accept_state(ssl_.get());
            return true;
        }
        errno = ENOMEM;
    } else if (got == 1) {
        plain_text_ = true;
        broke("the client does not speak TLS; it must (https:// or security.protocol=SSL)");
        errno = EPROTO;
    } else if (got == 0) {
        errno = 0;
    }
    over_ = broken_ = true;
    return false;
}

// -1 and errno for what OpenSSL's call came to, or 0 at the end.
ssize_t TlsConnection::blocked_or_broken(int outcome) {
    const int number = errno;
    const int error = SSL_get_error(ssl_.get(), outcome);
    blocked_ = error == SSL_ERROR_WANT_READ    ? Blocked::on_read
               : error == SSL_ERROR_WANT_WRITE ? Blocked::on_write
                                               : Blocked::no;
    if (blocked_ != Blocked::no) {
        errno = EAGAIN;
        return -1;
    }
    errno = number;
    broke(reason_of_failure(ssl_.get(), error));
    over_ = true;
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    broken_ = true;
    errno = error == SSL_ERROR_SYSCALL && number != 0 ? number : EPROTO;
    return -1;
}

bool TlsConnection::shake_hands() {
    forget_errors();
    const int outcome = SSL_do_handshake(ssl_.get());
    if (outcome != 1) {
        if (blocked_or_broken(outcome) == 0) {
            broken_ = true;
            errno = EPROTO;
        }
        return false;
    }
    blocked_ = Blocked::no;
    ready_ = true;
    const unsigned char* protocol = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
    chose_http2_ = size == 2 && std::memcmp(protocol, "h2", 2) == 0;
    server_->finished(SSL_session_reused(ssl_.get()) == 1);
    return true;
}

ssize_t TlsConnection::receive(std::span<char> into) {
    if (broken_) {
        errno = EPROTO;
        return -1;
    }
    if (!ssl_ && !begin()) return errno == 0 ? 0 : -1;
    if (!ready_ && !shake_hands()) return -1;
    size_t total = 0;
    while (total < into.size()) {
        size_t got = 0;
        forget_errors();
        const int outcome = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &got);
        if (outcome != 1) {
            const ssize_t problem = blocked_or_broken(outcome);
            return total > 0 ? static_cast<ssize_t>(total) : problem;
        }
        blocked_ = Blocked::no;
        total += got;
        if (SSL_has_pending(ssl_.get()) == 0) break;
    }
    return static_cast<ssize_t>(total);
}

bool TlsConnection::has_input() const {
    if (over_) return true;
    return ssl_ && blocked_ == Blocked::no && SSL_has_pending(ssl_.get()) == 1;
}

ssize_t TlsConnection::send(std::span<const iovec> pieces) {
    if (!ready_ || broken_) {
        errno = EPIPE;
        return -1;
    }
    std::array<char, record_bytes> room;
    Rest rest(pieces);
    size_t total = 0;
    while (!rest.empty()) {
        const std::span<const char> next = rest.next(room);
        size_t sent = 0;
        forget_errors();
        const int outcome = SSL_write_ex(ssl_.get(), next.data(), next.size(), &sent);
        if (outcome != 1) {
            fail_to_send(outcome);
            return total > 0 ? static_cast<ssize_t>(total) : -1;
        }
        total += sent;
        rest.drop(sent);
    }
    return static_cast<ssize_t>(total);
}

// Sets errno. What reading waits for stays as it was.
void TlsConnection::fail_to_send(int outcome) {
    const Blocked reading = blocked_;
    if (blocked_or_broken(outcome) == 0) errno = EPIPE;
    if (std::exchange(blocked_, reading) != Blocked::on_read || errno != EAGAIN) return;
    errno = EPROTO;  // it asks for input, which only a new handshake could do, and that is refused
    broken_ = true;
}

void TlsConnection::shut_down() {
    if (!ready_ || broken_) return;
    forget_errors();
    SSL_shutdown(ssl_.get());
    forget_errors();
}

std::string TlsConnection::client_name() const {
    X509* const certificate = ready_ ? SSL_get0_peer_certificate(ssl_.get()) : nullptr;
    if (certificate == nullptr) return {};
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
    // As Java's X500Principal.getName() has it, which Kafka's principals are made of; UTF-8 as it is.
    X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* data = nullptr;
    const long size = BIO_get_mem_data(text.get(), &data);
    return {data, static_cast<size_t>(size)};
}

}  // namespace pinflow::net
