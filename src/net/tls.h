// TLS on a listener, by OpenSSL: a certificate that is read anew when its files change, and the server's side of one
// connection. TLS 1.3, and 1.2 with forward secrecy and authenticated encryption; resumption by tickets, without a
// cache.
//
//   auto tls = net::TlsServer::open({.certificate = "server.crt", .key = "server.key", .protocols = {"http/1.1"}});
//   auto server = net::Server::listen(loops, "127.0.0.1:8443", handler, {}, nullptr, *tls);
#pragma once
#include <sys/uio.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.h"

struct ssl_st;  // OpenSSL's
struct ssl_ctx_st;

namespace pinflow::net {

enum class ClientCertificate : uint8_t { ignored, requested, required };

struct TlsOptions {
    std::filesystem::path certificate;  // PEM: the server's own first, then those that lead from it to its CA
    std::filesystem::path key;          // PEM, without a passphrase
    std::filesystem::path client_ca;    // PEM: who vouches for clients' certificates; unused where those are ignored
    ClientCertificate clients = ClientCertificate::ignored;
    std::vector<std::string> protocols;          // ALPN, best first; a client that offers only others is turned away
    std::string door = "tls";                    // in lines of the log
    std::chrono::milliseconds look_every{2000};  // at the files; what has changed is used once two looks agree
};

struct TlsStats {
    uint64_t handshakes = 0;
    uint64_t resumed = 0;   // of them, by a ticket
    uint64_t failures = 0;  // begun and not finished, whatever the reason
};

class TlsServer {
  public:
    // Reads the files: an error names the file that cannot be used and why.
    static Result<std::shared_ptr<TlsServer>> open(TlsOptions options);
    ~TlsServer();
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    TlsStats stats() const;  // any thread

  private:
    friend class TlsConnection;
    struct FreeContext {
        void operator()(ssl_ctx_st* context) const;
    };
    using Context = std::unique_ptr<ssl_ctx_st, FreeContext>;

    explicit TlsServer(TlsOptions options);
    static Result<Context> make_context(const TlsOptions& options);
    ssl_st* make_connection();
    void finished(bool was_resumed);
    // Counts, and logs the first of many.
    void failed(std::string_view peer, std::string_view reason);
    void watch(const std::stop_token& stopping);
    void reload();
    std::string look() const;  // sizes and times of the files

    const TlsOptions options_;
    std::mutex mutex_;  // for context_ and the times of log lines
    Context context_;
    std::string known_;  // how the files looked when they were tried last
    std::atomic<uint64_t> handshakes_ = 0, resumed_ = 0, failures_ = 0;
    int64_t next_line_ms_ = 0;
    uint64_t unsaid_ = 0;
    std::jthread watcher_;
};

// The server's side of one connection over a non-blocking socket, which stays the caller's. One thread at a time.
class TlsConnection {
  public:
    TlsConnection(std::shared_ptr<TlsServer> server, int socket, std::string peer);
    ~TlsConnection();
    TlsConnection(const TlsConnection&) = delete;
    TlsConnection& operator=(const TlsConnection&) = delete;

    // As recv(2): bytes, 0 at the end, or -1 and errno. EAGAIN: wait until the socket can be read, or written if
    // wants_to_write(). Does the handshake first. Nothing is kept in memory for a client that has not sent a byte.
    ssize_t receive(std::span<char> into);
    // As sendmsg(2), without SIGPIPE. After EAGAIN or fewer bytes than asked, the same bytes come first next time.
    ssize_t send(std::span<const iovec> pieces);
    // Tells the client that nothing more comes.
    void shut_down();

    bool has_input() const;  // receive() has something to say without waiting for the socket
    bool wants_to_write() const { return blocked_ == Blocked::on_write; }
    bool is_ready() const { return ready_; }             // the handshake is done
    bool chose_http2() const { return chose_http2_; }    // and ALPN came to "h2"
    bool met_plain_text() const { return plain_text_; }  // the client speaks something else than TLS
    // Who the client's certificate says it is, as RFC 2253 writes names: "CN=loader,O=Example"; empty without one.
    std::string client_name() const;

  private:
    enum class Blocked : uint8_t { no, on_read, on_write };

    bool begin();
    bool shake_hands();
    ssize_t blocked_or_broken(int outcome);
    void fail_to_send(int outcome);
    void broke(std::string_view reason);

    struct Free {
        void operator()(ssl_st* ssl) const;
    };
    const std::shared_ptr<TlsServer> server_;
    const int socket_;
    const std::string peer_;
    std::unique_ptr<ssl_st, Free> ssl_;  // null until the client's first byte
    Blocked blocked_ = Blocked::no;
    bool ready_ = false;
    bool plain_text_ = false;
    bool over_ = false;    // ended or broken: receive() repeats it
    bool broken_ = false;  // nothing can be sent any more
    bool counted_ = false;
    bool chose_http2_ = false;
};

}  // namespace pinflow::net
