// What clients are told.
#include "base/json_writer.h"
#include "connect/bodies.h"

namespace pinflow::connect {
namespace {

void add_config(JsonWriter& json, const Properties& config) {
    json.begin_object();
    for (const auto& [key, value] : config) json.key(key).string(value);
    json.end_object();
}

void add_state(JsonWriter& json, const TaskRun::Status& status, std::string_view worker_id) {
    json.key("state").string(name(status.state)).key("worker_id").string(worker_id);
    if (!status.trace.empty()) json.key("trace").string(status.trace);
}

void add_text(JsonWriter& json, const std::optional<std::string>& text) {
    text ? json.string(*text) : json.null();
}

void add_texts(JsonWriter& json, const std::vector<std::string>& texts) {
    json.begin_array();
    for (const std::string& text : texts) json.string(text);
    json.end_array();
}

void add_value(JsonWriter& json, const ConfigInfo& info) {
    const bool is_secret = info.key && info.key->type == ValueType::password && info.value.value;
    json.begin_object().key("name").string(info.value.name).key("value");
    add_text(json, is_secret ? std::optional<std::string>("[hidden]") : info.value.value);
    json.key("recommended_values");
    add_texts(json, info.key ? info.key->recommended : std::vector<std::string>());
    json.key("errors");
    add_texts(json, info.value.errors);
    json.key("visible").boolean(true).end_object();
}

}  // namespace

std::string json_of_key(const Key& key) {
    JsonWriter json;
    json.begin_object().key("name").string(key.name).key("type").string(name(key.type));
    json.key("required").boolean(key.required).key("default_value");
    add_text(json, key.required ? std::nullopt : key.default_value);
    json.key("importance").string(name(key.importance)).key("documentation").string(key.documentation);
    json.key("group");
    add_text(json, key.group.empty() ? std::nullopt : std::optional(key.group));
    json.key("width").string(name(key.width)).key("display_name");
    json.string(key.display_name.empty() ? key.name : key.display_name);
    json.key("dependents");
    add_texts(json, key.dependents);
    json.key("order").number(key.order).end_object();
    return std::move(json).text();
}

std::string json_of(const ConnectorInfo& info) {
    JsonWriter json;
    json.begin_object().key("name").string(info.name).key("config");
    add_config(json, info.config);
    json.key("tasks").begin_array();
    for (int task = 0; task < info.tasks; ++task)
        json.begin_object().key("connector").string(info.name).key("task").number(task).end_object();
    json.end_array().key("type").string("sink").end_object();
    return std::move(json).text();
}

std::string json_of(const ConnectorStatus& status, std::string_view worker_id) {
    JsonWriter json;
    json.begin_object().key("name").string(status.name).key("connector").begin_object();
    add_state(json, status.connector, worker_id);
    json.end_object().key("tasks").begin_array();
    for (size_t i = 0; i < status.tasks.size(); ++i) json.raw(json_of(status.tasks[i], static_cast<int>(i), worker_id));
    json.end_array().key("type").string("sink").end_object();
    return std::move(json).text();
}

std::string json_of(const TaskRun::Status& status, int task, std::string_view worker_id) {
    JsonWriter json;
    json.begin_object().key("id").number(task);
    add_state(json, status, worker_id);
    json.end_object();
    return std::move(json).text();
}

std::string json_of(const Properties& config) {
    JsonWriter json;
    add_config(json, config);
    return std::move(json).text();
}

std::string json_of(const Offsets& offsets) {
    JsonWriter json;
    json.begin_object().key("offsets").begin_array();
    for (const auto& [partition, offset] : offsets) {
        json.begin_object().key("partition").begin_object();
        json.key("kafka_partition").number(partition.partition).key("kafka_topic").string(partition.topic).end_object();
        json.key("offset").begin_object().key("kafka_offset").number(offset).end_object().end_object();
    }
    json.end_array().end_object();
    return std::move(json).text();
}

std::string json_of(const Validation& validation) {
    JsonWriter json;
    json.begin_object().key("name").string(validation.name);
    json.key("error_count").number(validation.error_count()).key("groups");
    add_texts(json, validation.groups);
    json.key("configs").begin_array();
    for (const ConfigInfo& info : validation.configs) {
        json.begin_object().key("definition");
        info.key ? json.raw(json_of_key(*info.key)) : json.null();
        json.key("value");
        add_value(json, info);
        json.end_object();
    }
    json.end_array().end_object();
    return std::move(json).text();
}

std::string json_of(const Plugin& plugin) {
    JsonWriter json;
    json.begin_object().key("class").string(plugin.class_name()).key("type").string("sink");
    json.key("version").string(plugin.version()).end_object();
    return std::move(json).text();
}

std::string json_of_task(const std::string& connector, size_t task, const Properties& config) {
    JsonWriter json;
    json.begin_object().key("id").begin_object().key("connector").string(connector).key("task").number(task);
    json.end_object().key("config");
    add_config(json, config);
    json.end_object();
    return std::move(json).text();
}

std::string json_message(std::string_view message) {
    JsonWriter json;
    json.begin_object().key("message").string(message).end_object();
    return std::move(json).text();
}

net::Response answer(std::string json, int status) {
    return {.status = status, .body = std::move(json), .headers = {}};
}

net::Response answer(const Refusal& refusal) {
    JsonWriter json;
    json.begin_object().key("error_code").number(refusal.status).key("message").string(refusal.message).end_object();
    return answer(std::move(json).text(), refusal.status);
}

}  // namespace pinflow::connect
