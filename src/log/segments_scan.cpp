#include <spdlog/spdlog.h>

#include <algorithm>

#include "log/batch_scanner.h"
#include "log/segments.h"

namespace pinflow::log {

void SegmentStore::Survey::take(uint64_t position, uint64_t size) {
    if (!keep.empty() && keep.back().position + keep.back().size == position)
        keep.back().size += size;
    else
        keep.push_back({position, size});
    kept += size;
}

// What is durable of a segment need not be read again; its index was flushed at checkpoints.
Result<SegmentStore::Survey> SegmentStore::begin_at(Segment& segment, uint64_t size, const SyncedPlace& place) {
    Survey found;
    found.end_offset = segment.base_offset;
    segment.index->clear();
    if (place.segment_base != segment.base_offset || place.offset < 0 || place.position > size) return found;
    PINFLOW_TRY(segment.index->adopt_until(*site_.disk, place.offset, place.position, place.max_timestamp));
    found.take(0, place.position);
    found.synced = place.position;
    found.end_offset = place.offset;
    const std::scoped_lock lock(list_mutex_);
    segment.first_timestamp = place.first_timestamp;
    return found;
}

// Finds what of a segment's file is worth keeping, behind what was `found` before, and builds its index for the file as
// it will be then.
Result<SegmentStore::Survey> SegmentStore::survey(Segment& segment, File& file, uint64_t size, const Bounds& bounds,
                                                  Survey found) {
    int64_t first_timestamp = found.kept > 0 ? segment.first_timestamp : -1;
    BatchScanner scanner(file, found.kept, size);
    while (!scanner.at_end()) {
        PINFLOW_ASSIGN(const auto batch, scanner.peek());
        const BatchHeader header = batch ? BatchHeader::load(batch->data()) : BatchHeader{};
        if (!batch || header.base_offset < found.end_offset) {
            found.log_ends = found.end_offset >= bounds.drop_from;
            if (found.log_ends) break;
            PINFLOW_ASSIGN(const auto next, scanner.find_next(found.end_offset));
            const Piece unsound{scanner.position(), next.value_or(size) - scanner.position()};
            PINFLOW_TRY(judge(segment, file, unsound, next.has_value(), bounds, found));
            scanner.move_to(unsound.position + unsound.size);
            continue;
        }
        if (header.base_offset >= bounds.drop_from) {
            found.log_ends = true;
            break;
        }
        if (!epochs_.superseded(header.leader_epoch, header.base_offset)) {
            segment.index->add(header.last_offset(), found.kept, header.size(), header.max_timestamp, 4096);
            found.take(scanner.position(), header.size());
            found.end_offset = header.last_offset() + 1;
            replay(segment, header, *batch);
            if (first_timestamp < 0) first_timestamp = header.max_timestamp;
            if (found.end_offset <= bounds.synced_until) found.synced = found.kept;
        }
        scanner.skip(header.size());
    }
    const std::scoped_lock lock(list_mutex_);
    segment.first_timestamp = first_timestamp;
    return found;
}

// Bytes that are no sound batch. Below what was known to be durable they are damage and stay. Behind it they are what a
// power loss left of records that were never acked, or damage since: nobody can tell. They are set aside, and sound
// batches that follow are kept, for those may have been acked.
Result<> SegmentStore::judge(const Segment& segment, File& file, const Piece& unsound, bool more_follows,
                             const Bounds& bounds, Survey& found) {
    if (found.end_offset < bounds.sure_until) {
        report(segment, found.end_offset, unsound.position, "no sound record batch here");
        found.take(unsound.position, unsound.size);
        return {};
    }
    PINFLOW_ASSIGN(const std::string kept_as, set_aside(segment, file, unsound));
    if (more_follows) {
        report(segment, found.end_offset, unsound.position,
               fmt::format("{} bytes behind the last checkpoint are no sound record batch, but sound ones follow; {}",
                           unsound.size, kept_as),
               false);
    } else {
        spdlog::warn("topic {}, partition {}: torn end cut at offset {}: {} bytes at byte {} of {}; {}", site_.topic,
                     site_.partition, found.end_offset, unsound.size, unsound.position, segment.path().string(),
                     kept_as);
    }
    return {};
}

// Copies bytes that are to be cut out of a segment into a file of their own, and says where.
Result<std::string> SegmentStore::set_aside(const Segment& segment, File& file, const Piece& piece) const {
    const std::string name = fmt::format("{}.{}.epoch{}.cut", segment.stem.string(), piece.position, leader_epoch());
    std::shared_ptr<File> copy;
    std::vector<std::byte> block(1 << 20);
    for (uint64_t done = 0; done < piece.size;) {
        const size_t wanted = std::min<uint64_t>(block.size(), piece.size - done);
        PINFLOW_ASSIGN(const size_t got, file.read_at(MutableBytes(block).first(wanted), piece.position + done));
        if (got == 0) break;
        const Bytes some = Bytes(block).first(got);
        if (!copy && std::ranges::all_of(some, [](std::byte each) { return each == std::byte{0}; })) {
            done += got;
            continue;
        }
        if (!copy) {
            PINFLOW_ASSIGN(copy, site_.disk->open(name, Disk::Mode::write));
        }
        PINFLOW_TRY(copy->write_at(std::span(&some, 1), done));
        done += got;
    }
    if (!copy) return std::string("all of them zero");
    PINFLOW_TRY(copy->sync());
    return "they are kept in " + name;
}

Result<> SegmentStore::cut_behind(size_t segment_at) {
    while (segments_.size() > segment_at + 1) {
        const SegmentPtr gone = segments_.back();
        {
            const std::scoped_lock lock(list_mutex_);
            segments_.pop_back();
        }
        PINFLOW_TRY(remove_files(*gone));
    }
    return {};
}

// Brings the segments from `first_segment` on into order; what changed is not durable yet.
Result<> SegmentStore::scan(size_t first_segment, const Bounds& bounds, const SyncedPlace& place) {
    int64_t expected = segments_[first_segment]->base_offset;
    for (size_t i = first_segment; i < segments_.size(); ++i) {
        Segment& segment = *segments_[i];
        PINFLOW_ASSIGN(const auto file, work_file(segment));
        PINFLOW_ASSIGN(const uint64_t size, file->size());
        PINFLOW_ASSIGN(Survey begin, begin_at(segment, size, place));
        begin.end_offset = std::max(begin.end_offset, expected);
        PINFLOW_ASSIGN(const Survey found, survey(segment, *file, size, bounds, std::move(begin)));
        expected = found.end_offset;
        const bool in_one_piece = found.keep.empty() || (found.keep.size() == 1 && found.keep[0].position == 0);
        if (found.kept < size)
            spdlog::info("{}: {} of {} bytes kept, up to offset {}", segment.path().string(), found.kept, size,
                         found.end_offset);
        if (!in_one_piece)
            PINFLOW_TRY(renew(segment, *file, found.keep));
        else if (found.kept < size)
            PINFLOW_TRY(file->resize(found.kept));
        {
            const std::scoped_lock lock(list_mutex_);
            segment.size = found.kept;
            segment.synced_size = in_one_piece ? std::min(found.synced, found.kept) : 0;
            segment.end_offset = found.end_offset;
            segment.new_name |= found.kept < size;
        }
        if (found.log_ends) PINFLOW_TRY(cut_behind(i));
        if (i + 1 < segments_.size()) PINFLOW_TRY(segment.index->flush(*site_.disk, true));
    }
    return {};
}

}  // namespace pinflow::log
