// What the files know of producers with an id: snapshots, and how a recovery finds what they do not hold.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "log/batch_scanner.h"
#include "log/producer_snapshot.h"
#include "log/segments.h"

namespace pinflow::log {

namespace fs = std::filesystem;

fs::path SegmentStore::snapshot_path(int64_t offset) const {
    return site_.folder / fmt::format("{:020}.snapshot", offset);
}

// On a roll and a clean close, as Kafka does; not durable. io_mutex_ is held.
Result<> SegmentStore::write_snapshot(int64_t offset) {
    if (snapshots_.contains(offset)) return {};
    const std::string text = write_producer_snapshot(producers_ ? *producers_ : ProducerState());
    PINFLOW_ASSIGN(const auto file, site_.disk->open(snapshot_path(offset), Disk::Mode::write));
    PINFLOW_TRY(file->resize(0));
    const Bytes piece = as_bytes(text);
    PINFLOW_TRY(file->write_at(std::span(&piece, 1), 0));
    snapshots_.insert(offset);
    return {};
}

// A batch with a producer id was written or found.
void SegmentStore::note_produced(Segment& segment, const BatchHeader& header, Bytes batch, bool found) {
    if (!producers_) producers_ = std::make_unique<ProducerState>();
    const auto marker = header.control() ? read_marker(batch) : std::nullopt;
    const auto ended = producers_->apply(header, marker, site_.clock->wall_ms(), found);
    if (ended && ended->aborted)
        segment.aborted->add({ended->producer_id, ended->first_offset, ended->marker_offset,
                              std::min(producers_->first_open(), ended->marker_offset + 1)});
    const std::scoped_lock lock(list_mutex_);
    produced_end_ = header.last_offset() + 1;
}

// The producers at the end of what is written, if the last snapshot does not know all of them. io_mutex_ is held.
std::optional<SegmentStore::Snapshot> SegmentStore::take_snapshot() const {
    if (removed_ || repairing_ || !producers_) return std::nullopt;
    SyncedPlace place;
    {
        const std::scoped_lock lock(list_mutex_);
        if (produced_end_ <= std::max<int64_t>(saved_place_.offset, 0)) return std::nullopt;  // nothing new
        for (const SegmentPtr& each : segments_)
            if (each->size > 0 || !each->new_name) place = end_of(*each);
    }
    if (place.offset < 0) return std::nullopt;
    return Snapshot{place, incarnation(), write_producer_snapshot(*producers_)};
}

// Once what it covers is synced. Aborted transactions first: those below a snapshot are not looked for again.
Result<> SegmentStore::save_snapshot(const Snapshot& snapshot) {
    const std::unique_lock work(work_mutex_, std::try_to_lock);
    if (!work) return {};  // a repair or a removal is under way: at the next checkpoint
    std::vector<SegmentPtr> segments;
    {
        const std::scoped_lock lock(list_mutex_);
        if (removed_ || suspect_ || snapshot.incarnation != incarnation()) return {};  // a repair may have cut it
        segments = segments_;
    }
    {
        const std::scoped_lock lock(io_mutex_);
        snapshots_.insert(snapshot.place.offset);  // a roll does not write it then
    }
    for (const SegmentPtr& each : segments) PINFLOW_TRY(each->aborted->save(*site_.disk));
    PINFLOW_TRY(replace_file(*site_.disk, snapshot_path(snapshot.place.offset), snapshot.bytes));
    const std::scoped_lock lock(io_mutex_, list_mutex_);
    saved_snapshot_ = snapshot.place.offset;
    saved_place_ = snapshot.place;
    for (const SegmentPtr& each : segments_)  // compaction may have written it anew since
        if (saved_place_.in(each->base_offset) && each != segments_.back() && saved_place_.position != each->size)
            saved_place_.segment_base = -1;
    return {};
}

Result<int64_t> SegmentStore::checkpoint() {
    std::optional<Snapshot> snapshot;
    {
        const std::scoped_lock lock(io_mutex_);
        snapshot = take_snapshot();
    }
    PINFLOW_ASSIGN(const int64_t end, sync());
    if (!snapshot) return end;
    if (auto saved = save_snapshot(*snapshot); !saved)
        spdlog::warn("{}-{}: its producers could not be saved, a recovery would take longer: {}", site_.topic,
                     site_.partition, saved.error().message);
    return end;
}

void SegmentStore::settle_snapshots(int64_t recovery_point) {
    const std::unique_lock work(work_mutex_, std::try_to_lock);
    if (!work) return;
    {
        const std::scoped_lock lock(io_mutex_, list_mutex_);
        if (removed_ || repairing_ || saved_snapshot_ > recovery_point || saved_snapshot_ <= anchor_) return;
        anchor_ = saved_snapshot_;
    }
    if (auto removed = remove_old_snapshots(); !removed)
        spdlog::warn("{}-{}: {}", site_.topic, site_.partition, removed.error().message);
}

// Kafka's own stay as long as their segments; of ours only the one a recovery begins with. work_mutex_ is held.
Result<> SegmentStore::remove_old_snapshots() {
    std::vector<int64_t> old;
    {
        const std::scoped_lock lock(io_mutex_, list_mutex_);
        std::erase_if(snapshots_, [&](int64_t offset) {
            const bool by_segment = std::ranges::binary_search(segments_, offset, {}, &Segment::base_offset);
            if (by_segment || offset == anchor_ || (offset > anchor_ && produced_end_ > 0)) return false;
            old.push_back(offset);
            return true;
        });
    }
    for (const int64_t offset : old) PINFLOW_TRY(site_.disk->remove(snapshot_path(offset)));
    return {};
}

// What they say may have been torn away or taken back.
Result<> SegmentStore::remove_snapshots_above(int64_t offset) {
    const auto first = snapshots_.upper_bound(offset);
    if (first == snapshots_.end()) return {};
    for (auto each = first; each != snapshots_.end(); ++each) PINFLOW_TRY(site_.disk->remove(snapshot_path(*each)));
    snapshots_.erase(first, snapshots_.end());
    return site_.disk->sync_directory(site_.folder);  // later they would count as true
}

// Begins with the newest snapshot up to `sure_until`, below which nothing changed since it was written, and makes
// producers_ what it was at `scan_from`, where a scan of `first_segment` begins, if that lies behind it. No batch from
// `produced_end` up to there has a producer id. What is known to be aborted below `aborted_known` stays so: readers may
// ask for it.
Result<> SegmentStore::begin_replay(size_t first_segment, int64_t sure_until, int64_t scan_from, int64_t produced_end,
                                    int64_t aborted_known) {
    producers_.reset();
    replayed_end_ = segments_.front()->base_offset;
    for (auto next = snapshots_.upper_bound(sure_until); next != snapshots_.begin();) {
        const int64_t offset = *--next;
        const auto text = read_file(*site_.disk, snapshot_path(offset));
        auto state = text ? read_producer_snapshot(as_bytes(*text)) : fail(text.error());
        if (!state) {
            spdlog::info("{}: {}; an older one is taken", snapshot_path(offset).string(), state.error().message);
            PINFLOW_TRY(site_.disk->remove(snapshot_path(offset)));
            next = snapshots_.erase(next);
            continue;
        }
        if (!state->empty()) producers_ = std::make_unique<ProducerState>(std::move(*state));
        replayed_end_ = offset;
        break;
    }
    {
        const std::scoped_lock lock(list_mutex_);
        produced_end_ = producers_ ? replayed_end_ : 0;
    }
    for (const SegmentPtr& each : segments_)
        if (each->aborted_file || each->aborted->file_bytes() > 0 || each->aborted->dirty())
            PINFLOW_TRY(each->aborted->adopt_until(*site_.disk, each->base_offset,
                                                   std::max(aborted_known, replayed_end_), !repairing_));
    const int64_t until = std::min(scan_from, produced_end);
    for (size_t i = 0; i <= first_segment && replayed_end_ < until; ++i) {
        const bool before = i < first_segment && segments_[i + 1]->base_offset <= replayed_end_;
        if (!before) PINFLOW_TRY(replay_file(*segments_[i], until));
    }
    return {};
}

void SegmentStore::replay(Segment& segment, const BatchHeader& header, Bytes batch) {
    if (header.base_offset < replayed_end_) return;
    replayed_end_ = header.last_offset() + 1;
    if (header.producer_id >= 0) note_produced(segment, header, batch, true);
}

// What a segment holds between the snapshot and `until`.
Result<> SegmentStore::replay_file(Segment& segment, int64_t until) {
    PINFLOW_ASSIGN(const auto file, work_file(segment));
    PINFLOW_ASSIGN(const uint64_t size, file->size());
    BatchScanner scanner(*file, 0, size);
    while (!scanner.at_end()) {
        PINFLOW_ASSIGN(const auto batch, scanner.peek());
        if (!batch) {
            PINFLOW_ASSIGN(const auto next, scanner.find_next(replayed_end_));
            if (!next) return {};
            scanner.move_to(*next);
            continue;
        }
        const BatchHeader header = BatchHeader::load(batch->data());
        if (header.base_offset >= until) return {};
        if (!epochs_.superseded(header.leader_epoch, header.base_offset)) replay(segment, header, *batch);
        scanner.skip(header.size());
    }
    return {};
}

bool SegmentStore::unsaved() const {
    const std::scoped_lock lock(list_mutex_);
    return produced_end_ > std::max<int64_t>(saved_place_.offset, 0);
}

std::unique_ptr<ProducerState> SegmentStore::producers() const {
    const std::scoped_lock lock(io_mutex_);
    if (repairing_) return nullptr;
    return producers_ ? std::make_unique<ProducerState>(*producers_) : nullptr;
}

void SegmentStore::expire_producers(int64_t now_ms, int64_t after_ms) {
    const std::scoped_lock lock(io_mutex_);
    if (!repairing_ && producers_) producers_->expire(now_ms, after_ms);
}

Result<std::vector<AbortedTransaction>> SegmentStore::aborted(int64_t from, int64_t to) const {
    std::vector<AbortedTransaction> found;
    for (auto view = view_from(from); view;) {
        const auto all = view->segment->aborted->collect(*site_.disk, from, to, found);
        bool replaced = false;
        {
            const std::scoped_lock lock(list_mutex_);
            replaced = view->segment->replaced;
        }
        if (replaced) {  // the file that was read may be another's
            found.clear();
            view = view_from(from);
            continue;
        }
        PINFLOW_TRY(all);
        if (*all) break;
        view = view_behind(view->segment->base_offset);
    }
    std::ranges::sort(found, {}, &AbortedTransaction::first_offset);
    return found;
}

}  // namespace pinflow::log
