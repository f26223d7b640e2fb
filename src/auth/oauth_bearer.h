// OAUTHBEARER (RFC 7628) with the tokens that AWS's signers for Python, JavaScript, Go and .NET make: a presigned URL
// of kafka.REGION.amazonaws.com in base64url. Other tokens are refused: nobody here could check them.
#pragma once
#include "auth/mechanism.h"
#include "auth/sigv4.h"
#include "auth/users.h"
#include "base/clock.h"

namespace pinflow::auth {

class OAuthBearer final : public Mechanism {
  public:
    OAuthBearer(const Users& users, const Clock& clock) : users_(users), clock_(clock) {}
    Step next(std::string_view token) override;

  private:
    const Users& users_;
    const Clock& clock_;
    std::string refused_;  // why; the client is told in JSON and answers with one byte
};

struct BearerMessage {
    std::string acting_as;
    std::string_view token;
};
std::optional<BearerMessage> read_bearer(std::string_view message);
Result<Presigned> read_msk_token(std::string_view token);

}  // namespace pinflow::auth
