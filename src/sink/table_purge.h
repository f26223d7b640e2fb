// A table and its quarantine emptied: all rows go in one commit each, and what was acked before does not come back.
#pragma once
#include "sink/table_sink.h"

namespace pinflow::sink {

struct Purged {
    int64_t rows = 0;
    int64_t quarantined = 0;
};

// unsupported: the table is append-only or has a change data feed; unavailable: it is not open.
Result<Purged> purge_table(TableSink& sink);

}  // namespace pinflow::sink
