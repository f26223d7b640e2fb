// The write-ahead log behind group commit: the waiting batches of many partitions go into one file with one sync;
// their segments are synced later (checkpoint), after which the file is used again. Format: docs/log_format.md.
// One thread appends; checkpoints and repairs may come from others.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/disk.h"
#include "base/error.h"
#include "base/uuid.h"
#include "log/segments.h"
#include "log/wal_frame.h"

namespace pinflow::log {

// An entry found after a stop.
struct WalRecord {
    Uuid topic_id;
    int32_t partition = 0;
    RedoEntry entry;
};

class Wal {
  public:
    Wal(Disk& disk, std::filesystem::path folder, uint64_t file_bytes)
        : disk_(disk), folder_(std::move(folder)), file_bytes_(file_bytes) {}

    // Before start(): the entries of all files from sequence `floor` on, oldest first.
    Result<std::vector<WalRecord>> read(uint64_t floor);
    // While running: the entries that no checkpoint has covered yet, of one partition. They can be loaded as long as
    // the Pin lives: until then no file is used again.
    class Pin {
      public:
        explicit Pin(const Wal& wal);
        ~Pin();
        Pin(const Pin&) = delete;
        Pin& operator=(const Pin&) = delete;

      private:
        const Wal& wal_;
    };
    Result<std::vector<RedoEntry>> read_live(const Pin& pin, const Uuid& topic_id, int32_t partition) const;
    // Begins anew behind every sequence seen so far; durable when it returns.
    Result<> start(uint64_t floor);

    // All items in one frame, synced. False: it has no room until the next checkpoint, or the disk refused; then the
    // segments themselves must be synced. A file whose write or sync failed is not written to again.
    bool append(std::span<const WalItem> items);
    // What was appended before begin_checkpoint() is durable in its segments at the end: never replayed again, neither
    // after a stop nor by a repair, and its files are free.
    uint64_t begin_checkpoint();
    Result<> end_checkpoint(uint64_t sequence);
    bool wants_checkpoint() const;
    uint64_t next_sequence() const;

  private:
    struct LogFile {
        std::shared_ptr<File> file;
        uint64_t used = 0;
        uint64_t filled = 0;  // up to here it has been written to since it was opened
        uint64_t last_sequence = 0;
        bool bad = false;  // a write or sync failed: gives way to a new file when its frames are not needed any more

        Bytes fill_behind(uint64_t file_bytes);  // what to write behind `used`
    };
    struct Frames {
        uint64_t first_sequence = 0;  // 0: none
        uint64_t last_sequence = 0;
        std::vector<WalRecord> records;
    };
    static Result<Frames> read_frames(const std::shared_ptr<File>& file, uint64_t end, uint64_t floor);
    static std::vector<WalRecord> in_order(std::vector<Frames> files);
    std::filesystem::path path_of(size_t number) const;
    Result<bool> find_room(uint64_t size);
    Result<> make_file(size_t number);

    Disk& disk_;
    std::filesystem::path folder_;
    uint64_t file_bytes_;
    WalFrame frame_;
    mutable std::mutex mutex_;  // guards what follows
    std::vector<LogFile> files_;
    size_t current_ = 0;
    bool refused_ = false;           // the disk would not give another file
    uint64_t sequence_ = 1;          // of the next frame
    uint64_t since_checkpoint_ = 0;  // bytes of frames since the last one began
    uint64_t floor_ = 0;             // as its file says
    mutable int pins_ = 0;
};

}  // namespace pinflow::log
