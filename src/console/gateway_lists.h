// What GET /api/gateway/… shows.
#pragma once
#include <string>
#include <string_view>

#include "engine/result_format.h"
#include "gateway/store.h"

namespace pinflow::console {

// `kind`: stages, plans, keys, responses, settings. No listing has a key's value, or its hash.
Result<std::string> list_gateway(const gateway::Store& store, std::string_view kind, engine::Format format);

}  // namespace pinflow::console
