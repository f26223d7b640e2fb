// Topics: to see, make, widen and delete.
#include "broker/internal_topics.h"
#include "rest/json_fields.h"
#include "rest/v3_answers.h"
#include "rest/v3_handlers.h"

namespace pinflow::rest {
namespace {

constexpr size_t most_configs = 1000;

struct NewTopic {
    std::optional<std::string> name;
    std::optional<int64_t> partitions;
    std::optional<int64_t> replicas;
    std::optional<std::string> validate_only;
    std::map<std::string, std::string> configs;
};

Refusal bad_payload(std::string_view what) {
    return {422, 42206, fmt::format("Payload error. {}", what)};
}

void append_topic(JsonWriter& json, const V3Call& call, std::string_view name, size_t partitions, size_t replicas) {
    call.links.begin(json, "KafkaTopic", {"topics", name}, {"topic", name});
    json.key("topic_name").string(name).key("is_internal").boolean(broker::is_internal(name));
    json.key("replication_factor").number(replicas).key("partitions_count").number(partitions);
    call.links.relate(json, "partitions", {"topics", name, "partitions"});
    call.links.relate(json, "configs", {"topics", name, "configs"});
    call.links.relate(json, "partition_reassignments", {"topics", name, "partitions", "-", "reassignment"});
    json.key("authorized_operations").begin_array().end_array().end_object();
}

net::Response told(const V3Call& call, std::string_view name, size_t partitions, size_t replicas, int status = 200) {
    JsonWriter json;
    append_topic(json, call, name, partitions, replicas);
    return v3_answer(std::move(json).text(), status);
}

Checked read_config(JsonFields& fields, NewTopic& into) {
    std::optional<std::string> name, value;
    PINFLOW_TRY(fields.object([&](const std::string& key) -> Checked {
        if (key == "name") return fields.text(key, name);
        if (key == "value") return fields.text(key, value);
        return fields.unknown(key);
    }));
    if (!name) return std::unexpected(bad_payload("Each of configs needs a name."));
    if (value) into.configs[*name] = *value;
    return {};
}

Checked read_topic(std::string_view body, NewTopic& into) {
    JsonFields fields(body);
    return fields.body([&](const std::string& key) -> Checked {
        if (key == "topic_name") return fields.text(key, into.name);
        if (key == "partitions_count") return fields.integer(key, 1, INT32_MAX, into.partitions);
        if (key == "replication_factor") return fields.integer(key, -1, INT16_MAX, into.replicas);
        if (key == "validate_only") return fields.text(key, into.validate_only);
        if (key == "configs") return fields.list(key, most_configs, [&](size_t) { return read_config(fields, into); });
        if (key != "replicas_assignments") return fields.unknown(key);
        return std::unexpected(
            Refusal{400, 40002, "replicas_assignments: there is one broker, give partitions_count instead."});
    });
}

// Of what Topics does not look at: there is one replica whatever was asked for.
std::optional<Refusal> refusal_of_new(const V3Call& call, const NewTopic& wanted) {
    if (!wanted.name) return bad_payload("topic_name is required.");
    if (!broker::check_topic_name(*wanted.name)) return bad_payload("Invalid topic name.");
    const int64_t most = call.site.topics.options().max_replication_factor;
    if (const int64_t replicas = wanted.replicas.value_or(1); replicas > most || replicas == 0)
        return Refusal{400, 40002,
                       fmt::format("Replication factor: {} larger than available brokers: {}.", replicas, most)};
    for (const auto& [name, value] : wanted.configs)
        if (!call.site.is_topic_setting(name))
            return Refusal{400, 40002, fmt::format("Unknown topic config name: {}", name)};
    if (const auto good = call.site.check_topic_settings(wanted.configs); !good)
        return Refusal{400, 40002, good.error().message};
    return std::nullopt;
}

}  // namespace

net::Response list_topics(const V3Call& call) {
    JsonWriter json;
    V3Links::begin_list(json, "KafkaTopicList", call.links.url({"topics"}));
    for (const broker::TopicPtr& topic : call.site.topics.list())
        append_topic(json, call, topic->name, topic->partitions.size(), 1);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_topic(const V3Call& call) {
    const auto topic = call.site.topics.find(call.names[0]);
    if (!topic) return v3_refuse(no_such_topic());
    return told(call, topic->name, topic->partitions.size(), 1);
}

// As the REST Proxy tells it: before any partition is known.
net::Response create_topic(const V3Call& call) {
    if (call.request.body.empty()) return v3_refuse(bad_payload("Request body is empty. Data is required."));
    NewTopic wanted;
    if (const auto read = read_topic(call.request.body, wanted); !read) return v3_refuse(read.error());
    if (const auto refused = refusal_of_new(call, wanted)) return v3_refuse(*refused);
    broker::Topics& topics = call.site.topics;
    if (topics.find(*wanted.name))
        return v3_refuse({400, 40002, fmt::format("Topic '{}' already exists.", *wanted.name)});
    const int64_t partitions = wanted.partitions.value_or(topics.options().default_partitions);
    const bool only_look = wanted.validate_only == "true";
    if (!only_look) {
        const auto made = topics.create(*wanted.name, static_cast<int32_t>(partitions), wanted.configs);
        if (!made) return v3_refuse(topic_refusal(made.error()));
    }
    const auto replicas = static_cast<size_t>(std::max<int64_t>(wanted.replicas.value_or(0), 0));
    net::Response response = told(call, *wanted.name, 0, replicas, only_look ? 200 : 201);
    response.headers.emplace_back("Location", call.links.url({"topics", *wanted.name}));
    return response;
}

net::Response delete_topic(const V3Call& call) {
    const std::string& name = call.names[0];
    if (broker::is_internal(name))
        return v3_refuse({400, 40002, fmt::format("{} belongs to the broker and cannot be deleted.", name)});
    if (const auto removed = call.site.topics.remove(name); !removed) return v3_refuse(topic_refusal(removed.error()));
    return {204, "", "", {}};
}

net::Response add_partitions(const V3Call& call) {
    if (call.request.body.empty())
        return v3_refuse(bad_payload("Request body is empty. Partitions_count is required."));
    std::optional<int64_t> count;
    JsonFields fields(call.request.body);
    const auto read = fields.body([&](const std::string& key) -> Checked {
        return key == "partitions_count" ? fields.integer(key, 1, INT32_MAX, count) : fields.unknown(key);
    });
    if (!read) return v3_refuse(read.error());
    if (!count) return v3_refuse(bad_payload("partitions_count is required."));
    const auto topic = call.site.topics.find(call.names[0]);
    if (!topic) return v3_refuse(no_such_topic());
    if (static_cast<size_t>(*count) == topic->partitions.size())
        return v3_refuse({400, 40002, fmt::format("Topic already has {} partitions.", *count)});
    const auto wider = call.site.topics.add_partitions(topic->name, static_cast<int32_t>(*count));
    if (!wider) return v3_refuse(topic_refusal(wider.error()));
    return told(call, topic->name, (*wider)->partitions.size(), 1);
}

}  // namespace pinflow::rest
