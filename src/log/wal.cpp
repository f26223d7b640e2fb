#include "log/wal.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/crc32c.h"
#include "base/text.h"

namespace pinflow::log {
namespace {

constexpr size_t most_files = 8;
// A sync of bytes in space that was never written costs the file system a commit of its journal, several times as long
// as one of bytes over others. So the first frame that reaches such space fills it up to a multiple of this.
constexpr uint64_t filled_at_once = 1 << 20;
constinit std::array<std::byte, filled_at_once> zeros{};  // as a constant it would be a MiB of the program's file

}  // namespace

std::filesystem::path Wal::path_of(size_t number) const {
    return folder_ / fmt::format("{:03}.wal", number);
}

// A new file even where there was one: after a failed sync an old file may never tell the truth again.
Result<> Wal::make_file(size_t number) {
    PINFLOW_TRY(disk_.remove(path_of(number)));
    LogFile fresh;
    PINFLOW_ASSIGN(fresh.file, disk_.open(path_of(number), Disk::Mode::create_new));
    PINFLOW_TRY(fresh.file->allocate(file_bytes_));
    PINFLOW_TRY(fresh.file->sync());
    PINFLOW_TRY(disk_.sync_directory(folder_));
    if (number == files_.size()) files_.emplace_back();
    files_[number] = std::move(fresh);
    return {};
}

// mutex_ is held.
Result<bool> Wal::find_room(uint64_t size) {
    if (size > file_bytes_) return false;
    if (current_ < files_.size() && !files_[current_].bad && files_[current_].used + size <= file_bytes_) return true;
    for (size_t i = 0; i < most_files; ++i) {
        if (i < files_.size() && files_[i].used != 0) continue;
        if (i == files_.size() || files_[i].bad) {
            if (refused_) return false;
            if (auto made = make_file(i); !made) {
                refused_ = true;  // until the next checkpoint: not a new attempt with every commit
                (void)disk_.remove(path_of(i));
                return fail(std::move(made).error());
            }
        }
        current_ = i;
        return true;
    }
    return false;
}

Bytes Wal::LogFile::fill_behind(uint64_t file_bytes) {
    if (used <= filled) return {};
    filled = std::min(file_bytes, (used + filled_at_once - 1) / filled_at_once * filled_at_once);
    return Bytes(zeros).first(filled - used);
}

bool Wal::append(std::span<const WalItem> items) {
    std::shared_ptr<File> file;
    uint64_t position = 0;
    {
        const std::scoped_lock lock(mutex_);
        frame_.build(items, sequence_);
        const auto room = find_room(frame_.size());
        if (!room) spdlog::error("a new file for the write-ahead log: {}", room.error().message);
        if (!room || !*room) return false;
        file = files_[current_].file;
        position = files_[current_].used;
        files_[current_].used += frame_.size();
        since_checkpoint_ += frame_.size();
        files_[current_].last_sequence = sequence_++;
        frame_.fill_behind(files_[current_].fill_behind(file_bytes_));
    }
    Result<> outcome = file->write_at(frame_.pieces(), position);
    if (outcome) outcome = file->sync();
    if (outcome) return true;
    spdlog::error("write-ahead log, {}: {}; its batches go to their segments", path_of(current_).string(),
                  outcome.error().message);
    const std::scoped_lock lock(mutex_);
    files_[current_].bad = true;
    // A checkpoint that was counted meanwhile may have let go of the file: then it holds nothing.
    if (files_[current_].used > 0) files_[current_].used = position;
    return false;
}

uint64_t Wal::begin_checkpoint() {
    const std::scoped_lock lock(mutex_);
    since_checkpoint_ = 0;
    return sequence_ - 1;
}

Result<> Wal::end_checkpoint(uint64_t sequence) {
    {
        const std::scoped_lock lock(mutex_);
        refused_ = false;
        if (sequence < floor_) return {};
    }
    // What compaction makes of the segments from now on must not be overwritten by what they were.
    PINFLOW_TRY(replace_file(disk_, folder_ / "floor", std::to_string(sequence + 1)));
    const std::scoped_lock lock(mutex_);
    floor_ = sequence + 1;
    if (pins_ > 0) return {};  // the next checkpoint lets go
    // What lies behind the rewound place has a lower sequence than what is written over it: never read again.
    for (LogFile& file : files_)
        if (file.last_sequence <= sequence) file.used = 0;
    return {};
}

Wal::Pin::Pin(const Wal& wal) : wal_(wal) {
    const std::scoped_lock lock(wal_.mutex_);
    ++wal_.pins_;
}

Wal::Pin::~Pin() {
    const std::scoped_lock lock(wal_.mutex_);
    --wal_.pins_;
}

bool Wal::wants_checkpoint() const {
    const std::scoped_lock lock(mutex_);
    return since_checkpoint_ > file_bytes_ / 2;
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
    PINFLOW_TRY(replace_file(disk_, folder_ / "floor", std::to_string(sequence_)));
    floor_ = sequence_;
    for (size_t i = 0; i < most_files; ++i) {
        LogFile file;
        if (auto present = disk_.open(path_of(i), Disk::Mode::read); !present) break;
        PINFLOW_ASSIGN(file.file, disk_.open(path_of(i), Disk::Mode::write));
        PINFLOW_ASSIGN(const uint64_t size, file.file->size());
        if (size != file_bytes_) PINFLOW_TRY(file.file->resize(file_bytes_));
        PINFLOW_TRY(file.file->allocate(file_bytes_));
        files_.push_back(std::move(file));
    }
    return {};
}

std::vector<WalRecord> Wal::in_order(std::vector<Frames> files) {
    std::ranges::sort(files, {}, &Frames::first_sequence);
    std::vector<WalRecord> all;
    for (Frames& each : files) std::ranges::move(each.records, std::back_inserter(all));
    return all;
}

Result<std::vector<WalRecord>> Wal::read(uint64_t floor) {
    std::vector<Frames> files;
    for (size_t i = 0; i < most_files; ++i) {
        auto file = disk_.open(path_of(i), Disk::Mode::read);
        if (!file && file.error().code == Code::not_found) continue;
        if (!file) return fail(std::move(file).error());
        PINFLOW_ASSIGN(const uint64_t size, (*file)->size());
        PINFLOW_ASSIGN(Frames frames, read_frames(std::move(*file), size, floor));
        const std::scoped_lock lock(mutex_);
        sequence_ = std::max(sequence_, frames.last_sequence + 1);
        files.push_back(std::move(frames));
    }
    return in_order(std::move(files));
}

Result<std::vector<RedoEntry>> Wal::read_live(const Pin&, const Uuid& topic_id, int32_t partition) const {
    std::vector<std::pair<std::shared_ptr<File>, uint64_t>> in_use;
    {
        const std::scoped_lock lock(mutex_);
        for (const LogFile& each : files_)
            if (each.used > 0) in_use.emplace_back(each.file, each.used);
    }
    std::vector<Frames> files;
    for (const auto& [file, used] : in_use) {
        PINFLOW_ASSIGN(Frames frames, read_frames(file, used, 0));
        files.push_back(std::move(frames));
    }
    std::vector<RedoEntry> entries;
    for (WalRecord& each : in_order(std::move(files)))
        if (each.topic_id == topic_id && each.partition == partition) entries.push_back(std::move(each.entry));
    return entries;
}

namespace {

// The entries of one frame that lies at `at` in the file.
void read_entries(Bytes frame, uint64_t at, const std::shared_ptr<File>& file, std::vector<WalRecord>& records) {
    uint64_t from = frame_header;
    for (auto left = load_big_endian<uint32_t>(frame.data() + 20); left > 0; --left) {
        if (from + entry_header > frame.size()) return;
        const std::byte* entry = frame.data() + from;
        const auto bytes = load_big_endian<uint32_t>(entry + 56);
        if (bytes > frame.size() - from - entry_header) return;
        WalRecord record;
        std::memcpy(record.topic_id.bytes.data(), entry, 16);
        record.partition = load_big_endian<int32_t>(entry + 16);
        record.entry = {load_big_endian<int32_t>(entry + 20),
                        load_big_endian<int64_t>(entry + 24),
                        load_big_endian<uint64_t>(entry + 32),
                        load_big_endian<int64_t>(entry + 40),
                        load_big_endian<int64_t>(entry + 48),
                        [file, place = at + from + entry_header, bytes]() -> Result<std::vector<std::byte>> {
                            std::vector<std::byte> batches(bytes);
                            PINFLOW_ASSIGN(const size_t got, file->read_at(batches, place));
                            batches.resize(got);
                            return batches;
                        }};
        records.push_back(std::move(record));
        from += entry_header + bytes;
    }
}

}  // namespace

Result<Wal::Frames> Wal::read_frames(const std::shared_ptr<File>& file, uint64_t end, uint64_t floor) {
    Frames frames;
    std::vector<std::byte> frame;
    for (uint64_t at = 0; at + frame_header <= end; at += frame.size()) {
        frame.resize(frame_header);
        PINFLOW_TRY(file->read_at(frame, at));
        const auto rest = load_big_endian<uint32_t>(frame.data() + 8);
        if (load_big_endian<uint32_t>(frame.data()) != frame_magic || rest < 12 || rest > end - at - frame_prefix)
            break;
        frame.resize(frame_prefix + rest);
        PINFLOW_TRY(file->read_at(frame, at));
        if (crc32c(Bytes(frame).subspan(8)) != load_big_endian<uint32_t>(frame.data() + 4)) break;
        const auto sequence = load_big_endian<uint64_t>(frame.data() + 12);
        if (frames.last_sequence != 0 && sequence != frames.last_sequence + 1) break;
        frames.last_sequence = sequence;
        if (sequence < floor) continue;
        if (frames.first_sequence == 0) frames.first_sequence = sequence;
        read_entries(frame, at, file, frames.records);
    }
    return frames;
}

}  // namespace pinflow::log
