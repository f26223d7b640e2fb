#include "app/settings.h"

#include <spdlog/spdlog.h>

#include "base/json_writer.h"
#include "kafka/broker_changes.h"
#include "kafka/broker_errors.h"

namespace pinflow::app {
namespace {

void tell(const broker::BrokerSettings::Map& set, const std::filesystem::path& file) {
    for (const auto& [name, value] : set)
        spdlog::info("{} is {}, says {}", name, json_string(kafka::shortened(value)), file.string());
}

}  // namespace

Result<Settings> open_settings(const Config& config) {
    const std::filesystem::path file = config.data / "broker_settings.json";
    Settings settings;
    if (auto good = log::Config::check(config.topic_defaults, log::Config{}); !good)
        return fail(std::move(good).error().within("[topics] of the configuration"));
    PINFLOW_ASSIGN(settings.configured, log::Config::from(config.topic_defaults, log::Config{}));
    PINFLOW_ASSIGN(settings.set, broker::BrokerSettings::open(posix_disk(), file));
    const auto values = settings.set->values();
    auto defaults = kafka::topic_defaults(settings.configured, values);
    if (!defaults) return fail(std::move(defaults).error().within(file.string()));
    settings.topic_defaults = std::move(*defaults);
    settings.producer_expiration_ms = kafka::producer_expiration_ms(values);
    tell(values.cluster, file);
    tell(values.broker, file);
    return settings;
}

}  // namespace pinflow::app
