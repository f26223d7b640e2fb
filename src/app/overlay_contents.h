// One file of an OverlayDisk: the bytes below, and the pieces that were written over them.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "app/overlay_disk.h"

namespace pinflow::app {

class OverlayDisk::Contents {
  public:
    Contents() = default;  // a new, empty file
    Contents(std::unique_ptr<File> below, uint64_t size) : below_(std::move(below)), below_end_(size), size_(size) {}

    Result<size_t> read_at(MutableBytes into, uint64_t position);
    Result<> write_at(std::span<const Bytes> pieces, uint64_t position);
    Result<> resize(uint64_t size);
    void grow(uint64_t size);
    uint64_t size();

  private:
    Result<> read_below(MutableBytes into, uint64_t position);
    Result<std::vector<std::byte>*> page(uint64_t number);
    Result<> write_piece(Bytes piece, uint64_t position);

    std::mutex mutex_;
    std::unique_ptr<File> below_;
    uint64_t below_end_ = 0;  // bytes of the file below that still show
    uint64_t size_ = 0;
    std::map<uint64_t, std::vector<std::byte>> pages_;
};

}  // namespace pinflow::app
