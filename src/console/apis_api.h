// /api/gateway/apis: import, lists and export of APIs.
#pragma once
#include <span>
#include <string>

#include "engine/result_format.h"
#include "gateway/store.h"
#include "net/http.h"

namespace pinflow::console {

// `path` as its segments, from "api" on. Blocks for a write.
Result<std::string> apis_call(gateway::Store& store, const net::Request& request, std::span<const std::string> path,
                              engine::Format format);

}  // namespace pinflow::console
