// POST /api/rebuild: a table made anew from the log by the rules of now (docs/rebuild.md).
#pragma once
#include "net/http.h"
#include "sink/tables.h"

namespace pinflow::console {

// Blocks: for as long as the body's timeout_ms at most.
Result<std::string> rebuild_call(sink::Tables& tables, const net::Request& request);

}  // namespace pinflow::console
