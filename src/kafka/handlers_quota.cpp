// Quotas of clients: DescribeClientQuotas, AlterClientQuotas, checked as Kafka checks them.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/ip_address.h"
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"
#include "kafka/refused.h"

namespace pinflow::kafka {
namespace {

Refused invalid(std::string message) {
    return {ErrorCode::invalid_request, std::move(message)};
}

constexpr std::string_view user_type = "user";
constexpr std::string_view client_type = "client-id";
constexpr std::string_view ip_type = "ip";
using Types = std::set<std::string_view>;

bool is_type(std::string_view type) {
    return type == user_type || type == client_type || type == ip_type;
}

bool mixes_ip(const Types& types) {
    return types.contains(ip_type) && types.size() > 1;
}

constexpr int8_t match_exact = 0;  // 1: the default, 2: any
constexpr int8_t match_last = 2;

Refused check_match(const DescribeClientQuotasRequest::Component& component) {
    if (component.match_type < match_exact || component.match_type > match_last)
        return invalid(fmt::format("Unknown match type {}", component.match_type));
    if (component.match_type == match_exact && !component.match)
        return invalid("Request specified MATCH_TYPE_EXACT, but set match string to null.");
    if (component.match_type != match_exact && component.match)
        return invalid("Only MATCH_TYPE_EXACT goes with a match string.");
    return {};
}

Refused check_filter(const DescribeClientQuotasRequest& request) {
    Types types;
    for (const auto& each : request.components) {
        if (each.entity_type.empty()) return invalid("Invalid empty entity type.");
        if (!types.insert(each.entity_type).second)
            return invalid(fmt::format("Entity type {} cannot appear more than once in the filter.", each.entity_type));
        if (!is_type(each.entity_type))
            return {ErrorCode::unsupported_version, fmt::format("Unsupported entity type {}", each.entity_type)};
        if (Refused refused = check_match(each); refused.code != ErrorCode::none) return refused;
    }
    if (mixes_ip(types))
        return invalid(
            "Invalid entity filter component combination. IP filter component should not be used with user or "
            "clientId filter component.");
    return {};
}

bool takes_fractions(broker::Limit limit) {
    return limit == broker::Limit::request_percentage || limit == broker::Limit::controller_mutations;
}

Refused check_entity(const AlterClientQuotasRequest::Entry& entry, Types& types) {
    if (entry.entity.empty()) return invalid("Invalid empty client quota entity");
    for (const auto& each : entry.entity) {
        if (!types.insert(each.entity_type).second)
            return invalid(fmt::format("Invalid client quota entity, duplicate entity entry {}", each.entity_type));
        if (!is_type(each.entity_type))
            return invalid(fmt::format("Unhandled client quota entity type: {}", each.entity_type));
        if (each.entity_name && each.entity_name->empty())
            return invalid(fmt::format("Empty {} not supported", each.entity_type));
        if (each.entity_type == ip_type && each.entity_name && !normal_address(*each.entity_name))
            return invalid(fmt::format("{} is not a valid IP address", *each.entity_name));
    }
    if (mixes_ip(types))
        return invalid("Invalid quota entity combination, IP entity should not be combined with User or ClientId");
    return {};
}

Refused check_operation(const AlterClientQuotasRequest::Operation& operation, bool of_ips) {
    if (operation.remove) return {};  // of what is not there: nothing is to be done
    const auto limit = broker::limit_of(operation.key);
    if (!limit || (*limit == broker::Limit::connections) != of_ips)
        return invalid(fmt::format("Invalid configuration key {}", operation.key));
    if (!(operation.value > 0) || !std::isfinite(operation.value))
        return invalid(fmt::format("Quota {} must be greater than 0", operation.key));
    if (!takes_fractions(*limit) && std::abs(std::fmod(operation.value, 1.0)) > 1e-6)
        return invalid(fmt::format("{} cannot be a fractional value.", operation.key));
    return {};
}

Refused check(const AlterClientQuotasRequest::Entry& entry) {
    Types types;
    if (Refused refused = check_entity(entry, types); refused.code != ErrorCode::none) return refused;
    std::set<std::string_view> keys;
    for (const auto& each : entry.operations)
        if (!keys.insert(each.key).second) return invalid(fmt::format("Duplicate quota key {}", each.key));
    for (const auto& each : entry.operations)
        if (Refused refused = check_operation(each, types.contains(ip_type)); refused.code != ErrorCode::none)
            return refused;
    return {};
}

// The parts of an entity by Kafka's names for their types.
constexpr std::array parts = {
    std::pair{user_type, &broker::QuotaEntity::user},
    std::pair{client_type, &broker::QuotaEntity::client_id},
    std::pair{ip_type, &broker::QuotaEntity::ip},
};

bool matches(const std::optional<std::string>& part, const DescribeClientQuotasRequest::Component* component) {
    if (component == nullptr || !part) return component == nullptr && !part;
    if (component->match_type == match_exact) return *part == *component->match;
    return component->match_type == match_last || part->empty();
}

// Strictly: nothing beside what the filter names.
bool matches(const broker::QuotaEntity& entity, const DescribeClientQuotasRequest& request) {
    for (const auto& [type, part] : parts) {
        const auto found =
            std::ranges::find(request.components, type, &DescribeClientQuotasRequest::Component::entity_type);
        if (found == request.components.end() && !request.strict) continue;
        if (!matches(entity.*part, found == request.components.end() ? nullptr : &*found)) return false;
    }
    return true;
}

DescribeClientQuotasResponse::Entry told(const broker::QuotaEntity& entity, const broker::Quotas::Values& values) {
    DescribeClientQuotasResponse::Entry entry;
    for (const auto& [type, part] : parts)
        if (const auto& name = entity.*part)
            entry.entity.push_back({std::string(type), name->empty() ? std::nullopt : name});
    for (const auto& [limit, value] : values) entry.values.push_back({std::string(limit_key(limit)), value});
    return entry;
}

Refused set(Door& door, const AlterClientQuotasRequest::Entry& entry) {
    broker::QuotaEntity entity;
    for (const auto& each : entry.entity) {
        const auto type = std::ranges::find(parts, each.entity_type, [](const auto& part) { return part.first; });
        entity.*(type->second) = std::string(each.entity_name.value_or(""));
        if (each.entity_type == ip_type && each.entity_name) entity.ip = normal_address(*each.entity_name);
    }
    std::vector<broker::Quotas::Change> changes;
    for (const auto& each : entry.operations)
        if (const auto limit = broker::limit_of(each.key))
            changes.emplace_back(entity, *limit, each.remove ? std::nullopt : std::optional(each.value));
    if (auto done = door.quotas->change(changes); !done)
        return {code_of(done.error(), ErrorCode::unknown_server_error), done.error().message};
    return {};
}

// Quotas are settings of the cluster.
Refused check_access(const Door& door, const Call& call, Act act) {
    constexpr auto code = ErrorCode::cluster_authorization_failed;
    return may(door, call, act, on_cluster) ? Refused{} : Refused{code, std::string(message(code))};
}

AlterClientQuotasResponse::Entry altered(Door& door, const Call& call, const AlterClientQuotasRequest::Entry& entry,
                                         bool validate_only) {
    Refused refused = check_access(door, call, Act::alter_configs);
    if (refused.code == ErrorCode::none) refused = check(entry);
    if (refused.code == ErrorCode::none && !validate_only) refused = set(door, entry);
    AlterClientQuotasResponse::Entry told{.error_code = refused.code};
    if (refused.code != ErrorCode::none) told.error_message = shortened(std::move(refused.message));
    for (const auto& each : entry.entity)
        told.entity.push_back({std::string(each.entity_type),
                               each.entity_name ? std::optional<std::string>(*each.entity_name) : std::nullopt});
    return told;
}

}  // namespace

void handle(Door& door, DescribeClientQuotasRequest request, const Call& call,
            Reply<DescribeClientQuotasResponse> reply) {
    DescribeClientQuotasResponse answer;
    Refused refused = check_access(door, call, Act::describe_configs);
    if (refused.code == ErrorCode::none) refused = check_filter(request);
    answer.error_code = refused.code;
    if (refused.code != ErrorCode::none) {
        answer.error_message = shortened(std::move(refused.message));
        return reply(answer);
    }
    answer.entries.emplace();
    for (const auto& [entity, values] : door.quotas->all())
        if (matches(entity, request)) answer.entries->push_back(told(entity, values));
    reply(answer);
}

// Waits for the disk, so it runs on the workers.
void handle(Door& door, AlterClientQuotasRequest request, const Call&, Reply<AlterClientQuotasResponse> reply) {
    door.workers.run([&door, request = std::move(request), reply = std::move(reply)]() mutable {
        AlterClientQuotasResponse answer;
        for (const auto& entry : request.entries)
            answer.entries.push_back(altered(door, reply.call(), entry, request.validate_only));
        reply(answer);
    });
}

}  // namespace pinflow::kafka
