// Any bytes as a checkpoint file: an error or a table, no crash. And any commit's actions, as a checkpoint that is
// written and read again: the same files, positions and schema.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "delta/checkpoint.h"
#include "delta/log_files.h"
#include "engine/database.h"

namespace {

using namespace pinflow;
using namespace pinflow::delta;

struct World {
    World() { std::filesystem::create_directories(log_folder(folder)); }
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "pinflow-checkpoint-fuzz";
    std::shared_ptr<engine::Database> database = *engine::Database::open({.allowed_folders = {folder}});
    Environment environment{posix_disk(), system_clock(), database};
    std::shared_ptr<TableFiles> files = local_files(posix_disk(), folder);
    const std::vector<std::string> names = {checkpoint_name(0)};
};

std::vector<AddFile> files_of(const Snapshot& snapshot) {
    std::vector<AddFile> files;
    snapshot.files.for_each([&](const FileSet::Pointer& file) { files.push_back(*file); });
    std::ranges::sort(files, {}, &AddFile::path);
    return files;
}

void there_and_back(World& world, std::string_view lines) {
    const auto actions = parse_actions(lines);
    if (!actions) return;
    Snapshot before;
    apply_commit(before, 0, *actions);
    if (!before.metadata || !before.protocol) return;
    if (!write_checkpoint(world.environment, *world.files, before, 0)) return;  // text that is no UTF-8
    const auto after = read_checkpoint(world.environment, *world.files, 0, world.names);
    if (!after || files_of(*after) != files_of(before) || *after->metadata != *before.metadata) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static World world;
    if (size == 0) return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 == 0) {
        there_and_back(world, rest);
    } else if (replace_file(posix_disk(), log_folder(world.folder) / world.names[0], rest)) {
        if (read_checkpoint(world.environment, *world.files, 0, world.names)) return 0;
    }
    return 0;
}
