#include "connect/validation.h"

#include <algorithm>

#include "base/toml_reader.h"
#include "connect/sink_keys.h"

namespace pinflow::connect {
namespace {

Properties without_nulls(const Given& given) {
    Properties config;
    for (const auto& [key, value] : given)
        if (value) config.emplace(key, *value);
    return config;
}

void add_keys(Validation& validation, std::span<const Key> keys, const Properties& config) {
    for (const Key& key : keys) {
        // A connector may know a key of all connectors better.
        const auto same = [&](const ConfigInfo& info) { return info.key && info.key->name == key.name; };
        std::erase_if(validation.configs, same);
        validation.configs.push_back({key, read_value(key, config)});
        if (!key.group.empty() && std::ranges::find(validation.groups, key.group) == validation.groups.end())
            validation.groups.push_back(key.group);
    }
}

void add_error(Validation& validation, const std::string& key, std::string message) {
    const auto known =
        std::ranges::find_if(validation.configs, [&](const ConfigInfo& info) { return info.value.name == key; });
    if (known != validation.configs.end()) return known->value.errors.push_back(std::move(message));
    validation.configs.push_back({std::nullopt, {.name = key, .value = std::nullopt, .errors = {std::move(message)}}});
}

Properties understood(const Validation& validation, Properties config) {
    for (const ConfigInfo& info : validation.configs) {
        if (info.value.value)
            config[info.value.name] = *info.value.value;
        else
            config.erase(info.value.name);
    }
    return config;
}

bool has_a_prefix_of_parts(std::string_view key) {
    for (const std::string_view prefix : {"key.converter.", "value.converter.", "header.converter.", "transforms.",
                                          "predicates.", "consumer.override.", "producer.override.", "admin.override."})
        if (key.starts_with(prefix)) return true;
    return false;
}

}  // namespace

size_t Validation::error_count() const {
    size_t count = 0;
    for (const ConfigInfo& info : configs) count += info.value.errors.size();
    return count;
}

std::string Validation::text() const {
    std::string text =
        fmt::format("Connector configuration is invalid and contains the following {} error(s):", error_count());
    for (const ConfigInfo& info : configs)
        for (const std::string& error : info.value.errors) text += "\n" + error;
    return text +
           "\nYou can also find the above list of errors at the endpoint "
           "`/connector-plugins/{connectorType}/config/validate`";
}

Validation validate(const Plugin& plugin, const Given& given) {
    const Properties config = without_nulls(given);
    Validation validation;
    validation.name = text_of(config, "connector.class");
    add_keys(validation, sink_keys(), config);
    add_keys(validation, alias_keys(config), config);
    add_keys(validation, plugin.keys(), config);
    for (const auto& [key, value] : given)
        if (!value) add_error(validation, key, "Null value can not be supplied as the configuration value.");
    const bool each_is_good = validation.error_count() == 0;
    validation.config = understood(validation, config);
    for (const auto& [key, message] : check_topics(config)) add_error(validation, key, message);
    if (each_is_good)
        for (const auto& [key, message] : plugin.check(validation.config)) add_error(validation, key, message);
    return validation;
}

std::vector<std::string> near_misses(const Properties& config, const std::vector<std::string>& known) {
    std::vector<std::string> notes;
    for (const auto& [key, value] : config) {
        if (has_a_prefix_of_parts(key) || std::ranges::find(known, key) != known.end()) continue;
        const std::string near = nearest(key, known);
        if (!near.empty())
            notes.push_back(fmt::format("{} is not a key of this connector: did you mean {}?", key, near));
    }
    return notes;
}

std::vector<std::string> near_misses(const Validation& validation) {
    std::vector<std::string> known;
    for (const ConfigInfo& info : validation.configs) known.push_back(info.value.name);
    return near_misses(validation.config, known);
}

}  // namespace pinflow::connect
