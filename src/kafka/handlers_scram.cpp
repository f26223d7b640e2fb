// SCRAM credentials of users: DescribeUserScramCredentials, AlterUserScramCredentials. They are kept with all users
// (docs/users.md); a change is durable before its answer.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "auth/users.h"
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"
#include "kafka/refused.h"

namespace pinflow::kafka {
namespace {

using Deletion = AlterUserScramCredentialsRequest::Deletion;
using Upsertion = AlterUserScramCredentialsRequest::Upsertion;
using Altered = AlterUserScramCredentialsResponse::User;

std::optional<auth::Hash> hash_of(int8_t mechanism) {
    for (const auth::Hash hash : {auth::Hash::sha256, auth::Hash::sha512})
        if (mechanism == static_cast<int8_t>(hash)) return hash;
    return std::nullopt;
}

Refused unauthorized() {
    constexpr auto code = ErrorCode::cluster_authorization_failed;
    return {code, std::string(message(code))};
}

Refused check(std::string_view user, int8_t mechanism) {
    if (user.empty()) return {ErrorCode::unacceptable_credential, "Username must not be empty"};
    if (!hash_of(mechanism)) return {ErrorCode::unsupported_sasl_mechanism, "Unknown SCRAM mechanism"};
    return {};
}

Refused why_not(const auth::Users& users, const Deletion& deletion) {
    if (Refused refused = check(deletion.name, deletion.mechanism); refused.code != ErrorCode::none) return refused;
    if (users.scram(deletion.name, *hash_of(deletion.mechanism))) return {};
    return {ErrorCode::resource_not_found, "Attempt to delete a user credential that does not exist"};
}

Refused why_not(const auth::Users&, const Upsertion& upsertion) {
    if (Refused refused = check(upsertion.name, upsertion.mechanism); refused.code != ErrorCode::none) return refused;
    if (upsertion.iterations < auth::scram_min_iterations)
        return {ErrorCode::unacceptable_credential, "Too few iterations"};
    if (upsertion.iterations > auth::scram_max_iterations)
        return {ErrorCode::unacceptable_credential, "Too many iterations"};
    if (const auto good = auth::check_user_name(upsertion.name); !good)
        return {ErrorCode::unacceptable_credential, good.error().message};
    // Kafka takes any; but of an empty hash everybody could compute the keys.
    if (upsertion.salt.empty() || upsertion.salted_password.size() != auth::size_of(*hash_of(upsertion.mechanism)))
        return {ErrorCode::unacceptable_credential, "The salt is empty, or the salted password is no such hash"};
    return {};
}

auth::ScramChange change_of(const Deletion& deletion) {
    return {std::string(deletion.name), *hash_of(deletion.mechanism), {}};
}

auth::ScramChange change_of(const Upsertion& upsertion) {
    const auth::Hash hash = *hash_of(upsertion.mechanism);
    return {std::string(upsertion.name), hash,
            auth::credential_of_salted(hash, as_text(upsertion.salted_password), std::string(as_text(upsertion.salt)),
                                       upsertion.iterations)};
}

// Each user is told once, and changed wholly or not at all. Both mechanisms of a user may be in one request, as Kafka's
// documents show it (its controllers of today refuse that), one of them twice may not.
class Alteration {
  public:
    Alteration(auth::Users& users, bool allowed) : users_(users), allowed_(allowed) {}

    void add(const auto& wanted) {
        Refused& outcome = outcomes_[wanted.name];
        if (!allowed_)
            outcome = unauthorized();
        else if (!named_.emplace(wanted.name, wanted.mechanism).second)
            outcome = {ErrorCode::duplicate_resource, "A user credential cannot be altered twice in the same request"};
        else if (outcome.code == ErrorCode::none)
            outcome = why_not(users_, wanted);
        if (outcome.code == ErrorCode::none)
            changes_[wanted.name].push_back(change_of(wanted));
        else
            changes_.erase(wanted.name);
    }

    AlterUserScramCredentialsResponse carry_out() {
        std::vector<auth::ScramChange> changes;
        for (auto& [user, each] : changes_) std::ranges::move(each, std::back_inserter(changes));
        if (const auto changed = changes.empty() ? Result<>() : users_.change(changes); !changed)
            for (const auto& [user, each] : changes_)
                outcomes_[user] = {code_of(changed.error(), ErrorCode::unacceptable_credential),
                                   changed.error().message};
        AlterUserScramCredentialsResponse answer;
        for (const auto& [user, outcome] : outcomes_) {
            Altered told{.user = std::string(user), .error_code = outcome.code};
            if (outcome.code != ErrorCode::none) told.error_message = shortened(outcome.message);
            answer.users.push_back(std::move(told));
        }
        return answer;
    }

  private:
    auth::Users& users_;
    const bool allowed_;
    std::map<std::string_view, Refused> outcomes_;
    std::set<std::pair<std::string_view, int8_t>> named_;
    std::map<std::string_view, std::vector<auth::ScramChange>> changes_;  // of those that are not refused
};

DescribeUserScramCredentialsResponse::User described(const std::string& name, const auth::User& user) {
    DescribeUserScramCredentialsResponse::User told{.user = name};
    for (const auto& [hash, credential] : user.scram)
        told.credential_infos.push_back({static_cast<int8_t>(hash), credential.iterations});
    if (!told.credential_infos.empty()) return told;
    told.error_code = ErrorCode::resource_not_found;
    told.error_message = shortened("Attempt to describe a user credential that does not exist: " + name);
    return told;
}

}  // namespace

void handle(Door& door, DescribeUserScramCredentialsRequest request, const Call& call,
            Reply<DescribeUserScramCredentialsResponse> reply) {
    DescribeUserScramCredentialsResponse answer;
    if (!may(door, call, Act::describe, on_cluster)) {
        answer.error_code = unauthorized().code;
        answer.error_message = unauthorized().message;
        return reply(answer);
    }
    const auth::UsersByName users = door.users->all();
    if (!request.users || request.users->empty()) {
        for (const auto& [name, user] : users)
            if (!user.scram.empty()) answer.users.push_back(described(name, user));
        return reply(answer);
    }
    std::map<std::string, int> named;
    for (const auto& each : *request.users) ++named[std::string(each.name)];
    for (const auto& [name, times] : named) {
        const auto found = users.find(name);
        if (times == 1) {
            answer.users.push_back(described(name, found == users.end() ? auth::User() : found->second));
            continue;
        }
        constexpr auto twice = "Cannot describe SCRAM credentials for the same user twice in a single request: ";
        answer.users.push_back({name, ErrorCode::duplicate_resource, shortened(twice + name), {}});
    }
    reply(answer);
}

void handle(Door& door, AlterUserScramCredentialsRequest request, const Call&,
            Reply<AlterUserScramCredentialsResponse> reply) {
    door.workers.run([&door, request = std::move(request), reply = std::move(reply)]() mutable {
        Alteration alteration(*door.users, may(door, reply.call(), Act::alter, on_cluster));
        for (const auto& each : request.deletions) alteration.add(each);
        for (const auto& each : request.upsertions) alteration.add(each);
        reply(alteration.carry_out());
    });
}

}  // namespace pinflow::kafka
