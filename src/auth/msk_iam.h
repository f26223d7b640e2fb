// AWS_MSK_IAM, the mechanism of aws-msk-iam-auth: one JSON object with a presigned request, signed for the host that
// the client dialled; one JSON object in answer.
#pragma once
#include "auth/mechanisms.h"
#include "auth/sigv4.h"

namespace pinflow::auth {

class MskIam final : public Mechanism {
  public:
    explicit MskIam(Surroundings around) : around_(std::move(around)) {}
    Step next(std::string_view token) override;

  private:
    Result<> take(std::string_view token);

    const Surroundings around_;
};

Result<Presigned> read_msk_iam(std::string_view token);

}  // namespace pinflow::auth
