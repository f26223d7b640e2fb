// Settings: DescribeConfigs, AlterConfigs, IncrementalAlterConfigs. Of topics they can be changed while everything
// runs; the broker's stand in its configuration.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"
#include "kafka/topic_names.h"
#include "kafka/topic_settings.h"

namespace pinflow::kafka {
namespace {

constexpr int8_t topic_resource = 2;
constexpr int8_t broker_resource = 4;

struct Outcome {
    ErrorCode code = ErrorCode::none;
    std::optional<std::string> message;
};

bool contains(const std::vector<std::string_view>& all, std::string_view one) {
    return std::ranges::find(all, one) != all.end();
}

Outcome no_such_topic(std::string_view name) {
    if (auto good = broker::check_topic_name(name); !good)
        return {ErrorCode::invalid_topic_exception, good.error().message};
    return {ErrorCode::unknown_topic_or_partition, fmt::format("The topic '{}' does not exist.", name)};
}

Outcome check_broker_name(const Door& door, std::string_view name) {
    if (name.empty() || name == std::to_string(door.options.node_id)) return {};
    return {
        ErrorCode::invalid_request,
        fmt::format("Unexpected broker id, expected {} or empty string, but received {}", door.options.node_id, name)};
}

Outcome not_a_resource(int8_t type) {
    return {ErrorCode::invalid_request, fmt::format("Unexpected resource type {}: topics are 2, brokers 4", type)};
}

DescribeConfigsResponse::Config told(const SettingValue& value, bool read_only, const DescribeConfigsRequest& request) {
    const Setting& setting = *value.setting;
    DescribeConfigsResponse::Config config;
    config.name = setting.name;
    config.value = value.value;
    config.read_only = read_only;
    config.config_source = static_cast<int8_t>(value.source);
    config.config_type = static_cast<int8_t>(setting.type);
    if (request.include_documentation) config.documentation = std::string(setting.text);
    if (!request.include_synonyms) return config;
    const std::string broker_name(setting.synonym.empty() ? setting.name : setting.synonym);
    if (value.set) config.synonyms.push_back({config.name, value.set, static_cast<int8_t>(SettingSource::topic)});
    if (value.started)
        config.synonyms.push_back({broker_name, value.started, static_cast<int8_t>(SettingSource::static_broker)});
    config.synonyms.push_back({broker_name, value.built_in, static_cast<int8_t>(SettingSource::built_in)});
    return config;
}

DescribeConfigsResponse::Resource described(const Door& door, const DescribeConfigsRequest::Resource& wanted,
                                            const DescribeConfigsRequest& request) {
    DescribeConfigsResponse::Resource answer{.resource_type = wanted.resource_type,
                                             .resource_name = std::string(wanted.resource_name)};
    std::vector<SettingValue> values;
    Outcome outcome;
    const bool of_topic = wanted.resource_type == topic_resource;
    if (of_topic) {
        if (const auto topic = door.topics.find(wanted.resource_name))
            values = values_of_topic(door.topics, topic->config);
        else
            outcome = no_such_topic(wanted.resource_name);
    } else if (wanted.resource_type == broker_resource) {
        outcome = check_broker_name(door, wanted.resource_name);
        // Without a name: what was set for all brokers while they ran, which is nothing.
        if (outcome.code == ErrorCode::none && !wanted.resource_name.empty()) values = values_of_broker(door);
    } else {
        outcome = not_a_resource(wanted.resource_type);
    }
    answer.error_code = outcome.code;
    if (outcome.message) answer.error_message = shortened(std::move(*outcome.message));
    const auto& keys = wanted.configuration_keys;
    for (const SettingValue& each : values)
        if (!keys || keys->empty() || contains(*keys, each.setting->name))
            answer.configs.push_back(told(each, !of_topic, request));
    return answer;
}

// One change that was asked for, in the words of IncrementalAlterConfigs.
enum class Operation : int8_t { set = 0, remove = 1, append = 2, subtract = 3 };
struct Change {
    std::string name;
    Operation operation;
    std::optional<std::string> value;
};

std::string joined(const std::vector<std::string_view>& parts) {
    std::string all;
    for (const std::string_view each : parts) {
        if (each.empty()) continue;
        if (!all.empty()) all += ',';
        all += each;
    }
    return all;
}

// The elements of `value` added to a list (those it has already are not), or taken from it.
std::string changed_list(const std::string& before, const std::string& value, bool add) {
    std::vector<std::string_view> parts = split(before, ',');
    for (const std::string_view each : split(value, ',')) {
        const bool there = contains(parts, each);
        if (add && !there) parts.push_back(each);
        if (!add && there) std::erase(parts, each);
    }
    return joined(parts);
}

Result<> apply(const Change& change, const broker::Topics& topics, SettingMap& settings) {
    const Setting* setting = find_topic_setting(change.name);
    if (setting == nullptr) return fail(Code::invalid, "Unknown topic config name: {}", change.name);
    if (change.operation == Operation::remove) {
        settings.erase(change.name);
        return {};
    }
    if (change.operation == Operation::set) {
        settings[change.name] = *change.value;
        return {};
    }
    const bool add = change.operation == Operation::append;
    if (setting->type != SettingType::list)
        return fail(Code::invalid, "Can't {} key {} because its type is not LIST.", add ? "APPEND to" : "SUBTRACT from",
                    change.name);
    const auto values = values_of_topic(topics, settings);
    const auto now = std::ranges::find(values, setting, &SettingValue::setting);
    settings[change.name] = changed_list(now->value, *change.value, add);
    return {};
}

// AlterConfigs may name a setting twice, and the last value counts (as before Kafka 3): its clients send back all that
// was described to them, and then what they change.
Outcome check_changes(const std::vector<Change>& changes, bool repeats) {
    std::set<std::string_view> names;
    for (const Change& each : changes) {
        if (!names.insert(each.name).second && !repeats)
            return {ErrorCode::invalid_request, fmt::format("Error due to duplicate config keys: {}", each.name)};
        if (each.operation < Operation::set || each.operation > Operation::subtract)
            return {ErrorCode::invalid_request, fmt::format("Unknown operation on config {}", each.name)};
        if (each.operation != Operation::remove && !each.value)
            return {ErrorCode::invalid_request, fmt::format("Null value not supported for: {}", each.name)};
    }
    return {};
}

struct Resource {
    int8_t type;
    std::string name;
    std::vector<Change> changes;
    bool replace;  // what is not among the changes falls back to its default
};

// The broker reads its settings when it starts.
Outcome alter_broker(const Door& door, const Resource& wanted) {
    Outcome outcome = check_broker_name(door, wanted.name);
    if (outcome.code != ErrorCode::none || wanted.changes.empty()) return outcome;
    return {
        ErrorCode::invalid_request,
        fmt::format("Cannot update these configs dynamically: {}. The broker's settings stand in its configuration.",
                    wanted.changes.front().name)};
}

std::string policy_of(const SettingMap& settings) {
    const auto found = settings.find("cleanup.policy");
    return found == settings.end() ? "" : found->second;
}

Outcome alter_topic(const Door& door, const Resource& wanted, bool validate_only) {
    const auto topic = door.topics.find(wanted.name);
    if (!topic) return no_such_topic(wanted.name);
    Outcome outcome = check_changes(wanted.changes, wanted.replace);
    if (outcome.code != ErrorCode::none) return outcome;
    const auto edit = [&](SettingMap& settings) -> Result<> {
        SettingMap after = wanted.replace ? SettingMap() : settings;
        for (const Change& each : wanted.changes) PINFLOW_TRY(apply(each, door.topics, after));
        PINFLOW_TRY(check_settings(after, door.topics.defaults()));
        if (is_internal(wanted.name) && policy_of(after) != policy_of(settings))
            return fail(Code::invalid, "{} must stay compacted: offsets or transactions would be lost", wanted.name);
        settings = std::move(after);
        return {};
    };
    SettingMap trial = topic->config;
    auto done = validate_only ? edit(trial) : door.topics.edit_config(wanted.name, edit);
    if (!done) return {code_of(done.error(), ErrorCode::invalid_config), done.error().message};
    return {};
}

// The answers of both ways to alter have the same shape.
template <class Response>
Response altered(const Door& door, const std::vector<Resource>& resources, bool validate_only) {
    Response answer;
    for (const Resource& each : resources) {
        const auto same = std::ranges::count_if(
            resources, [&](const Resource& other) { return other.type == each.type && other.name == each.name; });
        Outcome outcome;
        if (same > 1)
            outcome = {ErrorCode::invalid_request, "Each resource must appear at most once."};
        else if (each.type == topic_resource)
            outcome = alter_topic(door, each, validate_only);
        else if (each.type == broker_resource)
            outcome = alter_broker(door, each);
        else
            outcome = not_a_resource(each.type);
        if (outcome.message) outcome.message = shortened(std::move(*outcome.message));
        answer.resources.push_back({outcome.code, std::move(outcome.message), each.type, each.name});
    }
    return answer;
}

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

template <class Response>
void alter(Door& door, std::vector<Resource> resources, bool validate_only, Reply<Response> reply) {
    door.workers.run([&door, resources = std::move(resources), validate_only, reply = std::move(reply)]() mutable {
        reply(altered<Response>(door, resources, validate_only));
    });
}

}  // namespace

void handle(Door& door, DescribeConfigsRequest request, const Call&, Reply<DescribeConfigsResponse> reply) {
    DescribeConfigsResponse answer;
    for (const auto& each : request.resources) answer.resources.push_back(described(door, each, request));
    reply(answer);
}

void handle(Door& door, AlterConfigsRequest request, const Call&, Reply<AlterConfigsResponse> reply) {
    std::vector<Resource> resources;
    for (const auto& each : request.resources) {
        Resource& one = resources.emplace_back(each.resource_type, std::string(each.resource_name));
        one.replace = true;
        for (const auto& config : each.configs)
            one.changes.push_back({std::string(config.name), Operation::set, owned(config.value)});
    }
    alter(door, std::move(resources), request.validate_only, std::move(reply));
}

void handle(Door& door, IncrementalAlterConfigsRequest request, const Call&,
            Reply<IncrementalAlterConfigsResponse> reply) {
    std::vector<Resource> resources;
    for (const auto& each : request.resources) {
        Resource& one = resources.emplace_back(each.resource_type, std::string(each.resource_name));
        for (const auto& config : each.configs)
            one.changes.push_back(
                {std::string(config.name), static_cast<Operation>(config.config_operation), owned(config.value)});
    }
    alter(door, std::move(resources), request.validate_only, std::move(reply));
}

}  // namespace pinflow::kafka
