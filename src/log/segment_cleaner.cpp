#include "log/segment_cleaner.h"

#include <algorithm>

#include "log/batch_scanner.h"

namespace pinflow::log {
namespace {

constexpr size_t write_size = 1 << 20;

}  // namespace

double SegmentCleaner::Plan::dirty_ratio() const {
    const uint64_t all = clean_bytes + dirty_bytes;
    return all == 0 ? 0 : static_cast<double>(dirty_bytes) / static_cast<double>(all);
}

bool SegmentCleaner::Plan::due(const Config& config) const {
    return dirty_bytes > 0 && (overdue || dirty_ratio() > config.min_cleanable_dirty_ratio);
}

// list_mutex_ is held.
bool SegmentCleaner::cleanable(const SegmentStore::Segment& segment, const Config& config, const Limits& limits) const {
    const int64_t end = segment.end_offset;
    if (end > limits.bound || end > limits.recovery_point) return false;
    if (std::min(end, store_.produced_end_) > std::max<int64_t>(store_.anchor_, 0)) return false;
    if ((limits.place && limits.place->in(segment.base_offset)) || store_.synced_place_.in(segment.base_offset))
        return false;
    if (segment.dirty() || segment.suspect || segment.aborted->dirty()) return false;
    const bool too_young = config.min_compaction_lag_ms > 0 && end > limits.dirty_from &&
                           segment.index->max_timestamp() > limits.now_ms - config.min_compaction_lag_ms;
    return !too_young;
}

SegmentCleaner::Plan SegmentCleaner::plan(const Config& config, const Limits& limits) {
    const std::scoped_lock lock(store_.list_mutex_);
    Plan plan{.incarnation = store_.incarnation(), .dirty_from = limits.dirty_from};
    const int64_t start = store_.start_offset();
    if (limits.dirty_from < start || limits.dirty_from > store_.segments_.back()->end_offset) plan.dirty_from = start;
    if (store_.removed_ || store_.repairing_ || store_.suspect()) return plan;
    for (const SegmentPtr& each : store_.segments_) {
        if (each->end_offset <= start) continue;
        if (each == store_.segments_.back() || !cleanable(*each, config, limits)) break;
        plan.segments.push_back(each);
        const bool dirty = each->end_offset > plan.dirty_from;
        (dirty ? plan.dirty_bytes : plan.clean_bytes) += each->size;
        plan.overdue |=
            dirty && each->first_timestamp >= 0 && limits.now_ms - each->first_timestamp > config.max_compaction_lag_ms;
        if (store_.saved_place_.in(each->base_offset)) store_.saved_place_.segment_base = -1;
    }
    return plan;
}

Result<std::shared_ptr<File>> SegmentCleaner::open_source(const SegmentPtr& segment) const {
    auto opened = store_.site_.disk->open(segment->path(), Disk::Mode::read);
    const std::scoped_lock lock(store_.list_mutex_);
    if (store_.removed_) return fail(Code::not_found, "it was deleted");
    if (segment->file) return segment->file;
    PINFLOW_ASSIGN(std::shared_ptr<File> file, std::move(opened));
    return file;
}

// `visit` gets each batch and whether it is the last one; it says whether to go on.
template <class Visit>
Result<> SegmentCleaner::each_batch(const SegmentPtr& segment, const std::atomic<bool>& stop, Visit visit) const {
    if (segment->size == 0) return {};
    PINFLOW_ASSIGN(const auto file, open_source(segment));
    BatchScanner scanner(*file, 0, segment->size);
    while (!scanner.at_end()) {
        if (stop.load(std::memory_order_relaxed)) return fail(Code::unavailable, "the log is closing");
        PINFLOW_ASSIGN(const auto batch, scanner.peek());
        if (!batch)
            return fail(Code::corrupt, "{}: no sound record batch at byte {}; such a segment is not compacted",
                        segment->path().string(), scanner.position());
        const bool last = scanner.position() + batch->size() == segment->size;
        scanner.skip(batch->size());
        PINFLOW_ASSIGN(const bool more, visit(*batch, last));
        if (!more) break;
    }
    return {};
}

// Up to where the newest offset of every key is known.
Result<int64_t> SegmentCleaner::map(const Plan& plan, Cleaner& cleaner, const std::atomic<bool>& stop) const {
    int64_t full_at = -1;
    for (const SegmentPtr& each : plan.segments) {
        if (each->end_offset <= plan.dirty_from) continue;
        PINFLOW_ASSIGN(auto aborted, store_.aborted(each->base_offset, each->end_offset));
        cleaner.begin_segment(std::move(aborted));
        PINFLOW_TRY(each_batch(each, stop, [&](Bytes batch, bool) -> Result<bool> {
            const BatchHeader header = BatchHeader::load(batch.data());
            if (header.last_offset() < plan.dirty_from) return true;
            PINFLOW_ASSIGN(const bool room, cleaner.map(batch, plan.dirty_from));
            if (!room) full_at = header.base_offset;
            return room;
        }));
        if (full_at >= 0) return full_at;
    }
    return plan.segments.empty() ? plan.dirty_from : plan.segments.back()->end_offset;
}

Result<SegmentCleaner::Outcome> SegmentCleaner::clean(const Plan& plan, const Config& config,
                                                      const Cleaner::Rules& rules, const std::atomic<bool>& stop) {
    Cleaner cleaner(rules, store_.producers());
    PINFLOW_ASSIGN(const int64_t until, map(plan, cleaner, stop));
    cleaner.mapped_until(until);
    const Group all = plan.segments;
    for (size_t first = 0; first < all.size() && all[first]->base_offset < until;) {
        size_t count = 1;
        uint64_t size = all[first]->size;
        for (; first + count < all.size(); ++count) {
            const SegmentStore::Segment& next = *all[first + count];
            size += next.size;
            if (next.base_offset >= until || size > static_cast<uint64_t>(config.segment_bytes) ||
                next.end_offset - all[first]->base_offset > INT32_MAX)
                break;
        }
        PINFLOW_TRY(clean_group(plan, all.subspan(first, count), cleaner, config, stop));
        first += count;
    }
    return Outcome{cleaner.counts(), until};
}

Result<> SegmentCleaner::clean_group(const Plan& plan, Group group, Cleaner& cleaner, const Config& config,
                                     const std::atomic<bool>& stop) {
    auto fresh = write_fresh(group, cleaner, config, stop);
    if (!fresh || !fresh->changed) discard(group.front()->stem);
    PINFLOW_TRY(fresh);
    if (!fresh->changed) return {};
    return swap(plan, group, fresh->segment);
}

Result<SegmentCleaner::Fresh> SegmentCleaner::write_fresh(Group group, Cleaner& cleaner, const Config& config,
                                                          const std::atomic<bool>& stop) {
    Fresh fresh{store_.make_segment(group.front()->base_offset), {}, group.size() > 1};
    SegmentStore::Segment& segment = *fresh.segment;
    discard(segment.stem);
    Disk& disk = *store_.site_.disk;
    PINFLOW_ASSIGN(segment.file, disk.open(segment.path().string() + ".cleaned", Disk::Mode::create_new));
    const auto with_records =
        std::ranges::find_if(group.rbegin(), group.rend(), [](const SegmentPtr& each) { return each->size > 0; });
    for (const SegmentPtr& each : group) {
        PINFLOW_ASSIGN(auto aborted, store_.aborted(each->base_offset, each->end_offset));
        cleaner.begin_segment(std::move(aborted));
        PINFLOW_TRY(each_batch(each, stop, [&](Bytes batch, bool last) -> Result<bool> {
            PINFLOW_ASSIGN(const auto left, cleaner.clean(batch, last && each == *with_records));
            fresh.changed |= !left || left->data() != batch.data();
            if (left) PINFLOW_TRY(take(fresh, *left, config));
            return true;
        }));
        for (const AbortedTransaction& kept : cleaner.take_aborted()) segment.aborted->add(kept);
    }
    PINFLOW_TRY(flush(fresh));
    if (!fresh.changed) return fresh;
    PINFLOW_TRY(segment.file->sync());
    PINFLOW_TRY(segment.index->write_beside(disk, ".cleaned"));
    PINFLOW_TRY(segment.aborted->write_beside(disk, ".cleaned"));
    segment.end_offset = group.back()->end_offset;
    segment.synced_size = segment.size;
    return fresh;
}

Result<> SegmentCleaner::take(Fresh& fresh, Bytes batch, const Config& config) const {
    SegmentStore::Segment& segment = *fresh.segment;
    const BatchHeader header = BatchHeader::load(batch.data());
    if (segment.size + batch.size() > INT32_MAX)
        return fail(Code::unsupported, "{} would grow over 2 GiB by its delete horizons", segment.path().string());
    if (segment.size == 0) segment.first_timestamp = header.max_timestamp;
    segment.index->add(header.last_offset(), segment.size, batch.size(), header.max_timestamp,
                       config.index_interval_bytes);
    fresh.pending.insert(fresh.pending.end(), batch.begin(), batch.end());
    segment.size += batch.size();
    return fresh.pending.size() < write_size ? Result<>() : flush(fresh);
}

Result<> SegmentCleaner::flush(Fresh& fresh) {
    const Bytes piece = fresh.pending;
    if (!piece.empty())
        PINFLOW_TRY(fresh.segment->file->write_at(std::span(&piece, 1), fresh.segment->size - piece.size()));
    fresh.pending.clear();
    return {};
}

}  // namespace pinflow::log
