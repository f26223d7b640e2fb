// POST /api/replay: quarantined records judged again (docs/replay.md). POST /api/tables/TABLE/purge: a table emptied.
#pragma once
#include "net/http.h"
#include "sink/tables.h"

namespace pinflow::console {

// Both block until it is done.
Result<std::string> replay_call(sink::Tables& tables, const net::Request& request);
Result<std::string> purge_call(sink::Tables& tables, const net::Request& request, const std::string& table);

}  // namespace pinflow::console
