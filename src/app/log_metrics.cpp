#include "app/log_metrics.h"

namespace pinflow::app {

void add_log_metrics(console::Metrics& metrics, const log::Log& log) {
    const auto add = [&](const std::string& name, const char* help, uint64_t log::CompactionCounts::* count) {
        metrics.add("pinflow_compaction_" + name + "_total", "counter", help,
                    [&log, count] { return static_cast<double>(log.compaction_counts().*count); });
    };
    add("passes", "times that a partition was compacted", &log::CompactionCounts::passes);
    add("failures", "compactions that failed and are tried again", &log::CompactionCounts::failures);
    add("removed_records", "records that compaction removed", &log::CompactionCounts::records_removed);
    add("read_bytes", "bytes of record batches that compaction looked at", &log::CompactionCounts::bytes_before);
    add("kept_bytes", "bytes of record batches that compaction kept", &log::CompactionCounts::bytes_after);
}

}  // namespace pinflow::app
