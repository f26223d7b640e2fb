// For tests: certificates on disk, and a client's side of TLS over a blocking socket.
#pragma once
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/certificates.h"
#include "net/tls.h"

namespace pinflow::net {

// A CA, and a server certificate for localhost that it issued, in a folder of their own.
class TestCertificates {
  public:
    TestCertificates() : folder_(std::filesystem::temp_directory_path() / fmt::format("pinflow-tls-{}", ::getpid())) {
        static int made = 0;
        folder_ += fmt::format("-{}", made++);
        std::filesystem::create_directories(folder_);
        ca = make_authority("A test's CA").value();
        write("ca.crt", ca.certificate);
        renew();
    }
    ~TestCertificates() { std::filesystem::remove_all(folder_); }
    TestCertificates(const TestCertificates&) = delete;
    TestCertificates& operator=(const TestCertificates&) = delete;

    void renew() { write_server(issue(ca, {.name = "server", .names = {"localhost", "127.0.0.1"}}).value()); }
    void write_server(const KeyPair& server) {
        write("server.key", server.key);
        write("server.crt", server.certificate);
    }
    void write(const std::string& name, std::string_view text) const {
        std::ofstream(folder_ / name, std::ios::trunc) << text;
    }
    std::filesystem::path file(const std::string& name) const { return folder_ / name; }
    TlsOptions options() const {
        return {.certificate = file("server.crt"),
                .key = file("server.key"),
                .client_ca = file("ca.crt"),
                .protocols = {"http/1.1"},
                .door = "test",
                .look_every = std::chrono::milliseconds(20)};
    }

    KeyPair ca;

  private:
    std::filesystem::path folder_;
};

struct TestTlsOptions {
    std::filesystem::path ca;  // whom the client trusts; empty: anybody
    KeyPair client;            // its certificate, if it has one
    std::string protocols;     // ALPN, each with its length in front: "\x08http/1.1"
    int newest_version = TLS1_3_VERSION;
    SSL_SESSION* session = nullptr;  // of an earlier connection
};

class TestTls {
  public:
    // Does the handshake; problem() says how it went. The socket stays the caller's.
    TestTls(int socket, const TestTlsOptions& options) {
        std::signal(SIGPIPE, SIG_IGN);
        context_.reset(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.get(), options.newest_version);
        if (!options.ca.empty()) {
            SSL_CTX_load_verify_file(context_.get(), options.ca.c_str());
            SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        }
        ssl_.reset(SSL_new(context_.get()));
        if (!options.client.key.empty()) use(options.client);
        if (!options.protocols.empty())
            SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.protocols.data()),
                                static_cast<unsigned>(options.protocols.size()));
        if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
        SSL_set1_host(ssl_.get(), "localhost");
        SSL_set_fd(ssl_.get(), socket);
        ERR_clear_error();
        if (SSL_connect(ssl_.get()) != 1) note_problem();
    }

    const std::string& problem() const { return problem_; }  // empty: none
    SSL* ssl() const { return ssl_.get(); }
    std::string protocol() const {
        const unsigned char* chosen = nullptr;
        unsigned int size = 0;
        SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
        return {reinterpret_cast<const char*>(chosen), size};
    }
    std::string serial() const {
        X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
        const ASN1_INTEGER* const serial = X509_get0_serialNumber(certificate);
        return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                static_cast<size_t>(ASN1_STRING_length(serial))};
    }

    ssize_t send(const char* data, size_t size) {
        ERR_clear_error();
        return SSL_write(ssl_.get(), data, static_cast<int>(std::min<size_t>(size, 1 << 20)));
    }
    // As recv(2); 0 is a close_notify, everything else that ends the connection is -1.
    ssize_t receive(char* data, size_t size) {
        ERR_clear_error();
        errno = 0;
        const int got = SSL_read(ssl_.get(), data, static_cast<int>(size));
        if (got > 0) return got;
        const int error = SSL_get_error(ssl_.get(), got);
        if (error == SSL_ERROR_ZERO_RETURN) return 0;
        if (error != SSL_ERROR_WANT_READ) note_problem();
        errno = error == SSL_ERROR_WANT_READ ? EAGAIN : EPROTO;
        return -1;
    }

  private:
    void use(const KeyPair& client) {
        const auto read = [](const std::string& text, auto* parse) {
            BIO* const memory = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
            auto* const object = parse(memory, nullptr, nullptr, nullptr);
            BIO_free(memory);
            return object;
        };
        X509* const certificate = read(client.certificate, PEM_read_bio_X509);
        EVP_PKEY* const key = read(client.key, PEM_read_bio_PrivateKey);
        SSL_use_certificate(ssl_.get(), certificate);
        SSL_use_PrivateKey(ssl_.get(), key);
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    void note_problem() {
        const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
        problem_ = reason == nullptr ? "the connection broke" : reason;
    }

    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
    std::string problem_;
};

}  // namespace pinflow::net
