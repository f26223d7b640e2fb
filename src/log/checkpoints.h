// The small files of the log folder. Offset checkpoints have Kafka's format: "0", the number of lines, then
// "topic partition offset" a line. The clean-shutdown file is ours: docs/log_format.md.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/disk.h"
#include "base/error.h"
#include "base/uuid.h"
#include "log/segments.h"

namespace pinflow::log {

using PartitionName = std::pair<std::string, int32_t>;  // topic, number
using Offsets = std::map<PartitionName, int64_t>;

int64_t offset_of(const Offsets& offsets, const PartitionName& name);  // 0: not in it
// Empty if there is no such file; corrupt names the line.
Result<Offsets> load_offsets(Disk& disk, const std::filesystem::path& path);
Result<> save_offsets(Disk& disk, const std::filesystem::path& path, const Offsets& offsets);

// Where the recovery points lie in the files. Missing or not whole: segments are scanned from their start.
using Places = std::map<PartitionName, SyncedPlace>;
Places load_places(Disk& disk, const std::filesystem::path& path);
Result<> save_places(Disk& disk, const std::filesystem::path& path, const Places& places);

struct CleanShutdown {
    struct Each {
        Uuid topic_id;
        StoreSummary store;
    };
    uint64_t wal_sequence = 0;
    std::map<PartitionName, Each> partitions;
};

// Nothing if the file is missing, was cut or does not match its checksum: then everything is scanned.
std::optional<CleanShutdown> load_clean_shutdown(Disk& disk, const std::filesystem::path& path);
Result<> save_clean_shutdown(Disk& disk, const std::filesystem::path& path, const CleanShutdown& state);

}  // namespace pinflow::log
