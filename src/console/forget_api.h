// POST /api/forget: rows that people want to be forgotten (docs/forgetting.md).
#pragma once
#include "net/http.h"
#include "sink/tables.h"

namespace pinflow::console {

// Blocks: for as long as the body's timeout_ms at most, or while a dry run counts.
Result<std::string> forget_call(sink::Tables& tables, const net::Request& request);

}  // namespace pinflow::console
