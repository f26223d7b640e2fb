#include "net/certificates.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "base/release.h"

namespace pinflow::net {
namespace {

using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Memory = std::unique_ptr<BIO, Release<BIO_free_all>>;

constexpr long day_s = 24L * 3600;

Error openssl_error(std::string_view what) {
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    return {Code::internal, fmt::format("{}: {}", what, reason == nullptr ? "OpenSSL says nothing more" : reason)};
}

bool add_extension(X509* certificate, X509V3_CTX& context, int kind, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

bool set_serial(X509* certificate) {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
    bytes[0] &= 0x7f;  // positive
    BIGNUM* const number = BN_bin2bn(bytes.data(), bytes.size(), nullptr);
    const bool set = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
    BN_free(number);
    return set;
}

// Version 3, a random serial number, valid from an hour ago, for clocks that are behind.
Certificate begin_certificate(EVP_PKEY* key, const std::string& name, int days) {
    Certificate made(X509_new());
    if (!made) return made;
    X509_NAME* const subject = X509_get_subject_name(made.get());
    const auto* const text = reinterpret_cast<const unsigned char*>(name.data());
    const bool filled = X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(made.get()) &&
                        X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600) != nullptr &&
                        X509_gmtime_adj(X509_getm_notAfter(made.get()), days * day_s) != nullptr &&
                        X509_NAME_add_entry_by_NID(subject, NID_organizationName, MBSTRING_UTF8,
                                                   reinterpret_cast<const unsigned char*>("Pinflow"), -1, -1, 0) == 1 &&
                        X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, text,
                                                   static_cast<int>(name.size()), -1, 0) == 1 &&
                        X509_set_pubkey(made.get(), key) == 1;
    return filled ? std::move(made) : Certificate();
}

std::string text_of(const Memory& memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<size_t>(size)};
}

Result<KeyPair> as_pem(X509* certificate, EVP_PKEY* key) {
    const Memory for_certificate(BIO_new(BIO_s_mem())), for_key(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_X509(for_certificate.get(), certificate) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(for_key.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return fail(openssl_error("writing a certificate"));
    return KeyPair{text_of(for_certificate), text_of(for_key)};
}

bool is_address(const std::string& name) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
}

// The names go into OpenSSL's own little language, where a comma begins the next.
Result<std::string> alternative_names(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) {
        constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*:";
        if (name.empty() || name.find_first_not_of(allowed) != std::string::npos ||
            (name.contains(':') && !is_address(name)))
            return fail(Code::invalid, "\"{}\" is no host name and no IP address", name);
        all += fmt::format("{}{}:{}", all.empty() ? "" : ",", is_address(name) ? "IP" : "DNS", name);
    }
    return all;
}

}  // namespace

Result<KeyPair> make_authority(const std::string& name) {
    ERR_clear_error();
    const Key key(EVP_EC_gen("P-256"));
    const Certificate made = key ? begin_certificate(key.get(), name, 3650) : Certificate();
    X509V3_CTX context;
    X509V3_set_ctx(&context, made.get(), made.get(), nullptr, nullptr, 0);
    if (!made || X509_set_issuer_name(made.get(), X509_get_subject_name(made.get())) != 1 ||
        !add_extension(made.get(), context, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        !add_extension(made.get(), context, NID_key_usage, "critical,keyCertSign,cRLSign") ||
        !add_extension(made.get(), context, NID_subject_key_identifier, "hash") ||
        X509_sign(made.get(), key.get(), EVP_sha256()) == 0)
        return fail(openssl_error("making a CA"));
    return as_pem(made.get(), key.get());
}

Result<KeyPair> issue(const KeyPair& authority, const Subject& subject) {
    ERR_clear_error();
    const Memory ca_text(BIO_new_mem_buf(authority.certificate.data(), static_cast<int>(authority.certificate.size())));
    const Memory ca_key_text(BIO_new_mem_buf(authority.key.data(), static_cast<int>(authority.key.size())));
    const Certificate ca(PEM_read_bio_X509(ca_text.get(), nullptr, nullptr, nullptr));
    const Key ca_key(PEM_read_bio_PrivateKey(ca_key_text.get(), nullptr, nullptr, nullptr));
    if (!ca || !ca_key || X509_check_private_key(ca.get(), ca_key.get()) != 1)
        return fail(openssl_error("the CA's certificate and key cannot be used"));
    PINFLOW_ASSIGN(const std::string names, alternative_names(subject.names));
    const Key key(EVP_EC_gen("P-256"));
    const Certificate made = key ? begin_certificate(key.get(), subject.name, subject.days) : Certificate();
    X509V3_CTX context;
    X509V3_set_ctx(&context, ca.get(), made.get(), nullptr, nullptr, 0);
    if (!made || X509_set_issuer_name(made.get(), X509_get_subject_name(ca.get())) != 1 ||
        !add_extension(made.get(), context, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(made.get(), context, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(made.get(), context, NID_ext_key_usage, names.empty() ? "clientAuth" : "serverAuth") ||
        !add_extension(made.get(), context, NID_subject_key_identifier, "hash") ||
        !add_extension(made.get(), context, NID_authority_key_identifier, "keyid:always") ||
        (!names.empty() && !add_extension(made.get(), context, NID_subject_alt_name, names)) ||
        X509_sign(made.get(), ca_key.get(), EVP_sha256()) == 0)
        return fail(openssl_error(fmt::format("making a certificate for {}", subject.name)));
    return as_pem(made.get(), key.get());
}

}  // namespace pinflow::net
