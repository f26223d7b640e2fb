#include <algorithm>

#include "log/segments.h"

namespace pinflow::log {

// The file that recovery and repair work on: the one that will bear the segment's name.
Result<std::shared_ptr<File>> SegmentStore::work_file(Segment& segment) const {
    if (segment.fresh) return segment.fresh;
    return writable(segment);
}

// A new file with the given pieces of `from`. Readers stay with the old one until put_in_place().
Result<> SegmentStore::renew(Segment& segment, File& from, std::span<const Piece> pieces) {
    PINFLOW_TRY(site_.disk->remove(segment.fresh_path()));
    PINFLOW_ASSIGN(std::shared_ptr<File> fresh, site_.disk->open(segment.fresh_path(), Disk::Mode::create_new));
    std::vector<std::byte> block(1 << 20);
    uint64_t to = 0;
    for (const Piece& piece : pieces) {
        for (uint64_t done = 0; done < piece.size;) {
            const size_t wanted = std::min<uint64_t>(block.size(), piece.size - done);
            PINFLOW_ASSIGN(const size_t got, from.read_at(MutableBytes(block).first(wanted), piece.position + done));
            if (got == 0) break;
            const Bytes some = Bytes(block).first(got);
            PINFLOW_TRY(fresh->write_at(std::span(&some, 1), to));
            done += got;
            to += got;
        }
    }
    segment.fresh = std::move(fresh);
    return {};
}

Result<> SegmentStore::sync_work(Segment& segment) {
    PINFLOW_ASSIGN(const auto file, work_file(segment));
    auto synced = file->sync();
    if (!synced) segment.suspect = true;
    return synced;
}

// Syncs what recovery or repair made of a segment; a new file gets its name only then.
Result<> SegmentStore::put_in_place(Segment& segment) {
    PINFLOW_TRY(sync_work(segment));
    if (!segment.fresh) return {};
    PINFLOW_TRY(site_.disk->rename(segment.fresh_path(), segment.path()));
    site_.files->forget(segment.path());
    const std::scoped_lock lock(list_mutex_);
    segment.file = std::move(segment.fresh);
    segment.fresh.reset();
    return {};
}

// From here on files, list and producers are the repair's alone: whoever else asks is refused and does not wait.
bool SegmentStore::begin_repair(int64_t keep_until) {
    const std::scoped_lock lock(sync_mutex_, io_mutex_, list_mutex_);
    if (removed_) return false;
    ++incarnation_;
    suspect_ = true;  // until all that follows has succeeded
    repairing_ = true;
    places_ = {};
    if (saved_place_.offset > keep_until) saved_place_ = {};
    if (saved_snapshot_ > keep_until) saved_snapshot_ = -1;
    return true;
}

Result<> SegmentStore::repair(std::span<const RedoEntry> redo, int64_t keep_until) {
    const std::scoped_lock work(work_mutex_);
    if (!begin_repair(keep_until)) return {};
    const auto outcome = repair_files(redo, keep_until);
    const std::scoped_lock lock(io_mutex_, list_mutex_);
    repairing_ = false;
    if (!outcome) return outcome;
    for (const SegmentPtr& each : segments_) {
        each->synced_size = each->size;
        each->new_name = each->suspect = false;
    }
    synced_end_ = segments_.back()->end_offset;
    synced_place_ = end_of(*segments_.back());
    suspect_ = false;
    return {};
}

Result<> SegmentStore::repair_files(std::span<const RedoEntry> redo, int64_t keep_until) {
    const auto sound = [&](const Segment& segment) {
        return !segment.dirty() && !segment.suspect && segment.end_offset <= keep_until;
    };
    size_t first = 0;
    while (first + 1 < segments_.size() && sound(*segments_[first])) ++first;
    for (size_t i = first; i < segments_.size(); ++i) {
        Segment& segment = *segments_[i];
        segment.fresh.reset();
        if (!segment.suspect) continue;
        // Under its name lies what was there before any repair that did not finish.
        PINFLOW_ASSIGN(const auto old, site_.disk->open(segment.path(), Disk::Mode::read));
        const Piece all{0, segment.size};
        PINFLOW_TRY(renew(segment, *old, std::span(&all, 1)));
    }
    PINFLOW_TRY(apply_redo(redo, synced_end_));
    PINFLOW_TRY(remove_snapshots_above(keep_until));
    PINFLOW_TRY(begin_replay(first, keep_until, segments_[first]->base_offset, produced_end_, keep_until));
    PINFLOW_TRY(scan(first, {keep_until, keep_until, synced_end_}));
    for (size_t i = first; i < segments_.size(); ++i) PINFLOW_TRY(put_in_place(*segments_[i]));
    PINFLOW_TRY(site_.disk->sync_directory(site_.folder));
    return epochs_.raise(*site_.disk, site_.folder, segments_.back()->end_offset);
}

}  // namespace pinflow::log
