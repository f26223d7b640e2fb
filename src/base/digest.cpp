#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace pinflow {
namespace {

const EVP_MD* method(Hash hash) {
    return hash == Hash::sha256 ? EVP_sha256() : EVP_sha512();
}

// OpenSSL fails here only without memory or with a broken installation.
void check(bool worked) {
    if (!worked) throw std::runtime_error("libcrypto refused to hash");
}

const unsigned char* unsigned_bytes(std::string_view text) {
    return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}
unsigned char* unsigned_bytes(std::string& text) {
    return static_cast<unsigned char*>(static_cast<void*>(text.data()));
}

}  // namespace

std::string digest(Hash hash, std::string_view data) {
    std::string out(size_of(hash), '\0');
    unsigned int size = 0;
    check(EVP_Digest(data.data(), data.size(), unsigned_bytes(out), &size, method(hash), nullptr) == 1);
    return out;
}

std::string hmac(Hash hash, std::string_view key, std::string_view data) {
    std::string out(size_of(hash), '\0');
    unsigned int size = 0;
    check(HMAC(method(hash), key.data(), static_cast<int>(key.size()), unsigned_bytes(data), data.size(),
               unsigned_bytes(out), &size) != nullptr);
    return out;
}

std::string pbkdf2(Hash hash, std::string_view password, std::string_view salt, int iterations) {
    std::string out(size_of(hash), '\0');
    check(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), unsigned_bytes(salt),
                            static_cast<int>(salt.size()), iterations, method(hash), static_cast<int>(out.size()),
                            unsigned_bytes(out)) == 1);
    return out;
}

}  // namespace pinflow
