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

struct Setting {
    std::string_view name;
    SettingType type;
    std::string_view value;    // Kafka's default; where the log has one of its own, that one counts (log/config.h)
    std::string_view synonym;  // the broker's setting that is a topic's default; of broker settings empty
    std::string_view text;
};

std::span<const Setting> topic_settings();   // by name
std::span<const Setting> broker_settings();  // by name
const Setting* find_topic_setting(std::string_view name);

// Is that a value of the type? Ranges are the log's to check.
Result<> check_type(const Setting& setting, std::string_view value);

}  // namespace pinflow::kafka
