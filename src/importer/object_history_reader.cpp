#include "importer/object_history_reader.h"

#include <algorithm>

#include "base/text.h"
#include "importer/object_name.h"

namespace pinflow::importer {
namespace {

constexpr int64_t looked_up_at_once = 64 << 10;  // offsets

}  // namespace

ObjectHistoryReader::ObjectHistoryReader(objects::ObjectStore& store, std::span<const ObjectHistory::Place> places,
                                         const ObjectHistory::Beside& all_beside, std::string partition, int64_t from,
                                         int64_t to, sink::KnownRecords& known)
    : store_(store), all_beside_(all_beside), partition_(std::move(partition)), from_(from), to_(to), known_(known) {
    const auto behind = std::ranges::upper_bound(places, from, {}, &ObjectHistory::Place::first);
    places_ = places.subspan(static_cast<size_t>(behind - places.begin()) - 1);
}

// False if the log has what comes.
Result<bool> ObjectHistoryReader::begin() {
    if (places_.empty() || places_.front().first >= to_) return false;
    const auto& [first, object] = places_.front();
    PINFLOW_ASSIGN(lines_, CountedLines::read(store_, object, kind_of(object.key) == Kind::gzip_lines));
    ObjectExtent extent{.key = object.key,
                        .partition = partition_,
                        .first = first,
                        .lines = lines_->records(),
                        .next = {},
                        .log_start = to_};
    if (places_.size() > 1) extent.next = places_[1].first;
    PINFLOW_TRY(look_up(extent));
    PINFLOW_ASSIGN(placed_, place_lines(extent, of_object_));
    times_ = of_object_;
    at_ = 0;
    const auto beside = all_beside_.find(object.key);
    beside_ = beside == all_beside_.end() ? nullptr : std::make_unique<BesideReader>(store_, beside->second);
    written_ms_ = object.modified_ms;
    places_ = places_.subspan(1);
    return true;
}

// Not much more than lines, however far away the next object is: then it is refused anyway.
Result<> ObjectHistoryReader::look_up(const ObjectExtent& extent) {
    of_object_.clear();
    int64_t readable = 0;
    for (int64_t from = extent.first; from < extent.end() && readable <= extent.lines; from += looked_up_at_once) {
        PINFLOW_ASSIGN(const auto some, known_.between(from, std::min(extent.end(), from + looked_up_at_once)));
        of_object_.insert(of_object_.end(), some.begin(), some.end());
        readable += std::ranges::count(some, false, &sink::KnownRecord::is_unreadable);
    }
    return {};
}

Result<> ObjectHistoryReader::end() {
    if (beside_) PINFLOW_TRY(beside_->check_end());
    lines_.reset();
    beside_.reset();
    return {};
}

// The next line that is not blank.
Result<> ObjectHistoryReader::read_line(Row& row) {
    while (true) {
        PINFLOW_ASSIGN(const auto line, lines_->next());
        if (!line) return fail(Code::conflict, "an object of {} was written anew while it was read", partition_);
        row.key.reset();
        if (beside_) PINFLOW_TRY(beside_->next(row));
        row.value = *line;
        if (!trim(*line).empty()) return {};
    }
}

int64_t ObjectHistoryReader::time_of(int64_t offset) {
    while (!times_.empty() && times_.front().offset < offset) {
        time_ms_ = times_.front().time_ms;
        times_ = times_.subspan(1);
    }
    if (!times_.empty() && times_.front().offset == offset) time_ms_ = times_.front().time_ms;
    if (time_ms_) return *time_ms_;
    return times_.empty() ? written_ms_ : times_.front().time_ms;
}

Result<bool> ObjectHistoryReader::next(sink::RawRecord& record) {
    while (true) {
        if (!lines_) {
            PINFLOW_ASSIGN(const bool more, begin());
            if (!more) return false;
        }
        if (at_ == placed_.size()) {
            PINFLOW_TRY(end());
            continue;
        }
        const PlacedRecord place = placed_[at_++];
        Row row;
        if (!place.is_unreadable) PINFLOW_TRY(read_line(row));
        if (place.offset < from_) continue;
        if (place.offset >= to_) {  // the log's
            lines_.reset();
            places_ = {};
            return false;
        }
        record = {.offset = place.offset, .time_ms = time_of(place.offset), .is_key_known = beside_ != nullptr};
        if (row.key) record.bytes.key = as_bytes(*row.key);
        if (row.value) record.bytes.value = as_bytes(*row.value);
        if (!place.is_unreadable) return true;
        record.is_key_known = true;
        PINFLOW_ASSIGN(record.bytes, known_.unreadable(place.offset));
        return true;
    }
}

}  // namespace pinflow::importer
