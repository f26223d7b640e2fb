// How a segment that compaction wrote takes the place of others; the steps are those of docs/compaction.md.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "log/batch_scanner.h"
#include "log/segment_cleaner.h"

namespace pinflow::log {
namespace {

namespace fs = std::filesystem;

constexpr std::array index_endings = {".index", ".timeindex", ".txnindex"};

Result<> rename_if_there(Disk& disk, const std::string& from, const std::string& to) {
    auto renamed = disk.rename(from, to);
    if (!renamed && renamed.error().code == Code::not_found) return {};
    return renamed;
}

// Steps 5 and 6, but for the removals.
Result<> indexes_in_place(Disk& disk, const fs::path& stem) {
    for (const char* ending : index_endings) {
        const std::string path = stem.string() + ending;
        PINFLOW_TRY(rename_if_there(disk, path + ".swap", path));
    }
    return disk.sync_directory(stem.parent_path());
}

Result<> log_in_place(Disk& disk, const fs::path& stem) {
    PINFLOW_TRY(rename_if_there(disk, stem.string() + ".log.swap", stem.string() + ".log"));
    return disk.sync_directory(stem.parent_path());
}

Result<int64_t> last_offset_in(Disk& disk, const fs::path& path) {
    PINFLOW_ASSIGN(const auto file, disk.open(path, Disk::Mode::read));
    PINFLOW_ASSIGN(const uint64_t size, file->size());
    int64_t last = -1;
    BatchScanner scanner(*file, 0, size);
    while (!scanner.at_end()) {
        PINFLOW_ASSIGN(const auto batch, scanner.peek());
        if (!batch) break;  // damage since it was synced: the scan of the segments reports it
        last = BatchHeader::load(batch->data()).last_offset();
        scanner.skip(batch->size());
    }
    return last;
}

}  // namespace

// Never the only copy of anything: after a failed commit too the old segments are as they were.
void SegmentCleaner::discard(const fs::path& stem) const {
    for (const char* beside : {".swap", ".cleaned"}) {
        (void)store_.site_.disk->remove(stem.string() + ".log" + beside);
        for (const char* ending : index_endings) (void)store_.site_.disk->remove(stem.string() + ending + beside);
    }
}

bool SegmentCleaner::still_there(const Plan& plan, Group group) const {
    const std::scoped_lock lock(store_.list_mutex_);
    if (store_.removed_ || store_.repairing_ || store_.suspect() || store_.incarnation() != plan.incarnation)
        return false;
    const auto at = std::ranges::find(store_.segments_, group.front());
    return store_.segments_.end() - at > std::ssize(group) && std::equal(group.begin(), group.end(), at);
}

Result<> SegmentCleaner::commit(const SegmentPtr& fresh) const {
    Disk& disk = *store_.site_.disk;
    for (const char* ending : index_endings) {
        const std::string path = fresh->stem.string() + ending;
        PINFLOW_TRY(disk.rename(path + ".cleaned", path + ".swap"));
    }
    PINFLOW_TRY(disk.sync_directory(store_.site_.folder));
    const std::string path = fresh->path().string();
    PINFLOW_TRY(disk.rename(path + ".cleaned", path + ".swap"));
    return disk.sync_directory(store_.site_.folder);
}

// Readers that hold one of the old segments go on with its file.
void SegmentCleaner::adopt(Group group, const SegmentPtr& fresh, std::span<const std::shared_ptr<File>> sources) {
    const std::scoped_lock lock(store_.io_mutex_, store_.list_mutex_);
    for (size_t i = 0; i < group.size(); ++i) {
        group[i]->file = sources[i];
        group[i]->replaced = true;
        for (SyncedPlace* place : {&store_.synced_place_, &store_.saved_place_})
            if (place->in(group[i]->base_offset)) place->segment_base = -1;
    }
    fresh->replaces.assign(group.begin(), group.end());
    const auto at = std::ranges::find(store_.segments_, group.front());
    *at = fresh;
    store_.segments_.erase(at + 1, at + std::ssize(group));
    store_.places_ = {};
}

Result<> SegmentCleaner::swap(const Plan& plan, Group group, const SegmentPtr& fresh) {
    const std::scoped_lock work(store_.work_mutex_);
    std::vector<std::shared_ptr<File>> sources;
    Result<> ready;
    if (!still_there(plan, group)) ready = fail(Code::conflict, "its segments changed meanwhile");
    for (size_t i = 0; ready && i < group.size(); ++i) {
        auto source = open_source(group[i]);
        if (source)
            sources.push_back(std::move(*source));
        else
            ready = fail(source.error());
    }
    if (ready) ready = commit(fresh);
    if (!ready) {
        discard(fresh->stem);
        return ready;
    }
    adopt(group, fresh, sources);
    return finish_one(fresh);
}

// work_mutex_ is held.
Result<> SegmentCleaner::finish_one(const SegmentPtr& fresh) {
    Disk& disk = *store_.site_.disk;
    for (const SegmentPtr& old : fresh->replaces)
        if (old->base_offset != fresh->base_offset) PINFLOW_TRY(store_.remove_files(*old));
    PINFLOW_TRY(indexes_in_place(disk, fresh->stem));
    PINFLOW_TRY(log_in_place(disk, fresh->stem));
    store_.site_.files->forget(fresh->path());
    fresh->index->renamed();
    fresh->aborted->renamed();
    if (fresh->aborted->file_bytes() == 0) (void)disk.remove(fresh->stem.string() + ".txnindex");
    const std::scoped_lock lock(store_.list_mutex_);
    fresh->replaces.clear();
    fresh->file.reset();
    return {};
}

std::vector<SegmentCleaner::SegmentPtr> SegmentCleaner::pending() const {
    const std::scoped_lock lock(store_.list_mutex_);
    std::vector<SegmentPtr> found;
    if (store_.removed_) return found;
    std::ranges::copy_if(store_.segments_, std::back_inserter(found),
                         [](const SegmentPtr& each) { return !each->replaces.empty(); });
    return found;
}

Result<> SegmentCleaner::finish() {
    if (pending().empty()) return {};
    const std::scoped_lock work(store_.work_mutex_);
    for (const SegmentPtr& each : pending()) PINFLOW_TRY(finish_one(each));
    return {};
}

Result<> SegmentCleaner::finish_found(const SegmentSite& site) {
    PINFLOW_ASSIGN(const auto entries, site.disk->list(site.folder));
    std::map<std::string, int64_t> found;  // names that begin with an offset
    for (const Disk::Entry& entry : entries)
        if (const auto number = parse_int(std::string_view(entry.name).substr(0, 20)); number && *number >= 0)
            found[entry.name] = *number;
    for (const auto& [name, base] : found) {
        if (!name.ends_with(".log.swap")) continue;
        PINFLOW_ASSIGN(const int64_t last, last_offset_in(*site.disk, site.folder / name));
        const auto stem_of = [&](int64_t offset) { return site.folder / fmt::format("{:020}", offset); };
        for (const auto& [other, number] : found) {
            if (!other.ends_with(".log") || number <= base || number > last) continue;
            for (const char* ending : {".log", ".index", ".timeindex", ".txnindex"})
                PINFLOW_TRY(site.disk->remove(stem_of(number).string() + ending));
        }
        PINFLOW_TRY(indexes_in_place(*site.disk, stem_of(base)));
        PINFLOW_TRY(log_in_place(*site.disk, stem_of(base)));
        spdlog::info("{}: took its place, which a stop had prevented", (site.folder / name).string());
    }
    for (const auto& [name, base] : found)
        if (name.ends_with(".swap") || name.ends_with(".cleaned")) PINFLOW_TRY(site.disk->remove(site.folder / name));
    return {};
}

}  // namespace pinflow::log
