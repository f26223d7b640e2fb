// What Kinesis remembers of a stream, in the labels of its topic.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "broker/stream.h"

namespace pinflow::kinesis {

using Labels = std::map<std::string, std::string>;

inline constexpr std::string_view mode_label = "kinesis.mode";        // absent: PROVISIONED
inline constexpr std::string_view key_label = "kinesis.key_id";       // there: encrypted, as far as clients are told
inline constexpr std::string_view metrics_label = "kinesis.metrics";  // names with commas
inline constexpr std::string_view shards_label = "kinesis.shards";    // ShardTree::text(); absent: never resharded
inline constexpr std::string_view tag_front = "kinesis.tag.";         // and the tag's key

// `labels`, and those that make the topic a stream.
Labels labels_of_stream(Labels labels, int64_t now_ms);
using broker::is_stream;
int64_t stream_created_ms(const broker::Topic& topic);
// Empty if there is none.
std::string_view label(const Labels& labels, std::string_view name);
std::string_view label(const broker::Topic& topic, std::string_view name);
std::string_view stream_mode(const broker::Topic& topic);

}  // namespace pinflow::kinesis
