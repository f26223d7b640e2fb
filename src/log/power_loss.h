// For tests that lose power: a small log, what it holds, and how often.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "log/batch.h"
#include "log/log.h"

namespace pinflow::log {

inline Options test_options() {
    Options options;
    options.background = false;
    options.wal_file_bytes = 32 << 10;
    options.wal_entry_limit = 2000;
    options.defaults.segment_bytes = 8192;
    return options;
}

// What a failed sync dropped cannot be read until the repair has brought it back: power_loss_test.cpp.
Result<Fetched> read_soon(const Partition& partition, int64_t from, Isolation isolation);

// Numbers of the records, by offset.
inline std::map<int64_t, int64_t> contents(const Partition& partition) {
    std::map<int64_t, int64_t> found;
    int64_t from = partition.start_offset();
    int64_t last = -1;
    while (from < partition.stable_offset()) {
        const auto some = read_soon(partition, from, Isolation::uncommitted);
        EXPECT_TRUE(some) << some.error().message;
        if (!some) break;
        RecordReader reader(some->batches);
        Record record;
        while (reader.next(record).value_or(false)) {
            if (record.offset < from) continue;
            EXPECT_GT(record.offset, last);
            last = record.offset;
            found[record.offset] = std::stoll(std::string(as_text(*record.value)));
        }
        from = some->next_offset;
    }
    return found;
}

// Batches are written by whoever appends them, or by the log's thread: in any mixture.
inline AppendResult append_somehow(Partition& partition, MutableBytes batch, bool write_it) {
    auto done = partition.append(batch, write_it ? WriteBy::caller : WriteBy::log);
    if (write_it) partition.write_appended();
    return done;
}

// From the environment, so that one can lose power for hours: power_loss_test.cpp.
int setting(const char* name, int otherwise);

}  // namespace pinflow::log
