// Credentials of roles: what STS is asked, in the shapes that AWS documents, and what its answers make.
#include "objects/role_credentials.h"

#include "base/sigv4.h"
#include "objects/store.h"
#include "objects/test_world.h"

namespace pinflow::objects {
namespace {

// As in the documentation of AssumeRole, "Sample Response".
std::string answer_of(const std::string& action, const std::string& key) {
    return fmt::format(R"(<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <{0}Result>
    <SourceIdentity>Alice</SourceIdentity>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/demo/TestAR</Arn>
      <AssumedRoleId>ARO123EXAMPLE123:TestAR</AssumedRoleId></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>{1}</AccessKeyId>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <SessionToken>AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==</SessionToken>
      <Expiration>2026-11-18T12:06:40Z</Expiration>
    </Credentials>
    <PackedPolicySize>6</PackedPolicySize>
  </{0}Result>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</{0}Response>)",
                       action, key);
}

constexpr std::string_view refusal = R"(<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>
<Type>Sender</Type><Code>AccessDenied</Code><Message>User: x is not authorized to perform: sts:AssumeRole</Message>
</Error><RequestId>a</RequestId></ErrorResponse>)";

class StillClock final : public Clock {
  public:
    int64_t wall_ms() const override { return 1'795'000'000'000; }  // 2026-11-18T11:06:40Z
    int64_t steady_ms() const override { return wall_ms(); }
};

class RoleCredentials : public testing::Test {
  protected:
    Surroundings around() {
        return {.clock = clock_, .environment = [this](const std::string& name) -> std::optional<std::string> {
                    const auto found = variables_.find(name);
                    return found == variables_.end() ? std::nullopt : std::optional(found->second);
                }};
    }
    Result<Credentials> find(const std::string& profile = "") { return CredentialChain(around(), profile).current(); }
    std::string message(const std::string& profile) {
        const auto found = find(profile);
        return found ? "found " + found->access_key : found.error().message;
    }
    void write(const std::string& name, std::string_view text) {
        std::filesystem::create_directories(home_.path / ".aws");
        ASSERT_TRUE(replace_file(posix_disk(), home_.path / ".aws" / name, text));
    }
    // STS: notes what it is asked, and gives the role's name behind the last slash as the key.
    WireAnswer sts(const WireRequest& request) {
        forms_.push_back(request.body);
        authorizations_.push_back(request.header("authorization"));
        signed_as_documented_ = request.header("authorization").empty() || is_signed(request);
        if (request.body.contains("forbidden")) return {403, {}, std::string(refusal)};
        const std::string action = request.body.contains("WebIdentity") ? "AssumeRoleWithWebIdentity" : "AssumeRole";
        const size_t role = request.body.find("role%2F") + 7;
        return {200, {}, answer_of(action, "KEY-" + request.body.substr(role, request.body.find('&', role) - role))};
    }
    static bool is_signed(const WireRequest& request) {
        std::string lines, names;
        for (const char* name : {"content-type", "host", "x-amz-date", "x-amz-security-token"}) {
            if (request.header(name).empty()) continue;
            lines += fmt::format("{}:{}\n", name, request.header(name));
            names += fmt::format("{}{}", names.empty() ? "" : ";", name);
        }
        const std::string canonical =
            fmt::format("POST\n/\n\n{}\n{}\n{}", lines, names, sigv4::hex_sha256(request.body));
        const std::string date = request.header("x-amz-date");
        const sigv4::Scope scope{std::string_view(date).substr(0, 8), "eu-west-1", "sts"};
        const std::string secret = request.header("x-amz-security-token").empty()
                                       ? "source secret"
                                       : "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY";
        return request.header("authorization").ends_with(sigv4::signature(secret, scope, date, canonical));
    }

    StillClock clock_;
    TestFolder home_;
    std::vector<std::string> forms_, authorizations_;
    bool signed_as_documented_ = false;
    TestDoor door_{[this](const WireRequest& request) { return sts(request); }, no_fault};
    std::map<std::string, std::string> variables_ = {{"HOME", home_.path.string()},
                                                     {"AWS_EC2_METADATA_DISABLED", "true"},
                                                     {"AWS_ENDPOINT_URL_STS", door_.url() + "/"},
                                                     {"AWS_REGION", "eu-west-1"}};
};

TEST_F(RoleCredentials, AProfilesRoleByTheKeysOfAnother) {
    write("credentials", "[base]\naws_access_key_id = SOURCE\naws_secret_access_key = source secret\n");
    write("config",
          "[profile first]\nrole_arn = arn:aws:iam::1:role/one\nsource_profile = base\nexternal_id = a b\n"
          "duration_seconds = 900\nrole_session_name = me\n"
          "[profile second]\nrole_arn = arn:aws:iam::1:role/two\nsource_profile = first\n");
    const auto found = find("first");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->access_key, "KEY-one");
    EXPECT_EQ(found->expires_ms, clock_.wall_ms() + 3'600'000);
    EXPECT_EQ(forms_.back(),
              "Action=AssumeRole&DurationSeconds=900&ExternalId=a%20b&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fone&"
              "RoleSessionName=me&Version=2011-06-15");
    EXPECT_THAT(authorizations_.back(),
                testing::StartsWith("AWS4-HMAC-SHA256 Credential=SOURCE/20261118/eu-west-1/sts/"));
    EXPECT_TRUE(signed_as_documented_);
    EXPECT_EQ(find("second")->access_key, "KEY-two") << "by way of the first";
    EXPECT_THAT(authorizations_.back(), testing::HasSubstr("Credential=KEY-one/"));
    EXPECT_TRUE(signed_as_documented_);
}

TEST_F(RoleCredentials, AProfilesRoleByItsOwnKeysAndByTheEnvironments) {
    write("config",
          "[profile own]\nrole_arn = arn:aws:iam::1:role/own\nsource_profile = own\naws_access_key_id = SOURCE\n"
          "aws_secret_access_key = source secret\n"
          "[profile env]\nrole_arn = arn:aws:iam::1:role/env\ncredential_source = Environment\n");
    EXPECT_EQ(message("own"), "found KEY-own");
    EXPECT_THAT(message("env"), testing::HasSubstr("no keys to ask for it"));
}

TEST_F(RoleCredentials, APodsByItsToken) {
    ASSERT_TRUE(replace_file(posix_disk(), home_.path / "token", "eyJ.a+b\n"));
    variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = (home_.path / "token").string();
    EXPECT_THAT(message(""), testing::HasSubstr("without AWS_ROLE_ARN"));
    variables_["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/pod";
    EXPECT_EQ(message(""), "found KEY-pod");
    EXPECT_THAT(forms_.back(), testing::HasSubstr("Action=AssumeRoleWithWebIdentity"));
    EXPECT_THAT(forms_.back(), testing::HasSubstr("WebIdentityToken=eyJ.a%2Bb"));
    EXPECT_EQ(authorizations_.back(), "") << "the token says who asks";
    write("config", fmt::format("[profile p]\nrole_arn = arn:aws:iam::1:role/prof\nweb_identity_token_file = {}\n",
                                (home_.path / "token").string()));
    EXPECT_EQ(message("p"), "found KEY-prof");
}

TEST_F(RoleCredentials, WhatCannotWorkIsTold) {
    write("credentials", "[base]\naws_access_key_id = SOURCE\naws_secret_access_key = source secret\n");
    write("config",
          "[profile no]\nrole_arn = arn:aws:iam::1:role/forbidden\nsource_profile = base\n"
          "[profile mfa]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\nmfa_serial = arn:mfa\n"
          "[profile a]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = b\n"
          "[profile b]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = a\n"
          "[profile lost]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = nobody\n"
          "[profile sso]\nsso_session = x\n");
    EXPECT_THAT(message("no"), testing::HasSubstr("403 AccessDenied: User: x is not authorized"));
    EXPECT_EQ(find("no").error().code, denied);
    EXPECT_THAT(message("mfa"), testing::HasSubstr("arn:mfa"));
    EXPECT_THAT(message("a"), testing::HasSubstr("in circles"));
    EXPECT_THAT(message("lost"), testing::HasSubstr("no profile nobody"));
    EXPECT_THAT(message("sso"), testing::HasSubstr("sso_session"));
    variables_["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1";
    EXPECT_EQ(find("no").error().code, unreachable);
}

TEST(StsAddress, IsTheRegionsOwn) {
    EXPECT_EQ(sts_address({}, "eu-west-1").url, "https://sts.eu-west-1.amazonaws.com");
    EXPECT_EQ(sts_address({}, "cn-north-1").url, "https://sts.cn-north-1.amazonaws.com.cn");
    EXPECT_EQ(sts_address({}, "").region, "us-east-1");
}

TEST(StsAnswer, IsCheckedAsItIsRead) {
    EXPECT_EQ(read_sts_answer("AssumeRole", 200, "<a>").error().code, Code::corrupt);
    EXPECT_EQ(read_sts_answer("AssumeRole", 200, "<a/>").error().code, Code::corrupt);
    EXPECT_EQ(read_sts_answer("AssumeRole", 503, "busy").error().code, unreachable);
    EXPECT_EQ(read_sts_answer("AssumeRoleWithWebIdentity", 200, answer_of("AssumeRole", "A")).error().code,
              Code::corrupt);
}

}  // namespace
}  // namespace pinflow::objects
