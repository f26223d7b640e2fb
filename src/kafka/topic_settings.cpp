#include "kafka/topic_settings.h"

#include <algorithm>

namespace pinflow::kafka {
namespace {

std::string or_default(const SettingMap& map, const Setting& setting) {
    const auto found = map.find(std::string(setting.name));
    return found == map.end() ? std::string(setting.value) : found->second;
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
        {"node.id", node},
        {"num.partitions", std::to_string(topics.default_partitions)},
        {"group.initial.rebalance.delay.ms", std::to_string(groups.group.initial_rebalance_delay_ms)},
        {"offsets.topic.num.partitions", std::to_string(groups.offsets_partitions)},
        {"offsets.topic.replication.factor", "1"},
        {"transaction.state.log.num.partitions", "1"},
        {"transaction.state.log.replication.factor", "1"},
    };
    const SettingMap log = log::settings_of(door.topics.defaults());
    for (const Setting& each : topic_settings())
        if (const auto found = log.find(std::string(each.name)); found != log.end() && !each.synonym.empty())
            facts.emplace(each.synonym, found->second);
    return facts;
}

}  // namespace

std::vector<SettingValue> values_of_topic(const broker::Topics& topics, const SettingMap& set) {
    const SettingMap ours = log::settings_of(log::Config());
    const SettingMap started = log::settings_of(topics.defaults());
    std::vector<SettingValue> values;
    for (const Setting& setting : topic_settings()) {
        SettingValue& one = values.emplace_back(&setting);
        one.built_in = or_default(ours, setting);
        one.value = or_default(started, setting);
        one.source = SettingSource::built_in;
        if (one.value != one.built_in) {
            one.source = SettingSource::static_broker;
            one.started = one.value;
        }
        if (const auto found = set.find(std::string(setting.name)); found != set.end()) {
            one.source = SettingSource::topic;
            one.set = found->second;
            one.value = found->second;
        }
    }
    return values;
}

std::vector<SettingValue> values_of_broker(const Door& door) {
    const SettingMap facts = broker_facts(door);
    std::vector<SettingValue> values;
    for (const Setting& setting : broker_settings()) {
        SettingValue& one = values.emplace_back(&setting);
        one.built_in = setting.value;
        one.value = or_default(facts, setting);
        one.source = SettingSource::built_in;
        if (one.value == one.built_in) continue;
        one.source = SettingSource::static_broker;
        one.started = one.value;
    }
    return values;
}

Result<> check_settings(const SettingMap& settings, const log::Config& defaults) {
    for (const auto& [name, value] : settings) {
        const Setting* setting = find_topic_setting(name);
        if (setting == nullptr) return fail(Code::invalid, "Unknown topic config name: {}", name);
        PINFLOW_TRY(check_type(*setting, value));
    }
    PINFLOW_TRY(log::Config::from(settings, defaults));
    return {};
}

}  // namespace pinflow::kafka
