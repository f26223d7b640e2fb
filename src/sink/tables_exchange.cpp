// Tables and exchanges of rows that people ask for: replays and purges.
#include "sink/replay.h"
#include "sink/table_purge.h"
#include "sink/tables_impl.h"

namespace pinflow::sink {

Rebuilds& Tables::rebuilds() {
    return impl_->rebuilds;
}

Result<Replayed> Tables::replay(const std::string& table, const ReplayRequest& request) {
    PINFLOW_ASSIGN(const auto sink, impl_->rebuilds.find_open(table));
    return sink::replay(*sink, request);
}

Result<Purged> Tables::purge(const std::string& table) {
    impl_->discover();  // what is acked by now is known
    PINFLOW_ASSIGN(const auto sink, impl_->rebuilds.find_open(table));
    if (const auto rebuild = impl_->rebuilds.cancel(table)) {  // it would bring the rows back
        PINFLOW_ASSIGN(const auto status, impl_->rebuilds.wait(*rebuild, 60'000));
        if (!status.is_over()) return fail(Code::timeout, "the rebuild of {} has not ended yet: try again", table);
    }
    return purge_table(*sink);
}

}  // namespace pinflow::sink
