// Settings: DescribeConfigs, AlterConfigs, IncrementalAlterConfigs.
#include <algorithm>
#include <set>

#include "broker/internal_topics.h"
#include "kafka/access.h"
#include "kafka/broker_changes.h"
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"

namespace pinflow::kafka {
namespace {

constexpr int8_t topic_resource = 2;
constexpr int8_t broker_resource = 4;

bool contains(const std::vector<std::string_view>& all, std::string_view one) {
    return std::ranges::find(all, one) != all.end();
}

Outcome no_such_topic(std::string_view name) {
    if (auto good = broker::check_topic_name(name); !good)
        return {ErrorCode::invalid_topic_exception, good.error().message};
    return {ErrorCode::unknown_topic_or_partition, fmt::format("The topic '{}' does not exist.", name)};
}

// Settings of brokers belong to the cluster.
Outcome check_access(const Door& door, const Call& call, Act act, int8_t type, std::string_view name) {
    if (type == topic_resource && !may(door, call, act, on_topic(name)))
        return {ErrorCode::topic_authorization_failed, std::string(message(ErrorCode::topic_authorization_failed))};
    if (type == broker_resource && !may(door, call, act, on_cluster))
        return {ErrorCode::cluster_authorization_failed, std::string(message(ErrorCode::cluster_authorization_failed))};
    return {};
}

Outcome not_a_resource(int8_t type) {
    return {ErrorCode::invalid_request, fmt::format("Unexpected resource type {}: topics are 2, brokers 4", type)};
}

Outcome named_twice() {
    return {ErrorCode::invalid_request, "Each resource must appear at most once."};
}

// The name of a setting that nobody knows may be that of a password.
bool is_secret(const Setting* setting) {
    return setting == nullptr || setting->type == SettingType::password;
}

std::optional<std::string> documentation_of(const SettingValue& value) {
    if (value.setting == nullptr) return std::nullopt;
    const bool idle = value.setting->idle || is_of_listener(value.name);
    return fmt::format("{}{}", value.setting->text, idle ? " Kept when it is set, and without effect here." : "");
}

DescribeConfigsResponse::Config told(const SettingValue& value, bool of_topic, const DescribeConfigsRequest& request) {
    DescribeConfigsResponse::Config config;
    config.name = value.name;
    config.is_sensitive = is_secret(value.setting);
    if (!config.is_sensitive) config.value = value.value();
    config.read_only = !of_topic && is_fixed_setting(value.name);
    config.config_source = static_cast<int8_t>(value.source());
    config.config_type = value.setting == nullptr ? int8_t{0} : static_cast<int8_t>(value.setting->type);
    if (request.include_documentation) config.documentation = documentation_of(value);
    if (!request.include_synonyms) return config;
    for (const SettingSynonym& each : value.values)
        config.synonyms.push_back({each.name, config.is_sensitive ? std::nullopt : std::optional(each.value),
                                   static_cast<int8_t>(each.source)});
    return config;
}

// The settings of what is asked for, or why there are none.
Outcome find_values(const Door& door, const Call& call, const SettingSources& sources,
                    const DescribeConfigsRequest::Resource& wanted, std::vector<SettingValue>& values) {
    Outcome allowed = check_access(door, call, Act::describe_configs, wanted.resource_type, wanted.resource_name);
    if (allowed.code != ErrorCode::none) return allowed;
    if (wanted.resource_type == topic_resource) {
        const auto topic = door.topics.find(wanted.resource_name);
        if (!topic) return no_such_topic(wanted.resource_name);
        values = values_of_topic(sources, topic->config);
        return {};
    }
    if (wanted.resource_type != broker_resource) return not_a_resource(wanted.resource_type);
    Outcome outcome = check_broker_name(door, wanted.resource_name);
    if (outcome.code == ErrorCode::none)
        values = wanted.resource_name.empty() ? values_of_cluster(sources) : values_of_broker(sources);
    return outcome;
}

DescribeConfigsResponse::Resource told_of(const DescribeConfigsRequest::Resource& wanted, Outcome outcome,
                                          const std::vector<SettingValue>& values,
                                          const DescribeConfigsRequest& request) {
    DescribeConfigsResponse::Resource answer{.error_code = outcome.code,
                                             .resource_type = wanted.resource_type,
                                             .resource_name = std::string(wanted.resource_name)};
    if (outcome.message) answer.error_message = shortened(std::move(*outcome.message));
    const auto& keys = wanted.configuration_keys;
    for (const SettingValue& each : values)
        if (!keys || keys->empty() || contains(*keys, each.name))
            answer.configs.push_back(told(each, wanted.resource_type == topic_resource, request));
    return answer;
}

std::string policy_of(const SettingMap& settings) {
    const auto found = settings.find("cleanup.policy");
    return found == settings.end() ? "" : found->second;
}

Result<> apply_to_topic(const Door& door, const Change& change, SettingMap& settings) {
    const Setting* setting = find_topic_setting(change.name);
    if (setting == nullptr) return fail(Code::invalid, "Unknown topic config name: {}", change.name);
    const auto now = [&] {
        const auto values = values_of_topic(SettingSources(door), settings);
        return std::ranges::find(values, setting, &SettingValue::setting)->value();
    };
    return apply(change, setting, now, settings);
}

Outcome alter_topic(const Door& door, const Alteration& wanted, bool validate_only) {
    const auto topic = door.topics.find(wanted.name);
    if (!topic) return no_such_topic(wanted.name);
    Outcome outcome = check_changes(wanted);
    if (outcome.code != ErrorCode::none) return outcome;
    const auto edit = [&](SettingMap& settings) -> Result<> {
        SettingMap after = wanted.replace ? SettingMap() : settings;
        for (const Change& each : wanted.changes) PINFLOW_TRY(apply_to_topic(door, each, after));
        PINFLOW_TRY(check_settings(after, door.topics.defaults()));
        if (broker::is_internal(wanted.name) && policy_of(after) != policy_of(settings))
            return fail(Code::invalid, "{} must stay compacted: offsets or transactions would be lost", wanted.name);
        settings = std::move(after);
        return {};
    };
    SettingMap trial = topic->config;
    auto done = validate_only ? edit(trial) : door.topics.edit_config(wanted.name, edit);
    if (!done) return {code_of(done.error(), ErrorCode::invalid_config), done.error().message};
    return {};
}

Outcome alter(Door& door, const Call& call, const Alteration& wanted, bool validate_only) {
    if (Outcome refused = check_access(door, call, Act::alter_configs, wanted.type, wanted.name);
        refused.code != ErrorCode::none)
        return refused;
    if (wanted.type == topic_resource) return alter_topic(door, wanted, validate_only);
    if (wanted.type == broker_resource) return alter_broker(door, wanted, validate_only);
    return not_a_resource(wanted.type);
}

// The answers of both ways to alter have the same shape.
template <class Response>
Response altered(Door& door, const Call& call, const std::vector<Alteration>& resources, bool validate_only) {
    Response answer;
    for (const Alteration& each : resources) {
        const auto same = std::ranges::count_if(
            resources, [&](const Alteration& other) { return other.type == each.type && other.name == each.name; });
        Outcome outcome = same > 1 ? named_twice() : alter(door, call, each, validate_only);
        if (outcome.message) outcome.message = shortened(std::move(*outcome.message));
        answer.resources.push_back({outcome.code, std::move(outcome.message), each.type, each.name});
    }
    return answer;
}

template <class Response>
void alter(Door& door, std::vector<Alteration> resources, bool validate_only, Reply<Response> reply) {
    door.workers.run([&door, resources = std::move(resources), validate_only, reply = std::move(reply)]() mutable {
        reply(altered<Response>(door, reply.call(), resources, validate_only));
    });
}

}  // namespace

void handle(Door& door, DescribeConfigsRequest request, const Call& call, Reply<DescribeConfigsResponse> reply) {
    const SettingSources sources(door);
    std::set<std::pair<int8_t, std::string_view>> seen;  // a short request must not ask for a long answer many times
    DescribeConfigsResponse answer;
    for (const auto& each : request.resources) {
        std::vector<SettingValue> values;
        const bool first = seen.emplace(each.resource_type, each.resource_name).second;
        Outcome outcome = first ? find_values(door, call, sources, each, values) : named_twice();
        answer.resources.push_back(told_of(each, std::move(outcome), values, request));
    }
    reply(answer);
}

void handle(Door& door, AlterConfigsRequest request, const Call&, Reply<AlterConfigsResponse> reply) {
    std::vector<Alteration> resources;
    for (const auto& each : request.resources) {
        Alteration& one = resources.emplace_back(each.resource_type, std::string(each.resource_name));
        one.replace = true;
        for (const auto& config : each.configs)
            one.changes.push_back({std::string(config.name), Operation::set, owned(config.value)});
    }
    alter(door, std::move(resources), request.validate_only, std::move(reply));
}

void handle(Door& door, IncrementalAlterConfigsRequest request, const Call&,
            Reply<IncrementalAlterConfigsResponse> reply) {
    std::vector<Alteration> resources;
    for (const auto& each : request.resources) {
        Alteration& one = resources.emplace_back(each.resource_type, std::string(each.resource_name));
        for (const auto& config : each.configs)
            one.changes.push_back(
                {std::string(config.name), static_cast<Operation>(config.config_operation), owned(config.value)});
    }
    alter(door, std::move(resources), request.validate_only, std::move(reply));
}

}  // namespace pinflow::kafka
