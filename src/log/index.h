// The two sparse indexes of a segment, in Kafka's formats: offset -> position (8 bytes an entry: relative offset 4,
// position 4) and timestamp -> offset (12 bytes: timestamp 8, relative offset 4). Entries are collected in memory and
// appended to the file when the segment ends. The files are never synced; a missing or torn one costs time, never data:
// what is torn reads as zeros, and zeros lead to the segment's begin. Thread-safe.
#pragma once
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/error.h"

namespace pinflow::log {

class SegmentIndex {
  public:
    // `stem` is the segment's path without its ending. Starts empty.
    SegmentIndex(std::filesystem::path stem, int64_t base_offset) : stem_(std::move(stem)), base_(base_offset) {}
    void trust_files(uint64_t index_bytes, uint64_t time_index_bytes);
    // Takes the files as they are, if their ends are those of a segment of this size. False: build the index anew.
    Result<bool> adopt_files(Disk& disk, uint64_t segment_size);

    // Takes what the files say of batches before this offset and position.
    Result<> adopt_until(Disk& disk, int64_t offset, uint64_t position, int64_t max_timestamp);

    // A batch was written at `position`. `interval`: bytes between entries (index.interval.bytes).
    void add(int64_t last_offset, uint64_t position, size_t size, int64_t max_timestamp, int64_t interval);
    // The position of a batch at or before the one that holds `offset`.
    uint64_t position_of(Disk& disk, int64_t offset) const;
    // No record before the returned offset has this timestamp or a later one.
    int64_t offset_before_time(Disk& disk, int64_t timestamp_ms) const;
    // No record from there up to `limit` but the one at the returned offset, or behind it, may be the newest of them.
    int64_t offset_of_newest(Disk& disk, int64_t limit) const;
    int64_t max_timestamp() const;
    void set_max_timestamp(int64_t timestamp_ms);

    size_t entries_in_memory() const;
    // Appends what is in memory to the files; `final` also writes the last time entry, as Kafka does on a roll.
    Result<> flush(Disk& disk, bool final);
    // Writes all that is in memory to files of their own, whose names have this ending, and syncs them; it stays in
    // memory until they have been renamed.
    Result<> write_beside(Disk& disk, std::string_view ending);
    void renamed();
    // Forgets all, also what is in the files: before the segment is scanned anew.
    void clear();
    std::pair<uint64_t, uint64_t> file_bytes() const;  // offsets, times

  private:
    struct Entry {
        int32_t relative_offset;
        uint32_t position;
    };
    struct TimeEntry {
        int64_t timestamp_ms;
        int32_t relative_offset;
    };
    std::filesystem::path offset_path() const { return stem_.string() + ".index"; }
    std::filesystem::path time_path() const { return stem_.string() + ".timeindex"; }
    void add_time_entry();
    std::vector<std::byte> offset_bytes() const;
    std::vector<std::byte> time_bytes() const;

    std::filesystem::path stem_;
    int64_t base_;
    mutable std::mutex mutex_;
    uint64_t offset_file_bytes_ = 0;
    uint64_t time_file_bytes_ = 0;
    std::vector<Entry> entries_;
    std::vector<TimeEntry> time_entries_;
    int64_t bytes_since_entry_ = 0;
    int64_t max_timestamp_ = -1;
    int64_t max_timestamp_offset_ = 0;
    int64_t last_time_entry_ = -1;
};

}  // namespace pinflow::log
