// What both ways of signing in to MSK with AWS credentials share: a presigned request to connect, checked.
#pragma once
#include "auth/mechanism.h"
#include "auth/sigv4.h"
#include "auth/users.h"
#include "base/clock.h"

namespace pinflow::auth {

inline constexpr int64_t msk_max_expires_s = 900;
inline constexpr int64_t msk_clock_skew_ms = 5 * 60 * 1000;

// Whose key signed it, until when it is good. The error's message is for this server's people only. The host is the
// caller's matter.
Result<Identity> check_connect(const Presigned& request, const Users& users, const Clock& clock);

}  // namespace pinflow::auth
