// Group commit: one thread writes the tails of all waiting partitions to their segments, unless whoever appended does
// it at once; another makes everything that was written since its last round durable together, at the latest 10 ms
// later if nobody waits for it (docs/decisions/0001-group-commit.md); a third one repairs partitions whose files
// failed, which may take long, so that the others' acks do not wait for it. Thread-safe.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "log/partition.h"
#include "log/wal.h"

namespace pinflow::log {

class Committer {
  public:
    struct Limits {
        uint64_t max_pending_bytes = 0;
        uint64_t wal_entry_limit = 0;
        std::chrono::milliseconds put_off{};  // the sync of what nobody waits for
    };
    // `reserve` makes durable, before readers can see them, that a partition under write.caching gave out offsets up
    // to an end; `checkpoint_wanted` is called when the write-ahead log fills.
    Committer(Clock& clock, Wal& wal, Limits limits, std::function<Result<>(Partition&, int64_t)> reserve,
              std::function<void()> checkpoint_wanted);
    ~Committer() { stop(); }
    void start();
    // Writes and syncs what is waiting, also what write.caching put off, then joins the threads.
    void stop();

    // For Partition::append: an empty tail with room from an earlier one; the partition is written in the next round,
    // which is the writer's if it is woken and otherwise the caller's, who then calls write_here().
    Tail enlist(std::shared_ptr<Partition> partition, bool wake_writer);
    // For what a caller was to write: the writer does it now.
    void wake_writer();
    // Writes what waits, unless somebody is at it or the disk has been slow: then the writer does. Calls nobody back.
    void write_here();
    // Somebody waits for what was written to be durable.
    void hurry();
    bool overloaded() const { return pending_bytes_.load(std::memory_order_relaxed) > limits_.max_pending_bytes; }
    bool far_behind() const { return pending_bytes_.load(std::memory_order_relaxed) > limits_.max_pending_bytes / 4; }
    void count_pending(size_t bytes) { pending_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
    // A sync or write of this partition's segments failed, in the incarnation that it had: stop it now, repair it soon.
    void distrust(const std::shared_ptr<Partition>& partition, uint64_t incarnation, const Error& error);

  private:
    struct Written {
        std::shared_ptr<Partition> partition;
        Tail tail;
        std::vector<Extent> extents;
        int64_t end_offset = 0;
        int32_t leader_epoch = 0;
        bool cached = false;  // acked when written
    };
    struct Round {          // of writing
        bool here = false;  // not by the writer's thread
        int64_t begun_ms = 0;
        std::vector<Written> written;
        std::vector<std::shared_ptr<Partition>> left;  // to the writer
        Partition::Due due;
        bool awaited = false;  // somebody waits for what was written to be durable
    };
    struct SyncRound {
        std::vector<Written> written;
        bool awaited = false;  // somebody waits for it
    };
    struct Cached {
        std::shared_ptr<Partition> partition;
        int64_t due_ms = 0;
        int64_t records = 0;
    };

    void write_loop();
    Partition::Due write_round(bool here);
    bool may_write_here(const Round& round, const Config& config) const;
    void hand_over(Round& round);
    std::vector<std::shared_ptr<Partition>> take_waiting();
    void write_one(const std::shared_ptr<Partition>& partition, Round& round);
    void sync_loop();
    bool wait_for_written(SyncRound& round);
    void sync_round(SyncRound& round);
    void distrust(const std::shared_ptr<Partition>& partition, uint64_t incarnation, const Error& error,
                  Partition::Due& due);
    void write_failed(const std::shared_ptr<Partition>& partition, const Tail& tail, int64_t from, const Error& error,
                      Partition::Due& due);
    void sync_through_wal(std::vector<Written*>& framed, std::vector<Written*>& direct);
    void sync_segments(const std::shared_ptr<Partition>& partition);
    void note_cached(const Written& written);
    void flush_cached(bool all);
    void repair_loop();
    bool stale(const Written& written) const;
    void recycle(Tail tail);

    Clock& clock_;
    Wal& wal_;
    Limits limits_;
    std::function<Result<>(Partition&, int64_t)> reserve_;
    std::function<void()> checkpoint_wanted_;
    std::atomic<uint64_t> pending_bytes_ = 0;

    std::mutex writing_mutex_;  // of whoever takes tails and writes them; taken before all others
    std::atomic<int64_t> write_here_from_ms_ =
        INT64_MIN;  // until then the writer's thread alone risks to wait for the disk

    std::atomic<bool> writer_waits_ = false;  // for writing_mutex_, which is not fair

    std::mutex write_mutex_;
    std::condition_variable write_wake_;
    std::vector<std::shared_ptr<Partition>> waiting_;
    bool writer_woken_ = false;  // for what is in waiting_: never true while that is empty
    Partition::Due owed_;        // calls that a round left to the writer
    std::vector<Tail> spare_tails_;
    bool stopping_ = false;

    std::mutex sync_mutex_;
    std::condition_variable sync_wake_;
    std::vector<Written> written_;
    bool urgent_ = false;       // somebody waits for the sync of what was written, or soon will be
    bool syncer_idle_ = false;  // it sleeps until it is woken
    bool writer_done_ = false;

    std::mutex repair_mutex_;
    std::condition_variable repair_wake_;
    std::vector<std::shared_ptr<Partition>> distrusted_;
    bool syncer_done_ = false;

    std::map<Partition*, Cached> cached_;  // the syncer's own
    std::thread writer_;
    std::thread syncer_;
    std::thread repairer_;
};

}  // namespace pinflow::log
