#include "rest/consumer_protocol.h"

#include <map>
#include <vector>

#include "broker/offsets_fields.h"

namespace pinflow::rest {
namespace {

constexpr int16_t written_version = 0;
constexpr size_t least_topic_bytes = 6;  // an empty name and no partitions
constexpr size_t partition_bytes = 4;

}  // namespace

std::string encode_subscription(const TopicNames& topics) {
    broker::FieldWriter out(written_version);
    out.number(static_cast<int32_t>(topics.size()));
    for (const std::string& topic : topics) out.text(topic);
    out.number(int32_t{-1});  // no bytes of its own
    return out.take();
}

std::string encode_assignment(const TopicPartitions& partitions) {
    std::map<std::string_view, std::vector<int32_t>> by_topic;
    for (const auto& [topic, partition] : partitions) by_topic[topic].push_back(partition);
    broker::FieldWriter out(written_version);
    out.number(static_cast<int32_t>(by_topic.size()));
    for (const auto& [topic, numbers] : by_topic) {
        out.text(topic);
        out.number(static_cast<int32_t>(numbers.size()));
        for (const int32_t number : numbers) out.number(number);
    }
    out.number(int32_t{-1});
    return out.take();
}

std::optional<TopicPartitions> decode_assignment(Bytes bytes) {
    TopicPartitions partitions;
    if (bytes.empty()) return partitions;
    broker::FieldReader in(bytes);
    const auto version = in.number<int16_t>();
    const size_t topics = in.array_size();
    if (!in.good() || version < 0 || topics > in.left() / least_topic_bytes) return std::nullopt;
    for (size_t i = 0; i < topics; ++i) {
        const std::string topic = in.text();
        const size_t count = in.array_size();
        if (!in.good() || count > in.left() / partition_bytes) return std::nullopt;
        for (size_t k = 0; k < count; ++k) partitions.insert({topic, in.number<int32_t>()});
    }
    return partitions;
}

}  // namespace pinflow::rest
