#include "kinesis/consumers.h"

#include "base/text.h"

namespace pinflow::kinesis {
namespace {

constexpr std::string_view front = "kinesis.consumer.", tags_front = "kinesis.consumer_tag.";
constexpr std::string_view consumer_part = "/consumer/";

}  // namespace

std::optional<ConsumerArn> ConsumerArn::parse(std::string_view arn) {
    const std::string_view behind_stream = stream_name_of_arn(arn);
    const size_t at = behind_stream.find(consumer_part);
    if (at == behind_stream.npos) return std::nullopt;
    const std::string_view consumer = behind_stream.substr(at + consumer_part.size());
    const size_t colon = consumer.rfind(':');
    if (colon == consumer.npos) return std::nullopt;
    const auto created_s = parse_int(consumer.substr(colon + 1));
    if (at == 0 || colon == 0 || !created_s) return std::nullopt;
    return ConsumerArn{std::string(behind_stream.substr(0, at)), {std::string(consumer.substr(0, colon)), *created_s}};
}

std::string arn_of(const Kinesis& kinesis, std::string_view stream, const Consumer& consumer) {
    return fmt::format("{}{}{}:{}", kinesis.arn(stream), consumer_part, consumer.name, consumer.created_s);
}

std::vector<Consumer> consumers_of(const Labels& labels) {
    std::vector<Consumer> consumers;
    for (auto each = labels.lower_bound(std::string(front)); each != labels.end() && each->first.starts_with(front);
         ++each)
        consumers.push_back({each->first.substr(front.size()), parse_int(each->second).value_or(0)});
    return consumers;
}

std::optional<Consumer> find_consumer(const Labels& labels, std::string_view name) {
    const std::string_view created_s = label(labels, consumer_label(name));
    if (created_s.empty()) return std::nullopt;
    return Consumer{std::string(name), parse_int(created_s).value_or(0)};
}

ActionError consumer_not_found(const Kinesis& kinesis, std::string_view stream, std::string_view name) {
    return {"ResourceNotFoundException", fmt::format("Consumer {} under stream {} not found for account {}.", name,
                                                     stream, kinesis.options().account)};
}

ActionResult<FoundConsumer> find_consumer(const Kinesis& kinesis, const ConsumerArn& arn) {
    PINFLOW_ASSIGN(broker::TopicPtr topic, kinesis.stream(arn.stream));
    const auto found = find_consumer(topic->labels, arn.consumer.name);
    if (found != arn.consumer)
        return std::unexpected(
            consumer_not_found(kinesis, arn.stream, fmt::format("{}:{}", arn.consumer.name, arn.consumer.created_s)));
    return FoundConsumer{std::move(topic), *found};
}

std::string consumer_label(std::string_view name) {
    return fmt::format("{}{}", front, name);
}

// No name has a slash.
std::string consumer_tag_front(std::string_view name) {
    return fmt::format("{}{}/", tags_front, name);
}

void remove_consumer(Labels& labels, std::string_view name) {
    labels.erase(consumer_label(name));
    const std::string tags = consumer_tag_front(name);
    std::erase_if(labels, [&](const auto& each) { return each.first.starts_with(tags); });
}

}  // namespace pinflow::kinesis
