// What every door must know about streams of Kinesis: which topics are some. The rest is the Kinesis door's business.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "broker/topics.h"

namespace pinflow::broker {

inline constexpr std::string_view stream_label = "kinesis.stream";

inline bool is_stream(const std::map<std::string, std::string>& labels) {
    const auto found = labels.find(std::string(stream_label));
    return found != labels.end() && found->second == "true";
}
// Its partitions are shards: they become more only by what the stream's owner does to its shards.
inline bool is_stream(const Topic& topic) {
    return is_stream(topic.labels);
}

}  // namespace pinflow::broker
