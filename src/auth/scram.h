// SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677), the server's side. Who does not exist is shown a salt all the
// same, and fails at the end.
#pragma once
#include "auth/mechanism.h"
#include "auth/users.h"

namespace pinflow::auth {

class Scram final : public Mechanism {
  public:
    Scram(Hash hash, const Users& users) : Scram(hash, users, letters_of(random_bytes(32), 32)) {}
    Scram(Hash hash, const Users& users, std::string server_nonce)  // tests choose it
        : hash_(hash), users_(users), nonce_(std::move(server_nonce)) {}
    Step next(std::string_view token) override;

  private:
    enum class State : uint8_t { first, final, over };
    Step take_first(std::string_view message);
    Step take_final(std::string_view message);
    bool proves(std::string_view proof, std::string_view signed_text) const;

    const Hash hash_;
    const Users& users_;
    State state_ = State::first;
    std::string nonce_;  // at first ours only, then the client's and ours
    std::string user_;
    bool exists_ = false;
    bool acts_for_another_ = false;
    ScramCredential credential_;
    std::string header_;
    std::string signed_;  // client-first-bare, server-first
};

}  // namespace pinflow::auth
