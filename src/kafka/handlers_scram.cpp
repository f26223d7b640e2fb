// SCRAM credentials of users: DescribeUserScramCredentials, AlterUserScramCredentials. This door has no signing in, so
// there are none, and none is taken: a credential that protects nothing would only be believed to.
#include <map>

#include "kafka/broker_errors.h"
#include "kafka/handlers.h"

namespace pinflow::kafka {
namespace {

struct Refused {
    ErrorCode code;
    const char* message;
};

// Mechanisms by their numbers, and how many iterations Kafka wants of each at least.
constexpr int8_t scram_sha_256 = 1;
constexpr int8_t scram_sha_512 = 2;
constexpr int32_t min_iterations = 4096;
constexpr int32_t max_iterations = 16384;

Refused check(std::string_view user, int8_t mechanism) {
    if (user.empty()) return {ErrorCode::unacceptable_credential, "Username must not be empty"};
    if (mechanism != scram_sha_256 && mechanism != scram_sha_512)
        return {ErrorCode::unsupported_sasl_mechanism, "Unknown SCRAM mechanism"};
    return {ErrorCode::none, nullptr};
}

Refused why_not(const AlterUserScramCredentialsRequest::Deletion& deletion) {
    const Refused refused = check(deletion.name, deletion.mechanism);
    if (refused.code != ErrorCode::none) return refused;
    return {ErrorCode::resource_not_found, "Attempt to delete a user credential that does not exist"};
}

Refused why_not(const AlterUserScramCredentialsRequest::Upsertion& upsertion) {
    const Refused refused = check(upsertion.name, upsertion.mechanism);
    if (refused.code != ErrorCode::none) return refused;
    if (upsertion.iterations < min_iterations) return {ErrorCode::unacceptable_credential, "Too few iterations"};
    if (upsertion.iterations > max_iterations) return {ErrorCode::unacceptable_credential, "Too many iterations"};
    return {ErrorCode::unsupported_sasl_mechanism,
            "This broker does not offer SASL: whoever reaches it is served, so the credential was not stored."};
}

}  // namespace

void handle(Door&, DescribeUserScramCredentialsRequest request, const Call&,
            Reply<DescribeUserScramCredentialsResponse> reply) {
    DescribeUserScramCredentialsResponse answer;
    std::map<std::string_view, int> named;
    for (const auto& each : request.users.value_or(std::vector<DescribeUserScramCredentialsRequest::User>()))
        ++named[each.name];
    for (const auto& [user, times] : named) {
        const bool twice = times > 1;
        const auto code = twice ? ErrorCode::duplicate_resource : ErrorCode::resource_not_found;
        const auto* text = twice ? "Cannot describe SCRAM credentials for the same user twice in a single request: "
                                 : "Attempt to describe a user credential that does not exist: ";
        answer.users.push_back({std::string(user), code, shortened(fmt::format("{}{}", text, user)), {}});
    }
    reply(answer);
}

void handle(Door&, AlterUserScramCredentialsRequest request, const Call&,
            Reply<AlterUserScramCredentialsResponse> reply) {
    std::map<std::string_view, Refused> users;  // each is told once
    const auto add = [&](const auto& alteration) {
        const auto [place, is_new] = users.emplace(alteration.name, why_not(alteration));
        if (!is_new)
            place->second = {ErrorCode::duplicate_resource,
                             "A user credential cannot be altered twice in the same request"};
    };
    for (const auto& each : request.deletions) add(each);
    for (const auto& each : request.upsertions) add(each);
    AlterUserScramCredentialsResponse answer;
    for (const auto& [user, refused] : users)
        answer.users.push_back({std::string(user), refused.code, refused.message});
    reply(answer);
}

}  // namespace pinflow::kafka
