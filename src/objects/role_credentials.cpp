#include "objects/role_credentials.h"

#include "base/sigv4.h"
#include "base/text.h"
#include "objects/store.h"
#include "objects/xml.h"

namespace pinflow::objects {
namespace {

constexpr std::string_view form = "application/x-www-form-urlencoded; charset=utf-8";

std::map<std::string, std::string> form_of(const char* action, const RoleWish& wish) {
    std::map<std::string, std::string> fields = {
        {"Action", action}, {"Version", "2011-06-15"}, {"RoleArn", wish.arn}, {"RoleSessionName", wish.session_name}};
    if (!wish.external_id.empty()) fields["ExternalId"] = wish.external_id;
    if (!wish.duration_seconds.empty()) fields["DurationSeconds"] = wish.duration_seconds;
    return fields;
}

// The address without its path, and the path.
std::pair<std::string_view, std::string> split_url(std::string_view url) {
    const size_t host = url.find("://") + 3;
    const size_t slash = url.find('/', host);
    if (slash == std::string_view::npos) return {url.substr(host), "/"};
    return {url.substr(host, slash - host), std::string(url.substr(slash))};
}

std::vector<std::string> signed_headers(const StsAddress& address, const std::string& body, const Credentials& source,
                                        int64_t wall_ms) {
    const auto [host, path] = split_url(address.url);
    std::map<std::string, std::string> headers = {
        {"content-type", std::string(form)}, {"host", std::string(host)}, {"x-amz-date", sigv4::amz_date(wall_ms)}};
    if (!source.token.empty()) headers["x-amz-security-token"] = source.token;
    std::string lines, names;
    std::vector<std::string> all;
    for (const auto& [name, value] : headers) {
        lines += fmt::format("{}:{}\n", name, value);
        names += fmt::format("{}{}", names.empty() ? "" : ";", name);
        all.push_back(fmt::format("{}: {}", name, value));
    }
    const std::string canonical = fmt::format("POST\n{}\n\n{}\n{}\n{}", path, lines, names, sigv4::hex_sha256(body));
    const std::string& date = headers.at("x-amz-date");
    const sigv4::Scope scope{std::string_view(date).substr(0, 8), address.region, "sts"};
    all.push_back(fmt::format("authorization: AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}",
                              source.access_key, scope.text(), names,
                              sigv4::signature(source.secret, scope, date, canonical)));
    return all;
}

Result<Credentials> ask_sts(HttpClient& http, const StsAddress& address, const std::string& action,
                            const std::string& body, std::vector<std::string> headers) {
    auto answer = http.perform({.method = "POST",
                                .url = address.url + (split_url(address.url).second == "/" ? "/" : ""),
                                .headers = std::move(headers),
                                .body = as_bytes(body),
                                .most_answer_bytes = 1 << 20});
    if (!answer) return fail(unreachable, "{}: {}", address.url, answer.error().error.message);
    auto found = read_sts_answer(action, answer->status, answer->body);
    if (!found) return fail(std::move(found).error().within(fmt::format("{} {}", action, address.url)));
    return found;
}

}  // namespace

StsAddress sts_address(const Surroundings& around, const std::string& region) {
    StsAddress address{.region = region.empty() ? "us-east-1" : region};
    for (const char* name : {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}) {
        if (address.url.empty()) address.url = around.variable(name);
    }
    while (address.url.ends_with('/')) address.url.pop_back();
    const char* const china = address.region.starts_with("cn-") ? ".cn" : "";
    if (address.url.empty()) address.url = fmt::format("https://sts.{}.amazonaws.com{}", address.region, china);
    return address;
}

Result<Credentials> assume_role(HttpClient& http, const StsAddress& address, const RoleWish& wish,
                                const Credentials& source, int64_t wall_ms) {
    const std::string body = sigv4::canonical_query(form_of("AssumeRole", wish));
    return ask_sts(http, address, "AssumeRole", body, signed_headers(address, body, source, wall_ms));
}

// Not signed: the token says who asks.
Result<Credentials> assume_role_with_web_identity(HttpClient& http, const StsAddress& address, const RoleWish& wish,
                                                  const std::string& token) {
    auto fields = form_of("AssumeRoleWithWebIdentity", wish);
    fields["WebIdentityToken"] = token;
    return ask_sts(http, address, "AssumeRoleWithWebIdentity", sigv4::canonical_query(fields),
                   {fmt::format("content-type: {}", form)});
}

Result<Credentials> read_sts_answer(const std::string& action, int status, std::string_view xml) {
    std::map<std::string, std::string, std::less<>> texts;
    const auto parsed = parse_xml(xml, [&](std::string_view path, std::string&& text) {
        texts.emplace(path.substr(path.find('/') + 1), std::move(text));
    });
    if (status != 200) {
        const Code code = status >= 500 || status == 429 ? unreachable : denied;
        return fail(code, "{} {}: {}", status, texts["Error/Code"], texts["Error/Message"]);
    }
    if (!parsed) return fail(parsed.error());
    const std::string prefix = action + "Result/Credentials/";
    Credentials found{texts[prefix + "AccessKeyId"], texts[prefix + "SecretAccessKey"], texts[prefix + "SessionToken"]};
    const auto expires = read_expiration(texts[prefix + "Expiration"]);
    if (found.access_key.empty() || found.secret.empty() || found.token.empty() || !expires)
        return fail(Code::corrupt, "the answer to {} has no credentials", action);
    found.expires_ms = *expires;
    return found;
}

}  // namespace pinflow::objects
