// Quotas of clients: DescribeClientQuotas, AlterClientQuotas. None is enforced here, so there are none to describe; one
// that is to be set is checked as Kafka checks it and then refused, so that nobody believes it holds.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "kafka/broker_errors.h"
#include "kafka/handlers.h"

namespace pinflow::kafka {
namespace {

struct Refused {
    ErrorCode code = ErrorCode::none;
    std::string message;
};

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

// What Kafka limits, for whom, and whether only whole numbers will do.
struct Limit {
    std::string_view key;
    bool of_ips;
    bool whole;
};
constexpr std::array limits = {
    Limit{"connection_creation_rate", true, true},   Limit{"consumer_byte_rate", false, true},
    Limit{"controller_mutation_rate", false, false}, Limit{"producer_byte_rate", false, true},
    Limit{"request_percentage", false, false},
};

Refused check_entity(const AlterClientQuotasRequest::Entry& entry, Types& types) {
    if (entry.entity.empty()) return invalid("Invalid empty client quota entity");
    for (const auto& each : entry.entity) {
        if (!types.insert(each.entity_type).second)
            return invalid(fmt::format("Invalid client quota entity, duplicate entity entry {}", each.entity_type));
        if (!is_type(each.entity_type))
            return invalid(fmt::format("Unhandled client quota entity type: {}", each.entity_type));
        if (each.entity_name && each.entity_name->empty())
            return invalid(fmt::format("Empty {} not supported", each.entity_type));
    }
    if (mixes_ip(types))
        return invalid("Invalid quota entity combination, IP entity should not be combined with User or ClientId");
    return {};
}

Refused check_operation(const AlterClientQuotasRequest::Operation& operation, bool of_ips) {
    if (operation.remove) return {};
    const auto limit = std::ranges::find(limits, operation.key, &Limit::key);
    if (limit == limits.end() || limit->of_ips != of_ips)
        return invalid(fmt::format("Invalid configuration key {}", operation.key));
    if (!(operation.value > 0)) return invalid(fmt::format("Quota {} must be greater than 0", operation.key));
    if (limit->whole && std::abs(std::fmod(operation.value, 1.0)) > 1e-6)
        return invalid(fmt::format("{} cannot be a fractional value.", operation.key));
    return {ErrorCode::unsupported_version,
            fmt::format("This broker enforces no quotas: {} was not set.", operation.key)};
}

// To remove what is not there succeeds, as in Kafka.
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

}  // namespace

void handle(Door&, DescribeClientQuotasRequest request, const Call&, Reply<DescribeClientQuotasResponse> reply) {
    DescribeClientQuotasResponse answer;
    Refused refused = check_filter(request);
    answer.error_code = refused.code;
    if (refused.code == ErrorCode::none)
        answer.entries.emplace();
    else
        answer.error_message = shortened(std::move(refused.message));
    reply(answer);
}

void handle(Door&, AlterClientQuotasRequest request, const Call&, Reply<AlterClientQuotasResponse> reply) {
    AlterClientQuotasResponse answer;
    for (const auto& entry : request.entries) {
        Refused refused = check(entry);
        auto& told = answer.entries.emplace_back();
        told.error_code = refused.code;
        if (refused.code != ErrorCode::none) told.error_message = shortened(std::move(refused.message));
        for (const auto& each : entry.entity)
            told.entity.push_back({std::string(each.entity_type),
                                   each.entity_name ? std::optional<std::string>(*each.entity_name) : std::nullopt});
    }
    reply(answer);
}

}  // namespace pinflow::kafka
