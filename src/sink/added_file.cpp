#include "sink/added_file.h"

#include "delta/paths.h"

namespace pinflow::sink {
namespace {

// The file, its folder, and the table's folder if that of a partition may be new.
Result<> sync_file(Disk& disk, const std::filesystem::path& path, const std::filesystem::path& table) {
    PINFLOW_ASSIGN(const auto file, disk.open(path, Disk::Mode::read));
    PINFLOW_TRY(file->sync());
    for (auto folder = path.parent_path();; folder = folder.parent_path()) {
        PINFLOW_TRY(disk.sync_directory(folder));
        if (folder == table || !folder.has_relative_path()) return {};
    }
}

}  // namespace

Result<delta::AddFile> added_file(const delta::Environment& environment, const std::filesystem::path& table,
                                  const DataFile& file) {
    PINFLOW_TRY(sync_file(environment.disk, file.file.path, table));
    delta::AddFile add;
    add.path = delta::encode_path(file.file.path.lexically_relative(table).string());
    add.partition_values = file.partition_values;
    add.size_bytes = static_cast<int64_t>(file.file.size_bytes);
    add.modification_ms = environment.clock.wall_ms();
    add.stats_json = file.file.stats_json;
    return add;
}

}  // namespace pinflow::sink
