// Credentials by the shared files' profiles, and of roles (docs.aws.amazon.com/sdkref, "Assume role credential
// provider").
#include "base/text.h"
#include "objects/credentials.h"
#include "objects/role_credentials.h"
#include "objects/store.h"

namespace pinflow::objects {
namespace {

constexpr size_t most_profiles_on_the_way = 8;

std::string setting(const Settings& profile, const std::string& key) {
    const auto found = profile.find(key);
    return found == profile.end() ? std::string() : found->second;
}

std::string region_for(const Surroundings& around, const Settings& profile) {
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        if (std::string region = around.variable(name); !region.empty()) return region;
    }
    return setting(profile, "region");
}

std::string name_or_default(const std::string& session_name) {
    return session_name.empty() ? "pinflow" : session_name;
}

Credentials keys_of(const Settings& profile) {
    return {setting(profile, "aws_access_key_id"), setting(profile, "aws_secret_access_key"),
            setting(profile, "aws_session_token")};
}

bool are_whole(const Credentials& keys) {
    return !keys.access_key.empty() && !keys.secret.empty();
}

}  // namespace

// As Kubernetes gives roles to pods.
std::optional<Result<Credentials>> CredentialChain::from_web_identity() {
    const std::string file = around_.variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    const std::string arn = around_.variable("AWS_ROLE_ARN");
    if (!profile_.empty() || file.empty()) return std::nullopt;
    if (arn.empty()) return fail(denied, "AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN");
    return by_web_identity(file, {arn, name_or_default(around_.variable("AWS_ROLE_SESSION_NAME"))},
                           region_for(around_, {}));
}

// The file is read each time: who made it writes it anew before the token expires.
Result<Credentials> CredentialChain::by_web_identity(const std::string& token_file, const RoleWish& wish,
                                                     const std::string& region) {
    PINFLOW_ASSIGN(const std::string token, read_file(around_.disk, token_file));
    return assume_role_with_web_identity(sts_, sts_address(around_, region), wish, std::string(trim(token)));
}

std::optional<Result<Credentials>> CredentialChain::from_profile() {
    const bool is_wanted = !profile_.empty() || !around_.variable("AWS_PROFILE").empty();
    return from_named(profile_name(around_, profile_), is_wanted, {});
}

std::optional<Result<Credentials>> CredentialChain::from_named(const std::string& name, bool is_wanted,
                                                               const std::vector<std::string>& way) {
    const auto profile = read_profile(around_, name);
    if (!profile) return fail(profile.error());
    if (!*profile) {
        if (is_wanted) return fail(denied, "there is no profile {} in ~/.aws/credentials and ~/.aws/config", name);
        return std::nullopt;
    }
    const bool is_own_source = !way.empty() && way.back() == name;
    if (!setting(**profile, "role_arn").empty() && !is_own_source) return by_role(name, **profile, way);
    const Credentials found = keys_of(**profile);
    if (are_whole(found)) return found;
    for (const char* by : {"sso_session", "sso_start_url", "credential_process"}) {
        if (!setting(**profile, by).empty())
            return fail(
                denied,
                "the profile {} has its keys by way of {}, which Pinflow does not follow: export them with `aws "
                "configure export-credentials`",
                name, by);
    }
    if (is_wanted) return fail(denied, "the profile {} has no aws_access_key_id with its secret", name);
    return std::nullopt;
}

Result<Credentials> CredentialChain::by_role(const std::string& name, const Settings& profile,
                                             const std::vector<std::string>& way) {
    if (!setting(profile, "mfa_serial").empty())
        return fail(denied, "the profile {} wants a code of {} each time, which nobody can type here", name,
                    setting(profile, "mfa_serial"));
    const RoleWish wish{.arn = setting(profile, "role_arn"),
                        .session_name = name_or_default(setting(profile, "role_session_name")),
                        .external_id = setting(profile, "external_id"),
                        .duration_seconds = setting(profile, "duration_seconds")};
    const std::string region = region_for(around_, profile);
    if (const std::string file = setting(profile, "web_identity_token_file"); !file.empty())
        return by_web_identity(file, wish, region);
    PINFLOW_ASSIGN(const Credentials source, source_of(name, profile, way));
    return assume_role(sts_, sts_address(around_, region), wish, source, around_.clock.wall_ms());
}

// Whose keys ask for the role.
Result<Credentials> CredentialChain::source_of(const std::string& name, const Settings& profile,
                                               const std::vector<std::string>& way) {
    auto further = way;
    further.push_back(name);
    const std::string source = setting(profile, "source_profile");
    if (!source.empty() && (further.size() > most_profiles_on_the_way || std::ranges::count(way, source) > 0))
        return fail(denied, "the profile {} goes in circles by source_profile = {}", name, source);
    std::optional<Result<Credentials>> found;
    const std::string kind = setting(profile, "credential_source");
    if (!source.empty()) found = from_named(source, true, further);
    if (kind == "Environment") found = from_environment();
    if (kind == "EcsContainer") found = from_container();
    if (kind == "Ec2InstanceMetadata") found = from_machine();
    if (found) return std::move(*found);
    return fail(denied,
                "the profile {} has a role_arn, but no keys to ask for it: source_profile, or credential_source = "
                "Environment, EcsContainer or Ec2InstanceMetadata, that has some",
                name);
}

}  // namespace pinflow::objects
