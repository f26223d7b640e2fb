// raw."<topic>": the log itself as a table. SQL calls
//   pinflow_records('topic' [, from_offset := n] [, to_offset := n] [, from_time := timestamptz] [, to_time := …]
//                   [, partition := n] [, last := n])
// with half-open ranges [from, to); last := n is the newest n records of each partition. Columns:
//   topic VARCHAR, partition INTEGER, offset BIGINT, timestamp TIMESTAMPTZ, key VARCHAR, value VARCHAR,
//   headers STRUCT(key VARCHAR, value BLOB)[], key_bytes BLOB, value_bytes BLOB
// key and value are null where the bytes are not UTF-8. Only columns that are named are decoded, LIMIT stops early, and
// partitions are read in parallel. DuckDB does not hand filters down, so ranges are arguments.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "engine/database.h"

namespace pinflow::engine {

struct ScanRange {
    std::optional<int64_t> from_offset, to_offset;    // [from, to)
    std::optional<int64_t> from_time_ms, to_time_ms;  // [from, to) by the record's timestamp
    std::optional<int64_t> last;                      // at most this many, the newest
};

struct ScannedRecord {
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::optional<Bytes> key;
    std::optional<Bytes> value;
    Bytes raw_headers;  // as in Kafka's record: varint length and text of the key, varint length and value
    int32_t header_count = 0;
};

// One partition, read once from front to back by one thread.
class RecordCursor {
  public:
    virtual ~RecordCursor() = default;
    // False at the end. Views stay valid until the next call.
    virtual Result<bool> next(ScannedRecord& into) = 0;
};

// The log as the scan sees it. Thread-safe. A cursor may give records outside the time range (the scan drops them),
// but none outside the offset range, and no more than `last`.
class RecordSource {
  public:
    virtual ~RecordSource() = default;
    virtual Result<std::vector<int32_t>> partitions(const std::string& topic) = 0;  // not_found if there is no topic
    virtual Result<std::unique_ptr<RecordCursor>> open(const std::string& topic, int32_t partition,
                                                       const ScanRange& range) = 0;
};

// Once for each database; `source` must outlive it.
Result<> register_record_scan(Connection& connection, RecordSource& source);

}  // namespace pinflow::engine
