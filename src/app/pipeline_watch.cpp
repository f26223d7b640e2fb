#include "app/pipeline_watch.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::milliseconds look_every{500};

}  // namespace

PipelineWatch::PipelineWatch(std::vector<fs::path> folders, std::shared_ptr<engine::Database> database, Changed changed)
    : folders_(std::move(folders)), database_(std::move(database)), changed_(std::move(changed)), known_(look()) {
    thread_ = std::jthread([this](const std::stop_token& stopping) { watch(stopping); });
}

void PipelineWatch::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

std::string PipelineWatch::look() const {
    std::set<std::string> files;
    for (const fs::path& folder : folders_) {
        std::error_code ignored;
        fs::recursive_directory_iterator at(folder, ignored);
        for (; !ignored && at != fs::recursive_directory_iterator(); at.increment(ignored)) {  // folders may vanish
            const auto kind = at->path().extension();
            if (kind != ".toml" && kind != ".sql") continue;
            std::error_code vanished;
            files.insert(fmt::format("{} {} {}\n", at->path().string(), at->file_size(vanished),
                                     at->last_write_time(vanished).time_since_epoch().count()));
        }
    }
    return fmt::format("{}", fmt::join(files, ""));
}

// Taken once two looks agree: an editor may be in the middle of saving several files.
void PipelineWatch::watch(const std::stop_token& stopping) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::string last = known_;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stopping, look_every, [] { return false; }) && !stopping.stop_requested()) {
        std::string now = look();
        if (now == last && now != known_) {
            known_ = now;
            reload();
        }
        last = std::move(now);
    }
}

void PipelineWatch::reload() {
    auto pipelines = sink::Pipelines::load(folders_, *database_);
    if (!pipelines) {
        spdlog::error("the pipelines stay as they were, because what changed cannot be loaded: {}",
                      pipelines.error().message);
        return;
    }
    changed_(*pipelines);
    spdlog::info("pipelines changed: records from now on are cleaned by the new ones");
}

}  // namespace pinflow::app
