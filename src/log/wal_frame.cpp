#include "log/wal_frame.h"

#include <cstring>

#include "base/crc32c.h"

namespace pinflow::log {
namespace {

constexpr size_t largest_copied = 4096;  // a piece of its own costs the kernel about as much as such a copy

void store_header(std::byte* at, const WalItem& item) {
    std::memcpy(at, item.site->topic_id.bytes.data(), 16);
    store_big_endian(at + 16, item.site->partition);
    store_big_endian(at + 20, item.leader_epoch);
    store_big_endian(at + 24, item.extent->segment_base);
    store_big_endian(at + 32, item.extent->position);
    store_big_endian(at + 40, item.extent->base_offset);
    store_big_endian(at + 48, item.extent->last_offset);
    store_big_endian(at + 56, static_cast<uint32_t>(item.bytes.size()));
}

}  // namespace

void WalFrame::build(std::span<const WalItem> items, uint64_t sequence) {
    lay_out(items);
    std::byte* const head = copied_.data();
    store_big_endian(head, frame_magic);
    store_big_endian(head + 8, static_cast<uint32_t>(size_ - frame_prefix));
    store_big_endian(head + 12, sequence);
    store_big_endian(head + 20, static_cast<uint32_t>(items.size()));
    uint32_t crc = crc32c(pieces_.front().subspan(8));
    for (const Bytes& piece : std::span(pieces_).subspan(1)) crc = crc32c(piece, crc);
    store_big_endian(head + 4, crc);
}

void WalFrame::lay_out(std::span<const WalItem> items) {
    size_t copied = frame_header;
    size_ = frame_header;
    for (const WalItem& item : items) {
        const size_t bytes = item.bytes.size();
        size_ += entry_header + bytes;
        copied += entry_header + (bytes <= largest_copied ? bytes : 0);
    }
    copied_.resize(copied);
    pieces_.clear();
    const std::byte* run = copied_.data();
    std::byte* at = copied_.data() + frame_header;
    for (const WalItem& item : items) {
        store_header(at, item);
        at += entry_header;
        if (item.bytes.size() <= largest_copied) {
            if (!item.bytes.empty()) std::memcpy(at, item.bytes.data(), item.bytes.size());
            at += item.bytes.size();
        } else {
            pieces_.emplace_back(run, at);
            pieces_.push_back(item.bytes);
            run = at;
        }
    }
    if (run != at) pieces_.emplace_back(run, at);
}

}  // namespace pinflow::log
