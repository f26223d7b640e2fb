// Settings of a topic or of the broker as clients see them: what is in force, and in whose name.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/handler.h"
#include "kafka/setting_list.h"

namespace pinflow::kafka {

using SettingMap = std::map<std::string, std::string>;

struct SettingSynonym {
    std::string name;  // a topic's default has another one
    std::string value;
    SettingSource source;
};

struct SettingValue {
    std::string name;
    const Setting* setting;              // null: known to nobody
    std::vector<SettingSynonym> values;  // wherever it is set; the first one counts

    const std::string& value() const { return values.front().value; }
    SettingSource source() const { return values.front().source; }
};

std::vector<SettingValue> values_of_topic(const Door& door, const SettingMap& set);
std::vector<SettingValue> values_of_broker(const Door& door);
std::vector<SettingValue> values_of_cluster(const Door& door);  // what was set for all brokers while they ran

// Can a topic have these? Known names, values of their types, and within the log's limits.
Result<> check_settings(const SettingMap& settings, const log::Config& defaults);

// What topics do not set themselves: what was configured, and over it what was set while the broker ran. Invalid names
// the first value that cannot be.
Result<log::Config> topic_defaults(const log::Config& configured, const broker::BrokerSettings::Values& set);

}  // namespace pinflow::kafka
