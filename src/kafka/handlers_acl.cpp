// Access control lists of a broker without an authorizer, in Kafka's words: DescribeAcls, CreateAcls, DeleteAcls.
#include "kafka/handlers.h"

namespace pinflow::kafka {
namespace {

constexpr const char* no_authorizer = "No Authorizer is configured.";

}  // namespace

void handle(Door&, DescribeAclsRequest, const Call&, Reply<DescribeAclsResponse> reply) {
    DescribeAclsResponse answer;
    answer.error_code = ErrorCode::security_disabled;
    answer.error_message = "No Authorizer is configured on the broker";
    reply(answer);
}

void handle(Door&, CreateAclsRequest request, const Call&, Reply<CreateAclsResponse> reply) {
    CreateAclsResponse answer;
    answer.results.assign(request.creations.size(), {ErrorCode::security_disabled, no_authorizer});
    reply(answer);
}

void handle(Door&, DeleteAclsRequest request, const Call&, Reply<DeleteAclsResponse> reply) {
    DeleteAclsResponse answer;
    answer.filter_results.assign(request.filters.size(), {ErrorCode::security_disabled, no_authorizer, {}});
    reply(answer);
}

}  // namespace pinflow::kafka
