// What open objects hold on disk instead of in memory: one file for all objects of a partition that end together. Each
// piece names the one before it, so an object remembers one place however often it was spilled. Nothing here outlives
// the process: after a kill the records are read again from the log.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "base/disk.h"

namespace pinflow::connect {

class S3Spill {
  public:
    // Of one object; the default: nothing of it is here.
    struct Place {
        uint64_t at = 0;
        uint64_t bytes = 0;  // of the last piece
        bool is_here() const { return bytes > 0; }
    };
    struct Piece {
        Place* of;  // moved to this piece
        Bytes contents;
    };

    static Result<std::unique_ptr<S3Spill>> make(Disk& disk, const std::filesystem::path& folder);
    S3Spill(Disk& disk, std::filesystem::path path, std::unique_ptr<File> file)
        : disk_(disk), path_(std::move(path)), file_(std::move(file)) {}
    S3Spill(const S3Spill&) = delete;
    S3Spill& operator=(const S3Spill&) = delete;
    ~S3Spill() {
        file_.reset();
        (void)disk_.remove(path_);
    }

    Result<> write(std::span<const Piece> pieces);
    // All pieces of an object, the first one first.
    Result<> read(Place last, const std::function<Result<>(Bytes)>& take) const;

  private:
    Disk& disk_;
    std::filesystem::path path_;
    std::unique_ptr<File> file_;
    uint64_t size_ = 0;
};

}  // namespace pinflow::connect
