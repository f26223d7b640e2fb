#include "auth/plain.h"

#include <fmt/format.h>

#include "base/text.h"

namespace pinflow::auth {
namespace {

// All credentials of the user must say that this is the password: of two that differ one is out of date, and nobody
// knows which. Where there is none, one that no password fits takes as long.
bool is_right(const Users& users, std::string_view user, std::string_view password) {
    bool any = false;
    bool right = true;
    for (const Hash hash : {Hash::sha256, Hash::sha512}) {
        const auto credential = users.scram(user, hash);
        const bool fits = is_password_of(hash, credential ? *credential : users.decoy(user, hash), password);
        any |= credential.has_value();
        right &= fits || !credential;
    }
    return any && right;
}

}  // namespace

// authorization id, NUL, user, NUL, password.
Step Plain::next(std::string_view token) {
    const auto parts = split(token, '\0');
    if (parts.size() != 3) {
        std::string told =
            fmt::format("Invalid SASL/PLAIN response: expected 3 tokens, got {}", std::min<size_t>(parts.size(), 4));
        return Step::failed(told, told);
    }
    const std::string_view as = parts[0], user = parts[1], password = parts[2];
    if (user.empty()) return Step::failed("no user", "Authentication failed: username not specified");
    if (password.empty()) return Step::failed("no password", "Authentication failed: password not specified");
    if (!check_user_name(user) || password.size() > Users::max_password_bytes || !is_right(users_, user, password))
        return Step::failed("wrong user or password", "Authentication failed: Invalid username or password");
    if (!as.empty() && as != user)
        return Step::failed("wants to act for another user",
                            "Authentication failed: Client requested an authorization id that is different from "
                            "username");
    identity_.user = user;
    return Step::done("");
}

}  // namespace pinflow::auth
