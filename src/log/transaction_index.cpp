#include "log/transaction_index.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace pinflow::log {
namespace {

constexpr size_t entry_size = 34;

AbortedTransaction load_entry(const std::byte* at) {
    return {load_big_endian<int64_t>(at + 2), load_big_endian<int64_t>(at + 10), load_big_endian<int64_t>(at + 18),
            load_big_endian<int64_t>(at + 26)};
}

void store_entry(std::byte* at, const AbortedTransaction& entry) {
    store_big_endian<int16_t>(at, 0);
    store_big_endian(at + 2, entry.producer_id);
    store_big_endian(at + 10, entry.first_offset);
    store_big_endian(at + 18, entry.last_offset);
    store_big_endian(at + 26, entry.last_stable_offset);
}

std::vector<std::byte> stored(const std::vector<AbortedTransaction>& entries) {
    std::vector<std::byte> bytes(entries.size() * entry_size);
    for (size_t i = 0; i < entries.size(); ++i) store_entry(bytes.data() + i * entry_size, entries[i]);
    return bytes;
}

}  // namespace

void TransactionIndex::trust_file(uint64_t bytes) {
    const std::scoped_lock lock(mutex_);
    file_bytes_ = bytes / entry_size * entry_size;
    fresh_.clear();
    dirty_ = false;
}

Result<> TransactionIndex::adopt_until(Disk& disk, int64_t base, int64_t offset, bool found) {
    const auto text = read_file(disk, path());
    if (!text && text.error().code != Code::not_found) return fail(text.error());
    Bytes bytes = text ? as_bytes(*text) : Bytes();
    const std::scoped_lock lock(mutex_);
    // What a save() that failed left behind is still in memory, and not sure in the file.
    if (!found) bytes = bytes.first(std::min<size_t>(bytes.size(), file_bytes_));
    uint64_t kept = 0;
    int64_t last = base - 1;
    for (; kept + entry_size <= bytes.size(); kept += entry_size) {
        const AbortedTransaction entry = load_entry(bytes.data() + kept);
        const bool sound = load_big_endian<int16_t>(bytes.data() + kept) == 0 && entry.first_offset >= 0 &&
                           entry.first_offset < entry.last_offset && entry.last_offset > last;
        if (!sound || entry.last_offset >= offset) break;
        last = entry.last_offset;
    }
    const bool cut = kept != (text ? text->size() : 0);
    file_bytes_ = kept;
    std::erase_if(fresh_, [&](const AbortedTransaction& each) { return each.last_offset >= offset; });
    dirty_ = cut || !fresh_.empty();
    last_ = fresh_.empty() ? last : fresh_.back().last_offset;
    return {};
}

void TransactionIndex::add(const AbortedTransaction& entry) {
    const std::scoped_lock lock(mutex_);
    if (entry.last_offset <= last_) return;
    last_ = entry.last_offset;
    fresh_.push_back(entry);
    dirty_ = true;
}

// Of the first `count` entries in the file those that end at or behind `from`.
Result<std::vector<AbortedTransaction>> TransactionIndex::read_from(Disk& disk, uint64_t count, int64_t from) const {
    PINFLOW_ASSIGN(const auto file, disk.open(path(), Disk::Mode::read));
    std::array<std::byte, entry_size> one{};
    uint64_t low = 0;
    for (uint64_t high = count; low < high;) {
        const uint64_t middle = (low + high) / 2;
        PINFLOW_ASSIGN(const size_t got, file->read_at(one, middle * entry_size));
        if (got < entry_size) return fail(Code::corrupt, "{} ends before entry {}", path().string(), middle);
        if (load_entry(one.data()).last_offset < from)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == count) return std::vector<AbortedTransaction>();
    std::vector<std::byte> bytes((count - low) * entry_size);
    PINFLOW_ASSIGN(const size_t got, file->read_at(bytes, low * entry_size));
    if (got < bytes.size()) return fail(Code::corrupt, "{} ends before entry {}", path().string(), count);
    std::vector<AbortedTransaction> entries;
    for (size_t at = 0; at < bytes.size(); at += entry_size) entries.push_back(load_entry(bytes.data() + at));
    return entries;
}

Result<bool> TransactionIndex::collect(Disk& disk, int64_t from, int64_t to,
                                       std::vector<AbortedTransaction>& into) const {
    uint64_t in_file = 0;
    std::vector<AbortedTransaction> fresh;
    {
        const std::scoped_lock lock(mutex_);
        in_file = file_bytes_ / entry_size;
        fresh = fresh_;
    }
    std::vector<AbortedTransaction> entries;
    if (in_file > 0) {
        PINFLOW_ASSIGN(entries, read_from(disk, in_file, from));
    }
    entries.insert(entries.end(), fresh.begin(), fresh.end());
    for (const AbortedTransaction& each : entries) {
        if (each.last_offset >= from && each.first_offset < to) into.push_back(each);
        if (each.last_stable_offset >= to) return true;
    }
    return false;
}

bool TransactionIndex::dirty() const {
    const std::scoped_lock lock(mutex_);
    return dirty_;
}

uint64_t TransactionIndex::file_bytes() const {
    const std::scoped_lock lock(mutex_);
    return file_bytes_;
}

Result<> TransactionIndex::save(Disk& disk) {
    std::vector<AbortedTransaction> fresh;
    uint64_t at = 0;
    {
        const std::scoped_lock lock(mutex_);
        if (!dirty_) return {};
        fresh = fresh_;
        at = file_bytes_;
    }
    const std::vector<std::byte> bytes = stored(fresh);
    PINFLOW_ASSIGN(const auto file, disk.open(path(), Disk::Mode::write));
    PINFLOW_TRY(file->resize(at));
    const Bytes piece = bytes;
    if (!bytes.empty()) PINFLOW_TRY(file->write_at(std::span(&piece, 1), at));
    PINFLOW_TRY(file->sync());
    const std::scoped_lock lock(mutex_);
    file_bytes_ = at + bytes.size();
    fresh_.erase(fresh_.begin(), fresh_.begin() + static_cast<std::ptrdiff_t>(fresh.size()));
    dirty_ = !fresh_.empty();
    return {};
}

Result<> TransactionIndex::write_beside(Disk& disk, std::string_view ending) {
    const std::scoped_lock lock(mutex_);
    const std::vector<std::byte> bytes = stored(fresh_);
    PINFLOW_ASSIGN(const auto file, disk.open(path().string() + std::string(ending), Disk::Mode::write));
    PINFLOW_TRY(file->resize(0));
    const Bytes piece = bytes;
    if (!bytes.empty()) PINFLOW_TRY(file->write_at(std::span(&piece, 1), 0));
    beside_bytes_ = bytes.size();
    return file->sync();
}

void TransactionIndex::renamed() {
    const std::scoped_lock lock(mutex_);
    file_bytes_ = beside_bytes_;
    fresh_.clear();
    dirty_ = false;
}

}  // namespace pinflow::log
