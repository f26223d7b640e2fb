#include "sink/added_file.h"

#include "delta/paths.h"

namespace pinflow::sink {
Result<delta::AddFile> added_file(const delta::Environment& environment, const std::filesystem::path& table,
                                  const DataFile& file) {
    PINFLOW_TRY(delta::files_of(environment, table)->publish(file.file.path));
    delta::AddFile add;
    add.path = delta::encode_path(file.file.path.lexically_relative(table).string());
    add.partition_values = file.partition_values;
    add.size_bytes = static_cast<int64_t>(file.file.size_bytes);
    add.modification_ms = environment.clock.wall_ms();
    add.stats_json = file.file.stats_json;
    return add;
}

}  // namespace pinflow::sink
