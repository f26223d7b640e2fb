#include <algorithm>

#include "log/batch_scanner.h"
#include "log/segments.h"

namespace pinflow::log {

// list_mutex_ is held.
SegmentStore::View SegmentStore::view_of(const SegmentPtr& segment) const {
    return {segment, segment->file, segment->size, segment->synced_size};
}

// The segment that holds `offset`, or the first one behind it.
std::optional<SegmentStore::View> SegmentStore::view_from(int64_t offset) const {
    const std::scoped_lock lock(list_mutex_);
    const auto after = std::ranges::upper_bound(segments_, offset, {}, &Segment::base_offset);
    return view_of(after == segments_.begin() ? *after : *std::prev(after));
}

std::optional<SegmentStore::View> SegmentStore::view_behind(int64_t base_offset) const {
    const std::scoped_lock lock(list_mutex_);
    const auto after = std::ranges::upper_bound(segments_, base_offset, {}, &Segment::base_offset);
    if (after == segments_.end()) return std::nullopt;
    return view_of(*after);
}

void SegmentStore::remember(const Place& place) const {
    const std::scoped_lock lock(list_mutex_);
    places_[next_place_++ % places_.size()] = place;
}

// Where to start looking for `offset`: a batch begins there that does not lie behind it.
uint64_t SegmentStore::place_of(const View& view, int64_t offset) const {
    {
        const std::scoped_lock lock(list_mutex_);
        for (const Place& place : places_)
            if (place.offset == offset && place.segment_base == view.segment->base_offset) return place.position;
    }
    const uint64_t position = view.segment->index->position_of(*site_.disk, offset);
    return position < view.size ? position : 0;
}

void SegmentStore::report(const Segment& segment, int64_t offset, uint64_t position, std::string message,
                          bool sure) const {
    site_.damages->add(
        {site_.topic, site_.partition, offset, position, segment.path().string(), std::move(message), sure});
}

// The batches at the front of `bytes` that the read wants: [begin, end), those before them skipped.
SegmentStore::Run SegmentStore::run_of(Bytes bytes, uint64_t left_in_file, const Range& range) {
    Run run;
    run.next_offset = range.offset;
    while (true) {
        const Bytes rest = bytes.subspan(run.end);
        run.wanted = batch_header_size;
        run.stop = Run::Stop::cut_short;
        if (rest.size() < batch_header_size) return run;
        const BatchHeader header = BatchHeader::load(rest.data());
        if (run.end == 0) run.first_offset = header.base_offset;
        run.wanted = header.size();
        run.stop = Run::Stop::unsound;
        if (!check_header(header) || header.size() > left_in_file - run.end) return run;
        run.stop = Run::Stop::limit;
        if (header.base_offset >= range.limit) return run;
        run.stop = Run::Stop::full;
        if (run.end > run.begin && run.end + header.size() - run.begin > range.max_bytes) return run;
        run.stop = Run::Stop::cut_short;
        if (header.size() > rest.size()) return run;
        run.stop = Run::Stop::unsound;
        if (!check_batch(rest)) return run;
        run.end += header.size();
        if (header.last_offset() < range.offset)
            run.begin = run.end;
        else
            run.next_offset = header.last_offset() + 1;
    }
}

Result<std::shared_ptr<File>> SegmentStore::readable(const View& view) const {
    if (view.file) return view.file;
    auto opened = site_.files->open(view.segment->path());
    // Looked at after opening: under this path may already lie the file of a topic that was made anew.
    const std::scoped_lock lock(list_mutex_);
    if (removed_) return fail(Code::out_of_range, "topic {}, partition {} was deleted", site_.topic, site_.partition);
    if (view.segment->file) return view.segment->file;  // it was compacted since: this is what it was
    return opened;
}

std::unexpected<Error> SegmentStore::not_yet_readable(int64_t offset) const {
    return fail(Code::io, "topic {}, partition {}: offset {} cannot be read until its file is written anew",
                site_.topic, site_.partition, offset);
}

Result<> SegmentStore::read_segment(const View& view, const Range& range, ReadOutcome& into) const {
    PINFLOW_ASSIGN(const std::shared_ptr<File> file, readable(view));
    uint64_t position = place_of(view, range.offset);
    bool by_index = position > 0;
    std::vector<std::byte>& bytes = into.batches;
    size_t wanted = range.max_bytes + 8192;  // the index may begin a little before the offset
    while (position < view.size) {
        bytes.resize(std::min<uint64_t>(std::max(wanted, batch_header_size), view.size - position));
        PINFLOW_ASSIGN(const size_t got, file->read_at(bytes, position));
        const Run run = run_of(Bytes(bytes).first(got), view.size - position, range);
        const bool nothing = run.end == 0 && (run.stop == Run::Stop::unsound || got < batch_header_size);
        // Nothing to skip: a sync that fails may drop what was written, and the repair brings back what was acked.
        if (nothing && position >= view.synced_size) return not_yet_readable(run.next_offset);
        const bool misled = by_index && (nothing || run.first_offset > range.offset);
        by_index = false;
        if (misled) {  // by an index that a power loss has torn
            position = 0;
            continue;
        }
        if (run.end > run.begin) {
            remember({run.next_offset, view.segment->base_offset, position + run.end});
            bytes.resize(run.end);
            bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(run.begin));
            into.next_offset = run.next_offset;
            return {};
        }
        if (run.stop == Run::Stop::limit) into.next_offset = range.limit;
        if (run.stop == Run::Stop::limit) break;
        position += run.end;
        wanted = std::max(wanted, run.wanted);
        const bool got_all = got == bytes.size();  // the file may have lost its end
        if (run.stop == Run::Stop::cut_short && (got_all || run.end > 0) && position + run.wanted <= view.size)
            continue;
        if (position >= view.synced_size) return not_yet_readable(run.next_offset);
        report(*view.segment, run.next_offset, position, "no sound record batch here");
        BatchScanner scanner(*file, position, view.size);
        PINFLOW_ASSIGN(const auto next, scanner.find_next(range.offset));
        position = next.value_or(view.size);
    }
    bytes.clear();
    return {};
}

Result<ReadOutcome> SegmentStore::read(int64_t offset, size_t max_bytes, int64_t limit,
                                       std::vector<std::byte> memory) const {
    ReadOutcome outcome{.batches = std::move(memory), .next_offset = offset};
    const Range range{offset, limit, max_bytes};
    for (auto view = view_from(offset); view && view->segment->base_offset < limit;
         view = view_behind(view->segment->base_offset)) {
        PINFLOW_TRY(read_segment(*view, range, outcome));
        if (!outcome.batches.empty()) return outcome;
    }
    outcome.batches.clear();
    outcome.next_offset = limit;  // nothing readable lies between
    return outcome;
}

}  // namespace pinflow::log
