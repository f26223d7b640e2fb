// Hashes and keyed hashes, over OpenSSL. Digests and keys are bytes in strings.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pinflow {

enum class Hash : uint8_t { sha256 = 1, sha512 = 2 };  // numbered as Kafka numbers its SCRAM mechanisms

constexpr size_t size_of(Hash hash) {
    return hash == Hash::sha256 ? 32 : 64;
}
std::string digest(Hash hash, std::string_view data);
std::string hmac(Hash hash, std::string_view key, std::string_view data);
std::string pbkdf2(Hash hash, std::string_view password, std::string_view salt, int iterations);

}  // namespace pinflow
