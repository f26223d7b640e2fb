// Which records a rebuild reads, and whether the log, or a source beside it, still has them (docs/rebuild.md, "What it
// needs").
#pragma once
#include <optional>
#include <vector>

#include "sink/raw_history.h"
#include "sink/rebuild_journal.h"
#include "sink/table_sink.h"

namespace pinflow::sink {

// One span for each partition that the table has read from. Without a time: the whole history. `raw` has what the
// log has no more; null: nobody has. unsupported: rows that there are no records of any more would be lost, or cannot
// be told from those that are made anew; the message says which partitions begin where, and what can be done.
Result<std::vector<RebuildSpan>> plan_rebuild(TableSink& sink, std::optional<int64_t> from_ms, RawHistory* raw);

}  // namespace pinflow::sink
