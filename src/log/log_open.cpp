#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/text.h"
#include "log/log_shared.h"

namespace pinflow::log {

namespace fs = std::filesystem;

namespace {

// "topic-3" -> topic, 3. Topics may hold dashes, numbers do not.
std::optional<PartitionName> parse_folder(const std::string& name) {
    const size_t dash = name.rfind('-');
    if (dash == std::string::npos || dash == 0) return std::nullopt;
    const auto partition = parse_int(std::string_view(name).substr(dash + 1));
    if (!partition || *partition < 0 || *partition > INT32_MAX) return std::nullopt;
    return PartitionName(name.substr(0, dash), static_cast<int32_t>(*partition));
}

// A partition's folder without metadata: no record was ever in it if its creation did not get so far, and it goes.
Result<> drop_unfinished(Disk& disk, const fs::path& place) {
    PINFLOW_ASSIGN(const auto entries, disk.list(place));
    const auto half_written = [](const Disk::Entry& entry) { return entry.name == "partition.metadata.tmp"; };
    if (std::ranges::all_of(entries, half_written)) return disk.remove(place);
    spdlog::warn("{} has no readable partition.metadata, but other files; it is left alone", place.string());
    return {};
}

}  // namespace

Result<> Log::Shared::recover_one(const PartitionName& name, const Found& found) {
    const fs::path place = folder / fmt::format("{}-{}", name.first, name.second);
    const auto metadata = read_file(disk, place / "partition.metadata");
    if (!metadata) return drop_unfinished(disk, place);
    const size_t at = metadata->find("topic_id: ");
    const auto id =
        at == std::string::npos ? std::nullopt : Uuid::parse_kafka(trim(std::string_view(*metadata).substr(at + 10)));
    if (!id) return fail(Code::corrupt, "{}: no topic id in it", (place / "partition.metadata").string());
    const auto redo = found.redo.find({*id, name.second});
    auto partition = make(name, *id, options.defaults);
    const int64_t point = offset_of(found.points, name);
    const auto known = found.places.find(name);
    const bool placed = known != found.places.end() && known->second.offset == point;
    PINFLOW_TRY(partition->store_.recover(redo == found.redo.end() ? std::span<const RedoEntry>() : redo->second, point,
                                          offset_of(found.starts, name), offset_of(reserved, name),
                                          placed ? known->second : SyncedPlace{}));
    partition->adopt_store();
    publish(name, partition);
    return {};
}

// Partitions that are not known yet.
Result<> Log::Shared::recover_folders(const Found& found) {
    PINFLOW_ASSIGN(const auto entries, disk.list(folder));
    for (const Disk::Entry& entry : entries) {
        if (!entry.is_directory) continue;
        if (entry.name.ends_with("-delete")) {
            PINFLOW_TRY(disk.remove(folder / entry.name));
            continue;
        }
        const auto name = parse_folder(entry.name);
        if (!name || partitions.contains(*name)) continue;
        auto recovered = recover_one(*name, found);
        if (!recovered) return fail(std::move(recovered).error().within("recovering " + entry.name));
    }
    return {};
}

Result<> Log::Shared::recover_all() {
    uint64_t floor = 0;
    if (const auto text = read_file(disk, folder / "wal" / "floor"))
        floor = static_cast<uint64_t>(parse_int(*text).value_or(0));
    Found found;
    PINFLOW_ASSIGN(std::vector<WalRecord> records, wal.read(floor));
    for (WalRecord& each : records) found.redo[{each.topic_id, each.partition}].push_back(std::move(each.entry));
    PINFLOW_ASSIGN(found.points, load_offsets(disk, folder / "recovery-point-offset-checkpoint"));
    PINFLOW_ASSIGN(found.starts, load_offsets(disk, folder / "log-start-offset-checkpoint"));
    found.places = load_places(disk, folder / "recovery-places");
    PINFLOW_TRY(recover_folders(found));
    return wal.start(floor);
}

// False: the files are not what the clean shutdown left.
Result<bool> Log::Shared::restore_one(const PartitionName& name, const CleanShutdown::Each& each) {
    auto partition = make(name, each.topic_id, options.defaults);
    PINFLOW_ASSIGN(const bool restored, partition->store_.restore(each.store));
    if (!restored) return false;
    partition->adopt_store();
    publish(name, partition);
    return true;
}

// A topic that was deleted just before a stop may have left its offsets in the small files: one of the same name that
// is made later begins at 0.
Result<> Log::Shared::forget_vanished() {
    const size_t known = reserved.size();
    std::erase_if(reserved, [&](const auto& each) { return !partitions.contains(each.first); });
    if (reserved.size() != known) PINFLOW_TRY(save_offsets(disk, folder / "offset-reservation-checkpoint", reserved));
    PINFLOW_TRY(save_starts());
    const size_t had = compacted.size();
    std::erase_if(compacted, [&](const auto& each) { return !partitions.contains(each.first); });
    if (compacted.size() != had) PINFLOW_TRY(save_offsets(disk, folder / "cleaner-offset-checkpoint", compacted));
    saved_places = load_places(disk, folder / "recovery-places");
    PINFLOW_ASSIGN(saved_points, load_offsets(disk, folder / "recovery-point-offset-checkpoint"));
    return save_points();
}

Result<> Log::Shared::open_all() {
    PINFLOW_TRY(disk.make_directories(folder));
    PINFLOW_ASSIGN(reserved, load_offsets(disk, folder / "offset-reservation-checkpoint"));
    PINFLOW_ASSIGN(compacted, load_offsets(disk, folder / "cleaner-offset-checkpoint"));
    const fs::path mark = folder / "clean-shutdown";
    const auto clean = load_clean_shutdown(disk, mark);
    if (!clean) {
        PINFLOW_TRY(recover_all());
        return forget_vanished();
    }
    PINFLOW_TRY(disk.remove(mark));
    PINFLOW_TRY(disk.sync_directory(folder));
    Found changed;
    for (const auto& [name, each] : clean->partitions) {
        PINFLOW_ASSIGN(const bool restored, restore_one(name, each));
        if (restored) continue;
        spdlog::warn("{}-{}: its files have changed since the clean shutdown; they are scanned", name.first,
                     name.second);
        changed.starts[name] = each.store.start_offset;
    }
    PINFLOW_TRY(recover_folders(changed));
    PINFLOW_TRY(wal.start(clean->wal_sequence));
    return forget_vanished();
}

}  // namespace pinflow::log
