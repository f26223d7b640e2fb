// What a server keeps of a password (RFC 5802, section 3): enough to check a proof, not enough to make one.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "auth/crypto.h"

namespace pinflow::auth {

struct ScramCredential {
    std::string salt;
    std::string stored_key;
    std::string server_key;
    int iterations = 0;

    bool operator==(const ScramCredential&) const = default;
};

// As Kafka has them.
inline constexpr int scram_min_iterations = 4096;
inline constexpr int scram_max_iterations = 16384;

std::string_view scram_name(Hash hash);  // "SCRAM-SHA-256"
std::optional<Hash> scram_hash(std::string_view name);

// 26 characters like those of Kafka's tools, made from at least as many bytes.
std::string scram_salt(std::string_view bytes);

ScramCredential credential_of(Hash hash, std::string_view password, std::string salt, int iterations);
// From what AlterUserScramCredentials carries: the password hashed already.
ScramCredential credential_of_salted(Hash hash, std::string_view salted_password, std::string salt, int iterations);
bool is_password_of(Hash hash, const ScramCredential& credential, std::string_view password);

}  // namespace pinflow::auth
