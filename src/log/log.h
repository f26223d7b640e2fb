// All partitions of one data folder, their threads and their recovery. Format on disk: docs/log_format.md.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/error.h"
#include "base/uuid.h"
#include "log/config.h"
#include "log/damage.h"
#include "log/partition.h"

namespace pinflow::log {

struct Options {
    Config defaults;
    size_t max_open_files = 4096;               // kept open beside the partitions that are being written
    uint64_t max_pending_bytes = 256ULL << 20;  // appended but not yet on disk; beyond it append says unavailable
    uint64_t held_bytes_limit = 16ULL << 30;    // of one partition: retention waits for readers up to here
    uint64_t wal_file_bytes = 64ULL << 20;
    uint64_t wal_entry_limit = 256ULL << 10;     // more bytes of one partition in a round sync their own segment
    std::chrono::milliseconds sync_put_off{10};  // of what nobody waits for: acks=1 without readers
    int64_t checkpoint_ms = 10'000;
    int64_t housekeeping_ms = 5'000;
    // Kafka's log.retention.check.interval.ms: records that come with an old timestamp can be read for a while.
    int64_t retention_check_ms = 300'000;
    int64_t first_retention_check_ms = 30'000;
    int64_t producer_expiration_ms = 86'400'000;     // Kafka's producer.id.expiration.ms
    uint64_t compaction_memory_bytes = 40ULL << 20;  // for the keys of one pass: 780,000 of them
    int64_t compaction_pause_ms = 15'000;            // Kafka's log.cleaner.backoff.ms: when nothing is due
    int64_t compaction_retry_ms = 60'000;            // after an error
    // False: no threads for upkeep; tests call checkpoint(), housekeeping() and compact().
    bool background = true;
};

// Since the log was opened.
struct CompactionCounts {
    uint64_t passes = 0;
    uint64_t failures = 0;
    uint64_t records_removed = 0;
    uint64_t bytes_before = 0;
    uint64_t bytes_after = 0;
};

class Log {
  public:
    // Recovers every partition found in `folder` if the last stop was not a clean one.
    static Result<std::unique_ptr<Log>> open(Disk& disk, Clock& clock, std::filesystem::path folder, Options options);
    ~Log();  // without close(): as after kill -9, but for threads joined

    // The partition as it is on disk, or a new one. conflict if the folder holds another topic id.
    Result<std::shared_ptr<Partition>> create(const std::string& topic, const Uuid& topic_id, int32_t partition,
                                              const Config& config);
    std::shared_ptr<Partition> find(std::string_view topic, int32_t partition) const;
    std::vector<std::shared_ptr<Partition>> partitions() const;  // by topic, then number
    Result<> remove(const std::string& topic, int32_t partition);
    void set_config(const std::string& topic, int32_t partition, const Config& config);
    void set_producer_expiration(int64_t ms);  // Options::producer_expiration_ms from now on
    const Config& defaults() const;            // those it was opened with

    std::vector<Damage> damages() const;
    // Rolls, and removes what retention lets go. Called by a thread of the log.
    Result<> housekeeping(int64_t now_ms);
    // Compacts whatever is due; how many passes it took. Called by another thread of the log.
    Result<size_t> compact(int64_t now_ms);
    CompactionCounts compaction_counts() const;
    // Makes the segments durable behind the write-ahead log and lets its files be reused.
    Result<> checkpoint();
    // Everything on disk, clean-shutdown mark written. Appends fail from here on.
    Result<> close();

  private:
    struct Shared;
    explicit Log(std::unique_ptr<Shared> shared);
    std::unique_ptr<Shared> shared_;
};

}  // namespace pinflow::log
