#include "auth/oauth_bearer.h"

#include <algorithm>

#include "auth/msk_connect.h"
#include "auth/scram_messages.h"
#include "base/base64.h"
#include "base/text.h"

namespace pinflow::auth {
namespace {

constexpr char separator = '\x01';
constexpr size_t max_token_bytes = 32 << 10;
constexpr std::string_view invalid_token = R"({"status":"invalid_token"})";

std::optional<std::string> base64url_decode(std::string_view text) {
    std::string standard(text.substr(0, text.find_last_not_of('=') + 1));
    for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
    standard.append((4 - standard.size() % 4) % 4, '=');
    return base64_decode(standard);
}

bool is_msk_host(std::string_view host, std::string_view credential) {
    const auto scope = read_scope(credential);
    if (!scope) return false;
    const std::string expected = fmt::format("kafka.{}.amazonaws.com", scope->region);
    return host == expected || host == expected + ".cn";
}

}  // namespace

// "n,a=…," SOH "auth=Bearer …" SOH further pairs SOH SOH
std::optional<BearerMessage> read_bearer(std::string_view message) {
    BearerMessage read;
    const auto parts = split(message, separator);
    if (parts.size() < 4 || !parts.back().empty() || !parts[parts.size() - 2].empty()) return std::nullopt;
    const std::string_view header = parts[0];
    if (!header.starts_with("n,") || header.size() < 3 || header.back() != ',') return std::nullopt;
    if (const auto as = header.substr(2, header.size() - 3); !as.empty()) {
        const auto name = as.starts_with("a=") ? read_saslname(as.substr(2)) : std::nullopt;
        if (!name) return std::nullopt;
        read.acting_as = *name;
    }
    for (size_t i = 1; i + 2 < parts.size(); ++i) {
        const size_t equals = parts[i].find('=');
        if (equals == std::string_view::npos || equals == 0) return std::nullopt;
        if (parts[i].substr(0, equals) != "auth") continue;
        const std::string_view value = parts[i].substr(equals + 1);
        if (!read.token.empty() || !equals_ignoring_case(value.substr(0, 7), "bearer ")) return std::nullopt;
        read.token = trim(value.substr(7));
    }
    if (read.token.empty()) return std::nullopt;
    return read;
}

// https://kafka.eu-west-1.amazonaws.com/?Action=…&…, in Java without the slash: the signature and what was added behind
// it are not signed.
Result<Presigned> read_msk_token(std::string_view token) {
    if (token.size() > max_token_bytes)
        return fail(Code::too_large, "{} bytes; {} are allowed", token.size(), max_token_bytes);
    const auto url = base64url_decode(token);
    constexpr std::string_view scheme = "https://";
    const size_t query = url ? url->find('?', scheme.size()) : std::string::npos;
    if (!url || !url->starts_with(scheme) || query == std::string::npos)
        return fail(Code::invalid, "it is no URL in base64url, as AWS's signers for MSK make it");
    Presigned request{.host = url->substr(scheme.size(), query - scheme.size()), .query = {}, .signature = {}};
    if (request.host.ends_with('/')) request.host.pop_back();
    for (const std::string_view pair : split(std::string_view(*url).substr(query + 1), '&')) {
        const size_t equals = std::min(pair.find('='), pair.size());
        auto name = percent_decode(pair.substr(0, equals));
        auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value) return fail(Code::invalid, "an escape in its URL is broken");
        if (*name == "X-Amz-Signature")
            request.signature = std::move(*value);
        else if (*name != "User-Agent" && !request.query.emplace(*name, std::move(*value)).second)
            return fail(Code::invalid, "{} is in its URL twice", name->substr(0, 100));
    }
    if (!is_msk_host(request.host, request.parameter("X-Amz-Credential")))
        return fail(Code::invalid, "it is for the host \"{}\", not for kafka.REGION.amazonaws.com",
                    request.host.substr(0, 300));
    return request;
}

namespace {

Result<Identity> check_token(std::string_view token, const Users& users, const Clock& clock) {
    PINFLOW_ASSIGN(const Presigned request, read_msk_token(token));
    return check_connect(request, users, clock);
}

}  // namespace

Step OAuthBearer::next(std::string_view token) {
    if (!refused_.empty()) return Step::failed(refused_, std::string(invalid_token));
    const auto message = read_bearer(token);
    if (!message) return Step::failed("the client's OAUTHBEARER message cannot be read");
    auto identity = check_token(message->token, users_, clock_);
    if (!identity) {
        refused_ = identity.error().message;
        return Step::challenge(std::string(invalid_token));
    }
    if (!message->acting_as.empty() && message->acting_as != identity->user)
        return Step::failed("wants to act for another user",
                            "Authentication failed: Client requested an authorization id that is different from the "
                            "token's principal name");
    identity_ = std::move(*identity);
    return Step::done("");
}

}  // namespace pinflow::auth
