#include <fmt/core.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>

#include "app/app.h"
#include "app/commands.h"
#include "app/place.h"
#include "app/rest_properties.h"

namespace pinflow::app {
namespace {

// `notes` are for the log, once there is one.
Result<Config> config_of(const UpOptions& options, std::vector<std::string>& notes) {
    Config config;
    if (!options.config_file.empty()) PINFLOW_TRY(read_config(options.config_file, config));
    if (!options.rest_properties_file.empty()) {
        PINFLOW_ASSIGN(notes, read_rest_properties(options.rest_properties_file, config));
    }
    const auto set = [](auto& target, const std::string& flag) {
        if (!flag.empty()) target = flag;
    };
    set(config.data, options.data);
    set(config.http, options.http);
    set(config.console, options.console);
    set(config.kafka, options.kafka);
    if (config.kafka == "none") config.kafka.clear();
    set(config.connect, options.connect);
    if (config.connect == "none") config.connect.clear();
    set(config.tls_certificate, options.tls_certificate);
    set(config.tls_key, options.tls_key);
    set(config.tls_client_ca, options.tls_client_ca);
    set(config.tls_client_auth, options.tls_client_auth);
    set(config.log_level, options.log_level);
    for (const std::string& folder : options.pipelines) config.pipelines.emplace_back(folder);
    for (const std::string& file : options.connectors) config.connector_files.emplace_back(file);
    return config;
}

void set_up_logging(const std::string& level) {
    auto logger = spdlog::stderr_color_mt("pinflow");
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::from_str(level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

// SIGINT and SIGTERM, kept from every thread that starts later so that only wait() takes them.
class StopSignals {
  public:
    StopSignals() {
        ::sigemptyset(&signals_);
        ::sigaddset(&signals_, SIGINT);
        ::sigaddset(&signals_, SIGTERM);
        ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }
    void wait() {
        int signal = 0;
        ::sigwait(&signals_, &signal);
        ::pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);  // a second Ctrl-C ends the process at once
    }

  private:
    sigset_t signals_{};
};

}  // namespace

int run_up(const UpOptions& options) {
    std::vector<std::string> notes;
    const auto config = config_of(options, notes);
    if (!config) return report(config.error());
    set_up_logging(config->log_level);
    for (const std::string& note : notes) spdlog::warn("{}", note);
    StopSignals signals;
    auto app = App::start(*config);
    if (!app) return report(app.error());
    fmt::print("{}\n", (*app)->ready_line());
    std::fflush(stdout);
    signals.wait();
    spdlog::info("stopping: finishing requests, flushing, committing");
    const auto stopped = (*app)->stop();
    return stopped ? 0 : report(stopped.error());
}

}  // namespace pinflow::app
