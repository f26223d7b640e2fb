#include "importer/object_offsets.h"

#include <algorithm>

namespace pinflow::importer {
namespace {

using sink::KnownRecord;

std::vector<PlacedRecord> one_after_the_other(const ObjectExtent& object) {
    std::vector<PlacedRecord> placed(static_cast<size_t>(object.lines));
    for (int64_t i = 0; i < object.lines; ++i) placed[static_cast<size_t>(i)].offset = object.first + i;
    return placed;
}

std::vector<PlacedRecord> as_known(std::span<const KnownRecord> known, bool has_unreadable) {
    std::vector<PlacedRecord> placed;
    placed.reserve(known.size());
    for (const KnownRecord& record : known)
        placed.push_back({.offset = record.offset, .is_unreadable = record.is_unreadable && !has_unreadable});
    return placed;
}

Error refusal(const ObjectExtent& object, int64_t known, int64_t unreadable) {
    std::string range;
    if (object.next)
        range = fmt::format("the next object begins at {}", *object.next);
    else
        range = fmt::format("it is the last one, and the log begins at {}", object.log_start);
    const bool is_all = known - unreadable <= object.lines;  // nobody looks further
    std::string has = fmt::format("the table and its quarantine have {}{} records from there to {}",
                                  is_all ? "" : "at least ", known, object.end());
    if (unreadable > 0) has += fmt::format(" ({} of them broken JSON)", unreadable);
    return Error{Code::unsupported,
                 fmt::format("{}: which offsets of {} its {} lines have cannot be told: it begins at {}, {}, and {} "
                             "(docs/rebuild.md, \"What the log has no more\")",
                             object.key, object.partition, object.lines, object.first, range, has)};
}

}  // namespace

Result<std::vector<PlacedRecord>> place_lines(const ObjectExtent& object, std::span<const KnownRecord> known) {
    if (object.next && *object.next - object.first == object.lines) return one_after_the_other(object);
    const auto all = static_cast<int64_t>(known.size());
    const int64_t unreadable = std::ranges::count_if(known, &KnownRecord::is_unreadable);
    // Where the last object ends is known by the log's start only: beyond it a record that is left out moves the end.
    const bool may_lack_some = object.next || object.first + object.lines <= object.log_start || unreadable == 0;
    if (may_lack_some && all - unreadable == object.lines) return as_known(known, false);
    if (may_lack_some && all == object.lines) return as_known(known, true);
    return fail(refusal(object, all, unreadable));
}

}  // namespace pinflow::importer
