// The files of one partition: Kafka's segments in a folder of their own. Format: docs/log_format.md.
// Threads: read(), find_time() and the getters from any thread; write() and what changes the list of segments
// under one lock, sync() under another, so that neither readers nor the writer wait for a sync. What takes long
// (recovery, repair, unlinking) holds a third one, which neither the writer nor the syncer ever waits for.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/disk.h"
#include "base/error.h"
#include "log/batch.h"
#include "log/config.h"
#include "log/index.h"
#include "log/leader_epochs.h"
#include "log/producer_state.h"
#include "log/segment_types.h"
#include "log/transaction_index.h"

namespace pinflow::log {

class SegmentStore {
  public:
    explicit SegmentStore(SegmentSite site) : site_(std::move(site)) {}
    const SegmentSite& site() const { return site_; }

    // One of these three first.
    Result<> create();                                  // a new folder, durable when it returns
    Result<bool> restore(const StoreSummary& summary);  // false: the files are not like that any more
    // After an unclean stop: redo, scan from `recovery_point`, cut what is torn, write again and sync what was not
    // known to be durable, raise the epoch. Offsets go on at `at_least` or above.
    Result<> recover(std::span<const RedoEntry> redo, int64_t recovery_point, int64_t start_offset, int64_t at_least,
                     const SyncedPlace& place);
    // After a failed sync or write, while nothing is appended: files whose sync failed are replaced by new ones, what
    // is at or above `keep_until` (it was not acked) is dropped. After an error it can be called again.
    Result<> repair(std::span<const RedoEntry> redo, int64_t keep_until);

    WriteOutcome write(const Tail& tail, const Config& config);
    // What is written is durable after it; the end offset that holds for. After an error nothing is sure: repair().
    Result<int64_t> sync();
    bool dirty() const;
    struct Unsynced {
        uint64_t bytes = 0;
        size_t segments = 0;
    };
    Unsynced unsynced() const;                                                 // what the next sync() has to do
    bool unsaved() const;                                                      // checkpoint() would save producers
    bool suspect() const { return suspect_.load(std::memory_order_acquire); }  // a sync failed: sync() fails too
    // sync(), and what a recovery from there needs of the producers and transactions is durable too, or else
    // recovery_place() stays behind.
    Result<int64_t> checkpoint();
    // The recovery point was saved: snapshots that only a recovery from further back would need may go.
    void settle_snapshots(int64_t recovery_point);
    // At a checkpoint: appends what the index has in memory to its files, and closes the segment's file if it is synced
    // and was not written since the last call.
    void rest();

    // Batches below `limit`, at least one unless there is none.
    Result<ReadOutcome> read(int64_t offset, size_t max_bytes, int64_t limit, std::vector<std::byte> memory = {}) const;
    // The first record with this timestamp or a later one; the first of those with the greatest timestamp.
    Result<std::optional<TimedOffset>> find_time(int64_t timestamp_ms, int64_t limit) const;
    Result<std::optional<TimedOffset>> find_newest_time(int64_t limit) const;

    // Transactions that were aborted and have records in [from, to), by first offset.
    Result<std::vector<AbortedTransaction>> aborted(int64_t from, int64_t to) const;
    // As they are behind the last batch that was written; null if there never was one with a producer id. The writer's
    // thread, or while nothing is written.
    std::unique_ptr<ProducerState> producers() const;
    void expire_producers(int64_t now_ms, int64_t after_ms);

    void raise_start(int64_t offset);
    // Removes the segments that hold nothing at or above the start offset; the last one gives way to an empty one. A
    // segment stays until the next checkpoint if a recovery would need it to know what producers wrote.
    Result<> remove_below_start();
    // Closes the segment being written if its first write was so long ago: only what is closed is compacted.
    Result<> roll_if_aged(int64_t now_ms, int64_t after_ms);
    // The offset up to which retention lets go, given that what is at `keep_from` and above must stay.
    int64_t retention_bound(const Config& config, int64_t now_ms, int64_t keep_from) const;
    Result<StoreSummary> close();  // indexes written, all synced
    // The folder under another name, for the caller to remove; nothing is read or written any more.
    Result<std::filesystem::path> remove_folder();

    int64_t start_offset() const { return start_offset_.load(std::memory_order_acquire); }
    int64_t written_end() const;
    // Where a recovery may begin: up to here segments are durable, and a snapshot has the producers.
    SyncedPlace recovery_place() const;
    int32_t leader_epoch() const { return epochs_.current(); }
    const LeaderEpochs& epochs() const { return epochs_; }
    uint64_t size_bytes() const;
    uint64_t incarnation() const { return incarnation_.load(std::memory_order_acquire); }
    size_t segment_count() const;

  private:
    friend class SegmentCleaner;
    // Guarded by list_mutex_, but for the index, which guards itself.
    struct Segment {
        int64_t base_offset = 0;
        std::filesystem::path stem;
        uint64_t size = 0;
        uint64_t synced_size = 0;
        int64_t end_offset = 0;
        int64_t first_timestamp = -1;
        int64_t begun_ms = -1;      // when it was first written to, as far as we know
        bool new_name = false;      // its directory entry or its size is not durable yet
        bool suspect = false;       // a sync of this file failed: only a new file can be sure
        bool used = false;          // written since the last rest()
        bool aborted_file = false;  // found at a start: it has a transaction index
        bool replaced = false;      // by compaction: `file` is what readers have of it
        // By compaction, and not yet everything has its name: the segments that it took the place of.
        std::vector<std::shared_ptr<Segment>> replaces;
        std::shared_ptr<File> file;   // kept while it is written or not synced
        std::shared_ptr<File> fresh;  // of a repair under way: the file that will take its place
        std::unique_ptr<SegmentIndex> index;
        std::unique_ptr<TransactionIndex> aborted;

        std::filesystem::path path() const { return stem.string() + ".log"; }
        std::filesystem::path fresh_path() const { return stem.string() + ".log.anew"; }
        // An empty file may vanish: nothing is lost but its name.
        bool dirty() const { return size > 0 && (new_name || synced_size < size); }
    };
    using SegmentPtr = std::shared_ptr<Segment>;
    struct View {  // a segment as a reader may use it
        SegmentPtr segment;
        std::shared_ptr<File> file;
        uint64_t size = 0;
        uint64_t synced_size = 0;
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

    struct Run {  // batches that a read found one after the other
        enum class Stop : uint8_t { full, cut_short, unsound, limit };
        size_t begin = 0;
        size_t end = 0;
        int64_t first_offset = -1;  // of the first batch that was looked at
        int64_t next_offset = 0;    // behind the last one
        size_t wanted = 0;          // bytes that the batch behind them needs
        Stop stop = Stop::full;     // why they end there
    };

    // segments.cpp: names, writing, syncing
    SegmentPtr make_segment(int64_t base_offset) const;
    Result<> add_segment(int64_t base_offset);
    SyncedPlace end_of(const Segment& segment) const;
    bool must_roll(const Segment& active, const BatchMark& mark, uint64_t pending, const Config& config) const;
    Result<> roll(int64_t next_offset);
    Result<Extent> write_extent(const Tail& tail, std::span<const BatchMark> marks, size_t from, const Config& config);
    Result<std::shared_ptr<File>> writable(Segment& segment) const;
    void note_written(const Tail& tail, std::span<const BatchMark> marks, size_t from, Segment& segment);

    // segments_retain.cpp
    Result<> remove_files(const Segment& segment) const;
    Result<bool> roll_if_covered();
    bool covers_segments() const;
    std::vector<SegmentPtr> detach_below_start();

    // segments_producers.cpp
    struct Snapshot {  // producers at a place, to be saved
        SyncedPlace place;
        uint64_t incarnation;
        std::string bytes;
    };
    std::filesystem::path snapshot_path(int64_t offset) const;
    Result<> write_snapshot(int64_t offset);
    std::optional<Snapshot> take_snapshot() const;
    Result<> save_snapshot(const Snapshot& snapshot);
    void note_produced(Segment& segment, const BatchHeader& header, Bytes batch, bool found);
    Result<> begin_replay(size_t first_segment, int64_t sure_until, int64_t scan_from, int64_t produced_end,
                          int64_t aborted_known);
    void replay(Segment& segment, const BatchHeader& header, Bytes batch);
    Result<> replay_file(Segment& segment, int64_t until);
    Result<> remove_snapshots_above(int64_t offset);
    Result<> remove_old_snapshots();

    // segments_read.cpp
    std::optional<View> view_from(int64_t offset) const;
    std::optional<View> view_behind(int64_t base_offset) const;
    View view_of(const SegmentPtr& segment) const;
    uint64_t place_of(const View& view, int64_t offset) const;
    static Run run_of(Bytes bytes, uint64_t left_in_file, const Range& range);
    std::unexpected<Error> not_yet_readable(int64_t offset) const;
    Result<std::shared_ptr<File>> readable(const View& view) const;
    Result<> read_segment(const View& view, const Range& range, ReadOutcome& into) const;
    void remember(const Place& place) const;
    void report(const Segment& segment, int64_t offset, uint64_t position, std::string message, bool sure = true) const;

    // segments_times.cpp
    Result<std::optional<TimedOffset>> newest_between(int64_t from, int64_t to, int64_t start) const;

    // segments_recover.cpp
    Result<> list_segments();
    Result<> apply_redo(std::span<const RedoEntry> redo, int64_t recovery_point);
    Result<> redo_one(const RedoEntry& entry);
    Result<size_t> trust_below(int64_t recovery_point);
    Result<> sync_recovered(size_t first_segment);
    Result<> recover_files(std::span<const RedoEntry> redo, int64_t recovery_point, int64_t start_offset,
                           int64_t at_least, const SyncedPlace& place);
    Result<bool> trust(Segment& segment, int64_t end_offset);
    Result<> rewrite_unsure(Segment& segment);

    // segments_scan.cpp
    struct Piece {
        uint64_t position;
        uint64_t size;
    };
    struct Bounds {
        int64_t sure_until;    // what is missing below was durable once: damage
        int64_t drop_from;     // batches from here on are to go
        int64_t synced_until;  // below, the file itself is durable
    };
    struct Survey {
        std::vector<Piece> keep;  // of the file, in order
        uint64_t kept = 0;        // bytes in them
        uint64_t synced = 0;      // of the kept bytes, those known to be durable in this file
        int64_t end_offset = 0;
        bool log_ends = false;  // what follows is dropped
        void take(uint64_t position, uint64_t size);
    };
    Result<Survey> survey(Segment& segment, File& file, uint64_t size, const Bounds& bounds, Survey found);
    Result<> judge(const Segment& segment, File& file, const Piece& unsound, bool more_follows, const Bounds& bounds,
                   Survey& found);
    Result<std::string> set_aside(const Segment& segment, File& file, const Piece& piece) const;
    Result<> scan(size_t first_segment, const Bounds& bounds, const SyncedPlace& place = {});
    Result<Survey> begin_at(Segment& segment, uint64_t size, const SyncedPlace& place);
    Result<> cut_behind(size_t segment_at);

    // segments_repair.cpp
    Result<std::shared_ptr<File>> work_file(Segment& segment) const;
    Result<> renew(Segment& segment, File& from, std::span<const Piece> pieces);
    Result<> put_in_place(Segment& segment);
    Result<> sync_work(Segment& segment);
    bool begin_repair(int64_t keep_until);
    Result<> repair_files(std::span<const RedoEntry> redo, int64_t keep_until);

    SegmentSite site_;
    std::mutex work_mutex_;             // recovery, repair, unlinking; taken first
    std::mutex sync_mutex_;             // taken before io_mutex_
    mutable std::mutex io_mutex_;       // who writes and changes the list; taken before list_mutex_
    mutable std::mutex list_mutex_;     // short: never held over a system call
    std::vector<SegmentPtr> segments_;  // by base offset, never empty; the last one is written to
    LeaderEpochs epochs_;
    int64_t synced_end_ = 0;
    SyncedPlace synced_place_;
    SyncedPlace saved_place_;   // the last known one whose producers are saved
    int64_t produced_end_ = 0;  // behind the last batch with a producer id
    bool removed_ = false;      // changed under all three
    bool repairing_ = false;    // under io_mutex_: files and list are the repair's alone
    // Under io_mutex_, or while a repair has all to itself:
    std::unique_ptr<ProducerState> producers_;  // behind the last batch that was written
    std::set<int64_t> snapshots_;               // offsets of the files
    int64_t saved_snapshot_ = -1;               // the last durable one,
    int64_t anchor_ = -1;                       // and the one that a recovery would begin with
    int64_t replayed_end_ = 0;                  // recovery and repair: up to here producers_ knows all
    std::atomic<bool> suspect_ = false;         // a sync failed: until repair() nothing new is sure
    std::atomic<int64_t> start_offset_ = 0;
    std::atomic<uint64_t> incarnation_ = 1;
    mutable std::array<Place, 4> places_{};  // where the last reads ended: the next one begins there
    mutable size_t next_place_ = 0;
};

}  // namespace pinflow::log
