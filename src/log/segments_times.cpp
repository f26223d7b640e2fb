// Offsets by timestamp: by the time indexes, then by the records themselves.
#include <algorithm>

#include "log/segments.h"

namespace pinflow::log {
namespace {

// The first record of a batch from `start` on with this timestamp or a later one.
Result<std::optional<TimedOffset>> first_in_batch(Bytes batch, int64_t start, int64_t timestamp_ms) {
    RecordReader reader(batch);
    Record record;
    while (true) {
        PINFLOW_ASSIGN(const bool more, reader.next(record));
        if (!more) return std::nullopt;
        if (record.offset >= start && record.timestamp_ms >= timestamp_ms)
            return TimedOffset{record.offset, record.timestamp_ms};
    }
}

// The newest record of a batch from `start` on; the first of them.
Result<std::optional<TimedOffset>> newest_in_batch(Bytes batch, int64_t start) {
    RecordReader reader(batch);
    Record record;
    std::optional<TimedOffset> newest;
    while (true) {
        PINFLOW_ASSIGN(const bool more, reader.next(record));
        if (!more) return newest;
        if (record.offset >= start && (!newest || record.timestamp_ms > newest->timestamp_ms))
            newest = TimedOffset{record.offset, record.timestamp_ms};
    }
}

}  // namespace

Result<std::optional<TimedOffset>> SegmentStore::find_time(int64_t timestamp_ms, int64_t limit) const {
    const int64_t start = start_offset();
    int64_t from = start;
    for (auto view = view_from(from); view; view = view_behind(view->segment->base_offset)) {
        if (view->segment->index->max_timestamp() < timestamp_ms) continue;
        from = std::max(from, view->segment->index->offset_before_time(*site_.disk, timestamp_ms));
        while (from < limit) {
            PINFLOW_ASSIGN(const ReadOutcome some, read(from, 256 << 10, limit));
            for (Bytes rest = some.batches; !rest.empty();) {
                const BatchHeader header = BatchHeader::load(rest.data());
                const Bytes batch = rest.first(header.size());
                rest = rest.subspan(header.size());
                if (header.max_timestamp < timestamp_ms) continue;
                PINFLOW_ASSIGN(const auto found, first_in_batch(batch, start, timestamp_ms));
                if (found) return found;
            }
            from = some.next_offset;
        }
        break;  // `from` has reached the limit
    }
    return std::nullopt;
}

// Batches are compared by their headers; only the newest one, and one that begins before `start`, is looked into.
Result<std::optional<TimedOffset>> SegmentStore::newest_between(int64_t from, int64_t to, int64_t start) const {
    std::optional<TimedOffset> newest;
    std::vector<std::byte> best;
    int64_t best_timestamp = INT64_MIN;
    while (from < to) {
        PINFLOW_ASSIGN(const ReadOutcome some, read(from, 256 << 10, to));
        for (Bytes rest = some.batches; !rest.empty();) {
            const BatchHeader header = BatchHeader::load(rest.data());
            const Bytes batch = rest.first(header.size());
            rest = rest.subspan(header.size());
            if (header.control() || header.max_timestamp <= best_timestamp) continue;
            if (header.base_offset < start) {
                PINFLOW_ASSIGN(newest, newest_in_batch(batch, start));
                if (newest) best_timestamp = newest->timestamp_ms;
            } else {
                best_timestamp = header.max_timestamp;
                best.assign(batch.begin(), batch.end());
            }
        }
        from = some.next_offset;
    }
    if (best.empty()) return newest;
    return newest_in_batch(best, start);
}

Result<std::optional<TimedOffset>> SegmentStore::find_newest_time(int64_t limit) const {
    struct Candidate {
        SegmentPtr segment;
        int64_t end_offset;
        int64_t max_timestamp;
    };
    const int64_t start = start_offset();
    std::vector<Candidate> candidates;
    {
        const std::scoped_lock lock(list_mutex_);
        for (const SegmentPtr& each : segments_)
            if (each->size > 0 && each->end_offset > start && each->base_offset < limit)
                candidates.push_back({each, each->end_offset, each->index->max_timestamp()});
    }
    std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
        return a.max_timestamp != b.max_timestamp ? a.max_timestamp > b.max_timestamp : a.end_offset < b.end_offset;
    });
    std::optional<TimedOffset> newest;
    for (const Candidate& each : candidates) {
        if (newest && newest->timestamp_ms >= each.max_timestamp) break;
        // The newest record of all may not be visible yet: then what was the newest before it.
        const int64_t to = std::min(each.end_offset, limit);
        int64_t from = each.segment->index->offset_of_newest(*site_.disk, to);
        if (from < start) from = std::max(start, each.segment->base_offset);
        PINFLOW_ASSIGN(const auto found, newest_between(from, to, start));
        if (found && (!newest || found->timestamp_ms > newest->timestamp_ms)) newest = found;
    }
    return newest;
}

}  // namespace pinflow::log
