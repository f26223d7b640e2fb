#include "app/gateway_setup.h"

#include "base/clock.h"

namespace pinflow::app {

Result<std::shared_ptr<gateway::Store>> open_gateway_store(const Config& config) {
    const bool named = !config.gateway_definition.empty();
    return gateway::Store::open(posix_disk(), system_clock(),
                                {.declared = named ? config.gateway_definition : config.data / "gateway.toml",
                                 .declared_is_named = named,
                                 .stored = config.data / "gateway/stored.toml",
                                 .usage = config.data / "gateway/usage.json",
                                 .apis = config.data / "gateway/apis"});
}

Result<std::unique_ptr<net::AccessLog>> open_access_log(const Config& config, const gateway::Gateway& gateway) {
    if (config.access_log.empty()) return nullptr;
    const std::string path = config.access_log == "-" ? "stderr" : config.access_log;
    return net::AccessLog::open(path, net::AccessLog::Format::combined, [&gateway](std::string& out, const auto& line) {
        return gateway.format_access(out, line);
    });
}

}  // namespace pinflow::app
