#include "gateway/key_hash.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace pinflow::gateway {

KeyHash key_hash(std::string_view value) {
    using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
    static thread_local const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> method(EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                                                        EVP_MD_free);
    KeyHash hash;
    const bool worked =
        EVP_DigestInit_ex2(context.get(), method.get(), nullptr) == 1 &&
        EVP_DigestUpdate(context.get(), value.data(), value.size()) == 1 &&
        EVP_DigestFinal_ex(context.get(), static_cast<unsigned char*>(static_cast<void*>(hash.data())), nullptr) == 1;
    // OpenSSL fails here only without memory or with a broken installation.
    if (!worked) throw std::runtime_error("libcrypto refused to hash");
    return hash;
}

}  // namespace pinflow::gateway
