// RegisterStreamConsumer and its kind: who may subscribe to the shards of a stream.
#include <algorithm>

#include "base/text.h"
#include "kinesis/actions.h"
#include "kinesis/consumers.h"
#include "kinesis/labels.h"
#include "kinesis/subscriptions.h"
#include "kinesis/tags.h"
#include "kinesis/token.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t most_results = 100;

std::unexpected<ActionError> invalid(std::string message) {
    return std::unexpected(ActionError{"InvalidArgumentException", std::move(message)});
}

void write_members(Answer& answer, const Kinesis& kinesis, std::string_view stream, const Consumer& consumer) {
    answer.key("ConsumerARN").text(arn_of(kinesis, stream, consumer));
    answer.key("ConsumerCreationTimestamp").time(consumer.created_s * 1000);
    answer.key("ConsumerName").text(consumer.name).key("ConsumerStatus").text("ACTIVE");
}

// By its ARN, by its name in a stream, or by both if they name one consumer.
ActionResult<FoundConsumer> consumer_of(const Kinesis& kinesis, const Request& request) {
    const auto arn = request.text("ConsumerARN"), stream_arn = request.text("StreamARN"),
               name = request.text("ConsumerName");
    if (!arn && (!stream_arn || !name))
        return invalid("Either ConsumerARN, or StreamARN and ConsumerName, should be provided.");
    if (!arn) {
        PINFLOW_ASSIGN(broker::TopicPtr topic, kinesis.stream(stream_name_of_arn(*stream_arn)));
        auto consumer = find_consumer(topic->labels, *name);
        if (!consumer) return std::unexpected(consumer_not_found(kinesis, topic->name, *name));
        return FoundConsumer{std::move(topic), *std::move(consumer)};
    }
    const auto parsed = ConsumerArn::parse(*arn);
    const bool conflicts = !parsed || (name && *name != parsed->consumer.name) ||
                           (stream_arn && stream_name_of_arn(*stream_arn) != parsed->stream);
    if (conflicts) return invalid("ConsumerARN, StreamARN and ConsumerName do not name one consumer.");
    return find_consumer(kinesis, *parsed);
}

ActionResult<void> add_consumer(const Kinesis& kinesis, const Request& request, std::string_view stream,
                                const Consumer& consumer, Labels& labels) {
    const std::string_view account = kinesis.options().account;
    if (find_consumer(labels, consumer.name))
        return std::unexpected(ActionError{
            "ResourceInUseException",
            fmt::format("Consumer {} under stream {} already exists for account {}.", consumer.name, stream, account)});
    if (consumers_of(labels).size() >= max_consumers)
        return std::unexpected(
            ActionError{"LimitExceededException",
                        fmt::format("Stream {} under account {} has {} consumers already, which is the most it may "
                                    "have.",
                                    stream, account, max_consumers)});
    labels[consumer_label(consumer.name)] = std::to_string(consumer.created_s);
    const auto tags = request.item("Tags");
    if (!tags) return {};
    return add_tags(labels, consumer_tag_front(consumer.name), *tags, fmt::format("consumer {}", consumer.name),
                    account);
}

ActionResult<void> register_consumer(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    const Consumer consumer{std::string(*request.text("ConsumerName")), kinesis.clock().wall_ms() / 1000};
    PINFLOW_TRY(kinesis.edit_labels(
        *topic, [&](Labels& labels) { return add_consumer(kinesis, request, topic->name, consumer, labels); }));
    answer.begin_object().key("Consumer").begin_object();
    write_members(answer, kinesis, topic->name, consumer);
    answer.end_object().end_object();
    return {};
}

ActionResult<void> deregister_consumer(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const FoundConsumer found, consumer_of(kinesis, request));
    PINFLOW_TRY(kinesis.edit_labels(*found.topic, [&](Labels& labels) -> ActionResult<void> {
        if (find_consumer(labels, found.consumer.name) != found.consumer)  // somebody was first
            return std::unexpected(consumer_not_found(kinesis, found.topic->name, found.consumer.name));
        return remove_consumer(labels, found.consumer.name), ActionResult<void>();
    }));
    kinesis.subscriptions().stream_changed(found.topic->id);
    return {};
}

ActionResult<void> describe_consumer(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(const FoundConsumer found, consumer_of(kinesis, request));
    answer.begin_object().key("ConsumerDescription").begin_object();
    write_members(answer, kinesis, found.topic->name, found.consumer);
    answer.key("StreamARN").text(kinesis.arn(found.topic->name)).end_object().end_object();
    return {};
}

// Which consumer the page before ended with: "GIVEN_MS\nSTREAM_ID\nNAME".
ActionResult<std::string> name_of_token(std::string_view token, const broker::Topic& topic, int64_t now_ms) {
    const auto content = unseal(TokenKind::consumers, token);
    const auto parts = content ? split(*content, '\n') : std::vector<std::string_view>();
    const auto given_ms = parts.size() == 3 ? parse_int(parts[0]) : std::nullopt;
    if (!given_ms || Uuid::parse(parts[1]) != topic.id) return invalid("NextToken is invalid.");
    if (now_ms - *given_ms > token_life_ms) return std::unexpected(expired_token(*given_ms, now_ms));
    return std::string(parts[2]);
}

ActionResult<void> list_consumers(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    const auto token = request.text("NextToken");
    const auto created = request.time_ms("StreamCreationTimestamp");
    if (token && created) return invalid("NextToken and StreamCreationTimestamp cannot be provided together.");
    if (created && *created / 1000 != stream_created_ms(*topic) / 1000)
        return std::unexpected(kinesis.not_found(topic->name));
    const int64_t now = kinesis.clock().wall_ms();
    std::string after;
    if (token) {
        PINFLOW_ASSIGN(after, name_of_token(*token, *topic, now));
    }
    auto consumers = consumers_of(topic->labels);
    std::erase_if(consumers, [&](const Consumer& consumer) { return consumer.name <= after; });
    const auto limit =
        static_cast<size_t>(std::min(request.integer("MaxResults").value_or(most_results), most_results));
    const bool more = consumers.size() > limit;
    if (more) consumers.resize(limit);
    answer.begin_object().key("Consumers").begin_list();
    for (const Consumer& consumer : consumers) {
        answer.begin_object();
        write_members(answer, kinesis, topic->name, consumer);
        answer.end_object();
    }
    answer.end_list();
    if (more)
        answer.key("NextToken")
            .text(seal(TokenKind::consumers, fmt::format("{}\n{}\n{}", now, topic->id.text(), consumers.back().name)));
    answer.end_object();
    return {};
}

constexpr Field name_field(bool required) {
    return {.name = "ConsumerName", .required = required, .pattern = Pattern::name, .least = 1, .most = 128};
}
constexpr Field stream_arn(bool required) {
    return {.name = "StreamARN", .required = required, .pattern = Pattern::arn, .least = 1, .most = 2048};
}
constexpr Field tag_value[] = {{.least = 0, .most = 256}};
constexpr Field registering[] = {
    name_field(true), stream_arn(true), {.name = "Tags", .type = Type::map, .most = 50, .members = tag_value}};
constexpr Field naming[] = {consumer_arn_field, name_field(false), stream_arn(false)};
constexpr Field listing[] = {{.name = "MaxResults", .type = Type::integer, .least = 1, .most = 10'000},
                             {.name = "NextToken", .least = 1, .most = 1 << 20},
                             {.name = "StreamCreationTimestamp", .type = Type::timestamp},
                             stream_arn(true)};

constexpr Action consumer_table[] = {
    {"RegisterStreamConsumer", registering, at_once<register_consumer>, always, per_stream(5)},
    {"DeregisterStreamConsumer", naming, at_once<deregister_consumer>, always, per_stream(5)},
    {"DescribeStreamConsumer", naming, at_once<describe_consumer>, nullptr, per_stream(20)},
    {"ListStreamConsumers", listing, at_once<list_consumers>, nullptr, per_stream(5)},
};

}  // namespace

std::span<const Action> consumer_actions() {
    return consumer_table;
}

}  // namespace pinflow::kinesis
