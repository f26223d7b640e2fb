#include "kafka/topic_settings.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace pinflow::kafka {
namespace {

// The log's settings under the names that the broker's settings have.
SettingMap by_broker_names(const log::Config& config) {
    SettingMap names;
    const SettingMap log = log::settings_of(config);
    for (const Setting& each : topic_settings())
        if (const auto found = log.find(std::string(each.name)); found != log.end())
            names.emplace(name_in_broker(each), found->second);
    return names;
}

// What is known of this broker; everything else has its default.
SettingMap broker_facts(const Door& door) {
    const std::string node = std::to_string(door.options.node_id);
    const broker::TopicsOptions& topics = door.topics.options();
    const broker::GroupsOptions groups;
    SettingMap facts = {
        {"advertised.listeners", door.options.advertised_listeners},
        {"auto.create.topics.enable", topics.auto_create ? "true" : "false"},
        {"broker.id", node},
        {"listeners", door.options.listeners},
        {"log.dirs", door.options.log_dir},
        {"max.connections", std::to_string(door.options.max_connections)},
        {"node.id", node},
        {"sasl.enabled.mechanisms", fmt::format("{}", fmt::join(door.options.sasl.mechanisms, ","))},
        {"num.partitions", std::to_string(topics.default_partitions)},
        {"group.initial.rebalance.delay.ms", std::to_string(groups.group.initial_rebalance_delay_ms)},
        {"offsets.topic.num.partitions", std::to_string(groups.offsets_partitions)},
        {"offsets.topic.replication.factor", "1"},
        {"transaction.state.log.num.partitions", "1"},
        {"transaction.state.log.replication.factor", "1"},
    };
    for (const auto& [name, value] : by_broker_names(door.options.topic_defaults)) facts.emplace(name, value);
    return facts;
}

void add_set(const SettingSources& sources, SettingValue& value, const std::string& name) {
    if (const auto found = sources.set.broker.find(name); found != sources.set.broker.end())
        value.values.push_back({name, found->second, SettingSource::dynamic_broker});
    if (const auto found = sources.set.cluster.find(name); found != sources.set.cluster.end())
        value.values.push_back({name, found->second, SettingSource::dynamic_default_broker});
}

// What holds of `setting`, a topic's or the broker's, under its name among the broker's. Names that are no settings of
// the broker can be set there too, and give topics nothing.
void add_all(const SettingSources& sources, SettingValue& value, const Setting& setting) {
    const std::string name(name_in_broker(setting));
    if (find_broker_setting(name) != nullptr) add_set(sources, value, name);
    const auto ours = sources.built_in.find(name);
    const std::string otherwise = ours == sources.built_in.end() ? std::string(setting.value) : ours->second;
    if (const auto found = sources.started.find(name); found != sources.started.end() && found->second != otherwise)
        value.values.push_back({name, found->second, SettingSource::static_broker});
    value.values.push_back({name, otherwise, SettingSource::built_in});
}

bool is_listed(std::string_view name) {
    return find_broker_setting(name) != nullptr && !is_of_listener(name);
}

}  // namespace

SettingSources::SettingSources(const Door& door)
    : set(door.settings->values()), started(broker_facts(door)), built_in(by_broker_names(log::Config())) {}

std::vector<SettingValue> values_of_topic(const SettingSources& sources, const SettingMap& set) {
    std::vector<SettingValue> values;
    for (const Setting& setting : topic_settings()) {
        SettingValue& one = values.emplace_back(std::string(setting.name), &setting);
        if (const auto found = set.find(one.name); found != set.end())
            one.values.push_back({one.name, found->second, SettingSource::topic});
        add_all(sources, one, setting);
    }
    return values;
}

std::vector<SettingValue> values_of_broker(const SettingSources& sources) {
    std::vector<SettingValue> values;
    for (const Setting& setting : broker_settings())
        add_all(sources, values.emplace_back(std::string(setting.name), &setting), setting);
    SettingMap others = sources.set.broker;
    others.insert(sources.set.cluster.begin(), sources.set.cluster.end());
    for (const auto& [name, value] : others)
        if (!is_listed(name)) add_set(sources, values.emplace_back(name, find_broker_setting(name)), name);
    return values;
}

std::vector<SettingValue> values_of_cluster(const SettingSources& sources) {
    std::vector<SettingValue> values;
    for (const auto& [name, value] : sources.set.cluster)
        values.emplace_back(name, find_broker_setting(name))
            .values.push_back({name, value, SettingSource::dynamic_default_broker});
    return values;
}

Result<> check_settings(const SettingMap& settings, const log::Config& defaults) {
    for (const auto& [name, value] : settings) {
        const Setting* setting = find_topic_setting(name);
        if (setting == nullptr) return fail(Code::invalid, "Unknown topic config name: {}", name);
        PINFLOW_TRY(check_type(*setting, value));
    }
    return log::Config::check(settings, defaults);
}

namespace {

Result<> check_values(const SettingMap& set) {
    for (const auto& [name, value] : set)
        if (const Setting* setting = find_broker_setting(name);
            setting != nullptr && setting->type != SettingType::password)
            PINFLOW_TRY(check_type(*setting, value));
    return {};
}

}  // namespace

Result<log::Config> topic_defaults(const log::Config& configured, const broker::BrokerSettings::Values& set) {
    PINFLOW_TRY(check_values(set.cluster));
    PINFLOW_TRY(check_values(set.broker));
    log::Config config = configured;
    for (const Setting& setting : topic_settings()) {
        const std::string name(setting.synonym);
        const auto own = set.broker.find(name);
        const auto all = set.cluster.find(name);
        if (own == set.broker.end() && all == set.cluster.end()) continue;
        auto next = log::Config::from(
            {{std::string(setting.name), own == set.broker.end() ? all->second : own->second}}, config);
        if (!next) return fail(std::move(next).error().within(name));
        config = std::move(*next);
    }
    return config;
}

}  // namespace pinflow::kafka
