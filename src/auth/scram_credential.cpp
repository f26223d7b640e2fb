#include "auth/scram_credential.h"

#include <utility>

namespace pinflow::auth {

std::string_view scram_name(Hash hash) {
    return hash == Hash::sha256 ? "SCRAM-SHA-256" : "SCRAM-SHA-512";
}

std::optional<Hash> scram_hash(std::string_view name) {
    for (const Hash hash : {Hash::sha256, Hash::sha512})
        if (name == scram_name(hash)) return hash;
    return std::nullopt;
}

std::string scram_salt(std::string_view bytes) {
    return letters_of(bytes, 26);
}

ScramCredential credential_of_salted(Hash hash, std::string_view salted_password, std::string salt, int iterations) {
    return {.salt = std::move(salt),
            .stored_key = digest(hash, hmac(hash, salted_password, "Client Key")),
            .server_key = hmac(hash, salted_password, "Server Key"),
            .iterations = iterations};
}

ScramCredential credential_of(Hash hash, std::string_view password, std::string salt, int iterations) {
    const std::string salted = pbkdf2(hash, password, salt, iterations);
    return credential_of_salted(hash, salted, std::move(salt), iterations);
}

bool is_password_of(Hash hash, const ScramCredential& credential, std::string_view password) {
    const ScramCredential same = credential_of(hash, password, credential.salt, credential.iterations);
    return is_same_secret(same.stored_key, credential.stored_key);
}

}  // namespace pinflow::auth
