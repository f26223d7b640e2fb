// What a connector decided by the clock, kept before an object depends on it: so a run after a kill makes the same
// objects again, and an object that was there already is replaced by itself. Format and use: docs/connect_s3.md.
// Thread-safe: the tasks of a connector share one.
#pragma once
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "base/disk.h"
#include "connect/connector.h"

namespace pinflow::connect {

// One decision about one partition.
struct S3Decision {
    enum class What : uint8_t {
        cut,   // objects end before this offset
        run,   // up to this offset nothing else was decided by the clock
        time,  // from this offset on, the clock showed time_ms
    };
    What what = What::cut;
    int64_t offset = 0;
    int64_t time_ms = 0;
};

struct S3Decisions {
    std::deque<int64_t> cuts;          // rising
    std::map<int64_t, int64_t> times;  // offset to time
    int64_t end = 0;                   // up to here the clock has no say
};

class S3Cuts {
  public:
    // A torn end, of a write that nothing depends on yet, is cut.
    static Result<std::unique_ptr<S3Cuts>> open(Disk& disk, const std::filesystem::path& path);

    S3Decisions of(const TopicPartition& partition) const;
    // On disk when it returns. After an error none of them was kept.
    Result<> keep(const std::vector<std::pair<TopicPartition, S3Decision>>& decisions);
    // A write that failed leaves open what is on disk: then the file is written anew, with what was kept and nothing
    // else. Before a task begins; keep() does it too.
    Result<> mend();
    // Everything before this offset is safe; decisions about it are forgotten some time later.
    void release(const TopicPartition& partition, int64_t offset);

    S3Cuts(Disk& disk, std::filesystem::path path) : disk_(disk), path_(std::move(path)) {}

  private:
    struct Known {
        std::vector<S3Decision> decisions;  // as they were kept
        int64_t released = 0;
        int64_t released_before = 0;  // when the file was last written anew
    };
    size_t read_lines(std::string_view text);
    Result<> open_file();
    void shorten();
    Result<> write_whole();
    void forget_released();

    Disk& disk_;
    const std::filesystem::path path_;
    mutable std::mutex mutex_;
    std::map<TopicPartition, Known> known_;
    std::unique_ptr<File> file_;
    uint64_t size_ = 0;
    size_t lines_ = 0;
    size_t rewrite_at_ = 0;   // lines
    bool is_broken_ = false;  // nobody knows what is on disk
};

}  // namespace pinflow::connect
