// Certificates that are made and certificates that are read, and a connection without a server around it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <thread>

#include "net/test_tls.h"

namespace pinflow::net {
namespace {

std::string problem_of(const TlsOptions& options) {
    const auto server = TlsServer::open(options);
    return server ? "" : server.error().message;
}

TEST(TlsFilesTest, WhatCannotBeUsedIsNamed) {
    const TestCertificates files;
    EXPECT_EQ(problem_of(files.options()), "");
    TlsOptions options = files.options();
    options.certificate.clear();
    EXPECT_EQ(problem_of(options), "TLS needs a certificate file; `pinflow certs` makes one");
    options = files.options();
    options.key = files.file("nowhere.key");
    EXPECT_TRUE(problem_of(options).contains("nowhere.key cannot be read: No such file")) << problem_of(options);
    options.key = options.certificate;
    EXPECT_TRUE(problem_of(options).contains("server.crt holds no usable key")) << problem_of(options);
    files.write("other.key", issue(files.ca, {.name = "other", .names = {"other"}})->key);
    options.key = files.file("other.key");
    EXPECT_TRUE(problem_of(options).contains("other.key does not belong to the certificate")) << problem_of(options);
    options = files.options();
    options.clients = ClientCertificate::required;
    options.client_ca = files.file("server.key");
    EXPECT_TRUE(problem_of(options).contains("client CA")) << problem_of(options);
    files.write("server.crt", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
    EXPECT_TRUE(problem_of(files.options()).contains("holds no usable certificate")) << problem_of(files.options());
}

TEST(TlsFilesTest, KeyWithAPassphraseIsNamed) {
    const TestCertificates files;
    BIO* const plain = BIO_new_file(files.file("server.key").c_str(), "r");
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(plain, nullptr, nullptr, nullptr);
    BIO* const locked = BIO_new_file(files.file("locked.key").c_str(), "w");
    char passphrase[] = "secret";
    EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(locked, key, EVP_aes_128_cbc(), passphrase, 6, nullptr, nullptr), 1);
    BIO_free(plain);
    BIO_free(locked);
    EVP_PKEY_free(key);
    TlsOptions options = files.options();
    options.key = files.file("locked.key");
    EXPECT_TRUE(problem_of(options).contains("has a passphrase")) << problem_of(options);
}

TEST(TlsFilesTest, NamesOfACertificate) {
    const KeyPair ca = make_authority("c").value();
    const auto made = issue(ca, {.name = "s", .names = {"localhost", "*.example.com", "127.0.0.1", "::1"}});
    ASSERT_TRUE(made) << made.error().message;
    BIO* const memory = BIO_new_mem_buf(made->certificate.data(), -1);
    X509* const certificate = PEM_read_bio_X509(memory, nullptr, nullptr, nullptr);
    EXPECT_EQ(X509_check_host(certificate, "a.example.com", 0, 0, nullptr), 1);
    EXPECT_EQ(X509_check_host(certificate, "example.org", 0, 0, nullptr), 0);
    EXPECT_EQ(X509_check_ip_asc(certificate, "::1", 0), 1);
    EXPECT_EQ(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
    X509_free(certificate);
    BIO_free(memory);
    for (const char* wrong : {"", "a,IP:1.2.3.4", "https://x", "a b", "1:2"})
        EXPECT_FALSE(issue(ca, {.name = "s", .names = {wrong}})) << wrong;
    EXPECT_FALSE(issue({.certificate = ca.certificate, .key = make_authority("d")->key}, {.name = "s"}));
}

// Both ends of one connection: TlsConnection on a socket without an event loop.
class TlsConnectionTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_), 0);
        ::fcntl(sockets_[0], F_SETFL, O_NONBLOCK);
    }
    void TearDown() override {
        ours_.reset();
        for (const int socket : sockets_) ::close(socket);
    }
    // The handshake, with a client on a thread.
    void connect(const TestTlsOptions& client = {}) {
        TlsOptions options = files_.options();
        options.clients = ClientCertificate::requested;
        server_ = TlsServer::open(options).value();
        ours_ = std::make_unique<TlsConnection>(server_, sockets_[0], "peer");
        std::thread thread([&] { theirs_ = std::make_unique<TestTls>(sockets_[1], client); });
        char byte = 0;
        while (!ours_->is_ready() && (ours_->receive({&byte, 1}) >= 0 || errno == EAGAIN)) std::this_thread::yield();
        thread.join();
    }
    // All that the client can read of `bytes`.
    std::string read_at_client(size_t bytes) {
        std::string got(bytes, '\0');
        size_t size = 0;
        while (size < bytes) {
            const ssize_t more = theirs_->receive(got.data() + size, bytes - size);
            if (more <= 0) break;
            size += static_cast<size_t>(more);
        }
        got.resize(size);
        return got;
    }

    const TestCertificates files_;
    int sockets_[2] = {-1, -1};
    std::shared_ptr<TlsServer> server_;
    std::unique_ptr<TlsConnection> ours_;
    std::unique_ptr<TestTls> theirs_;
};

TEST_F(TlsConnectionTest, ClientsName) {
    connect({.client = issue(files_.ca, {.name = "loader, \xc3\xa4"}).value()});
    EXPECT_EQ(ours_->client_name(), "CN=loader\\, \xc3\xa4,O=Pinflow");
}

TEST_F(TlsConnectionTest, ClientWithoutAName) {
    connect();
    EXPECT_TRUE(ours_->is_ready());
    EXPECT_EQ(ours_->client_name(), "");
}

TEST_F(TlsConnectionTest, BytesArriveInOrderHoweverTheyAreSent) {
    connect();
    std::string text;
    for (int i = 0; text.size() < 3'000'000; ++i) text += fmt::format("{}.", i);
    std::string got;
    std::thread reader([&] { got = read_at_client(text.size()); });
    size_t sent = 0, calls = 0;
    while (sent < text.size()) {  // small pieces, large ones, and as if more had come while the socket was full
        std::vector<iovec> pieces;
        for (size_t at = sent, i = 0; at < text.size() && i < 3 + calls % 40; ++i) {
            const size_t size = std::min(text.size() - at, i % 7 == 6 ? size_t{50'000} : 1 + i * 100);
            pieces.push_back({text.data() + at, size});
            at += size;
        }
        const ssize_t taken = ours_->send(pieces);
        ASSERT_TRUE(taken > 0 || errno == EAGAIN) << errno;
        if (taken > 0) {
            sent += static_cast<size_t>(taken);
            ++calls;
        }
    }
    reader.join();
    EXPECT_TRUE(got == text);
}

TEST_F(TlsConnectionTest, InputThatIsLeftIsNotForgotten) {
    connect();
    const std::string two(20'000, 'x');  // two records
    ASSERT_EQ(theirs_->send(two.data(), two.size()), 20'000);
    char room[700];
    size_t sum = 0;
    bool left = true;
    while (left) {
        const ssize_t got = ours_->receive(room);
        ASSERT_GT(got, 0);
        sum += static_cast<size_t>(got);
        left = ours_->has_input();
    }
    while (sum < two.size()) {
        const ssize_t got = ours_->receive(room);
        ASSERT_GT(got, 0);
        sum += static_cast<size_t>(got);
    }
    EXPECT_EQ(ours_->receive(room), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_FALSE(ours_->has_input());
}

TEST_F(TlsConnectionTest, EndAndBreakAreRepeated) {
    connect();
    SSL_shutdown(theirs_->ssl());
    char byte = 0;
    EXPECT_EQ(ours_->receive({&byte, 1}), 0);
    EXPECT_TRUE(ours_->has_input());
    EXPECT_EQ(ours_->receive({&byte, 1}), 0);
    const iovec last{&byte, 1};
    EXPECT_EQ(ours_->send({&last, 1}), 1) << "who has ended may still listen";
    ASSERT_EQ(::shutdown(sockets_[0], SHUT_WR), 0);
    EXPECT_EQ(ours_->send({&last, 1}), -1) << "and nobody dies of SIGPIPE";
    EXPECT_EQ(ours_->send({&last, 1}), -1);
}

}  // namespace
}  // namespace pinflow::net
