// One partition of one topic: an ordered log of record batches with offsets. All public calls are thread-safe.
// An append copies the batch into the partition's tail in memory under a short lock; the committer's threads write
// tails to segments and make them durable, many partitions at a time (docs/decisions/0001-group-commit.md).
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "log/append_error.h"
#include "log/config.h"
#include "log/control_batch.h"
#include "log/producer_state.h"
#include "log/segments.h"

namespace pinflow::log {

class Committer;
class Partition;
class Wal;

struct Appended {
    int64_t base_offset = 0;
    int64_t last_offset = 0;
    int64_t append_time_ms = 0;
    bool duplicate = false;  // a producer with an id sent the batch again: where it lies since the first time
};
using AppendResult = std::expected<Appended, AppendError>;

struct Fetched {
    std::vector<std::byte> batches;  // whole batches, verbatim; the first may start before the asked offset
    int64_t next_offset = 0;         // where the next read continues
};

// What a reader sees: all that is stable, or what lies below the first record of an undecided transaction. Kafka's
// words for the two ends are high watermark (stable_offset) and last stable offset (last_stable_offset).
enum class Isolation : uint8_t { uncommitted, committed };

// durable = what the partition promises: fdatasync done, or merely written under write.caching=true. Where a quarter of
// Options::max_pending_bytes waits for the disk, written means durable too.
enum class Ack : uint8_t { written, durable };

// Who writes an appended batch to its segment: a thread of the log, or the caller in write_appended(), which it then
// owes: cheaper for a batch, dearer for a single record among those of other connections.
enum class WriteBy : uint8_t { log, caller };

// While it lives, retention keeps what is at or above its offset (up to Options::held_bytes_limit). Any thread.
class ReaderHold {
  public:
    ReaderHold(std::shared_ptr<Partition> partition, int64_t from_offset);
    ~ReaderHold();
    ReaderHold(const ReaderHold&) = delete;
    ReaderHold& operator=(const ReaderHold&) = delete;
    void advance(int64_t offset) { offset_.store(offset, std::memory_order_relaxed); }
    int64_t offset() const { return offset_.load(std::memory_order_relaxed); }

  private:
    std::shared_ptr<Partition> partition_;
    std::atomic<int64_t> offset_;
};

class Partition : public std::enable_shared_from_this<Partition> {
  public:
    using Done = std::move_only_function<void(Result<>)>;
    using Wake = std::move_only_function<void()>;

    Partition(SegmentSite site, Committer& committer, const Config& config);
    ~Partition();

    const std::string& topic() const { return store_.site().topic; }
    const Uuid& topic_id() const { return store_.site().topic_id; }
    int32_t index() const { return store_.site().partition; }

    // One whole batch; its base offset and leader epoch are set in place (and, under LogAppendTime, its time and CRC).
    // The CRC of bytes from outside is the caller's to check (check_batch). Errors: invalid, too_large, disk_full,
    // unavailable (stopping, behind, or stopped after a failed sync), not_found (removed). Batches with a producer id
    // are checked against what it sent before; AppendError::refusal says which rule was broken. A duplicate is success
    // with the original's offsets: wait for those with when_acked(), as for new ones.
    AppendResult append(MutableBytes batch, WriteBy by = WriteBy::log);
    // From now on append() takes nothing new: Refusal::sealed. What was appended stays and goes its way, batches that a
    // producer sends again are still known, and markers end transactions that are open. Lasts as long as this object:
    // whoever seals remembers it (broker::Topics does).
    void seal();
    bool sealed() const;
    // Sealed, and readers of committed records can see all that will ever be here: nothing is on its way to the disk,
    // no transaction is undecided.
    bool complete() const;
    // Behind append(…, WriteBy::caller) of one or more partitions of a log: a write to the page cache, on this thread
    // unless the disk has been slow. What it makes known runs on a log thread.
    void write_appended();
    // Ends a producer's transaction here: what it wrote since it began counts, or does not. For the coordinator.
    AppendResult append_marker(int64_t producer_id, int16_t epoch, const Marker& marker);
    // `done` runs once, from a log thread or at once: short, must not block or call back into this partition's append.
    // An error means that the records up to `last_offset` may be lost.
    void when_acked(int64_t last_offset, Ack ack, Done done);
    // As soon as readers see whatever Ack::written has acked until now.
    void when_settled(Done done);

    int64_t start_offset() const { return store_.start_offset(); }                            // first kept
    int64_t end_offset() const { return end_offset_.load(std::memory_order_acquire); }        // next to be given
    int64_t stable_offset() const { return stable_offset_.load(std::memory_order_acquire); }  // readers stop here
    // Readers of committed records stop here: at most stable_offset(), less while a transaction is undecided.
    int64_t last_stable_offset() const { return last_stable_offset_.load(std::memory_order_acquire); }
    int32_t leader_epoch() const { return store_.leader_epoch(); }
    int32_t leader_epoch_at(int64_t offset) const { return store_.epochs().at(offset); }
    // Kafka's OffsetForLeaderEpoch: the greatest epoch up to `epoch` that has records, and the offset behind them.
    EpochEnd end_of_epoch(int32_t epoch) const { return store_.epochs().end_of(epoch, end_offset()); }

    // At least one batch, then whole batches up to max_bytes. At the stable offset: nothing. out_of_range outside
    // [start, end]. What is damaged is skipped and reported.
    // `memory`, if given, is what the batches are read into, and comes back with them or without: a large buffer that
    // is new each time costs page faults. Under Isolation::committed the reader must leave out what aborted() names.
    Result<Fetched> read(int64_t offset, size_t max_bytes, std::vector<std::byte> memory = {},
                         Isolation isolation = Isolation::uncommitted) const;
    // Only committed records: read() up to last_stable_offset(), without the batches of aborted transactions. Nothing
    // may be left of them while next_offset goes on.
    Result<Fetched> read_committed(int64_t offset, size_t max_bytes, std::vector<std::byte> memory = {}) const;
    // The aborted transactions with records in [from, to), by first offset: for Fetch under read_committed.
    Result<std::vector<AbortedTransaction>> aborted(int64_t from, int64_t to) const;
    std::vector<std::pair<int64_t, Producer>> producers() const;  // ids and what is known, for DescribeProducers
    // First offset whose record has this timestamp or a later one; the stable offset if there is none.
    Result<int64_t> offset_at_time(int64_t timestamp_ms) const;
    // For ListOffsets, of what such a reader sees: that record; and (timestamp -3) the first with the greatest
    // timestamp.
    Result<std::optional<TimedOffset>> find_time(int64_t timestamp_ms, Isolation isolation) const;
    Result<std::optional<TimedOffset>> find_newest_time(Isolation isolation) const;
    // Raises the start offset (at most to the stable offset); survives a restart. Files go when they are covered.
    Result<> delete_before(int64_t offset);
    Result<> delete_all();  // also what acks=1 has acked just now: blocks until that is durable
    uint64_t size_bytes() const { return store_.size_bytes(); }

    // `wake` runs once, on a log thread or at once, as soon as stable_offset() (last_stable_offset()) > offset. 0 if it
    // has run already.
    uint64_t on_readable(int64_t offset, Wake wake, Isolation isolation = Isolation::uncommitted);
    void cancel_wake(uint64_t id);  // afterwards the wake does not start; one that is running is not waited for

    std::shared_ptr<ReaderHold> hold(int64_t from_offset);

    Config config() const { return *settings(); }
    std::shared_ptr<const Config> settings() const;  // as they are now
    void set_config(const Config& config);
    // Of one batch. Costs nothing: for whoever cuts records into batches.
    int64_t max_message_bytes() const { return max_message_bytes_.load(std::memory_order_relaxed); }

  private:
    friend class Committer;
    friend class Log;
    friend class ReaderHold;

    struct Waiter {
        int64_t last_offset;
        Ack ack;
        Done done;
    };
    struct Waking {
        uint64_t id;
        int64_t offset;
        Wake wake;
        Isolation isolation;
    };
    struct Producing {
        ProducerState state;                          // behind the last batch that was appended
        std::vector<CompletedTransaction> undecided;  // ended by markers that readers do not see yet
    };
    struct FailedRange {
        int64_t first;
        int64_t end;
        Error error;
    };
    // Calls that are due, collected under the lock and made after it.
    struct Due {
        std::vector<std::pair<Done, Result<>>> acks;
        std::vector<Wake> wakes;
        bool empty() const { return acks.empty() && wakes.empty(); }
        void add(Due more);
        void run();
    };
    enum class State : uint8_t { open, full, stopped, removed };

    Result<> admit(const BatchHeader& header);
    std::expected<std::optional<Appended>, AppendError> check_producer(const BatchHeader& header);
    Appended take(MutableBytes batch, BatchHeader header, const std::optional<Marker>& marker, int64_t now,
                  WriteBy by = WriteBy::log);
    void note_producer(const BatchHeader& header, const std::optional<Marker>& marker, int64_t now);
    void reset_producers(std::unique_ptr<ProducerState> state, int64_t end);
    int64_t committed_end();
    int64_t readable_end(Isolation isolation) const {
        return isolation == Isolation::committed ? last_stable_offset() : stable_offset();
    }
    void expire_producers(int64_t now_ms, int64_t after_ms);
    Result<> check_state();
    int64_t acked_end(Ack ack) const;
    bool is_put_off() const { return !config_->write_caching && written_end_ > synced_end_; }  // a sync to wait for
    void collect(Due& due);
    const FailedRange* failed(int64_t offset) const;
    void refuse_from(int64_t first, const Error& error, Due& due);

    // The committer's side. Tails are swapped out by the writer. What is reported of an incarnation of the store that
    // has ended, or while the partition is stopped, does not count: a repair drops it.
    Tail take_tail();
    bool written(uint64_t incarnation, int64_t end, Due& due);  // whether somebody waits for more than that
    void synced(uint64_t incarnation, int64_t end, Due& due);
    // No room for the records from `first` on; `producers` as they are in the files.
    void filled(int64_t first, const Error& error, std::unique_ptr<ProducerState> producers, Due& due);
    // A write or a sync failed: nothing is taken, written or acked until repair(). False: repaired since.
    bool stop(uint64_t incarnation, const Error& error, Due& due);
    bool stopped() const;
    bool repair(const Wal& wal);  // false: not yet
    void adopt_store();           // offsets go on where the files end
    void shut();                  // deleted: whoever waits is told
    void begin_close();           // nothing more is taken
    int64_t lowest_hold() const;

    SegmentStore store_;
    Committer& committer_;
    mutable std::mutex mutex_;  // guards all below; held for a copy at most, never over a system call
    std::shared_ptr<const Config> config_;
    Tail tail_;
    bool enlisted_ = false;        // in the committer's list of partitions with a tail,
    bool left_to_caller_ = false;  // and the writer was not woken for it
    State state_ = State::open;
    bool sealed_ = false;
    bool closing_ = false;
    Error stop_reason_;
    static constexpr int64_t retry_full_disk_ms = 250;
    int64_t retry_at_ms_ = 0;  // State::full: when one append may try the disk again
    int64_t written_end_ = 0;
    int64_t synced_end_ = 0;
    std::vector<FailedRange> failed_;  // oldest first; when there are too many the oldest go,
    int64_t unknown_below_ = 0;        // and nobody can say any more what became of offsets below this
    std::vector<Waiter> waiters_;
    std::vector<Waking> wakes_;
    uint64_t next_wake_ = 1;
    std::vector<ReaderHold*> holds_;
    std::unique_ptr<Producing> producing_;          // null: no batch with a producer id yet
    std::function<Result<>()> save_start_offsets_;  // set once, before the partition is handed out
    int64_t reserved_end_ = 0;                      // the writer's own: see Committer
    std::atomic<int64_t> max_message_bytes_;
    std::atomic<int64_t> end_offset_ = 0;
    std::atomic<int64_t> stable_offset_ = 0;
    std::atomic<int64_t> last_stable_offset_ = 0;
};

}  // namespace pinflow::log
