// Every setting that Kafka clients may see or change: of topics, and of the broker. Names, types, defaults and texts
// are Kafka's (kafka.apache.org/documentation, #topicconfigs and #brokerconfigs), but for write.caching.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pinflow::kafka {

enum class SettingType : int8_t { boolean = 1, string, int32, int16, int64, decimal, list, class_name, password };

// Where a value comes from.
enum class SettingSource : int8_t { topic = 1, dynamic_broker, dynamic_default_broker, static_broker, built_in };

// Whether a setting of the broker can be changed while it runs, and where.
enum class Update : uint8_t {
    never,
    cluster_wide,  // of this broker, or of all
    per_broker,
    per_listener,  // as listener.name.NAME.SETTING of a broker only
};

struct Setting {
    std::string_view name;
    SettingType type;
    std::string_view value;    // Kafka's default; where the log has one of its own, that one counts (log/config.h)
    std::string_view synonym;  // the broker's setting that is a topic's default; of broker settings empty
    std::string_view text;
    // Of the broker's settings:
    Update update = Update::never;
    bool idle = false;  // can be changed, and nothing obeys it
    int64_t least = INT64_MIN;
    int64_t most = INT64_MAX;
};

std::span<const Setting> topic_settings();   // by name
std::span<const Setting> broker_settings();  // by name: broker_setting_list.cpp
const Setting* find_topic_setting(std::string_view name);
const Setting* find_broker_setting(std::string_view name);  // also by its name with a listener's prefix
bool is_of_listener(std::string_view name);                 // listener.name.NAME.SETTING
bool is_fixed_setting(std::string_view name);               // of Kafka's brokers, and cannot be changed while one runs
std::string_view name_in_broker(const Setting& setting);    // of a topic: where its default comes from

// Is that a value of the type, and in the setting's range? Ranges of topics' settings are the log's to check.
Result<> check_type(const Setting& setting, std::string_view value);

}  // namespace pinflow::kafka
