// /api/gateway: what `pinflow gateway` asks. A key's value is told once, by the call that made it up.
#pragma once
#include <span>
#include <string>

#include "engine/result_format.h"
#include "gateway/store.h"
#include "net/http.h"

namespace pinflow::console {

// `path` as its segments, from "api" on. Blocks for a write.
Result<std::string> gateway_call(gateway::Store& store, const net::Request& request, std::span<const std::string> path,
                                 engine::Format format);

}  // namespace pinflow::console
