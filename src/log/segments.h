// The files of one partition: Kafka's segments in a folder of their own. Format: docs/log_format.md.
// Threads: read(), offset_at_time() and the getters from any thread; write(), roll and removal under one lock, sync()
// and recover() under another, so that neither readers nor the writer wait for a sync.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/error.h"
#include "base/uuid.h"
#include "log/batch.h"
#include "log/config.h"
#include "log/damage.h"
#include "log/file_cache.h"
#include "log/index.h"

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

struct EpochStart {
    int32_t epoch = 0;
    int64_t start_offset = 0;
};

// What a clean shutdown remembers of a partition, so that nothing needs to be scanned.
struct SegmentSummary {
    int64_t base_offset = 0;
    uint64_t size = 0;
    uint64_t index_bytes = 0;
    uint64_t time_index_bytes = 0;
    int64_t max_timestamp = -1;
    int64_t first_timestamp = -1;
};
struct StoreSummary {
    int64_t start_offset = 0;
    int64_t end_offset = 0;
    std::vector<EpochStart> epochs;
    std::vector<SegmentSummary> segments;
};

struct ReadOutcome {
    std::vector<std::byte> batches;
    int64_t next_offset = 0;
};

class SegmentStore {
  public:
    explicit SegmentStore(SegmentSite site) : site_(std::move(site)) {}
    const SegmentSite& site() const { return site_; }

    // One of these three first.
    Result<> create();  // a new folder, durable when it returns
    void restore(const StoreSummary& summary);
    // After an unclean stop: redo, scan from `recovery_point`, cut what is torn, make it durable, raise the epoch.
    Result<> recover(std::span<const RedoEntry> redo, int64_t recovery_point, int64_t start_offset);
    // After a failed sync: writes again what was not sure, drops what is at or above `keep_until` (it was not acked).
    Result<> repair(std::span<const RedoEntry> redo, int64_t keep_until);

    WriteOutcome write(const Tail& tail, const Config& config);
    // What is written is durable after it; the end offset that holds for. After an error nothing is sure: repair().
    Result<int64_t> sync();
    bool dirty() const;

    // Batches below `limit`, at least one unless there is none.
    Result<ReadOutcome> read(int64_t offset, size_t max_bytes, int64_t limit) const;
    Result<std::optional<int64_t>> offset_at_time(int64_t timestamp_ms, int64_t limit) const;

    void raise_start(int64_t offset);
    // Removes the segments that hold nothing at or above the start offset; the last one gives way to an empty one.
    Result<> remove_below_start();
    // The offset up to which retention lets go, given that what is at `keep_from` and above must stay.
    int64_t retention_bound(const Config& config, int64_t now_ms, int64_t keep_from) const;
    Result<StoreSummary> close();  // indexes written, all synced
    Result<> remove_folder();

    int64_t start_offset() const { return start_offset_.load(std::memory_order_acquire); }
    int64_t written_end() const;
    int64_t synced_end() const;  // the recovery point
    int32_t leader_epoch() const { return leader_epoch_.load(std::memory_order_relaxed); }
    uint64_t size_bytes() const;
    uint64_t incarnation() const { return incarnation_.load(std::memory_order_acquire); }
    size_t segment_count() const;

  private:
    // Guarded by list_mutex_, but for the index, which guards itself.
    struct Segment {
        int64_t base_offset = 0;
        std::filesystem::path stem;
        uint64_t size = 0;
        uint64_t synced_size = 0;
        int64_t end_offset = 0;
        int64_t first_timestamp = -1;
        bool new_name = false;       // its directory entry is not durable yet
        std::shared_ptr<File> file;  // kept while it is written or not synced
        std::unique_ptr<SegmentIndex> index;

        std::filesystem::path path() const { return stem.string() + ".log"; }
        bool dirty() const { return new_name || synced_size < size; }
    };
    using SegmentPtr = std::shared_ptr<Segment>;
    struct View {  // a segment as a reader may use it
        SegmentPtr segment;
        std::shared_ptr<File> file;
        uint64_t size = 0;
    };
    struct Place {
        int64_t offset = -1;
        int64_t segment_base = 0;
        uint64_t position = 0;
    };
    struct Range {  // what a read wants
        int64_t offset;
        int64_t limit;
        size_t max_bytes;
    };

    // segments.cpp: names, writing, syncing
    SegmentPtr make_segment(int64_t base_offset) const;
    Result<> add_segment(int64_t base_offset);
    bool must_roll(const Segment& active, const BatchMark& mark, uint64_t pending, const Config& config) const;
    Result<> roll(int64_t next_offset);
    Result<Extent> write_extent(const Tail& tail, std::span<const BatchMark> marks, size_t from, const Config& config);
    Result<std::shared_ptr<File>> writable(Segment& segment) const;
    Result<> write_snapshot(int64_t offset);

    // segments_read.cpp
    std::optional<View> view_from(int64_t offset) const;
    std::optional<View> view_behind(int64_t base_offset) const;
    View view_of(const SegmentPtr& segment) const;
    uint64_t place_of(const View& view, int64_t offset) const;
    Result<> read_segment(const View& view, const Range& range, ReadOutcome& into) const;
    void remember(const Place& place) const;
    void report(const Segment& segment, int64_t offset, uint64_t position, std::string message) const;

    // segments_recover.cpp
    Result<> list_segments();
    Result<> apply_redo(std::span<const RedoEntry> redo, int64_t recovery_point);
    Result<> redo_one(const RedoEntry& entry);
    // False: the log ends in this segment.
    Result<bool> scan_segment(Segment& segment, int64_t& expected, int64_t sure_until, int64_t drop_from);
    Result<> scan(size_t first_segment, int64_t sure_until, int64_t drop_from);
    Result<> cut_behind(size_t segment_at);
    Result<> rewrite_unsure();
    bool superseded(int32_t epoch, int64_t base_offset) const;
    Result<> load_epochs();
    Result<> raise_epoch(int64_t start_offset);

    SegmentSite site_;
    std::mutex sync_mutex_;             // taken before io_mutex_
    mutable std::mutex io_mutex_;       // who changes files; taken before list_mutex_
    mutable std::mutex list_mutex_;     // short: never held over a system call
    std::vector<SegmentPtr> segments_;  // by base offset, never empty; the last one is written to
    std::vector<EpochStart> epochs_;
    int64_t synced_end_ = 0;
    std::string snapshot_name_;
    bool removed_ = false;
    bool suspect_ = false;  // a sync failed: until repair() nothing new is sure
    std::atomic<int64_t> start_offset_ = 0;
    std::atomic<int32_t> leader_epoch_ = 0;
    std::atomic<uint64_t> incarnation_ = 1;
    mutable std::array<Place, 4> places_{};  // where the last reads ended: the next one begins there
    mutable size_t next_place_ = 0;
};

}  // namespace pinflow::log
