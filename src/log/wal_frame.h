// One frame of the write-ahead log: what one sync makes durable. Format: docs/log_format.md.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "log/segments.h"

namespace pinflow::log {

struct WalItem {
    const SegmentSite* site = nullptr;
    const Extent* extent = nullptr;
    int32_t leader_epoch = 0;
    Bytes bytes;
};

// Magic 4, CRC-32C 4 (of all that follows), size of all that follows the 12 bytes 4, sequence 8, entries 4, then each
// entry: topic id 16, partition 4, leader epoch 4, segment 8, position 8, first and last offset 8 each, size 4,
// batches.
inline constexpr uint32_t frame_magic = 0x50464c57;  // PFLW
inline constexpr size_t frame_prefix = 12;
inline constexpr size_t frame_header = frame_prefix + 12;
inline constexpr size_t entry_header = 60;

// Lays a frame out for writing. Reusable: no allocation once warm.
class WalFrame {
  public:
    // The items' bytes are not copied but where they are few: they must outlive the pieces.
    void build(std::span<const WalItem> items, uint64_t sequence);
    // Behind the frame, no part of it, and not counted in its size.
    void fill_behind(Bytes filling) {
        if (!filling.empty()) pieces_.push_back(filling);
    }
    std::span<const Bytes> pieces() const { return pieces_; }  // in order
    uint64_t size() const { return size_; }

  private:
    void lay_out(std::span<const WalItem> items);

    std::vector<std::byte> copied_;  // headers, and bytes of small items
    std::vector<Bytes> pieces_;
    uint64_t size_ = 0;
};

}  // namespace pinflow::log
