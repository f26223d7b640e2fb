#include "auth/crypto.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace pinflow::auth {

bool is_same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(size_t count) {
    std::string out(count, '\0');
    // OpenSSL fails here only without memory or with a broken installation.
    if (RAND_bytes(static_cast<unsigned char*>(static_cast<void*>(out.data())), static_cast<int>(count)) != 1)
        throw std::runtime_error("libcrypto has no random bytes");
    return out;
}

std::string letters_of(std::string_view bytes, size_t count) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz012345";
    std::string out;
    for (size_t i = 0; i < count; ++i) out += letters[static_cast<unsigned char>(bytes[i]) % letters.size()];
    return out;
}

}  // namespace pinflow::auth
