#include "base/keyed_hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <cstring>
#include <stdexcept>

namespace pinflow {
namespace {

// OpenSSL fails here only without memory or with a broken installation.
void check_keyed(bool worked) {
    if (!worked) throw std::runtime_error("libcrypto has no SipHash");
}

KeyedHash::Key random_key() {
    KeyedHash::Key key{};
    check_keyed(RAND_bytes(key.data(), static_cast<int>(key.size())) == 1);
    return key;
}

}  // namespace

struct KeyedHash::Context {
    EVP_MAC_CTX* mac = nullptr;
    Context() {
        EVP_MAC* const method = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
        check_keyed(method != nullptr);
        mac = EVP_MAC_CTX_new(method);
        EVP_MAC_free(method);
        check_keyed(mac != nullptr);
    }
    ~Context() { EVP_MAC_CTX_free(mac); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
};

KeyedHash::KeyedHash() : KeyedHash(random_key()) {}

KeyedHash::KeyedHash(const Key& key) : context_(std::make_unique<Context>()), key_(key) {
    size_t size = sizeof(Value);
    const std::array parameters = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
    check_keyed(EVP_MAC_init(context_->mac, key_.data(), key_.size(), parameters.data()) == 1);
}

KeyedHash::~KeyedHash() = default;

KeyedHash::Value KeyedHash::operator()(Bytes text) {
    std::array<unsigned char, sizeof(Value)> out{};
    size_t size = 0;
    const auto* const data = static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
    check_keyed(EVP_MAC_init(context_->mac, key_.data(), key_.size(), nullptr) == 1 &&
                EVP_MAC_update(context_->mac, data, text.size()) == 1 &&
                EVP_MAC_final(context_->mac, out.data(), &size, out.size()) == 1 && size == out.size());
    Value value;
    std::memcpy(&value.high, out.data(), sizeof(value.high));
    std::memcpy(&value.low, out.data() + sizeof(value.high), sizeof(value.low));
    return value;
}

}  // namespace pinflow
