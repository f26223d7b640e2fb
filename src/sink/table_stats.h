// What a table's statistics tell without reading its files.
#pragma once
#include <optional>

#include "delta/snapshot.h"

namespace pinflow::sink {

// The time of the newest record, in milliseconds since 1970; nothing if the files do not say.
std::optional<int64_t> newest_event_ms(const delta::Snapshot& snapshot);

}  // namespace pinflow::sink
