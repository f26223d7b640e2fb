// The few primitives of signing in, over OpenSSL. Digests and keys are bytes in strings.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pinflow::auth {

enum class Hash : uint8_t { sha256 = 1, sha512 = 2 };  // numbered as Kafka numbers its SCRAM mechanisms

constexpr size_t size_of(Hash hash) {
    return hash == Hash::sha256 ? 32 : 64;
}
std::string digest(Hash hash, std::string_view data);
std::string hmac(Hash hash, std::string_view key, std::string_view data);
std::string pbkdf2(Hash hash, std::string_view password, std::string_view salt, int iterations);

// Takes as long for texts that differ early as for equal ones; their lengths are no secret.
bool is_same_secret(std::string_view a, std::string_view b);

std::string random_bytes(size_t count);
// Lower-case letters and digits, the same for the same bytes: about five bits of each are used.
std::string letters_of(std::string_view bytes, size_t count);

}  // namespace pinflow::auth
