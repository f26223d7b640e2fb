#include "log/wal.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/crc32c.h"
#include "base/text.h"

namespace pinflow::log {
namespace {

// Frame: magic 4, CRC-32C 4 (of all that follows), size of all that follows the 12 bytes 4, sequence 8, entries 4,
// then each entry: topic id 16, partition 4, leader epoch 4, segment 8, position 8, first and last offset 8 each, size
// 4, batches.
constexpr uint32_t magic = 0x50464c57;  // PFLW
constexpr size_t frame_prefix = 12;
constexpr size_t frame_header = frame_prefix + 12;
constexpr size_t entry_header = 60;
constexpr size_t most_files = 8;

}  // namespace

void Wal::build_frame(std::span<const WalItem> items) {
    size_t size = frame_header;
    for (const WalItem& item : items) size += entry_header + item.bytes.size();
    frame_.resize(size);
    std::byte* at = frame_.data() + frame_header;
    for (const WalItem& item : items) {
        std::memcpy(at, item.site->topic_id.bytes.data(), 16);
        store_big_endian(at + 16, item.site->partition);
        store_big_endian(at + 20, item.leader_epoch);
        store_big_endian(at + 24, item.extent->segment_base);
        store_big_endian(at + 32, item.extent->position);
        store_big_endian(at + 40, item.extent->base_offset);
        store_big_endian(at + 48, item.extent->last_offset);
        store_big_endian(at + 56, static_cast<uint32_t>(item.bytes.size()));
        std::memcpy(at + entry_header, item.bytes.data(), item.bytes.size());
        at += entry_header + item.bytes.size();
    }
    store_big_endian(frame_.data(), magic);
    store_big_endian(frame_.data() + 8, static_cast<uint32_t>(size - frame_prefix));
    store_big_endian(frame_.data() + 12, sequence_);
    store_big_endian(frame_.data() + 20, static_cast<uint32_t>(items.size()));
    store_big_endian(frame_.data() + 4, crc32c(Bytes(frame_).subspan(8)));
}

// mutex_ is held.
Result<bool> Wal::find_room(uint64_t size) {
    if (size > file_bytes_) return false;
    if (current_ < files_.size() && !files_[current_].bad && files_[current_].used + size <= file_bytes_) return true;
    for (size_t i = 0; i < files_.size(); ++i) {
        if (files_[i].bad || files_[i].used != 0) continue;
        current_ = i;
        return true;
    }
    if (files_.size() >= most_files) return false;
    LogFile fresh;
    fresh.path = folder_ / fmt::format("{:03}.wal", files_.size());
    PINFLOW_ASSIGN(fresh.file, disk_.open(fresh.path, Disk::Mode::write));
    PINFLOW_TRY(fresh.file->allocate(file_bytes_));
    PINFLOW_TRY(fresh.file->sync());
    PINFLOW_TRY(disk_.sync_directory(folder_));
    current_ = files_.size();
    files_.push_back(std::move(fresh));
    return true;
}

Result<bool> Wal::append(std::span<const WalItem> items) {
    std::shared_ptr<File> file;
    uint64_t position = 0;
    {
        const std::scoped_lock lock(mutex_);
        build_frame(items);
        auto room = find_room(frame_.size());
        if (!room && room.error().code == Code::disk_full) return false;
        if (!room || !*room) return room;
        file = files_[current_].file;
        position = files_[current_].used;
        files_[current_].used += frame_.size();
        files_[current_].last_sequence = sequence_++;
    }
    const Bytes piece = frame_;
    Result<> outcome = file->write_at(std::span(&piece, 1), position);
    if (outcome) outcome = file->sync();
    if (outcome) return true;
    const std::scoped_lock lock(mutex_);
    files_[current_].bad = true;
    return fail(std::move(outcome).error());
}

uint64_t Wal::begin_checkpoint() const {
    const std::scoped_lock lock(mutex_);
    return sequence_ - 1;
}

void Wal::end_checkpoint(uint64_t sequence) {
    const std::scoped_lock lock(mutex_);
    // What lies behind the rewound place has a lower sequence than what is written over it: never read again.
    for (LogFile& file : files_)
        if (file.last_sequence <= sequence) file.used = 0;
}

bool Wal::wants_checkpoint() const {
    const std::scoped_lock lock(mutex_);
    uint64_t used = 0;
    for (const LogFile& file : files_) used += file.used;
    return used > file_bytes_ / 2;
}

uint64_t Wal::next_sequence() const {
    const std::scoped_lock lock(mutex_);
    return sequence_;
}

Result<> Wal::start(uint64_t floor) {
    PINFLOW_TRY(disk_.make_directories(folder_));
    const std::scoped_lock lock(mutex_);
    // Far behind: a frame that was written but never synced must not continue a new row of frames.
    sequence_ = std::max(sequence_, floor) + 1'000'000;
    floor_ = sequence_;
    PINFLOW_TRY(replace_file(disk_, folder_ / "floor", std::to_string(sequence_)));
    for (size_t i = 0; i < most_files; ++i) {
        LogFile file;
        file.path = folder_ / fmt::format("{:03}.wal", i);
        if (auto present = disk_.open(file.path, Disk::Mode::read); !present) break;
        PINFLOW_ASSIGN(file.file, disk_.open(file.path, Disk::Mode::write));
        PINFLOW_TRY(file.file->allocate(file_bytes_));
        files_.push_back(std::move(file));
    }
    return {};
}

Result<std::vector<WalRecord>> Wal::read(uint64_t floor) {
    std::vector<std::pair<uint64_t, std::vector<WalRecord>>> by_file;
    for (size_t i = 0; i < most_files; ++i) {
        std::vector<WalRecord> records;
        auto first = read_file_into(folder_ / fmt::format("{:03}.wal", i), floor, records);
        if (!first && first.error().code == Code::not_found) continue;
        PINFLOW_TRY(first);
        by_file.emplace_back(*first, std::move(records));
    }
    std::ranges::sort(by_file, {}, [](const auto& each) { return each.first; });
    std::vector<WalRecord> all;
    for (auto& [first, records] : by_file) std::ranges::move(records, std::back_inserter(all));
    return all;
}

Result<uint64_t> Wal::read_file_into(const std::filesystem::path& path, uint64_t floor,
                                     std::vector<WalRecord>& records) {
    PINFLOW_ASSIGN(std::shared_ptr<File> file, disk_.open(path, Disk::Mode::read));
    PINFLOW_ASSIGN(const uint64_t size, file->size());
    uint64_t first = 0;
    uint64_t previous = 0;
    std::vector<std::byte> frame;
    for (uint64_t at = 0; at + frame_header <= size; at += frame.size()) {
        frame.resize(frame_header);
        PINFLOW_TRY(file->read_at(frame, at));
        const auto rest = load_big_endian<uint32_t>(frame.data() + 8);
        if (load_big_endian<uint32_t>(frame.data()) != magic || rest < 12 || rest > size - at - frame_prefix) break;
        frame.resize(frame_prefix + rest);
        PINFLOW_TRY(file->read_at(frame, at));
        if (crc32c(Bytes(frame).subspan(8)) != load_big_endian<uint32_t>(frame.data() + 4)) break;
        const auto sequence = load_big_endian<uint64_t>(frame.data() + 12);
        if (sequence < floor || (previous != 0 && sequence != previous + 1)) break;
        if (first == 0) first = sequence;
        previous = sequence;
        uint64_t entry_at = frame_header;
        for (auto left = load_big_endian<uint32_t>(frame.data() + 20); left > 0; --left) {
            if (entry_at + entry_header > frame.size()) break;
            const std::byte* entry = frame.data() + entry_at;
            const auto bytes = load_big_endian<uint32_t>(entry + 56);
            WalRecord record;
            std::memcpy(record.topic_id.bytes.data(), entry, 16);
            record.partition = load_big_endian<int32_t>(entry + 16);
            record.entry = {load_big_endian<int32_t>(entry + 20),
                            load_big_endian<int64_t>(entry + 24),
                            load_big_endian<uint64_t>(entry + 32),
                            load_big_endian<int64_t>(entry + 40),
                            load_big_endian<int64_t>(entry + 48),
                            [file, from = at + entry_at + entry_header, bytes]() -> Result<std::vector<std::byte>> {
                                std::vector<std::byte> batches(bytes);
                                PINFLOW_TRY(file->read_at(batches, from));
                                return batches;
                            }};
            records.push_back(std::move(record));
            entry_at += entry_header + bytes;
        }
        sequence_ = std::max(sequence_, sequence + 1);
    }
    return first;
}

}  // namespace pinflow::log
