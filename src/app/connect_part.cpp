#include "app/connect_part.h"

#include <spdlog/spdlog.h>

#include "app/connect_plugins.h"
#include "app/door_metrics.h"
#include "base/disk.h"
#include "base/json_writer.h"

namespace pinflow::app {
namespace {

connect::Given given_of(const ConnectorFile& file) {
    connect::Given given;
    for (const auto& [key, value] : file.config) given[key] = value;
    return given;
}

Error of_file(const std::string& path, const std::string& why) {
    return {Code::invalid, fmt::format("--connector (or `connectors` in the settings) {}: {}", path, why)};
}

// With all that is wrong, before any connector runs.
Result<std::vector<ConnectorFile>> read_files(const Config& config, const connect::Worker& worker) {
    std::vector<ConnectorFile> files;
    for (const auto& path : config.connector_files) {
        auto file = read_connector_file(path);
        if (!file) return fail(of_file(path.string(), file.error().message));
        const auto validation = worker.check(given_of(*file));
        if (!validation) return fail(of_file(path.string(), validation.error().message));
        if (validation->error_count() > 0) return fail(of_file(path.string(), validation->text()));
        files.push_back(std::move(*file));
    }
    return files;
}

}  // namespace

Result<std::unique_ptr<ConnectPart>> ConnectPart::open(const Config& config, net::Loops& loops, broker::Topics& topics,
                                                       std::shared_ptr<broker::Groups> groups, std::string cluster_id,
                                                       sink::Tables& tables) {
    auto part = std::make_unique<ConnectPart>();
    PINFLOW_ASSIGN(connect::Plugins plugins, connect_plugins(config));
    connect::WorkerSite site{.topics = topics,
                             .groups = std::move(groups),
                             .clock = system_clock(),
                             .disk = posix_disk(),
                             .file = config.data / "connectors.json",
                             .plugins = std::move(plugins),
                             .forgetting = forgetting_of(tables)};
    PINFLOW_ASSIGN(part->worker_, connect::Worker::open(std::move(site), config.connect_threads));
    PINFLOW_ASSIGN(part->files_, read_files(config, *part->worker_));
    part->forgetting_ = std::make_unique<ObjectForgetting>(tables, *part->worker_);
    part->workers_ = std::make_unique<Workers>(4, 0);
    part->door_ = std::make_unique<connect::Door>(*part->worker_, *part->workers_, std::move(cluster_id));
    if (config.connect.empty()) return part;
    net::Limits limits;
    limits.max_connections = static_cast<size_t>(config.max_connections);
    PINFLOW_ASSIGN(part->http_, HttpDoor::open(loops, *part->door_, config, {"connect", config.connect, limits}));
    return part;
}

Result<> ConnectPart::start() {
    const std::string url = url_from_here();
    worker_->start(url.empty() ? "127.0.0.1" : url.substr(url.find("//") + 2));
    forgetting_->start();
    for (const ConnectorFile& file : files_)
        if (const auto done = worker_->put(file.name, given_of(file), std::nullopt, true); !done)
            return fail(Code::invalid, "{}: {}", file.name, done.error().message);
    return {};
}

void ConnectPart::add_metrics(console::Metrics& metrics) const {
    if (http_) add_door_metrics(metrics, "connect", *http_);
    const auto states = [&](const char* what, std::map<connect::State, int> connect::Worker::Counts::* counts) {
        metrics.add_family(fmt::format("pinflow_connect_{}", what), "gauge", fmt::format("{} by state", what),
                           [this, counts](const console::Metrics::Tell& tell) {
                               const auto now = worker_->counts();
                               for (const auto& [state, count] : now.*counts)
                                   tell("", fmt::format("state=\"{}\"", connect::name(state)), count);
                           });
    };
    states("connectors", &connect::Worker::Counts::connectors);
    states("tasks", &connect::Worker::Counts::tasks);
    const auto by_connector = [&](const char* name, const char* kind, const char* help, auto member) {
        metrics.add_family(fmt::format("pinflow_connector_{}", name), kind, help,
                           [this, member](const console::Metrics::Tell& tell) {
                               for (const auto& [connector, counts] : worker_->counts().by_connector)
                                   tell("", "connector=" + json_string(connector), static_cast<double>(counts.*member));
                           });
    };
    using Counts = connect::TaskRun::Counts;
    by_connector("records_total", "counter", "records given to tasks since they began", &Counts::records);
    by_connector("failed_records_total", "counter", "of them, those that could not be used", &Counts::failed);
    by_connector("dead_letters_total", "counter", "of them, those copied to a dead-letter queue",
                 &Counts::dead_letters);
    by_connector("lag_records", "gauge", "committed records that no position has passed", &Counts::lag);
}

void ConnectPart::tell(JsonWriter& json) const {
    if (http_) http_->tell(json, "connect");
}

std::string ConnectPart::url_from_here() const {
    return http_ ? http_->url_from_here() : "";
}

void ConnectPart::stop() {
    using namespace std::chrono_literals;
    if (http_ && !http_->drain(5s)) spdlog::warn("some calls of the Connect door were not finished within 5 s");
    end_tasks();
}

void ConnectPart::end_tasks() {
    forgetting_->stop();
    worker_->stop();
}

}  // namespace pinflow::app
