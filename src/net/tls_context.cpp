// How a TlsServer is set up from its options: protocol versions, ciphers, certificate, client CA, ALPN.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/tls.h"

namespace pinflow::net {
namespace {

namespace fs = std::filesystem;

// AES-128 first: as safe, and the cheapest with the CPU's help. A client without that help gets ChaCha20.
constexpr const char* ciphers_13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* ciphers_12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

std::string openssl_reason() {
    const unsigned long error = ERR_peek_last_error();
    const char* const reason = ERR_reason_error_string(error);
    return reason == nullptr ? "OpenSSL says nothing more" : reason;
}

// Why the file cannot even be read, if it cannot.
Result<> readable(const fs::path& file, std::string_view what) {
    if (file.empty()) return fail(Code::invalid, "TLS needs a {} file; `pinflow certs` makes one", what);
    if (::access(file.c_str(), R_OK) == 0) return {};
    return fail(Code::invalid, "the TLS {} {} cannot be read: {}", what, file.string(), std::strerror(errno));
}

int no_passphrase(char*, int, int, void* was_asked) {
    *static_cast<bool*>(was_asked) = true;
    return -1;
}

void set_up_protocol(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, ciphers_12);
    SSL_CTX_set_ciphersuites(context, ciphers_13);
    // An end without close_notify is an end: HTTP and Kafka say themselves how long a message is, so that a cut one is
    // never taken for a whole one, and many clients end so.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // Records are taken from the socket as many as there are. Nobody holds buffers while nothing is in them: keeping
    // them would save a twentieth of a small request and cost 10 KiB a connection.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets hold what is needed
    constexpr std::string_view session_id = "pinflow";
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(session_id.data()),
                                   session_id.size());
}

Result<> load_certificate(SSL_CTX* context, const TlsOptions& options) {
    PINFLOW_TRY(readable(options.certificate, "certificate"));
    PINFLOW_TRY(readable(options.key, "key"));
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1)
        return fail(Code::invalid, "the TLS certificate {} holds no usable certificate in PEM: {}",
                    options.certificate.string(), openssl_reason());
    bool wants_passphrase = false;
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &wants_passphrase);
    const bool loaded = SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    if (wants_passphrase)
        return fail(Code::invalid, "the TLS key {} has a passphrase; write it without one: openssl pkey -in {} -out …",
                    options.key.string(), options.key.string());
    const bool other_key = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    if (other_key || (loaded && SSL_CTX_check_private_key(context) != 1))
        return fail(Code::invalid, "the TLS key {} does not belong to the certificate {}", options.key.string(),
                    options.certificate.string());
    if (!loaded)
        return fail(Code::invalid, "the TLS key {} holds no usable key in PEM: {}", options.key.string(),
                    openssl_reason());
    return {};
}

Result<> load_client_ca(SSL_CTX* context, const TlsOptions& options) {
    if (options.clients == ClientCertificate::ignored) return {};
    PINFLOW_TRY(readable(options.client_ca, "client CA"));
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(options.client_ca.c_str());
    if (names == nullptr || SSL_CTX_load_verify_file(context, options.client_ca.c_str()) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return fail(Code::invalid, "the TLS client CA {} holds no usable certificate in PEM: {}",
                    options.client_ca.string(), openssl_reason());
    }
    SSL_CTX_set_client_CA_list(context, names);
    const bool required = options.clients == ClientCertificate::required;
    SSL_CTX_set_verify(context, required ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER,
                       nullptr);
    return {};
}

void warn_of_dates(SSL_CTX* context, const TlsOptions& options) {
    const X509* const certificate = SSL_CTX_get0_certificate(context);
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
        spdlog::warn("{}: the TLS certificate {} has expired: clients will refuse it", options.door,
                     options.certificate.string());
    else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        spdlog::warn("{}: the TLS certificate {} is not valid yet: clients will refuse it", options.door,
                     options.certificate.string());
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes, const unsigned char* offered,
                    unsigned int offered_bytes, void* options) {
    for (const std::string& ours : static_cast<const TlsOptions*>(options)->protocols) {
        for (const unsigned char* at = offered; at < offered + offered_bytes; at += 1 + *at) {
            if (*at != ours.size() || std::memcmp(at + 1, ours.data(), ours.size()) != 0) continue;
            *chosen = at + 1;
            *chosen_bytes = *at;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Result<TlsServer::Context> TlsServer::make_context(const TlsOptions& options) {
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_server_method()));
    if (!context) return fail(Code::internal, "TLS cannot be set up: {}", openssl_reason());
    set_up_protocol(context.get());
    auto loaded = load_certificate(context.get(), options);
    if (loaded) loaded = load_client_ca(context.get(), options);
    ERR_clear_error();
    if (!loaded) return fail(std::move(loaded).error());
    warn_of_dates(context.get(), options);
    if (!options.protocols.empty())
        SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, const_cast<TlsOptions*>(&options));
    return context;
}

void TlsServer::FreeContext::operator()(SSL_CTX* context) const {
    SSL_CTX_free(context);
}

}  // namespace pinflow::net
