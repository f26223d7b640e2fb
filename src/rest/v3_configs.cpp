// Settings of topics, to see and to change, and of the broker, to see.
#include <algorithm>

#include "broker/internal_topics.h"
#include "rest/json_fields.h"
#include "rest/v3_answers.h"
#include "rest/v3_handlers.h"

namespace pinflow::rest {
namespace {

constexpr size_t most_changes = 1000;

using SettingMap = std::map<std::string, std::string>;
// Of one setting: its new value, or none for what it is by default.
using Changes = std::map<std::string, std::optional<std::string>>;

void append_value(JsonWriter& json, const std::optional<std::string>& value) {
    value ? json.key("value").string(*value) : json.key("value").null();
}

// Ends the resource that was begun.
void append_setting(JsonWriter& json, const V3Setting& setting) {
    json.key("name").string(setting.name);
    append_value(json, setting.value);
    json.key("is_default").boolean(setting.is_default).key("is_read_only").boolean(setting.is_read_only);
    json.key("is_sensitive").boolean(setting.is_sensitive).key("source").string(setting.source);
    json.key("synonyms").begin_array();
    for (const V3Setting::Synonym& each : setting.synonyms) {
        json.begin_object().key("name").string(each.name);
        append_value(json, each.value);
        json.key("source").string(each.source).end_object();
    }
    json.end_array().end_object();
}

void append_of_topic(JsonWriter& json, const V3Call& call, const std::string& topic, const V3Setting& setting) {
    call.links.begin(json, "KafkaTopicConfig", {"topics", topic, "configs", setting.name},
                     {"topic", topic, "config", setting.name});
    json.key("topic_name").string(topic);
    append_setting(json, setting);
}

void append_of_broker(JsonWriter& json, const V3Call& call, const V3Setting& setting) {
    const std::string id = std::to_string(call.site.broker_id);
    call.links.begin(json, "KafkaBrokerConfig", {"brokers", id, "configs", setting.name},
                     {"broker", id, "config", setting.name});
    json.key("broker_id").number(call.site.broker_id);
    append_setting(json, setting);
}

const V3Setting* find_setting(const std::vector<V3Setting>& settings, const std::string& name) {
    const auto found = std::ranges::find(settings, name, &V3Setting::name);
    return found == settings.end() ? nullptr : &*found;
}

Refusal empty_payload(std::string_view what) {
    return {422, 42206, fmt::format("Payload error. {}", what)};
}

std::string policy_of(const SettingMap& settings) {
    const auto found = settings.find("cleanup.policy");
    return found == settings.end() ? "" : found->second;
}

net::Response change(const V3Call& call, const Changes& changes, bool only_look) {
    const std::string& name = call.names[0];
    const auto topic = call.site.topics.find(name);
    if (!topic) return v3_refuse(no_such_topic());
    for (const auto& [setting, value] : changes)
        if (!call.site.is_topic_setting(setting))
            return v3_refuse({404, 404,
                              fmt::format("Config {} cannot be found for TOPIC {} in cluster {}.", shown(setting), name,
                                          call.site.cluster_id)});
    const auto edit = [&](SettingMap& settings) -> Result<> {
        SettingMap after = settings;
        for (const auto& [setting, value] : changes) value ? void(after[setting] = *value) : void(after.erase(setting));
        PINFLOW_TRY(call.site.check_topic_settings(after));
        if (broker::is_internal(name) && policy_of(after) != policy_of(settings))
            return fail(Code::invalid, "{} must stay compacted: offsets or transactions would be lost", name);
        settings = std::move(after);
        return {};
    };
    SettingMap trial = topic->config;
    const auto done = only_look ? edit(trial) : call.site.topics.edit_config(name, edit);
    if (!done) return v3_refuse(topic_refusal(done.error()));
    return {204, "", "", {}};
}

struct Alteration {
    Changes changes;
    std::optional<std::string> validate_only;
};

Checked read_change(JsonFields& fields, Alteration& into) {
    std::optional<std::string> name, value, operation;
    PINFLOW_TRY(fields.object([&](const std::string& key) -> Checked {
        if (key == "name") return fields.text(key, name);
        if (key == "value") return fields.text(key, value);
        if (key == "operation") return fields.text(key, operation);
        return fields.unknown(key);
    }));
    if (!name) return std::unexpected(empty_payload("Each of data needs a name."));
    const std::string what = operation.value_or("SET");
    if (what != "SET" && what != "DELETE")
        return std::unexpected(Refusal{400, 400, fmt::format("operation must be SET or DELETE (was {})", shown(what))});
    into.changes[*name] = what == "SET" ? std::optional(value.value_or("")) : std::nullopt;
    return {};
}

}  // namespace

net::Response list_topic_configs(const V3Call& call) {
    const auto topic = call.site.topics.find(call.names[0]);
    if (!topic) return v3_refuse(no_such_topic());
    JsonWriter json;
    V3Links::begin_list(json, "KafkaTopicConfigList", call.links.url({"topics", topic->name, "configs"}));
    for (const V3Setting& each : call.site.topic_settings(*topic)) append_of_topic(json, call, topic->name, each);
    return v3_answer(json.end_array().end_object().text());
}

net::Response list_all_topic_configs(const V3Call& call) {
    JsonWriter json;
    V3Links::begin_list(json, "KafkaTopicConfigList", call.links.url({"topics", "-", "configs"}));
    for (const broker::TopicPtr& topic : call.site.topics.list())
        for (const V3Setting& each : call.site.topic_settings(*topic)) append_of_topic(json, call, topic->name, each);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_topic_config(const V3Call& call) {
    const auto topic = call.site.topics.find(call.names[0]);
    if (!topic) return v3_refuse(no_such_topic());
    const auto settings = call.site.topic_settings(*topic);
    const V3Setting* const setting = find_setting(settings, call.names[1]);
    if (setting == nullptr) return v3_plain_error(404);
    JsonWriter json;
    append_of_topic(json, call, topic->name, *setting);
    return v3_answer(std::move(json).text());
}

net::Response put_topic_config(const V3Call& call) {
    if (call.request.body.empty()) return v3_refuse(empty_payload("Request body is empty. Data is required."));
    std::optional<std::string> value;
    JsonFields fields(call.request.body);
    const auto read = fields.body([&](const std::string& key) -> Checked {
        return key == "value" ? fields.text(key, value) : fields.unknown(key);
    });
    if (!read) return v3_refuse(read.error());
    if (!value) return v3_refuse(empty_payload("value is required."));
    return change(call, {{call.names[1], *value}}, false);
}

net::Response delete_topic_config(const V3Call& call) {
    return change(call, {{call.names[1], std::nullopt}}, false);
}

net::Response alter_topic_configs(const V3Call& call) {
    if (call.request.body.empty()) return v3_refuse(empty_payload("Request body is empty. Data is required."));
    Alteration wanted;
    JsonFields fields(call.request.body);
    const auto read = fields.body([&](const std::string& key) -> Checked {
        if (key == "data") return fields.list(key, most_changes, [&](size_t) { return read_change(fields, wanted); });
        return key == "validate_only" ? fields.text(key, wanted.validate_only) : fields.unknown(key);
    });
    if (!read) return v3_refuse(read.error());
    return change(call, wanted.changes, wanted.validate_only == "true");
}

net::Response list_broker_configs(const V3Call& call) {
    const bool of_all = call.names.empty();
    if (!of_all && !is_broker(call, call.names[0])) return v3_plain_error(404);
    JsonWriter json;
    V3Links::begin_list(json, "KafkaBrokerConfigList",
                        call.links.url({"brokers", of_all ? std::string_view("-") : call.names[0], "configs"}));
    for (const V3Setting& each : call.site.broker_settings()) append_of_broker(json, call, each);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_broker_config(const V3Call& call) {
    const auto settings = call.site.broker_settings();
    const V3Setting* const setting = find_setting(settings, call.names[1]);
    if (setting == nullptr || !is_broker(call, call.names[0])) return v3_plain_error(404);
    JsonWriter json;
    append_of_broker(json, call, *setting);
    return v3_answer(std::move(json).text());
}

// Those that were set for all brokers.
net::Response list_cluster_configs(const V3Call& call) {
    constexpr std::string_view of_cluster = "DYNAMIC_DEFAULT_BROKER_CONFIG";
    JsonWriter list, one;
    V3Links::begin_list(list, "KafkaClusterConfigList", call.links.url({"broker-configs"}));
    for (V3Setting& each : call.site.broker_settings()) {
        if (each.source != of_cluster || (!call.names.empty() && each.name != call.names[0])) continue;
        JsonWriter& json = call.names.empty() ? list : one;
        call.links.begin(json, "KafkaClusterConfig", {"broker-configs", each.name}, {"broker-config", each.name});
        json.key("config_type").string("BROKER");
        append_setting(json, each);
    }
    if (call.names.empty()) return v3_answer(list.end_array().end_object().text());
    return one.text().empty() ? v3_plain_error(404) : v3_answer(std::move(one).text());
}

net::Response refuse_broker_changes(const V3Call& /*call*/) {
    return v3_refuse({501, 50101,
                      "Settings of the broker are not changed by API v3 in this version of Pinflow. Change them with "
                      "Kafka's own tools (kafka-configs.sh) at the Kafka door."});
}

}  // namespace pinflow::rest
