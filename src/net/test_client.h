// A socket for tests, with TLS on it or without: sends any bytes, reads answers.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

#include "net/test_tls.h"

namespace pinflow::net {

struct Answer {
    int status = 0;  // 0: the connection ended before a whole answer
    std::string head;
    std::string body;
};

class TestClient {
  public:
    explicit TestClient(uint16_t port, int receive_buffer = 0) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const timeval bound{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    ~TestClient() { close(); }
    TestClient(TestClient&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)),
          connected_(other.connected_),
          received_(std::move(other.received_)),
          tls_(std::move(other.tls_)) {}
    TestClient& operator=(TestClient&&) = delete;

    bool connected() const { return connected_; }
    void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    void finish_sending() {
        if (tls_) SSL_shutdown(tls_->ssl());
        ::shutdown(socket_, SHUT_WR);
    }
    TestTls& start_tls(const TestTlsOptions& options = {}) {
        tls_ = std::make_unique<TestTls>(socket_, options);
        return *tls_;
    }

    // False if the other side has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = tls_ ? tls_->send(bytes.data(), bytes.size())
                                      : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<size_t>(sent));
        }
        return true;
    }

    // The next answer; those of HEAD have no body.
    Answer read_answer(bool to_head = false) {
        Answer answer;
        size_t end = 0;
        while ((end = received_.find("\r\n\r\n")) == std::string::npos)
            if (!receive()) return answer;
        answer.head = received_.substr(0, end + 4);
        received_.erase(0, end + 4);
        const size_t length_at = answer.head.find("Content-Length: ");
        const size_t length =
            length_at == std::string::npos || to_head ? 0 : std::stoul(answer.head.substr(length_at + 16));
        while (received_.size() < length)
            if (!receive()) return answer;
        answer.body = received_.substr(0, length);
        received_.erase(0, length);
        answer.status = std::stoi(answer.head.substr(9));
        return answer;
    }
    // So many bytes, or fewer if there are no more.
    std::string read(size_t bytes) {
        while (received_.size() < bytes && receive()) {
        }
        std::string first = received_.substr(0, bytes);
        received_.erase(0, bytes);
        return first;
    }
    // Whatever has come, waiting for it; nothing at the end or after the bound.
    std::string read_some() {
        if (received_.empty()) receive();
        return std::exchange(received_, {});
    }
    // Up to and with `mark`, or all there is.
    std::string read_until(std::string_view mark) {
        size_t from = 0, found;
        while ((found = received_.find(mark, from)) == std::string::npos) {
            from = received_.size() - std::min(received_.size(), mark.size());
            if (!receive()) return std::exchange(received_, {}) + " -- the connection ended";
        }
        std::string first = received_.substr(0, found + mark.size());
        received_.erase(0, found + mark.size());
        return first;
    }
    Answer ask(std::string_view request) {
        send(request);
        return read_answer();
    }

    // True if the other side ends the connection, without more bytes, within the bound of reads.
    bool is_closed() { return received_.empty() && !receive() && received_.empty() && !timed_out_; }

  private:
    bool receive() {
        char bytes[65536];
        const ssize_t count = tls_ ? tls_->receive(bytes, sizeof bytes) : ::recv(socket_, bytes, sizeof bytes, 0);
        timed_out_ = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (count <= 0) return false;
        received_.append(bytes, static_cast<size_t>(count));
        return true;
    }

    int socket_;
    bool connected_ = false;
    bool timed_out_ = false;
    std::string received_;
    std::unique_ptr<TestTls> tls_;
};

}  // namespace pinflow::net
