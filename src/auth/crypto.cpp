#include "auth/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace pinflow::auth {
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

std::string pbkdf2(Hash hash, std::string_view password, std::string_view salt, int iterations) {
    std::string out(size_of(hash), '\0');
    check(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), unsigned_bytes(salt),
                            static_cast<int>(salt.size()), iterations, method(hash), static_cast<int>(out.size()),
                            unsigned_bytes(out)) == 1);
    return out;
}

bool is_same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(size_t count) {
    std::string out(count, '\0');
    check(RAND_bytes(unsigned_bytes(out), static_cast<int>(count)) == 1);
    return out;
}

std::string letters_of(std::string_view bytes, size_t count) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz012345";
    std::string out;
    for (size_t i = 0; i < count; ++i) out += letters[static_cast<unsigned char>(bytes[i]) % letters.size()];
    return out;
}

}  // namespace pinflow::auth
