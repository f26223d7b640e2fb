#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/text.h"
#include "log/segments.h"

namespace pinflow::log {

namespace fs = std::filesystem;

Result<> SegmentStore::list_segments() {
    PINFLOW_ASSIGN(const auto entries, site_.disk->list(site_.folder));
    std::vector<SegmentPtr> found;
    for (const Disk::Entry& entry : entries) {
        if (entry.name.ends_with(".snapshot")) snapshot_name_ = std::max(snapshot_name_, entry.name);
        if (entry.name.ends_with(".log.anew")) PINFLOW_TRY(site_.disk->remove(site_.folder / entry.name));
        if (!entry.name.ends_with(".log") || entry.name.size() != 24) continue;
        const auto base = parse_int(std::string_view(entry.name).substr(0, 20));
        if (base && *base >= 0) found.push_back(make_segment(*base));
    }
    std::ranges::sort(found, {}, &Segment::base_offset);
    const std::scoped_lock lock(list_mutex_);
    segments_ = std::move(found);
    return {};
}

// "0", the number of lines, then "epoch start-offset" a line: Kafka's format.
Result<> SegmentStore::load_epochs() {
    const auto text = read_file(*site_.disk, site_.folder / "leader-epoch-checkpoint");
    if (!text) return {};  // never raised
    const auto lines = split(*text, '\n');
    for (size_t i = 2; i < lines.size(); ++i) {
        const auto fields = split(lines[i], ' ');
        if (fields.size() != 2) continue;
        const auto epoch = parse_int(fields[0]);
        const auto start = parse_int(fields[1]);
        if (!epoch || !start)
            return fail(Code::corrupt, "{}: line {}", (site_.folder / "leader-epoch-checkpoint").string(), i);
        epochs_.push_back({static_cast<int32_t>(*epoch), *start});
    }
    leader_epoch_ = epochs_.empty() ? 0 : epochs_.back().epoch;
    return {};
}

Result<> SegmentStore::raise_epoch(int64_t start_offset) {
    if (epochs_.empty()) epochs_.push_back({0, 0});
    epochs_.push_back({leader_epoch() + 1, start_offset});
    std::string text = fmt::format("0\n{}\n", epochs_.size());
    for (const EpochStart& each : epochs_) text += fmt::format("{} {}\n", each.epoch, each.start_offset);
    PINFLOW_TRY(replace_file(*site_.disk, site_.folder / "leader-epoch-checkpoint", text));
    leader_epoch_ = epochs_.back().epoch;
    return {};
}

// Written under an epoch that ended before this offset: it was dropped when the next epoch began.
bool SegmentStore::superseded(int32_t epoch, int64_t base_offset) const {
    return std::ranges::any_of(
        epochs_, [&](const EpochStart& each) { return each.epoch > epoch && each.start_offset <= base_offset; });
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
        if (superseded(entry.leader_epoch, entry.base_offset)) continue;
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

Result<> SegmentStore::recover(std::span<const RedoEntry> redo, int64_t recovery_point, int64_t start_offset,
                               int64_t at_least, const SyncedPlace& place) {
    const std::scoped_lock lock(sync_mutex_, io_mutex_);
    start_offset_ = start_offset;
    PINFLOW_TRY(load_epochs());
    PINFLOW_TRY(list_segments());
    PINFLOW_TRY(apply_redo(redo, recovery_point));
    if (segments_.empty()) PINFLOW_TRY(add_segment(std::max(start_offset, recovery_point)));
    Bounds bounds{recovery_point, INT64_MAX, recovery_point};
    for (const RedoEntry& each : redo)
        if (!superseded(each.leader_epoch, each.base_offset))
            bounds.sure_until = std::max(bounds.sure_until, each.last_offset + 1);
    size_t first = 0;
    for (; first + 1 < segments_.size() && segments_[first + 1]->base_offset <= recovery_point; ++first) {
        PINFLOW_ASSIGN(const bool trusted, trust(*segments_[first], segments_[first + 1]->base_offset));
        if (!trusted) break;
    }
    PINFLOW_TRY(scan(first, bounds, place));
    bool changed = false;
    for (size_t i = first; i < segments_.size(); ++i) {
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
    if (synced_end_ != recovery_point) PINFLOW_TRY(raise_epoch(end));
    return {};
}

}  // namespace pinflow::log
