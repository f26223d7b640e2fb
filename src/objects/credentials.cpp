#include "objects/credentials.h"

#include <simdjson.h>

#include <chrono>

#include "base/text.h"
#include "objects/store.h"

namespace pinflow::objects {
namespace {

constexpr int64_t renew_before_ms = 5 * 60 * 1000;
constexpr std::string_view container_host = "http://169.254.170.2";
constexpr std::string_view machine_host = "http://169.254.169.254";
constexpr const char* role_path = "/latest/meta-data/iam/security-credentials/";

// Plain HTTP must stay on the machine, or go where AWS's services for containers are: it carries a secret.
bool may_be_asked(std::string_view url) {
    if (url.starts_with("https://")) return true;
    for (const std::string_view host :
         {"localhost", "127.0.0.1", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"}) {
        const std::string start = fmt::format("http://{}", host);
        if (!url.starts_with(start)) continue;
        const std::string_view rest = url.substr(start.size());
        if (rest.empty() || rest.starts_with('/') || rest.starts_with(':')) return !rest.contains('@');
    }
    return false;
}

Result<std::string> authorization_of(const Surroundings& around) {
    std::string token = around.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (const std::string file = around.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
        PINFLOW_ASSIGN(const std::string text, read_file(around.disk, file));
        token = trim(text);
    }
    if (token.find_first_of("\r\n") != std::string::npos)
        return fail(denied, "the token for the container's credentials has a line break");
    return token;
}

}  // namespace

std::optional<int64_t> read_expiration(std::string_view text) {
    if (text.size() < 20 || !text.ends_with('Z') || text[4] != '-' || text[10] != 'T') return std::nullopt;
    std::array<int64_t, 6> parts{};
    constexpr std::array<std::pair<size_t, size_t>, 6> places = {{{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}}};
    for (size_t i = 0; i < parts.size(); ++i) {
        const auto number = parse_int(text.substr(places[i].first, places[i].second));
        if (!number || *number < 0) return std::nullopt;
        parts[i] = *number;
    }
    using namespace std::chrono;
    const year_month_day day{year(static_cast<int>(parts[0])), month(static_cast<unsigned>(parts[1])),
                             std::chrono::day(static_cast<unsigned>(parts[2]))};
    if (!day.ok()) return std::nullopt;
    const auto at = sys_days(day) + hours(parts[3]) + minutes(parts[4]) + seconds(parts[5]);
    return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

Result<Credentials> read_metadata_credentials(std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    const simdjson::padded_string padded(json);
    if (parser.parse(padded).get(root) != simdjson::SUCCESS || !root.is_object())
        return fail(Code::corrupt, "the answer with credentials is no JSON object");
    const auto text_of = [&](std::string_view name) {
        std::string_view text;
        return root[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
    };
    Credentials found{text_of("AccessKeyId"), text_of("SecretAccessKey"), text_of("Token")};
    if (found.access_key.empty() || found.secret.empty())
        return fail(denied, "the answer has no credentials, but {} {}", text_of("Code"), text_of("Message"));
    const std::string expiration = text_of("Expiration");
    if (expiration.empty()) return found;
    const auto expires = read_expiration(expiration);
    if (!expires) return fail(Code::corrupt, "credentials that expire at {}", expiration);
    found.expires_ms = *expires;
    return found;
}

CredentialChain::CredentialChain(const Surroundings& around, std::string profile)
    : around_(around),
      profile_(std::move(profile)),
      http_({.connect_timeout_ms = 1'000, .stall_timeout_ms = 5'000, .use_proxy = false}, around.stop),
      sts_({.ca = around.variable("AWS_CA_BUNDLE")}, around.stop) {}

Result<Credentials> CredentialChain::current() {
    const std::scoped_lock lock(mutex_);
    const int64_t now = around_.clock.wall_ms();
    if (kept_ && (kept_->expires_ms == 0 || now < kept_->expires_ms - renew_before_ms)) return *kept_;
    auto found = find();
    if (!found && kept_ && now < kept_->expires_ms) return *kept_;
    if (!found && kept_) found.error().code = unreachable;  // there were some: who gives them is out of reach for now
    if (!found) return fail(std::move(found).error().within("credentials for S3"));
    kept_ = *found;
    return found;
}

void CredentialChain::refuse(const Credentials& refused) {
    const std::scoped_lock lock(mutex_);
    if (kept_ && kept_->access_key == refused.access_key && kept_->token == refused.token) kept_.reset();
}

Result<Credentials> CredentialChain::find() {
    if (auto found = from_environment()) return std::move(*found);
    if (auto found = from_web_identity()) return std::move(*found);
    if (auto found = from_profile()) return std::move(*found);
    if (auto found = from_container()) return std::move(*found);
    if (auto found = from_machine()) return std::move(*found);
    return fail(denied,
                "there are none: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them into "
                "~/.aws/credentials, or give the machine or the container a role");
}

std::optional<Result<Credentials>> CredentialChain::from_environment() const {
    if (!profile_.empty()) return std::nullopt;  // a profile that is asked for by name comes first
    Credentials found{around_.variable("AWS_ACCESS_KEY_ID"), around_.variable("AWS_SECRET_ACCESS_KEY"),
                      around_.variable("AWS_SESSION_TOKEN")};
    if (found.access_key.empty() && found.secret.empty()) return std::nullopt;
    if (found.access_key.empty() || found.secret.empty())
        return fail(denied, "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set");
    return found;
}

std::optional<Result<Credentials>> CredentialChain::from_container() {
    const std::string relative = around_.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const std::string full = around_.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative.empty() && full.empty()) return std::nullopt;
    const std::string url = relative.empty() ? full : fmt::format("{}{}", container_host, relative);
    if (!may_be_asked(url))
        return fail(denied, "AWS_CONTAINER_CREDENTIALS_FULL_URI={}: it must be https, or on this machine", full);
    const auto authorization = authorization_of(around_);
    if (!authorization) return fail(authorization.error());
    std::vector<std::string> headers;
    if (!authorization->empty()) headers.push_back("Authorization: " + *authorization);
    const auto answer = ask("GET", url, headers);
    if (!answer) return fail(answer.error());
    return read_metadata_credentials(answer->body);
}

// IMDSv2: a token first, then the role's name, then its credentials.
std::optional<Result<Credentials>> CredentialChain::from_machine() {
    if (to_lower(around_.variable("AWS_EC2_METADATA_DISABLED")) == "true") return std::nullopt;
    std::string host = around_.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (host.empty()) host = machine_host;
    while (host.ends_with('/')) host.pop_back();
    const auto token = ask("PUT", host + "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds: 21600"});
    if (!token) return std::nullopt;  // no machine of AWS
    const std::string header = "X-aws-ec2-metadata-token: " + std::string(trim(token->body));
    const auto roles = ask("GET", host + role_path, {header});
    if (!roles) return fail(denied, "this machine has no role: {}", roles.error().message);
    const std::string role(trim(std::string_view(roles->body).substr(0, roles->body.find('\n'))));
    const auto answer = ask("GET", host + role_path + percent_encode(role, "+=,@"), {header});
    if (!answer) return fail(answer.error());
    return read_metadata_credentials(answer->body);
}

Result<HttpAnswer> CredentialChain::ask(std::string method, std::string url, std::vector<std::string> headers) {
    auto answer = http_.perform({.method = std::move(method),
                                 .url = url,
                                 .headers = std::move(headers),
                                 .body = {},
                                 .most_answer_bytes = 1 << 20});
    if (!answer) return fail(std::move(answer).error().error);
    if (answer->status != 200) return fail(unreachable, "{} answers {}", url, answer->status);
    return std::move(*answer);
}

}  // namespace pinflow::objects
