#include "app/offline.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "app/config.h"
#include "app/data_folder.h"
#include "app/databases.h"
#include "app/lake_place.h"
#include "app/log_source.h"
#include "app/overlay_disk.h"
#include "base/clock.h"
#include "base/disk.h"
#include "engine/database.h"
#include "log/log.h"
#include "sink/catalog.h"
#include "sink/pipelines.h"

namespace pinflow::app {

namespace fs = std::filesystem;

namespace {

// Where large statements spill; gone afterwards.
struct ScratchFolder {
    ScratchFolder() : path(fs::temp_directory_path() / fmt::format("pinflow-{}", ::getpid())) {}
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() {
        std::error_code error;
        fs::remove_all(path, error);
    }
    fs::path path;
};

}  // namespace

// In the order of their making; destroyed the other way round.
struct OfflineData::Parts {
    fs::path data;
    std::unique_ptr<DataLock> lock;
    ScratchFolder scratch;
    OverlayDisk disk{posix_disk()};
    std::unique_ptr<log::Log> log;
    std::unique_ptr<broker::Topics> topics;
    Error log_error;
    std::unique_ptr<LogSource> source;
    std::shared_ptr<engine::Database> database;
    std::shared_ptr<const sink::Pipelines> pipelines;
    std::unique_ptr<sink::Catalog> catalog;
    std::unique_ptr<console::Answers> answers;

    Result<> open_log();
    Result<> open_tables(const std::vector<std::string>& own_pipelines, const std::vector<fs::path>& folders);
    std::vector<std::string> topic_names() const;
};

Result<> OfflineData::Parts::open_log() {
    log::Options options;
    options.background = false;
    PINFLOW_ASSIGN(log, log::Log::open(disk, system_clock(), data / "log", options));
    PINFLOW_ASSIGN(topics, broker::Topics::open(disk, system_clock(), *log, data / "topics", {}));
    return {};
}

std::vector<std::string> OfflineData::Parts::topic_names() const {
    std::vector<std::string> names;
    if (topics == nullptr) return names;
    for (const auto& topic : topics->list()) names.push_back(topic->name);
    return names;
}

Result<> OfflineData::Parts::open_tables(const std::vector<std::string>& own_pipelines,
                                         const std::vector<fs::path>& folders_of_others) {
    std::vector<fs::path> named;
    std::vector<std::string> stores;
    for (const fs::path& each : folders_of_others) {
        if (each.string().find("://") == std::string::npos)
            named.push_back(each);
        else
            stores.push_back(each.string());
    }
    PINFLOW_ASSIGN(const auto others, canonical_folders(named));
    PINFLOW_ASSIGN(const LakePlace lake, open_lake_offline(data, stores, scratch.path));
    std::vector<fs::path> readable = others;
    readable.insert(readable.end(), lake.readable.begin(), lake.readable.end());
    PINFLOW_ASSIGN(database,
                   engine::Database::open({.temp_folder = scratch.path, .allowed_folders = std::move(readable)}));
    if (topics != nullptr) {
        source = std::make_unique<LogSource>(*topics);
        PINFLOW_ASSIGN(auto connection, database->connect());
        PINFLOW_TRY(engine::register_record_scan(connection, *source));
    }
    std::vector<fs::path> folders(own_pipelines.begin(), own_pipelines.end());
    if (const auto built_in = built_in_pipelines(); !built_in.empty()) folders.insert(folders.begin(), built_in);
    PINFLOW_ASSIGN(pipelines, sink::Pipelines::load(folders, *database));
    catalog = std::make_unique<sink::Catalog>(database, delta::Environment{disk, system_clock(), database, lake.stores},
                                              pipelines,
                                              sink::CatalogOptions{.lake = lake.folder,
                                                                   .topics = [this] { return topic_names(); },
                                                                   .folders = others,
                                                                   .stores = std::move(stores)});
    answers = std::make_unique<console::Answers>(*catalog);
    return {};
}

Result<std::unique_ptr<OfflineData>> OfflineData::open(const fs::path& folder,
                                                       const std::vector<std::string>& pipelines,
                                                       const std::vector<fs::path>& folders) {
    auto parts = std::make_unique<Parts>();
    parts->data = fs::canonical(folder);
    PINFLOW_ASSIGN(parts->lock, DataLock::share(parts->data));
    if (auto opened = parts->open_log(); !opened) {
        parts->topics.reset();
        parts->log_error = std::move(opened).error().within("the log of " + folder.string());
        spdlog::warn("{}; raw records cannot be read, tables can", parts->log_error.message);
    }
    PINFLOW_TRY(parts->open_tables(pipelines, folders));
    return std::unique_ptr<OfflineData>(new OfflineData(std::move(parts)));
}

OfflineData::OfflineData(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
OfflineData::~OfflineData() = default;

console::Answers& OfflineData::answers() {
    return *parts_->answers;
}

Result<const broker::Topics*> OfflineData::topics() const {
    if (parts_->topics == nullptr) return fail(parts_->log_error);
    return parts_->topics.get();
}

}  // namespace pinflow::app
