// The aborted transactions whose markers lie in one segment: Kafka's `.txnindex`. 34 bytes an entry: version (0) 2,
// producer id 8, first offset 8, last offset (the marker's) 8, last stable offset behind it 8; by last offset. New
// entries are in memory until save(). Unlike the other indexes it is not redundant for those who read it: it is synced
// before the recovery's snapshot passes an entry, and what is at or behind that is found anew (docs/log_format.md).
// Thread-safe.
#pragma once
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/error.h"

namespace pinflow::log {

struct AbortedTransaction {
    int64_t producer_id = 0;
    int64_t first_offset = 0;
    int64_t last_offset = 0;
    int64_t last_stable_offset = 0;
    bool operator==(const AbortedTransaction&) const = default;
};

class TransactionIndex {
  public:
    // `stem` is the segment's path without its ending. Starts empty.
    explicit TransactionIndex(std::filesystem::path stem) : stem_(std::move(stem)) {}
    // Takes the file's size as it is: after a clean shutdown.
    void trust_file(uint64_t bytes);
    // Keeps of the file and of what is in memory the entries that end below `offset`; the segment begins at `base`.
    // `found`: at a start, when the file is all there is.
    Result<> adopt_until(Disk& disk, int64_t base, int64_t offset, bool found);

    void add(const AbortedTransaction& entry);  // nothing if it is there already
    // Appends those that overlap [from, to), in the order of their ends. False: later segments may hold more.
    Result<bool> collect(Disk& disk, int64_t from, int64_t to, std::vector<AbortedTransaction>& into) const;
    bool dirty() const;
    // New entries go to the file; durable when it returns, but for a new file's name.
    Result<> save(Disk& disk);
    uint64_t file_bytes() const;
    // Writes all that is in memory to a file of its own, whose name has this ending, and syncs it; it stays in memory
    // until that has been renamed.
    Result<> write_beside(Disk& disk, std::string_view ending);
    void renamed();

  private:
    std::filesystem::path path() const { return stem_.string() + ".txnindex"; }
    Result<std::vector<AbortedTransaction>> read_from(Disk& disk, uint64_t count, int64_t from) const;

    std::filesystem::path stem_;
    mutable std::mutex mutex_;
    uint64_t file_bytes_ = 0;
    uint64_t beside_bytes_ = 0;
    std::vector<AbortedTransaction> fresh_;
    int64_t last_ = -1;  // where the last entry ends, if adopt_until() or add() was called
    bool dirty_ = false;
};

}  // namespace pinflow::log
