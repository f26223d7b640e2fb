#include "sink/table_purge.h"

#include "sink/silence.h"

namespace pinflow::sink {

// The positions go to the partitions' ends in the commit that takes the rows: a stop leaves the table as it was, or
// empty with nothing to come.
Result<Purged> purge_table(TableSink& sink) {
    PINFLOW_TRY(sink.sources());  // the table is open
    const Silence silence(sink);
    TableStore& store = sink.store();
    if (store.is_unfinished()) PINFLOW_TRY(store.finish());
    PINFLOW_TRY(store.check_rows_can_go());
    PINFLOW_TRY(store.look_again());
    PINFLOW_ASSIGN(const auto sources, sink.sources());
    RowExchange rows{.operation = "TRUNCATE", .everything = true};
    for (const TableSink::Source& source : sources) {
        rows.positions[source.app_id] = source.position;
        const int64_t end = source.partition->last_stable_offset();
        if (end > source.position)
            rows.txns.push_back({.app_id = source.app_id, .version = end, .previous = source.position});
    }
    rows.schema = store.clean().snapshot()->metadata->schema;
    const Purged purged{.rows = store.clean().snapshot()->row_count().value_or(0),
                        .quarantined = store.quarantine().snapshot()->row_count().value_or(0)};
    RowRemovals old(store.removal(rows.clean_condition()), store.removal(rows.quarantine_condition()));
    PINFLOW_TRY(store.exchange(rows, old));
    return purged;
}

}  // namespace pinflow::sink
