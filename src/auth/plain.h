// SASL PLAIN (RFC 4616), checked against the user's SCRAM credential, so that no password is kept.
#pragma once
#include "auth/mechanism.h"
#include "auth/users.h"

namespace pinflow::auth {

class Plain final : public Mechanism {
  public:
    explicit Plain(const Users& users) : users_(users) {}
    Step next(std::string_view token) override;
    bool is_slow() const override { return true; }

  private:
    const Users& users_;
};

}  // namespace pinflow::auth
