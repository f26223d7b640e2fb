#include <algorithm>

#include "log/segments.h"

namespace pinflow::log {

namespace fs = std::filesystem;

// Also what recovery cut out of the segment and set aside.
Result<> SegmentStore::remove_files(const Segment& segment) const {
    for (const char* ending : {".log", ".index", ".timeindex", ".txnindex"}) {
        if (!segment.replaces.empty()) PINFLOW_TRY(site_.disk->remove(segment.stem.string() + ending + ".swap"));
        PINFLOW_TRY(site_.disk->remove(segment.stem.string() + ending));
    }
    site_.files->forget(segment.path());  // not before: a reader could put it back
    PINFLOW_ASSIGN(const auto entries, site_.disk->list(site_.folder));
    const std::string begin = segment.stem.filename().string() + ".";
    for (const Disk::Entry& entry : entries)
        if (entry.name.starts_with(begin) && entry.name.ends_with(".cut"))
            PINFLOW_TRY(site_.disk->remove(site_.folder / entry.name));
    return {};
}

void SegmentStore::raise_start(int64_t offset) {
    int64_t known = start_offset_.load();
    while (known < offset && !start_offset_.compare_exchange_weak(known, offset)) {
    }
}

// The last segment gives way to an empty one if nothing in it is wanted. True if it did.
Result<bool> SegmentStore::roll_if_covered() {
    const std::scoped_lock lock(io_mutex_);
    const Segment& last = *segments_.back();
    if (removed_ || last.size == 0 || last.end_offset > start_offset()) return false;
    PINFLOW_TRY(roll(last.end_offset));
    return true;
}

Result<> SegmentStore::roll_if_aged(int64_t now_ms, int64_t after_ms) {
    {
        const std::scoped_lock lock(io_mutex_);
        const Segment& last = *segments_.back();
        // What an earlier process wrote: its age is at least that of its records, if these have the time of now.
        const int64_t begun = last.begun_ms >= 0 ? last.begun_ms : last.first_timestamp;
        if (removed_ || repairing_ || suspect() || last.size == 0 || begun < 0 || now_ms - begun <= after_ms) return {};
        PINFLOW_TRY(roll(last.end_offset));
    }
    PINFLOW_TRY(site_.disk->sync_directory(site_.folder));
    const std::scoped_lock lock(io_mutex_, list_mutex_);
    Segment& last = *segments_.back();
    if (last.size > 0 || repairing_) return {};
    // A recovery can begin in the new one, so that the closed one need not be left as it is.
    last.new_name = false;
    for (SyncedPlace* place : {&synced_place_, &saved_place_})
        if (place->offset == last.base_offset) *place = end_of(last);
    return {};
}

std::vector<SegmentStore::SegmentPtr> SegmentStore::detach_below_start() {
    const std::scoped_lock lock(io_mutex_, list_mutex_);
    std::vector<SegmentPtr> gone;
    if (removed_) return gone;
    const int64_t start = start_offset();
    size_t count = 0;
    for (; count + 1 < segments_.size() && segments_[count]->end_offset <= start; ++count) {
        const bool known = std::min(segments_[count]->end_offset, produced_end_) <= std::max<int64_t>(anchor_, 0);
        if (!known) break;
        gone.push_back(segments_[count]);
    }
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(count));
    return gone;
}

bool SegmentStore::covers_segments() const {
    const std::scoped_lock lock(list_mutex_);
    const Segment& first = *segments_.front();
    return !removed_ && first.end_offset <= start_offset() && (first.size > 0 || segments_.size() > 1);
}

// Unlinking may take long: nobody who writes or syncs waits for it.
Result<> SegmentStore::remove_below_start() {
    if (!covers_segments()) return {};
    const std::scoped_lock work(work_mutex_);
    PINFLOW_ASSIGN(const bool rolled, roll_if_covered());
    if (rolled) PINFLOW_TRY(site_.disk->sync_directory(site_.folder));  // the end offset lives in the new file's name
    Result<> outcome;
    for (const SegmentPtr& gone : detach_below_start())
        if (auto removed = remove_files(*gone); !removed) outcome = std::move(removed);
    PINFLOW_TRY(outcome);
    return remove_old_snapshots();
}

int64_t SegmentStore::retention_bound(const Config& config, int64_t now_ms, int64_t keep_from) const {
    const std::scoped_lock lock(list_mutex_);
    uint64_t total = 0;
    for (const SegmentPtr& each : segments_) total += each->size;
    int64_t bound = start_offset();
    for (const SegmentPtr& each : segments_) {
        if (each->end_offset > keep_from) break;
        if (each->size == 0) continue;
        const int64_t newest = each->index->max_timestamp();
        const bool too_old = config.retention_ms >= 0 && newest >= 0 && now_ms - newest > config.retention_ms;
        // By size, a segment goes only if what stays is still enough; so the one being written never goes.
        const bool too_many = config.retention_bytes >= 0 && each != segments_.back() &&
                              total - each->size >= static_cast<uint64_t>(config.retention_bytes);
        if (!too_old && !too_many) break;
        total -= each->size;
        bound = std::max(bound, each->end_offset);
    }
    return bound;
}

Result<fs::path> SegmentStore::remove_folder() {
    const std::scoped_lock work(work_mutex_);
    {
        const std::scoped_lock lock(sync_mutex_, io_mutex_, list_mutex_);
        removed_ = true;
        ++incarnation_;
        for (const SegmentPtr& each : segments_) each->file.reset();
    }
    // Under a name that no partition has: a stop half-way leaves nothing that looks like a log.
    const fs::path gone = fmt::format("{}.{}-delete", site_.folder.string(), site_.topic_id.text());
    PINFLOW_TRY(site_.disk->rename(site_.folder, gone));
    for (const SegmentPtr& each : segments_) site_.files->forget(each->path());
    PINFLOW_TRY(site_.disk->sync_directory(site_.folder.parent_path()));
    return gone;
}

}  // namespace pinflow::log
