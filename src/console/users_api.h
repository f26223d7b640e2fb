// /api/users: what `pinflow users` asks. Secrets are told once, by the call that made them up.
#pragma once
#include <span>
#include <string>

#include "auth/users.h"
#include "engine/result_format.h"
#include "net/http.h"

namespace pinflow::console {

// `path` as its segments, from "api" on. Blocks for a write.
Result<std::string> users_call(auth::Users& users, const net::Request& request, std::span<const std::string> path,
                               engine::Format format);

}  // namespace pinflow::console
