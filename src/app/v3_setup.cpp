#include "app/v3_setup.h"

#include "base/text.h"
#include "kafka/topic_settings.h"

namespace pinflow::app {
namespace {

std::string_view name_of(kafka::SettingSource source) {
    switch (source) {
        case kafka::SettingSource::topic:
            return "DYNAMIC_TOPIC_CONFIG";
        case kafka::SettingSource::dynamic_broker:
            return "DYNAMIC_BROKER_CONFIG";
        case kafka::SettingSource::dynamic_default_broker:
            return "DYNAMIC_DEFAULT_BROKER_CONFIG";
        case kafka::SettingSource::static_broker:
            return "STATIC_BROKER_CONFIG";
        case kafka::SettingSource::built_in:
            break;
    }
    return "DEFAULT_CONFIG";
}

// The name of a setting that nobody knows may be that of a password.
bool is_secret(const kafka::SettingValue& value) {
    return value.setting == nullptr || value.setting->type == kafka::SettingType::password;
}

std::vector<rest::V3Setting> told(const std::vector<kafka::SettingValue>& values, bool of_topic) {
    std::vector<rest::V3Setting> settings;
    for (const kafka::SettingValue& value : values) {
        rest::V3Setting& one = settings.emplace_back();
        one.name = value.name;
        one.is_sensitive = is_secret(value);
        one.is_default = value.source() == kafka::SettingSource::built_in;
        one.is_read_only = !of_topic && kafka::is_fixed_setting(value.name);
        one.source = name_of(value.source());
        const auto shown = [&](const std::string& text) {
            return one.is_sensitive ? std::nullopt : std::optional(text);
        };
        one.value = shown(value.value());
        for (const kafka::SettingSynonym& each : value.values)
            one.synonyms.push_back({each.name, shown(each.value), name_of(each.source)});
    }
    return settings;
}

// Of "PLAINTEXT://host:9092,…" the first.
std::pair<std::string, int32_t> first_address(std::string_view listeners) {
    std::string_view first = listeners.substr(0, listeners.find(','));
    first.remove_prefix(first.find("://") + 3);
    const size_t colon = first.rfind(':');
    return {std::string(first.substr(0, colon)), static_cast<int32_t>(parse_int(first.substr(colon + 1)).value_or(0))};
}

}  // namespace

rest::V3Site v3_site(const kafka::Door& door, std::shared_ptr<broker::Groups> groups, bool is_open) {
    rest::V3Site site{.topics = door.topics,
                      .groups = std::move(groups),
                      .clock = door.clock,
                      .workers = &door.workers,
                      .cluster_id = door.options.cluster_id,
                      .broker_id = door.options.node_id};
    if (is_open) site.broker_address = [&door] { return first_address(door.options.advertised_listeners); };
    site.acls = [&door] { return door.acls; };
    site.topic_settings = [&door](const broker::Topic& topic) {
        return told(kafka::values_of_topic(kafka::SettingSources(door), topic.config), true);
    };
    site.broker_settings = [&door] { return told(kafka::values_of_broker(kafka::SettingSources(door)), false); };
    site.is_topic_setting = [](std::string_view name) { return kafka::find_topic_setting(name) != nullptr; };
    site.check_topic_settings = [&door](const std::map<std::string, std::string>& settings) {
        return kafka::check_settings(settings, door.topics.defaults());
    };
    return site;
}

}  // namespace pinflow::app
