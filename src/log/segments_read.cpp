#include <algorithm>

#include "log/batch_scanner.h"
#include "log/segments.h"

namespace pinflow::log {

// list_mutex_ is held.
SegmentStore::View SegmentStore::view_of(const SegmentPtr& segment) const {
    return {segment, segment->file, segment->size};
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

Result<> SegmentStore::read_segment(const View& view, const Range& range, ReadOutcome& into) const {
    std::shared_ptr<File> file = view.file;
    if (!file) {
        PINFLOW_ASSIGN(file, site_.files->open(view.segment->path()));
    }
    uint64_t position = place_of(view, range.offset);
    std::vector<std::byte>& bytes = into.batches;
    size_t wanted = range.max_bytes + 8192;  // the index may begin a little before the offset
    int64_t last = range.offset - 1;
    while (position < view.size) {
        bytes.resize(std::min<uint64_t>(std::max(wanted, batch_header_size), view.size - position));
        PINFLOW_ASSIGN(const size_t got, file->read_at(bytes, position));
        bytes.resize(got);
        size_t begin = 0;
        size_t end = 0;
        bool bad = false;
        while (end < got) {
            const Bytes rest = Bytes(bytes).subspan(end);
            if (rest.size() < batch_header_size) break;
            const BatchHeader header = BatchHeader::load(rest.data());
            if (check_header(header) && header.size() > rest.size() && header.size() <= view.size - position - end) {
                if (begin == end) wanted = header.size();
                break;
            }
            if (header.base_offset >= range.limit && check_header(header)) {
                if (begin == end) into.next_offset = range.limit;
                bytes =
                    begin == end ? std::vector<std::byte>() : std::vector(bytes.begin() + begin, bytes.begin() + end);
                if (!bytes.empty()) into.next_offset = last + 1;
                return {};
            }
            bad = !check_batch(rest);
            if (bad || (end > begin && end + header.size() - begin > range.max_bytes)) break;
            end += header.size();
            if (header.last_offset() < range.offset)
                begin = end;
            else
                last = header.last_offset();
        }
        if (end > begin) {
            remember({last + 1, view.segment->base_offset, position + end});
            bytes.resize(end);
            bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(begin));
            into.next_offset = last + 1;
            return {};
        }
        position += end;
        if (got == 0 || (!bad && got - end < batch_header_size && position + batch_header_size > view.size)) bad = true;
        if (!bad) continue;
        report(*view.segment, last + 1, position, "no sound record batch here");
        BatchScanner scanner(*file, position, view.size);
        PINFLOW_ASSIGN(const auto next, scanner.find_next(range.offset));
        position = next.value_or(view.size);
    }
    bytes.clear();
    return {};
}

Result<ReadOutcome> SegmentStore::read(int64_t offset, size_t max_bytes, int64_t limit) const {
    ReadOutcome outcome;
    outcome.next_offset = offset;
    const Range range{offset, limit, max_bytes};
    for (auto view = view_from(offset); view && view->segment->base_offset < limit;
         view = view_behind(view->segment->base_offset)) {
        PINFLOW_TRY(read_segment(*view, range, outcome));
        if (!outcome.batches.empty()) return outcome;
    }
    outcome.next_offset = limit;  // nothing readable lies between
    return outcome;
}

Result<std::optional<int64_t>> SegmentStore::offset_at_time(int64_t timestamp_ms, int64_t limit) const {
    int64_t from = start_offset();
    for (auto view = view_from(from); view; view = view_behind(view->segment->base_offset)) {
        if (view->segment->index->max_timestamp() < timestamp_ms) continue;
        from = std::max(from, view->segment->index->offset_before_time(*site_.disk, timestamp_ms));
        while (from < limit) {
            PINFLOW_ASSIGN(const ReadOutcome some, read(from, 256 << 10, limit));
            for (Bytes rest = some.batches; !rest.empty();) {
                const BatchHeader header = BatchHeader::load(rest.data());
                RecordReader reader(rest.first(header.size()));
                rest = rest.subspan(header.size());
                if (header.max_timestamp < timestamp_ms) continue;
                Record record;
                while (true) {
                    PINFLOW_ASSIGN(const bool more, reader.next(record));
                    if (!more) break;
                    if (record.offset >= from && record.timestamp_ms >= timestamp_ms)
                        return std::optional(record.offset);
                }
            }
            from = some.next_offset;
        }
        break;  // `from` has reached the limit
    }
    return std::optional<int64_t>();
}

}  // namespace pinflow::log
