#include "auth/msk_connect.h"

#include "base/text.h"

namespace pinflow::auth {
namespace {

Result<> check_form(const Presigned& request, const std::optional<CredentialScope>& scope) {
    const auto must_be = [&](std::string_view name, std::string_view value) -> Result<> {
        if (request.parameter(name) == value) return {};
        return fail(Code::invalid, "{} is \"{}\" and must be {}", name, request.parameter(name).substr(0, 100), value);
    };
    PINFLOW_TRY(must_be("Action", "kafka-cluster:Connect"));
    PINFLOW_TRY(must_be("X-Amz-Algorithm", "AWS4-HMAC-SHA256"));
    PINFLOW_TRY(must_be("X-Amz-SignedHeaders", "host"));
    if (!scope || scope->service != "kafka-cluster" || scope->day != request.parameter("X-Amz-Date").substr(0, 8))
        return fail(Code::invalid, "X-Amz-Credential is \"{}\" and must be KEY/DAY/REGION/kafka-cluster/aws4_request",
                    request.parameter("X-Amz-Credential").substr(0, 200));
    return {};
}

// The end of the time in which the request is good.
Result<int64_t> check_time(const Presigned& request, int64_t now_ms) {
    const auto signed_ms = read_amz_date(request.parameter("X-Amz-Date"));
    const auto expires_s = parse_int(request.parameter("X-Amz-Expires"));
    if (!signed_ms || !expires_s || *expires_s < 1 || *expires_s > msk_max_expires_s)
        return fail(Code::invalid, "X-Amz-Date must be a time, and X-Amz-Expires from 1 to {}", msk_max_expires_s);
    const int64_t end_ms = *signed_ms + *expires_s * 1000;
    if (now_ms >= end_ms) return fail(Code::invalid, "the signature expired {} s ago", (now_ms - end_ms) / 1000);
    if (*signed_ms - now_ms > msk_clock_skew_ms)
        return fail(Code::invalid, "the signature is from {} s ahead: whose clock is wrong?",
                    (*signed_ms - now_ms) / 1000);
    return end_ms;
}

}  // namespace

Result<Identity> check_connect(const Presigned& request, const Users& users, const Clock& clock) {
    const auto scope = read_scope(request.parameter("X-Amz-Credential"));
    PINFLOW_TRY(check_form(request, scope));
    PINFLOW_ASSIGN(const int64_t end_ms, check_time(request, clock.wall_ms()));
    const auto owned = users.access_key(scope->access_key);
    const std::string secret = owned ? owned->key.secret : std::string(40, '-');  // the same work for an unknown key
    const bool is_signed = is_same_secret(signature_of(request, *scope, secret), request.signature);
    if (!owned)
        return fail(Code::not_found, "nobody has the access key {}; `pinflow users add-key` gives it to a user",
                    scope->access_key.substr(0, 128));
    if (!is_signed) return fail(Code::invalid, "the signature is not that of the access key {}", owned->key.id);
    if (!is_same_secret(owned->key.session_token, request.parameter("X-Amz-Security-Token")))
        return fail(Code::invalid, "the access key {} came with {} session token", owned->key.id,
                    owned->key.session_token.empty() ? "a" : "another, or without a");
    return Identity{.user = owned->user, .expires_ms = end_ms};
}

}  // namespace pinflow::auth
