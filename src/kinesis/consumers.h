// Stream consumers: labels of the stream's topic, kinesis.consumer.NAME = the second of its registration. A consumer
// that is registered anew has another ARN.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis/kinesis.h"
#include "kinesis/labels.h"

namespace pinflow::kinesis {

inline constexpr size_t max_consumers = 20;  // of a stream

struct Consumer {
    std::string name;
    int64_t created_s = 0;
    auto operator<=>(const Consumer&) const = default;
};

// "arn:aws:kinesis:REGION:ACCOUNT:stream/STREAM/consumer/NAME:SECONDS"; region and account are whatever the client
// believes in.
struct ConsumerArn {
    std::string stream;
    Consumer consumer;
    static std::optional<ConsumerArn> parse(std::string_view arn);
};
std::string arn_of(const Kinesis& kinesis, std::string_view stream, const Consumer& consumer);

std::vector<Consumer> consumers_of(const Labels& labels);  // by name
std::optional<Consumer> find_consumer(const Labels& labels, std::string_view name);
ActionError consumer_not_found(const Kinesis& kinesis, std::string_view stream, std::string_view name);

struct FoundConsumer {
    broker::TopicPtr topic;
    Consumer consumer;
};
// ResourceNotFoundException: there is no such stream, or it has no such consumer of that second.
ActionResult<FoundConsumer> find_consumer(const Kinesis& kinesis, const ConsumerArn& arn);

// Of its labels: the consumer's, with its tags.
std::string consumer_label(std::string_view name);
std::string consumer_tag_front(std::string_view name);
void remove_consumer(Labels& labels, std::string_view name);

}  // namespace pinflow::kinesis
