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

// Where the broker's values come from, at one moment. A copy of all of them: one for a request is enough.
struct SettingSources {
    explicit SettingSources(const Door& door);

    const broker::BrokerSettings::Values set;  // while the broker ran
    const SettingMap started;                  // what is configured, or known of this broker
    const SettingMap built_in;
};

std::vector<SettingValue> values_of_topic(const SettingSources& sources, const SettingMap& set);
std::vector<SettingValue> values_of_broker(const SettingSources& sources);
std::vector<SettingValue> values_of_cluster(const SettingSources& sources);  // what was set for all brokers

// Can a topic have these? Known names, values of their types, and within the log's limits.
Result<> check_settings(const SettingMap& settings, const log::Config& defaults);

// What topics do not set themselves: what was configured, and over it what was set while the broker ran. Invalid names
// the first value that cannot be.
Result<log::Config> topic_defaults(const log::Config& configured, const broker::BrokerSettings::Values& set);

}  // namespace pinflow::kafka
