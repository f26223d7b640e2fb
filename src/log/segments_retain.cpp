#include <algorithm>

#include "log/segments.h"

namespace pinflow::log {

namespace fs = std::filesystem;

// Also what recovery cut out of the segment and set aside.
Result<> SegmentStore::remove_files(const Segment& segment) const {
    for (const char* ending : {".log", ".index", ".timeindex"})
        PINFLOW_TRY(site_.disk->remove(segment.stem.string() + ending));
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

Result<> SegmentStore::remove_below_start() {
    const std::scoped_lock lock(io_mutex_);
    if (removed_) return {};
    const int64_t start = start_offset();
    if (segments_.back()->size > 0 && segments_.back()->end_offset <= start) {
        PINFLOW_TRY(roll(segments_.back()->end_offset));
        PINFLOW_TRY(site_.disk->sync_directory(site_.folder));  // the end offset lives in the new file's name
    }
    while (segments_.size() > 1 && segments_.front()->end_offset <= start) {
        const SegmentPtr gone = segments_.front();
        {
            const std::scoped_lock list_lock(list_mutex_);
            segments_.erase(segments_.begin());
        }
        PINFLOW_TRY(remove_files(*gone));
    }
    return {};
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

Result<> SegmentStore::remove_folder() {
    const std::scoped_lock sync_lock(sync_mutex_);
    const std::scoped_lock lock(io_mutex_, list_mutex_);
    removed_ = true;
    ++incarnation_;
    for (const SegmentPtr& each : segments_) each->file.reset();
    // Under a name that no partition has: a stop half-way leaves nothing that looks like a log.
    const fs::path gone = fmt::format("{}.{}-delete", site_.folder.string(), site_.topic_id.text());
    PINFLOW_TRY(site_.disk->rename(site_.folder, gone));
    for (const SegmentPtr& each : segments_) site_.files->forget(each->path());
    PINFLOW_TRY(site_.disk->sync_directory(site_.folder.parent_path()));
    return site_.disk->remove(gone);
}

}  // namespace pinflow::log
