// What the parts of Log share; nobody else includes it. log.cpp: the calls; log_open.cpp: recovery; log_upkeep.cpp:
// checkpoints, retention and their thread; log_compact.cpp: compaction and its own.
#pragma once
#include <condition_variable>
#include <thread>

#include "log/checkpoints.h"
#include "log/committer.h"
#include "log/log.h"
#include "log/wal.h"

namespace pinflow::log {

struct Log::Shared {
    Shared(Disk& the_disk, Clock& the_clock, std::filesystem::path the_folder, const Options& the_options)
        : disk(the_disk),
          clock(the_clock),
          folder(std::move(the_folder)),
          options(the_options),
          files(disk, options.max_open_files),
          wal(disk, folder / "wal", options.wal_file_bytes),
          committer(
              clock, wal, {options.max_pending_bytes, options.wal_entry_limit, options.sync_put_off},
              [this](Partition& partition, int64_t end) { return reserve(partition, end); },
              [this] { want_checkpoint(); }) {}

    SegmentSite site(const PartitionName& name, const Uuid& id);
    std::shared_ptr<Partition> make(const PartitionName& name, const Uuid& id, const Config& config);
    void publish(const PartitionName& name, const std::shared_ptr<Partition>& partition);
    std::vector<std::shared_ptr<Partition>> all() const;
    Result<std::filesystem::path> forget(const PartitionName& name);
    Result<> recover_all();
    struct Found {  // what the small files and the write-ahead log say at a start
        std::map<std::pair<Uuid, int32_t>, std::vector<RedoEntry>> redo;
        Offsets points;
        Offsets starts;
        Places places;
    };
    Result<> recover_folders(const Found& found);
    Result<> recover_one(const PartitionName& name, const Found& found);
    Result<bool> restore_one(const PartitionName& name, const CleanShutdown::Each& each);
    Result<> forget_vanished();
    Result<> open_all();
    Result<> reserve(Partition& partition, int64_t end);
    Result<> save_starts();
    Result<> save_points();
    Result<> checkpoint();
    void settle_snapshots();
    Result<> retain(Partition& partition, int64_t now_ms, bool by_age);
    Result<> housekeeping(int64_t now_ms, bool by_age);  // retention.ms too, or only retention.bytes
    struct Dirty;                                        // a partition that is due to be compacted
    int64_t compaction_bound(const Partition& partition) const;
    std::optional<Dirty> dirtiest(int64_t now_ms);
    void note_trouble(const PartitionName& name, const Error& error);
    Result<> note_compacted(const Partition& partition, int64_t until);
    Result<> compact_one(const Dirty& dirty, int64_t now_ms);
    Result<bool> compact_next(int64_t now_ms);
    Result<size_t> compact(int64_t now_ms);
    void compaction_loop();
    void want_checkpoint();
    void background_loop();
    void stop_background();

    Disk& disk;
    Clock& clock;
    std::filesystem::path folder;
    Options options;
    std::atomic<int64_t> producer_expiration_ms = options.producer_expiration_ms;
    FileCache files;
    DamageList damages;
    Wal wal;
    mutable std::shared_mutex mutex;  // guards partitions
    std::map<PartitionName, std::shared_ptr<Partition>, std::less<>> partitions;
    std::mutex create_mutex;      // one creation or removal at a time
    std::mutex checkpoint_mutex;  // one checkpoint at a time
    std::mutex offsets_mutex;     // one writer of the offset files, and:
    Offsets reserved;
    Offsets saved_points;  // as the file of recovery points holds them,
    Places saved_places;   // and the one of their places
    Offsets compacted;     // up to where; as in its file
    Committer committer;
    std::mutex compaction_mutex;  // one partition at a time, and:
    struct Trouble {
        int64_t retry_at_ms = 0;
        std::string message;
    };
    std::map<PartitionName, Trouble> compaction_trouble;
    struct {
        std::atomic<uint64_t> passes, failures, records_removed, bytes_before, bytes_after;
    } compaction;
    std::atomic<bool> compaction_stop = false;
    std::condition_variable compaction_wake;  // with background_mutex
    std::mutex background_mutex;
    std::condition_variable background_wake;
    bool checkpoint_due = false;
    bool stopping = false;
    bool closed = false;
    std::thread background;
    std::thread compactor;
};

}  // namespace pinflow::log
