#include "log/index.h"

#include <algorithm>
#include <array>

namespace pinflow::log {
namespace {

constexpr size_t entry_size = 8;
constexpr size_t time_entry_size = 12;

// The last of `count` entries in the file whose number at `key_at` is at most `wanted`; its bytes, or nothing.
template <class Key>
std::optional<std::vector<std::byte>> find_in_file(Disk& disk, const std::filesystem::path& path, uint64_t count,
                                                   size_t size, Key wanted, size_t key_at = 0) {
    if (count == 0) return std::nullopt;
    const auto file = disk.open(path, Disk::Mode::read);
    if (!file) return std::nullopt;
    std::optional<std::vector<std::byte>> best;
    std::vector<std::byte> entry(size);
    uint64_t low = 0;
    uint64_t high = count;
    while (low < high) {
        const uint64_t middle = (low + high) / 2;
        const auto got = (*file)->read_at(entry, middle * size);
        if (!got || *got < size) return std::nullopt;
        if (load_big_endian<Key>(entry.data() + key_at) <= wanted) {
            best = entry;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return best;
}

Result<> append_to(Disk& disk, const std::filesystem::path& path, uint64_t at, Bytes bytes) {
    PINFLOW_ASSIGN(const auto file, disk.open(path, Disk::Mode::write));
    PINFLOW_TRY(file->resize(at));
    if (bytes.empty()) return {};
    return file->write_at(std::span(&bytes, 1), at);
}

}  // namespace

void SegmentIndex::trust_files(uint64_t index_bytes, uint64_t time_index_bytes) {
    const std::scoped_lock lock(mutex_);
    offset_file_bytes_ = index_bytes / entry_size * entry_size;
    time_file_bytes_ = time_index_bytes / time_entry_size * time_entry_size;
}

Result<bool> SegmentIndex::adopt_files(Disk& disk, uint64_t segment_size) {
    const auto offsets = disk.open(offset_path(), Disk::Mode::read);
    const auto times = disk.open(time_path(), Disk::Mode::read);
    if (!offsets || !times) return false;
    PINFLOW_ASSIGN(const uint64_t offset_bytes, (*offsets)->size());
    PINFLOW_ASSIGN(const uint64_t time_bytes, (*times)->size());
    if (offset_bytes % entry_size != 0 || time_bytes % time_entry_size != 0 || time_bytes == 0) return false;
    std::array<std::byte, entry_size> last{};
    if (offset_bytes > 0) {
        PINFLOW_TRY((*offsets)->read_at(last, offset_bytes - entry_size));
        const auto position = load_big_endian<uint32_t>(last.data() + 4);
        if (position == 0 || position >= segment_size) return false;
    }
    std::array<std::byte, time_entry_size> last_time{};
    PINFLOW_TRY((*times)->read_at(last_time, time_bytes - time_entry_size));
    const auto newest = load_big_endian<int64_t>(last_time.data());
    if (newest <= 0) return false;
    trust_files(offset_bytes, time_bytes);
    set_max_timestamp(newest);
    return true;
}

Result<> SegmentIndex::adopt_until(Disk& disk, int64_t offset, uint64_t position, int64_t max_timestamp) {
    const auto before = [&](const std::filesystem::path& path, size_t size, auto is_before) -> Result<uint64_t> {
        const auto file = disk.open(path, Disk::Mode::read);
        if (!file) return uint64_t{0};
        PINFLOW_ASSIGN(uint64_t high, (*file)->size());
        high /= size;
        uint64_t low = 0;
        std::array<std::byte, time_entry_size> entry{};
        while (low < high) {
            const uint64_t middle = (low + high) / 2;
            PINFLOW_TRY((*file)->read_at(MutableBytes(entry).first(size), middle * size));
            if (is_before(entry.data()))
                low = middle + 1;
            else
                high = middle;
        }
        return low * size;
    };
    PINFLOW_ASSIGN(const uint64_t offset_bytes, before(offset_path(), entry_size, [&](const std::byte* entry) {
                       return load_big_endian<uint32_t>(entry + 4) < position;
                   }));
    PINFLOW_ASSIGN(const uint64_t time_bytes, before(time_path(), time_entry_size, [&](const std::byte* entry) {
                       return base_ + load_big_endian<int32_t>(entry + 8) < offset;
                   }));
    trust_files(offset_bytes, time_bytes);
    set_max_timestamp(max_timestamp);
    return {};
}

void SegmentIndex::set_max_timestamp(int64_t timestamp_ms) {
    const std::scoped_lock lock(mutex_);
    max_timestamp_ = last_time_entry_ = timestamp_ms;
}

int64_t SegmentIndex::max_timestamp() const {
    const std::scoped_lock lock(mutex_);
    return max_timestamp_;
}

size_t SegmentIndex::entries_in_memory() const {
    const std::scoped_lock lock(mutex_);
    return entries_.size();
}

std::pair<uint64_t, uint64_t> SegmentIndex::file_bytes() const {
    const std::scoped_lock lock(mutex_);
    return {offset_file_bytes_, time_file_bytes_};
}

void SegmentIndex::add_time_entry() {
    if (max_timestamp_ <= last_time_entry_) return;
    time_entries_.push_back({max_timestamp_, static_cast<int32_t>(max_timestamp_offset_ - base_)});
    last_time_entry_ = max_timestamp_;
}

void SegmentIndex::add(int64_t last_offset, uint64_t position, size_t size, int64_t max_timestamp, int64_t interval) {
    const std::scoped_lock lock(mutex_);
    if (max_timestamp > max_timestamp_) {
        max_timestamp_ = max_timestamp;
        max_timestamp_offset_ = last_offset;
    }
    if (bytes_since_entry_ > interval) {
        entries_.push_back({static_cast<int32_t>(last_offset - base_), static_cast<uint32_t>(position)});
        add_time_entry();
        bytes_since_entry_ = 0;
    }
    bytes_since_entry_ += static_cast<int64_t>(size);
}

uint64_t SegmentIndex::position_of(Disk& disk, int64_t offset) const {
    const int64_t relative = offset - base_;
    if (relative < 0) return 0;
    uint64_t in_file = 0;
    {
        const std::scoped_lock lock(mutex_);
        const auto after = std::ranges::upper_bound(
            entries_, relative, {}, [](const Entry& each) { return static_cast<int64_t>(each.relative_offset); });
        if (after != entries_.begin()) return std::prev(after)->position;
        in_file = offset_file_bytes_ / entry_size;
    }
    const auto wanted = static_cast<int32_t>(std::min<int64_t>(relative, INT32_MAX));
    const auto entry = find_in_file<int32_t>(disk, offset_path(), in_file, entry_size, wanted);
    return entry ? load_big_endian<uint32_t>(entry->data() + 4) : 0;
}

int64_t SegmentIndex::offset_before_time(Disk& disk, int64_t timestamp_ms) const {
    uint64_t in_file = 0;
    {
        const std::scoped_lock lock(mutex_);
        const auto after = std::ranges::upper_bound(time_entries_, timestamp_ms, {}, &TimeEntry::timestamp_ms);
        if (after != time_entries_.begin()) return base_ + std::prev(after)->relative_offset;
        in_file = time_file_bytes_ / time_entry_size;
    }
    const auto entry = find_in_file<int64_t>(disk, time_path(), in_file, time_entry_size, timestamp_ms);
    return entry ? base_ + load_big_endian<int32_t>(entry->data() + 8) : base_;
}

int64_t SegmentIndex::offset_of_newest(Disk& disk, int64_t limit) const {
    const int64_t last = limit - 1 - base_;
    if (last < 0) return base_;
    uint64_t in_file = 0;
    {
        const std::scoped_lock lock(mutex_);
        if (max_timestamp_ > last_time_entry_ && max_timestamp_offset_ < limit) return max_timestamp_offset_;
        const auto after = std::ranges::upper_bound(
            time_entries_, last, {}, [](const TimeEntry& each) { return static_cast<int64_t>(each.relative_offset); });
        if (after != time_entries_.begin()) return base_ + std::prev(after)->relative_offset;
        in_file = time_file_bytes_ / time_entry_size;
    }
    const auto wanted = static_cast<int32_t>(std::min<int64_t>(last, INT32_MAX));
    const auto entry = find_in_file<int32_t>(disk, time_path(), in_file, time_entry_size, wanted, 8);
    return entry ? base_ + load_big_endian<int32_t>(entry->data() + 8) : base_;
}

std::vector<std::byte> SegmentIndex::offset_bytes() const {
    std::vector<std::byte> bytes(entries_.size() * entry_size);
    for (size_t i = 0; i < entries_.size(); ++i) {
        store_big_endian(bytes.data() + i * entry_size, entries_[i].relative_offset);
        store_big_endian(bytes.data() + i * entry_size + 4, entries_[i].position);
    }
    return bytes;
}

std::vector<std::byte> SegmentIndex::time_bytes() const {
    std::vector<std::byte> bytes(time_entries_.size() * time_entry_size);
    for (size_t i = 0; i < time_entries_.size(); ++i) {
        store_big_endian(bytes.data() + i * time_entry_size, time_entries_[i].timestamp_ms);
        store_big_endian(bytes.data() + i * time_entry_size + 8, time_entries_[i].relative_offset);
    }
    return bytes;
}

Result<> SegmentIndex::flush(Disk& disk, bool final) {
    const std::scoped_lock lock(mutex_);
    if (final) add_time_entry();
    if (!final && entries_.empty()) return {};
    const std::vector<std::byte> offsets = offset_bytes();
    const std::vector<std::byte> times = time_bytes();
    PINFLOW_TRY(append_to(disk, offset_path(), offset_file_bytes_, offsets));
    PINFLOW_TRY(append_to(disk, time_path(), time_file_bytes_, times));
    offset_file_bytes_ += offsets.size();
    time_file_bytes_ += times.size();
    entries_.clear();
    time_entries_.clear();
    return {};
}

Result<> SegmentIndex::write_beside(Disk& disk, std::string_view ending) {
    const std::scoped_lock lock(mutex_);
    add_time_entry();
    for (const auto& [path, bytes] : {std::pair(offset_path(), offset_bytes()), std::pair(time_path(), time_bytes())}) {
        const std::filesystem::path beside = path.string() + std::string(ending);
        PINFLOW_TRY(append_to(disk, beside, 0, bytes));
        PINFLOW_ASSIGN(const auto file, disk.open(beside, Disk::Mode::write));
        PINFLOW_TRY(file->sync());
    }
    return {};
}

void SegmentIndex::renamed() {
    const std::scoped_lock lock(mutex_);
    offset_file_bytes_ = entries_.size() * entry_size;
    time_file_bytes_ = time_entries_.size() * time_entry_size;
    entries_.clear();
    time_entries_.clear();
}

void SegmentIndex::clear() {
    const std::scoped_lock lock(mutex_);
    offset_file_bytes_ = time_file_bytes_ = 0;
    entries_.clear();
    time_entries_.clear();
    bytes_since_entry_ = 0;
    max_timestamp_ = last_time_entry_ = -1;
    max_timestamp_offset_ = base_;
}

}  // namespace pinflow::log
