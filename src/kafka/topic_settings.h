// Settings of a topic or of the broker as clients see them, and the changes that clients ask for.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/errors.h"
#include "kafka/handler.h"
#include "kafka/setting_list.h"

namespace pinflow::kafka {

using SettingMap = std::map<std::string, std::string>;

// What is in force, and in whose name.
struct SettingValue {
    const Setting* setting;
    std::string value;
    SettingSource source;
    std::optional<std::string> set;      // by the topic
    std::optional<std::string> started;  // with the broker, where that differs from `built_in`
    std::string built_in;
};

std::vector<SettingValue> values_of_topic(const broker::Topics& topics, const SettingMap& set);
std::vector<SettingValue> values_of_broker(const Door& door);

// Can a topic have these? Known names, values of their types, and within the log's limits.
Result<> check_settings(const SettingMap& settings, const log::Config& defaults);

}  // namespace pinflow::kafka
