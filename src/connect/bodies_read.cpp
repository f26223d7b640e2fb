// What clients send.
#include "base/text.h"
#include "connect/bodies.h"

namespace pinflow::connect {
namespace {

std::unexpected<Refusal> bad(std::string message) {
    return std::unexpected(Refusal{400, std::move(message)});
}

Answer<Json> read_object(std::string_view body) {
    const auto root = parse_json_tree(body, {});
    if (!root) return bad(fmt::format("The body is no JSON: {}", root.error().message));
    if (root->object() == nullptr) return bad("The body must be a JSON object");
    return *root;
}

// As Jackson reads a text: numbers and booleans as they stand there.
std::optional<std::string> text_like(const Json& value) {
    if (value.text() != nullptr) return *value.text();
    if (value.number() != nullptr) return *value.number();
    if (value.boolean() != nullptr) return *value.boolean() ? "true" : "false";
    return std::nullopt;
}

Answer<Given> config_of(const Json& object) {
    Given config;
    for (const auto& [key, value] : object.object()->members()) {
        config[key] = text_like(value);
        if (!config[key] && !value.is_null())
            return bad(fmt::format("The value of \"{}\" must be a text, a number, true or false, not {}", key,
                                   value.object() != nullptr ? "an object" : "a list"));
    }
    return config;
}

Answer<std::optional<Target>> initial_of(const Json& root) {
    const Json* given = root.find("initial_state");
    if (given == nullptr || given->is_null()) return std::nullopt;
    const std::string state = to_lower(given->text() != nullptr ? *given->text() : "");
    if (state == "running") return Target::started;
    if (state == "paused") return Target::paused;
    if (state == "stopped") return Target::stopped;
    return bad("\"initial_state\" must be RUNNING, PAUSED or STOPPED");
}

Answer<TopicPartition> partition_of(const Json* given) {
    if (given == nullptr || given->object() == nullptr)
        return bad("The partition for a sink connector offset cannot be null or missing");
    const Json *topic = given->find("kafka_topic"), *partition = given->find("kafka_partition");
    if (topic == nullptr || partition == nullptr)
        return bad(
            "The partition for a sink connector offset must contain the keys 'kafka_topic' and "
            "'kafka_partition'");
    const auto name = text_like(*topic), number = text_like(*partition);
    if (!name) return bad("Kafka topic names must be valid strings and may not be null");
    if (!number) return bad("Kafka partitions must be valid numbers and may not be null");
    const auto index = parse_int(*number);
    if (!index || *index < INT32_MIN || *index > INT32_MAX)
        return bad(
            fmt::format("Failed to parse the following Kafka partition value in the provided offsets: '{}'. "
                        "Partition values for sink connectors need to be integers.",
                        *number));
    return TopicPartition{*name, static_cast<int32_t>(*index)};
}

Answer<std::optional<int64_t>> offset_of(const Json* given) {
    if (given == nullptr || given->is_null()) return std::nullopt;
    const Json* offset = given->find("kafka_offset");
    if (offset == nullptr)
        return bad("The offset for a sink connector should either be null or contain the key 'kafka_offset'");
    const std::string text = text_like(*offset).value_or("null");
    const auto number = parse_int(text);
    if (number) return *number;
    return bad(
        fmt::format("Failed to parse the following Kafka offset value in the provided offsets: '{}'. Offset "
                    "values for sink connectors need to be integers.",
                    text));
}

}  // namespace

Answer<CreateRequest> read_create(std::string_view body) {
    const auto root = read_object(body);
    if (!root) return std::unexpected(root.error());
    CreateRequest request;
    const Json *name = root->find("name"), *config = root->find("config");
    if (name != nullptr) request.name = trim(text_like(*name).value_or(""));
    if (config == nullptr || config->object() == nullptr)
        return bad(R"(The body must have a "config" object: {"name":"…","config":{"connector.class":"…", …}})");
    auto given = config_of(*config);
    if (!given) return std::unexpected(given.error());
    request.config = std::move(*given);
    const auto initial = initial_of(*root);
    if (!initial) return std::unexpected(initial.error());
    request.initial = *initial;
    return request;
}

Answer<Given> read_config(std::string_view body) {
    const auto root = read_object(body);
    if (!root) return std::unexpected(root.error());
    return config_of(*root);
}

Answer<OffsetChanges> read_offsets(std::string_view body) {
    const auto root = read_object(body);
    if (!root) return std::unexpected(root.error());
    const Json* list = root->find("offsets");
    if (list == nullptr || list->list() == nullptr || list->list()->empty())
        return bad("Partitions / offsets need to be provided for an alter offsets request");
    OffsetChanges changes;
    for (const Json& each : *list->list()) {
        const auto partition = partition_of(each.find("partition"));
        if (!partition) return std::unexpected(partition.error());
        const auto offset = offset_of(each.find("offset"));
        if (!offset) return std::unexpected(offset.error());
        changes[*partition] = *offset;
    }
    return changes;
}

}  // namespace pinflow::connect
