#include "app/offline.h"

#include "app/config.h"
#include "base/clock.h"
#include "base/disk.h"
#include "engine/database.h"
#include "sink/catalog.h"
#include "sink/pipelines.h"

namespace pinflow::app {

Result<std::string> ask_offline(const std::filesystem::path& folder,
                                const std::function<Result<std::string>(console::Answers&)>& question) {
    const std::filesystem::path data = std::filesystem::canonical(folder);
    PINFLOW_ASSIGN(const auto database, engine::Database::open({.allowed_folders = {data / "lake"}}));
    std::vector<std::filesystem::path> folders;
    if (const auto built_in = built_in_pipelines(); !built_in.empty()) folders.push_back(built_in);
    PINFLOW_ASSIGN(const auto pipelines, sink::Pipelines::load(folders, *database));
    // No topics: recovery belongs to the process that owns the log, so raw records are asked of a running Pinflow.
    sink::Catalog catalog(database, delta::Environment{posix_disk(), system_clock(), database}, pipelines,
                          sink::CatalogOptions{.lake = data / "lake", .topics = {}});
    console::Answers answers(catalog);
    return question(answers);
}

}  // namespace pinflow::app
