// Which of a partition's bytes are durable, and making them so.
#include <algorithm>

#include "log/segments.h"

namespace pinflow::log {

Result<int64_t> SegmentStore::sync() {
    const std::scoped_lock sync_lock(sync_mutex_);
    struct Target {
        SegmentPtr segment;
        std::shared_ptr<File> file;
        uint64_t size;
    };
    std::vector<Target> targets;
    bool new_names = false;
    SyncedPlace place;
    {
        const std::scoped_lock lock(list_mutex_);
        if (removed_) return fail(Code::not_found, "{}-{} was removed", site_.topic, site_.partition);
        if (suspect_) return fail(Code::io, "an earlier sync of {}-{} failed", site_.topic, site_.partition);
        for (const SegmentPtr& each : segments_) {
            if (each->size > 0 || !each->new_name) place = end_of(*each);  // mostly an empty file's name is not durable
            if (!each->dirty()) continue;
            targets.push_back({each, each->file, each->size});
            new_names |= each->new_name;
        }
    }
    Result<> outcome;
    SegmentPtr failed;
    for (const Target& each : targets) {
        if (each.size > each.segment->synced_size) outcome = each.file->sync();
        if (outcome) continue;
        failed = each.segment;
        break;
    }
    if (outcome && new_names) outcome = site_.disk->sync_directory(site_.folder);
    const std::scoped_lock lock(list_mutex_);
    if (!outcome) {
        // Another sync would succeed and mean nothing: the pages already count as clean. A failed sync of the folder
        // says nothing about the files, but they get new names that way.
        for (const Target& each : targets) each.segment->suspect |= !failed || failed == each.segment;
        suspect_ = true;
        return fail(std::move(outcome).error());
    }
    for (const Target& each : targets) {
        each.segment->synced_size = each.size;
        each.segment->new_name = false;
        if (each.segment != segments_.back() && each.size == each.segment->size) each.segment->file.reset();
    }
    synced_place_ = place;
    synced_end_ = std::max(synced_end_, place.offset);
    return synced_end_;
}

// list_mutex_ is held.
SyncedPlace SegmentStore::end_of(const Segment& segment) const {
    return {segment.end_offset,      segment.base_offset, segment.size, segment.index->max_timestamp(),
            segment.first_timestamp, produced_end_};
}

void SegmentStore::rest() {
    const std::scoped_lock lock(io_mutex_);
    if (removed_ || repairing_) return;
    // Without it (on a full disk, say) a restart reads more: it is tried again at the next checkpoint.
    (void)segments_.back()->index->flush(*site_.disk, false);
    const std::scoped_lock list_lock(list_mutex_);
    Segment& active = *segments_.back();
    if (!active.used && !active.dirty() && !active.suspect) active.file.reset();
    active.used = false;
}

bool SegmentStore::dirty() const {
    const std::scoped_lock lock(list_mutex_);
    return std::ranges::any_of(segments_, [](const SegmentPtr& each) { return each->dirty(); });
}

SegmentStore::Unsynced SegmentStore::unsynced() const {
    const std::scoped_lock lock(list_mutex_);
    Unsynced all;
    for (auto each = segments_.rbegin(); each != segments_.rend(); ++each) {
        if ((*each)->size == 0) continue;  // just begun
        if (!(*each)->dirty()) break;
        all.bytes += (*each)->size - (*each)->synced_size;
        ++all.segments;
    }
    return all;
}

}  // namespace pinflow::log
