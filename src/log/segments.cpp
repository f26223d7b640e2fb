#include "log/segments.h"

#include <algorithm>

#include "log/producer_snapshot.h"
#include "log/segment_cleaner.h"

namespace pinflow::log {

namespace fs = std::filesystem;

SegmentStore::SegmentPtr SegmentStore::make_segment(int64_t base_offset) const {
    auto segment = std::make_shared<Segment>();
    segment->base_offset = segment->end_offset = base_offset;
    segment->stem = site_.folder / fmt::format("{:020}", base_offset);
    segment->index = std::make_unique<SegmentIndex>(segment->stem, base_offset);
    segment->aborted = std::make_unique<TransactionIndex>(segment->stem);
    return segment;
}

Result<> SegmentStore::add_segment(int64_t base_offset) {
    SegmentPtr segment = make_segment(base_offset);
    PINFLOW_ASSIGN(segment->file, site_.disk->open(segment->path(), Disk::Mode::write));
    PINFLOW_ASSIGN(const uint64_t size, segment->file->size());
    if (size != 0) return fail(Code::conflict, "{} should be new but holds {} bytes", segment->path().string(), size);
    segment->new_name = true;
    const std::scoped_lock lock(list_mutex_);
    segments_.push_back(std::move(segment));
    return {};
}

Result<> SegmentStore::create() {
    PINFLOW_TRY(site_.disk->make_directories(site_.folder));
    const std::string metadata = fmt::format("version: 0\ntopic_id: {}", site_.topic_id.kafka_text());
    PINFLOW_TRY(replace_file(*site_.disk, site_.folder / "partition.metadata", metadata));
    PINFLOW_TRY(site_.disk->sync_directory(site_.folder.parent_path()));
    const std::scoped_lock lock(io_mutex_);
    PINFLOW_TRY(add_segment(start_offset()));
    const std::scoped_lock list_lock(list_mutex_);
    segments_.back()->file.reset();  // most partitions wait long for their first record
    return {};
}

Result<bool> SegmentStore::restore(const StoreSummary& summary) {
    for (const SegmentSummary& each : summary.segments) {
        const auto file = site_.disk->open(make_segment(each.base_offset)->path(), Disk::Mode::read);
        if (!file && file.error().code != Code::not_found) return fail(file.error());
        if (!file && each.size == 0) continue;
        if (!file) return false;
        PINFLOW_ASSIGN(const uint64_t size, (*file)->size());
        if (size != each.size) return false;
    }
    if (summary.producers) {
        const auto text = read_file(*site_.disk, snapshot_path(summary.end_offset));
        auto state = text ? read_producer_snapshot(as_bytes(*text)) : fail(text.error());
        if (!state) return false;
        producers_ = std::make_unique<ProducerState>(std::move(*state));
    }
    const std::scoped_lock lock(list_mutex_);
    start_offset_ = summary.start_offset;
    epochs_.adopt(summary.epochs);
    for (const SegmentSummary& each : summary.segments) {
        SegmentPtr segment = make_segment(each.base_offset);
        segment->size = segment->synced_size = each.size;
        segment->first_timestamp = each.first_timestamp;
        segment->index->trust_files(each.index_bytes, each.time_index_bytes);
        segment->index->set_max_timestamp(each.max_timestamp);
        segment->aborted->trust_file(each.aborted_bytes);
        if (!segments_.empty()) segments_.back()->end_offset = each.base_offset;
        segments_.push_back(std::move(segment));
        snapshots_.insert(each.base_offset);
    }
    segments_.back()->end_offset = synced_end_ = summary.end_offset;
    snapshots_.insert(summary.end_offset);
    produced_end_ = producers_ ? summary.end_offset : 0;
    if (producers_) anchor_ = saved_snapshot_ = summary.end_offset;
    saved_place_ = end_of(*segments_.back());
    if (segments_.back()->size > 0) synced_place_ = saved_place_;
    return true;
}

bool SegmentStore::must_roll(const Segment& active, const BatchMark& mark, uint64_t pending,
                             const Config& config) const {
    const uint64_t size = active.size + pending;
    if (size == 0) return false;
    const bool too_old = active.first_timestamp >= 0 && mark.max_timestamp >= 0 &&
                         mark.max_timestamp - active.first_timestamp > config.roll_ms();
    return size + mark.size > static_cast<uint64_t>(config.segment_bytes) || too_old ||
           mark.last_offset - active.base_offset > INT32_MAX;
}

WriteOutcome SegmentStore::write(const Tail& tail, const Config& config) {
    const std::scoped_lock lock(io_mutex_);
    WriteOutcome outcome;
    outcome.end_offset = segments_.back()->end_offset;
    if (removed_ || repairing_ || tail.incarnation != incarnation()) {
        outcome.error = Error{Code::unavailable, fmt::format("{}-{} was stopped", site_.topic, site_.partition)};
        return outcome;
    }
    const std::span<const BatchMark> marks = tail.marks;
    size_t from = 0;
    for (size_t i = 0; i < marks.size();) {
        const size_t first = i;
        uint64_t pending = 0;
        for (; i < marks.size() && !must_roll(*segments_.back(), marks[i], pending, config); ++i)
            pending += marks[i].size;
        if (i > first) {
            auto extent = write_extent(tail, marks.subspan(first, i - first), from, config);
            if (!extent) {
                outcome.error = std::move(extent).error();
                return outcome;
            }
            from += extent->size;
            outcome.end_offset = extent->last_offset + 1;
            outcome.extents.push_back(*extent);
        }
        if (i == marks.size()) break;
        if (auto rolled = roll(marks[i].base_offset); !rolled) {
            outcome.error = std::move(rolled).error();
            return outcome;
        }
    }
    return outcome;
}

Result<std::shared_ptr<File>> SegmentStore::writable(Segment& segment) const {
    {
        const std::scoped_lock lock(list_mutex_);
        if (segment.file) return segment.file;
    }
    PINFLOW_ASSIGN(std::shared_ptr<File> file, site_.disk->open(segment.path(), Disk::Mode::write));
    const std::scoped_lock lock(list_mutex_);
    segment.file = file;
    return file;
}

Result<Extent> SegmentStore::write_extent(const Tail& tail, std::span<const BatchMark> marks, size_t from,
                                          const Config& config) {
    Segment& active = *segments_.back();
    Extent extent{active.base_offset, active.size, from, 0, marks.front().base_offset, marks.back().last_offset};
    for (const BatchMark& mark : marks) extent.size += mark.size;
    PINFLOW_ASSIGN(const auto file, writable(active));
    const Bytes piece = Bytes(tail.bytes).subspan(from, extent.size);
    if (auto put = file->write_at(std::span(&piece, 1), extent.position); !put) {
        // Nothing half-written may stay: the next write starts where this one did.
        if (auto back = file->resize(extent.position); !back)
            return fail(Error{Code::io, fmt::format("{}; and then {}", put.error().message, back.error().message)});
        return fail(std::move(put).error());
    }
    uint64_t position = extent.position;
    for (const BatchMark& mark : marks) {
        active.index->add(mark.last_offset, position, mark.size, mark.max_timestamp, config.index_interval_bytes);
        position += mark.size;
    }
    if (tail.producers) note_written(tail, marks, from, active);
    const std::scoped_lock lock(list_mutex_);
    if (active.first_timestamp < 0) active.first_timestamp = marks.front().max_timestamp;
    if (active.size == 0) active.begun_ms = site_.clock->wall_ms();
    active.size = position;
    active.end_offset = extent.last_offset + 1;
    active.used = true;
    return extent;
}

void SegmentStore::note_written(const Tail& tail, std::span<const BatchMark> marks, size_t from, Segment& segment) {
    for (const BatchMark& mark : marks) {
        const Bytes batch = Bytes(tail.bytes).subspan(from, mark.size);
        const BatchHeader header = BatchHeader::load(batch.data());
        if (header.producer_id >= 0) note_produced(segment, header, batch, false);
        from += mark.size;
    }
}

Result<> SegmentStore::roll(int64_t next_offset) {
    PINFLOW_TRY(segments_.back()->index->flush(*site_.disk, true));
    PINFLOW_TRY(write_snapshot(next_offset));
    return add_segment(next_offset);
}

Result<StoreSummary> SegmentStore::close() {
    PINFLOW_TRY(SegmentCleaner(*this).finish());
    PINFLOW_TRY(sync());
    const std::scoped_lock lock(io_mutex_);
    const bool producers = producers_ && !producers_->empty();
    StoreSummary summary{start_offset(), segments_.back()->end_offset, producers, epochs_.list(), {}};
    PINFLOW_TRY(segments_.back()->index->flush(*site_.disk, true));
    bool new_names = false;
    for (const SegmentPtr& each : segments_) {
        new_names |= each->aborted->dirty();
        PINFLOW_TRY(each->aborted->save(*site_.disk));
    }
    if (new_names) PINFLOW_TRY(site_.disk->sync_directory(site_.folder));
    if (producers)
        PINFLOW_TRY(replace_file(*site_.disk, snapshot_path(summary.end_offset), write_producer_snapshot(*producers_)));
    else
        PINFLOW_TRY(write_snapshot(summary.end_offset));
    for (const SegmentPtr& each : segments_) {
        const auto [offsets, times] = each->index->file_bytes();
        summary.segments.push_back({each->base_offset, each->size, offsets, times, each->index->max_timestamp(),
                                    each->first_timestamp, each->aborted->file_bytes()});
    }
    return summary;
}

int64_t SegmentStore::written_end() const {
    const std::scoped_lock lock(list_mutex_);
    return segments_.back()->end_offset;
}

SyncedPlace SegmentStore::recovery_place() const {
    const std::scoped_lock lock(list_mutex_);
    if (produced_end_ > std::max<int64_t>(saved_place_.offset, 0)) return saved_place_;
    SyncedPlace place = synced_place_;
    if (place.offset != synced_end_) return SyncedPlace{.offset = synced_end_, .segment_base = -1};
    return place;
}

uint64_t SegmentStore::size_bytes() const {
    const std::scoped_lock lock(list_mutex_);
    uint64_t total = 0;
    for (const SegmentPtr& each : segments_) total += each->size;
    return total;
}

size_t SegmentStore::segment_count() const {
    const std::scoped_lock lock(list_mutex_);
    return segments_.size();
}

}  // namespace pinflow::log
