#include "app/databases.h"

#include <algorithm>
#include <thread>

namespace pinflow::app {

int threads_or_cores(int configured) {
    return configured > 0 ? configured : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Two: one reads a full load while the other writes it.
int tables_at_a_time(const Config& config) {
    return config.table_threads > 0 ? config.table_threads : 2;
}

Result<std::shared_ptr<engine::Database>> open_flow(const Config& config,
                                                    const std::vector<std::filesystem::path>& lake) {
    return engine::Database::open({.memory_limit = config.tables_memory,
                                   .threads = 1,  // a statement is one of many: tables run side by side
                                   .temp_folder = config.data / "tmp" / "tables",
                                   .allowed_folders = lake,
                                   .filter_last = true,
                                   .keep_order = false});
}

Result<std::shared_ptr<engine::Database>> open_people(const Config& config,
                                                      const std::vector<std::filesystem::path>& lake) {
    std::vector<std::filesystem::path> folders = config.query_folders;
    folders.insert(folders.end(), lake.begin(), lake.end());
    return engine::Database::open({.memory_limit = config.query_memory,
                                   .threads = threads_or_cores(config.query_threads),
                                   .temp_folder = config.data / "tmp" / "sql",
                                   .allowed_folders = std::move(folders)});
}

Result<std::vector<std::filesystem::path>> canonical_folders(const std::vector<std::filesystem::path>& folders) {
    std::vector<std::filesystem::path> all;
    for (const auto& folder : folders) {
        std::error_code error;
        all.push_back(std::filesystem::canonical(folder, error));
        if (error || !std::filesystem::is_directory(all.back())) {
            return fail(Code::not_found, "{}, which SQL is to read tables from, is no folder", folder.string());
        }
    }
    return all;
}

}  // namespace pinflow::app
