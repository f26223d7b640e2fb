// What goes into and comes out of a partition's files: segments.h.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/error.h"
#include "base/uuid.h"
#include "log/damage.h"
#include "log/file_cache.h"
#include "log/leader_epochs.h"

namespace pinflow::log {

// What the files of a partition need from outside.
struct SegmentSite {
    Disk* disk = nullptr;
    Clock* clock = nullptr;
    FileCache* files = nullptr;
    DamageList* damages = nullptr;
    std::filesystem::path folder;
    std::string topic;
    Uuid topic_id;
    int32_t partition = 0;
};

// Batches that were appended but not written, back to back, and where each begins.
struct BatchMark {
    int64_t base_offset = 0;
    int64_t last_offset = 0;
    int64_t max_timestamp = 0;
    size_t size = 0;
};
struct Tail {
    std::vector<std::byte> bytes;
    std::vector<BatchMark> marks;
    uint64_t incarnation = 0;  // of the store when the tail was begun
    bool producers = false;    // some of the batches have a producer id
};

// Part of a tail as it lies in a segment.
struct Extent {
    int64_t segment_base = 0;
    uint64_t position = 0;  // in the segment
    size_t from = 0;        // in the tail
    size_t size = 0;
    int64_t base_offset = 0;
    int64_t last_offset = 0;
};
struct WriteOutcome {
    std::vector<Extent> extents;
    int64_t end_offset = 0;  // behind the last batch that was written
    std::optional<Error> error;
};

// A write-ahead log entry to be made good, oldest first. `load` reads its bytes.
struct RedoEntry {
    int32_t leader_epoch = 0;
    int64_t segment_base = 0;
    uint64_t position = 0;
    int64_t base_offset = 0;
    int64_t last_offset = 0;
    std::function<Result<std::vector<std::byte>>()> load;
};

// What a clean shutdown remembers of a partition, so that nothing needs to be scanned.
struct SegmentSummary {
    int64_t base_offset = 0;
    uint64_t size = 0;
    uint64_t index_bytes = 0;
    uint64_t time_index_bytes = 0;
    int64_t max_timestamp = -1;
    int64_t first_timestamp = -1;
    uint64_t aborted_bytes = 0;  // of the transaction index
};
struct StoreSummary {
    int64_t start_offset = 0;
    int64_t end_offset = 0;
    bool producers = false;  // there are some, and a snapshot at the end offset
    std::vector<EpochStart> epochs;
    std::vector<SegmentSummary> segments;
};

// Where in its files a partition is durable up to an offset: a scan can begin there.
struct SyncedPlace {
    int64_t offset = -1;
    int64_t segment_base = 0;
    uint64_t position = 0;
    int64_t max_timestamp = -1;        // of the segment, at least
    int64_t first_timestamp = -1;      // of its first batch
    int64_t produced_end = INT64_MAX;  // no batch from here up to `offset` has a producer id

    bool in(int64_t base_offset) const { return offset >= 0 && segment_base == base_offset; }
    bool operator==(const SyncedPlace&) const = default;
};

struct TimedOffset {
    int64_t offset = -1;
    int64_t timestamp_ms = -1;
};

struct ReadOutcome {
    std::vector<std::byte> batches;
    int64_t next_offset = 0;
};

}  // namespace pinflow::log
