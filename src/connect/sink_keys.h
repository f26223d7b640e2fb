// The configuration keys that every sink connector has, as Kafka Connect has them (ConnectorConfig and
// SinkConnectorConfig in apache/kafka): names, types, defaults, groups and order.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "connect/key.h"

namespace pinflow::connect {

inline constexpr int64_t most_tasks = 1000;  // of one connector: tasks.max
inline constexpr std::string_view converter_classes[] = {"org.apache.kafka.connect.json.JsonConverter",
                                                         "org.apache.kafka.connect.storage.StringConverter",
                                                         "org.apache.kafka.connect.converters.ByteArrayConverter"};
inline constexpr std::string_view header_converter_classes[] = {
    "org.apache.kafka.connect.storage.SimpleHeaderConverter", "org.apache.kafka.connect.storage.StringConverter",
    "org.apache.kafka.connect.json.JsonConverter", "org.apache.kafka.connect.converters.ByteArrayConverter"};

std::span<const Key> sink_keys();
// What `transforms` and `predicates` of a configuration ask for. There are none here: each of these keys is refused,
// and says so.
std::vector<Key> alias_keys(const Properties& config);
// Errors that take more than one key to see: topics, topics.regex, the dead-letter queue.
KeyErrors check_topics(const Properties& config);

}  // namespace pinflow::connect
