// Access control lists in Kafka's words: DescribeAcls, CreateAcls, DeleteAcls (docs/acls.md).
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"

namespace pinflow::kafka {
namespace {

constexpr const char* no_authorizer = "No Authorizer is configured.";
constexpr int8_t any = 1;            // of a filter's type, pattern, operation, permission
constexpr int8_t match_pattern = 2;  // of a filter: what counts for a resource of that name

struct Refused {
    ErrorCode code = ErrorCode::none;
    std::string message = {};
};

Refused refused(const Error& error) {
    const bool too_many = error.code == Code::too_large;
    return {too_many ? ErrorCode::policy_violation : code_of(error, ErrorCode::invalid_request),
            shortened(error.message)};
}

// none, or why the client can do nothing with ACLs.
Refused check_access(const Door& door, const Call& call, Act act) {
    constexpr auto code = ErrorCode::cluster_authorization_failed;
    if (door.acls == nullptr) return {ErrorCode::security_disabled, no_authorizer};
    return may(door, call, act, on_cluster) ? Refused{} : Refused{code, std::string(message(code))};
}

template <class Enum>
Result<> read(const char* what, int8_t number, Enum& into) {
    const auto value = auth::from_number<Enum>(number);
    if (!value) return fail(Code::invalid, "Invalid {} {}", what, number == any ? "ANY" : "UNKNOWN");
    into = *value;
    return {};
}

Result<auth::Acl> acl_of(const CreateAclsRequest::Acl& wanted) {
    auth::Acl acl;
    acl.name = wanted.resource_name;
    acl.principal = wanted.principal;
    acl.host = auth::normal_host(wanted.host);
    PINFLOW_TRY(read("resourceType", wanted.resource_type, acl.type));
    if (wanted.resource_pattern_type == match_pattern) return fail(Code::invalid, "Invalid patternType MATCH");
    PINFLOW_TRY(read("patternType", wanted.resource_pattern_type, acl.pattern));
    PINFLOW_TRY(read("operation", wanted.operation, acl.operation));
    PINFLOW_TRY(read("permissionType", wanted.permission_type, acl.permission));
    PINFLOW_TRY(auth::check_acl(acl));
    return acl;
}

template <class Enum>
bool read_any(int8_t number, std::optional<Enum>& into) {
    into = auth::from_number<Enum>(number);
    return into || number == any;
}

// DescribeAcls has one, DeleteAcls a list of them.
Result<auth::AclFilter> filter_of(const auto& wanted) {
    auth::AclFilter filter{.name = owned(wanted.resource_name_filter),
                           .principal = owned(wanted.principal_filter),
                           .host = owned(wanted.host_filter)};
    if (filter.host) filter.host = auth::normal_host(*filter.host);
    const bool matching = wanted.pattern_type_filter == match_pattern;
    if (matching) filter.names = auth::AclFilter::Names::matching;
    if (!read_any(wanted.resource_type_filter, filter.type) ||
        (!matching && !read_any(wanted.pattern_type_filter, filter.pattern)))
        return fail(Code::invalid, "Unknown patternFilter.");
    if (!read_any(wanted.operation, filter.operation) || !read_any(wanted.permission_type, filter.permission))
        return fail(Code::invalid, "Unknown entryFilter.");
    return filter;
}

// Entries of one resource become one part of the answer; they are sorted by it.
std::vector<DescribeAclsResponse::Resource> by_resource(const std::vector<auth::Acl>& acls) {
    std::vector<DescribeAclsResponse::Resource> resources;
    for (const auth::Acl& acl : acls) {
        const auto type = static_cast<int8_t>(acl.type);
        const auto pattern = static_cast<int8_t>(acl.pattern);
        if (resources.empty() || resources.back().resource_type != type || resources.back().resource_name != acl.name ||
            resources.back().pattern_type != pattern)
            resources.push_back({type, acl.name, pattern, {}});
        resources.back().acls.push_back(
            {acl.principal, acl.host, static_cast<int8_t>(acl.operation), static_cast<int8_t>(acl.permission)});
    }
    return resources;
}

DeleteAclsResponse::Acl told(const auth::Acl& acl) {
    return {.resource_type = static_cast<int8_t>(acl.type),
            .resource_name = acl.name,
            .pattern_type = static_cast<int8_t>(acl.pattern),
            .principal = acl.principal,
            .host = acl.host,
            .operation = static_cast<int8_t>(acl.operation),
            .permission_type = static_cast<int8_t>(acl.permission)};
}

// Those that can be are made, all of them or none.
CreateAclsResponse created(Door& door, const CreateAclsRequest& request) {
    CreateAclsResponse answer;
    std::vector<auth::Acl> acls;
    for (const auto& wanted : request.creations) {
        auto& told = answer.results.emplace_back();
        auto acl = acl_of(wanted);
        if (acl) {
            acls.push_back(std::move(*acl));
            continue;
        }
        told = {ErrorCode::invalid_request, shortened(acl.error().message)};
    }
    const auto added = acls.empty() ? Result<>() : door.acls->add(acls);
    if (added) return answer;
    const Refused no = refused(added.error());
    for (auto& told : answer.results)
        if (told.error_code == ErrorCode::none) told = {no.code, no.message};
    return answer;
}

DeleteAclsResponse deleted(Door& door, const DeleteAclsRequest& request) {
    DeleteAclsResponse answer;
    std::vector<auth::AclFilter> filters;
    for (const auto& wanted : request.filters) {
        auto& told = answer.filter_results.emplace_back();
        auto filter = filter_of(wanted);
        if (filter) {
            filters.push_back(std::move(*filter));
            continue;
        }
        told.error_code = ErrorCode::invalid_request;
        told.error_message = filter.error().message;
    }
    const auto gone = door.acls->remove(filters);
    size_t next = 0;
    for (auto& result : answer.filter_results) {
        if (result.error_code != ErrorCode::none) continue;
        if (gone) {
            for (const auth::Acl& acl : gone->at(next)) result.matching_acls.push_back(told(acl));
            ++next;
        } else {
            const Refused no = refused(gone.error());
            result.error_code = no.code;
            result.error_message = no.message;
        }
    }
    return answer;
}

}  // namespace

void handle(Door& door, DescribeAclsRequest request, const Call& call, Reply<DescribeAclsResponse> reply) {
    DescribeAclsResponse answer;
    Refused no = check_access(door, call, Act::describe);
    if (no.code == ErrorCode::security_disabled) no.message = "No Authorizer is configured on the broker";
    auto filter = filter_of(request);
    if (no.code == ErrorCode::none && !filter) no = refused(filter.error());
    if (no.code != ErrorCode::none) {
        answer.error_code = no.code;
        answer.error_message = std::move(no.message);
        return reply(answer);
    }
    // There may be many.
    door.workers.run([&door, filter = std::move(*filter), answer, reply = std::move(reply)]() mutable {
        answer.resources = by_resource(door.acls->find(filter));
        reply(answer);
    });
}

void handle(Door& door, CreateAclsRequest request, const Call& call, Reply<CreateAclsResponse> reply) {
    if (const Refused no = check_access(door, call, Act::alter); no.code != ErrorCode::none) {
        CreateAclsResponse answer;
        answer.results.assign(request.creations.size(), {no.code, no.message});
        return reply(answer);
    }
    door.workers.run(
        [&door, request = std::move(request), reply = std::move(reply)]() mutable { reply(created(door, request)); });
}

void handle(Door& door, DeleteAclsRequest request, const Call& call, Reply<DeleteAclsResponse> reply) {
    if (const Refused no = check_access(door, call, Act::alter); no.code != ErrorCode::none) {
        DeleteAclsResponse answer;
        answer.filter_results.assign(request.filters.size(), {no.code, no.message, {}});
        return reply(answer);
    }
    door.workers.run(
        [&door, request = std::move(request), reply = std::move(reply)]() mutable { reply(deleted(door, request)); });
}

}  // namespace pinflow::kafka
