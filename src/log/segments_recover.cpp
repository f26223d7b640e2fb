#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/text.h"
#include "log/batch_scanner.h"
#include "log/segments.h"

namespace pinflow::log {

namespace fs = std::filesystem;

Result<> SegmentStore::list_segments() {
    PINFLOW_ASSIGN(const auto entries, site_.disk->list(site_.folder));
    std::vector<SegmentPtr> found;
    for (const Disk::Entry& entry : entries) {
        if (entry.name.ends_with(".snapshot")) snapshot_name_ = std::max(snapshot_name_, entry.name);
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
    if (at == segments_.end() || (*at)->base_offset != entry.segment_base)
        at = segments_.insert(at, make_segment(entry.segment_base));  // its name was not durable yet
    Segment& segment = **at;
    PINFLOW_ASSIGN(const auto file, writable(segment));
    segment.new_name = true;
    PINFLOW_ASSIGN(const std::vector<std::byte> bytes, entry.load());
    const Bytes piece = bytes;
    return file->write_at(std::span(&piece, 1), entry.position);
}

Result<> SegmentStore::apply_redo(std::span<const RedoEntry> redo, int64_t recovery_point) {
    for (const RedoEntry& entry : redo) {
        if (entry.last_offset < recovery_point || entry.last_offset < start_offset()) continue;
        if (superseded(entry.leader_epoch, entry.base_offset)) continue;
        PINFLOW_TRY(redo_one(entry));
    }
    return {};
}

Result<bool> SegmentStore::scan_segment(Segment& segment, int64_t& expected, int64_t sure_until, int64_t drop_from) {
    PINFLOW_ASSIGN(const auto file, writable(segment));
    PINFLOW_ASSIGN(const uint64_t size, file->size());
    segment.index->clear();
    segment.first_timestamp = -1;
    expected = std::max(expected, segment.base_offset);
    BatchScanner scanner(*file, 0, size);
    bool whole = true;
    while (!scanner.at_end()) {
        PINFLOW_ASSIGN(const auto batch, scanner.peek());
        const BatchHeader header = batch ? BatchHeader::load(batch->data()) : BatchHeader{};
        const bool sound = batch && header.base_offset >= expected;
        if (sound && (header.base_offset >= drop_from || superseded(header.leader_epoch, header.base_offset)))
            whole = false;
        if (!sound && expected >= sure_until) whole = false;
        if (!whole) break;
        if (!sound) {
            report(segment, expected, scanner.position(), "no sound record batch here");
            PINFLOW_ASSIGN(const auto next, scanner.find_next(expected));
            if (!next) break;
            scanner.move_to(*next);
            continue;
        }
        segment.index->add(header.last_offset(), scanner.position(), header.size(), header.max_timestamp, 4096);
        if (segment.first_timestamp < 0) segment.first_timestamp = header.max_timestamp;
        expected = header.last_offset() + 1;
        scanner.skip(header.size());
    }
    const std::scoped_lock lock(list_mutex_);
    segment.synced_size = std::min(segment.synced_size, scanner.position());
    segment.size = scanner.position();
    segment.end_offset = expected;
    if (segment.size == size) return whole;
    spdlog::info("{}: cut from {} to {} bytes at offset {}", segment.path().string(), size, segment.size, expected);
    PINFLOW_TRY(file->resize(segment.size));
    segment.new_name = true;  // so that the cut is synced
    return whole;
}

Result<> SegmentStore::cut_behind(size_t segment_at) {
    while (segments_.size() > segment_at + 1) {
        const SegmentPtr gone = segments_.back();
        {
            const std::scoped_lock lock(list_mutex_);
            segments_.pop_back();
        }
        site_.files->forget(gone->path());
        for (const char* ending : {".log", ".index", ".timeindex"})
            PINFLOW_TRY(site_.disk->remove(gone->stem.string() + ending));
    }
    return {};
}

Result<> SegmentStore::scan(size_t first_segment, int64_t sure_until, int64_t drop_from) {
    int64_t expected = segments_[first_segment]->base_offset;
    for (size_t i = first_segment; i < segments_.size(); ++i) {
        PINFLOW_ASSIGN(const bool whole, scan_segment(*segments_[i], expected, sure_until, drop_from));
        if (!whole) PINFLOW_TRY(cut_behind(i));
        if (i + 1 < segments_.size()) PINFLOW_TRY(segments_[i]->index->flush(*site_.disk, true));
    }
    return {};
}

Result<> SegmentStore::recover(std::span<const RedoEntry> redo, int64_t recovery_point, int64_t start_offset) {
    const std::scoped_lock lock(sync_mutex_, io_mutex_);
    start_offset_ = start_offset;
    PINFLOW_TRY(load_epochs());
    PINFLOW_TRY(list_segments());
    PINFLOW_TRY(apply_redo(redo, recovery_point));
    if (segments_.empty()) PINFLOW_TRY(add_segment(std::max(start_offset, recovery_point)));
    int64_t sure_until = recovery_point;
    for (const RedoEntry& each : redo)
        if (!superseded(each.leader_epoch, each.base_offset)) sure_until = std::max(sure_until, each.last_offset + 1);
    // Segments below the recovery point are durable; scanning all of them rebuilds indexes that may be torn.
    PINFLOW_TRY(scan(0, sure_until, INT64_MAX));
    for (const SegmentPtr& each : segments_) {
        if (each->file) PINFLOW_TRY(each->file->sync());
        each->synced_size = each->size;
        each->new_name = false;
        if (each != segments_.back()) each->file.reset();
    }
    PINFLOW_TRY(site_.disk->sync_directory(site_.folder));
    raise_start(segments_.front()->base_offset);
    const int64_t end = segments_.back()->end_offset;
    if (start_offset_ > end) segments_.back()->end_offset = start_offset_;
    synced_end_ = segments_.back()->end_offset;
    if (synced_end_ != recovery_point) PINFLOW_TRY(raise_epoch(end));
    return {};
}

// The pages of a failed sync may be marked clean though they never reached the disk: only writing them again counts.
Result<> SegmentStore::rewrite_unsure() {
    std::vector<std::byte> block(1 << 20);
    for (const SegmentPtr& each : segments_) {
        each->file.reset();
        site_.files->forget(each->path());
        if (!each->dirty()) continue;
        PINFLOW_ASSIGN(const auto file, writable(*each));
        for (uint64_t at = each->synced_size; at < each->size;) {
            const size_t wanted = std::min<uint64_t>(block.size(), each->size - at);
            PINFLOW_ASSIGN(const size_t got, file->read_at(MutableBytes(block).first(wanted), at));
            if (got == 0) break;
            const Bytes piece = Bytes(block).first(got);
            PINFLOW_TRY(file->write_at(std::span(&piece, 1), at));
            at += got;
        }
    }
    return {};
}

Result<> SegmentStore::repair(std::span<const RedoEntry> redo, int64_t keep_until) {
    const std::scoped_lock lock(sync_mutex_, io_mutex_);
    if (removed_) return {};
    ++incarnation_;
    {
        const std::scoped_lock list_lock(list_mutex_);
        places_ = {};
    }
    PINFLOW_TRY(rewrite_unsure());
    PINFLOW_TRY(apply_redo(redo, synced_end_));
    size_t first = 0;
    while (first + 1 < segments_.size() && !segments_[first]->dirty()) ++first;
    PINFLOW_TRY(scan(first, keep_until, keep_until));
    for (size_t i = first; i < segments_.size(); ++i) {
        PINFLOW_ASSIGN(const auto file, writable(*segments_[i]));
        PINFLOW_TRY(file->sync());
    }
    PINFLOW_TRY(site_.disk->sync_directory(site_.folder));
    PINFLOW_TRY(raise_epoch(segments_.back()->end_offset));
    const std::scoped_lock list_lock(list_mutex_);
    for (const SegmentPtr& each : segments_) {
        each->synced_size = each->size;
        each->new_name = false;
    }
    synced_end_ = segments_.back()->end_offset;
    suspect_ = false;
    return {};
}

}  // namespace pinflow::log
