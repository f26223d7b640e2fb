#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/text.h"
#include "log/producer_snapshot.h"
#include "log/segment_cleaner.h"
#include "log/segments.h"

namespace pinflow::log {

namespace fs = std::filesystem;

Result<> SegmentStore::list_segments() {
    PINFLOW_TRY(SegmentCleaner::finish_found(site_));
    PINFLOW_ASSIGN(const auto entries, site_.disk->list(site_.folder));
    std::vector<SegmentPtr> found;
    std::set<int64_t> with_aborted;
    for (const Disk::Entry& entry : entries) {
        if (entry.name.ends_with(".log.anew")) PINFLOW_TRY(site_.disk->remove(site_.folder / entry.name));
        const auto number = parse_int(std::string_view(entry.name).substr(0, 20));
        if (!number || *number < 0) continue;
        const std::string_view ending = std::string_view(entry.name).substr(20);
        if (ending == ".snapshot") snapshots_.insert(*number);
        if (ending == ".txnindex") with_aborted.insert(*number);
        if (ending == ".log") found.push_back(make_segment(*number));
    }
    std::ranges::sort(found, {}, &Segment::base_offset);
    for (const SegmentPtr& each : found) each->aborted_file = with_aborted.contains(each->base_offset);
    const std::scoped_lock lock(list_mutex_);
    segments_ = std::move(found);
    return {};
}

Result<> SegmentStore::redo_one(const RedoEntry& entry) {
    auto at = std::ranges::lower_bound(segments_, entry.segment_base, {}, &Segment::base_offset);
    if (at == segments_.end() || (*at)->base_offset != entry.segment_base) {
        const std::scoped_lock lock(list_mutex_);
        at = segments_.insert(at, make_segment(entry.segment_base));  // its name was not durable yet
    }
    Segment& segment = **at;
    PINFLOW_ASSIGN(const auto file, work_file(segment));
    PINFLOW_ASSIGN(const std::vector<std::byte> bytes, entry.load());
    const Bytes piece = bytes;
    PINFLOW_TRY(file->write_at(std::span(&piece, 1), entry.position));
    const std::scoped_lock lock(list_mutex_);
    segment.new_name = true;
    return {};
}

Result<> SegmentStore::apply_redo(std::span<const RedoEntry> redo, int64_t recovery_point) {
    for (const RedoEntry& entry : redo) {
        if (entry.last_offset < recovery_point || entry.last_offset < start_offset()) continue;
        if (epochs_.superseded(entry.leader_epoch, entry.base_offset)) continue;
        PINFLOW_TRY(redo_one(entry));
    }
    return {};
}

// A segment below the recovery point is durable and is not read. Its indexes were written when it ended but never
// synced: after a power loss their ends may be zeros; then it is scanned like the rest (false).
Result<bool> SegmentStore::trust(Segment& segment, int64_t end_offset) {
    PINFLOW_ASSIGN(const auto file, site_.disk->open(segment.path(), Disk::Mode::read));
    PINFLOW_ASSIGN(const uint64_t size, file->size());
    PINFLOW_ASSIGN(const bool sound, segment.index->adopt_files(*site_.disk, size));
    if (!sound) return false;
    const std::scoped_lock lock(list_mutex_);
    segment.size = segment.synced_size = size;
    segment.end_offset = end_offset;
    return true;
}

// A page may be in memory, count as clean and yet not be on disk, if a sync failed before the process died: what is not
// known to be durable is made dirty again by writing it, so that the sync that follows means something.
Result<> SegmentStore::rewrite_unsure(Segment& segment) {
    if (segment.synced_size >= segment.size) return {};
    PINFLOW_ASSIGN(const auto file, work_file(segment));
    std::vector<std::byte> block(1 << 20);
    for (uint64_t at = segment.synced_size; at < segment.size;) {
        const size_t wanted = std::min<uint64_t>(block.size(), segment.size - at);
        PINFLOW_ASSIGN(const size_t got, file->read_at(MutableBytes(block).first(wanted), at));
        if (got == 0) break;
        const Bytes piece = Bytes(block).first(got);
        PINFLOW_TRY(file->write_at(std::span(&piece, 1), at));
        at += got;
    }
    return {};
}

// How many segments from the first on are as they should be, but for the last one of them all.
Result<size_t> SegmentStore::trust_below(int64_t recovery_point) {
    size_t first = 0;
    for (; first + 1 < segments_.size() && segments_[first + 1]->base_offset <= recovery_point; ++first) {
        PINFLOW_ASSIGN(const bool trusted, trust(*segments_[first], segments_[first + 1]->base_offset));
        if (!trusted) break;
    }
    return first;
}

Result<> SegmentStore::sync_recovered(size_t first_segment) {
    bool changed = false;
    for (size_t i = first_segment; i < segments_.size(); ++i) {
        Segment& segment = *segments_[i];
        const bool unsure = segment.new_name || segment.fresh || segment.synced_size < segment.size;
        if (!unsure) continue;
        changed = true;
        PINFLOW_TRY(rewrite_unsure(segment));
        PINFLOW_TRY(put_in_place(segment));
        segment.synced_size = segment.size;
        segment.new_name = false;
    }
    for (const SegmentPtr& each : segments_) each->file.reset();
    if (changed) PINFLOW_TRY(site_.disk->sync_directory(site_.folder));
    return {};
}

Result<> SegmentStore::recover(std::span<const RedoEntry> redo, int64_t recovery_point, int64_t start_offset,
                               int64_t at_least, const SyncedPlace& place) {
    PINFLOW_TRY(recover_files(redo, recovery_point, start_offset, at_least, place));
    std::optional<Snapshot> snapshot;
    {
        const std::scoped_lock lock(io_mutex_, list_mutex_);
        saved_place_ = end_of(*segments_.back());
        if (producers_) snapshot = Snapshot{saved_place_, incarnation(), write_producer_snapshot(*producers_)};
    }
    if (snapshot) PINFLOW_TRY(save_snapshot(*snapshot));
    return {};
}

Result<> SegmentStore::recover_files(std::span<const RedoEntry> redo, int64_t recovery_point, int64_t start_offset,
                                     int64_t at_least, const SyncedPlace& place) {
    const std::scoped_lock lock(sync_mutex_, io_mutex_);
    start_offset_ = start_offset;
    PINFLOW_TRY(epochs_.load(*site_.disk, site_.folder));
    PINFLOW_TRY(list_segments());
    PINFLOW_TRY(apply_redo(redo, recovery_point));
    if (segments_.empty()) PINFLOW_TRY(add_segment(std::max(start_offset, recovery_point)));
    Bounds bounds{recovery_point, INT64_MAX, recovery_point};
    for (const RedoEntry& each : redo)
        if (!epochs_.superseded(each.leader_epoch, each.base_offset))
            bounds.sure_until = std::max(bounds.sure_until, each.last_offset + 1);
    PINFLOW_ASSIGN(const size_t first, trust_below(recovery_point));
    const bool placed = place.offset >= 0 && place.segment_base == segments_[first]->base_offset;
    const int64_t scan_from = placed ? place.offset : segments_[first]->base_offset;
    PINFLOW_TRY(remove_snapshots_above(recovery_point));
    PINFLOW_TRY(begin_replay(first, recovery_point, scan_from, place.offset >= 0 ? place.produced_end : INT64_MAX, 0));
    PINFLOW_TRY(scan(first, bounds, placed ? place : SyncedPlace{}));
    PINFLOW_TRY(sync_recovered(first));
    raise_start(segments_.front()->base_offset);
    const Segment& last = *segments_.back();
    const int64_t end = last.end_offset;
    if (end < bounds.sure_until)
        report(last, end, last.size, fmt::format("the records up to offset {} are gone", bounds.sure_until));
    // Offsets that were given out before are not given out again: a new segment's name keeps them.
    const int64_t next = std::max({end, this->start_offset(), bounds.sure_until, at_least});
    if (next > end) {
        PINFLOW_TRY(roll(next));
        PINFLOW_TRY(site_.disk->sync_directory(site_.folder));
    }
    synced_end_ = next;
    synced_place_ = end_of(*segments_.back());
    if (synced_end_ != recovery_point) PINFLOW_TRY(epochs_.raise(*site_.disk, site_.folder, end));
    return {};
}

}  // namespace pinflow::log
