#include "objects/credentials.h"

#include "objects/store.h"
#include "objects/test_world.h"

namespace pinflow::objects {
namespace {

class ManualClock final : public Clock {
  public:
    int64_t wall_ms() const override { return now_ms; }
    int64_t steady_ms() const override { return now_ms; }
    int64_t now_ms = 1'795'000'000'000;  // 2026-11-18T11:06:40Z
};

std::string key(const Result<Credentials>& found) {
    return found ? found->access_key : found.error().message;
}

class CredentialsFrom : public testing::Test {
  protected:
    Surroundings around() {
        return {.clock = clock_, .environment = [this](const std::string& name) -> std::optional<std::string> {
                    const auto found = variables_.find(name);
                    return found == variables_.end() ? std::nullopt : std::optional(found->second);
                }};
    }
    Result<Credentials> find(const std::string& profile = "") { return CredentialChain(around(), profile).current(); }
    void write(const std::string& name, std::string_view text) {
        std::filesystem::create_directories(home_.path / ".aws");
        ASSERT_TRUE(replace_file(posix_disk(), home_.path / ".aws" / name, text));
    }

    ManualClock clock_;
    TestFolder home_;
    std::map<std::string, std::string> variables_ = {{"HOME", home_.path.string()},
                                                     {"AWS_EC2_METADATA_DISABLED", "true"}};
};

TEST_F(CredentialsFrom, TheEnvironmentComesFirst) {
    write("credentials", "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n");
    variables_.merge(std::map<std::string, std::string>{
        {"AWS_ACCESS_KEY_ID", "ENV"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_SESSION_TOKEN", "t"}});
    EXPECT_EQ(key(find()), "ENV");
    EXPECT_EQ(find()->token, "t");
    EXPECT_EQ(key(find("default")), "FILE") << "a profile that is asked for";
    variables_.erase("AWS_SECRET_ACCESS_KEY");
    EXPECT_THAT(find().error().message, testing::HasSubstr("only one is set"));
}

TEST_F(CredentialsFrom, TheSharedFiles) {
    write("credentials",
          "# comment\r\n[default]\r\nAWS_Access_Key_Id=A1\r\naws_secret_access_key = x=/+y # mine\r\n"
          "[work]\naws_access_key_id = A2\naws_secret_access_key = s2\naws_session_token = t2\n");
    write("config",
          "[default]\nregion = eu-west-1\ns3 =\n  max_concurrent_requests = 20\n[profile dev]\n"
          "aws_access_key_id = A3\naws_secret_access_key = s3#4\n[sso-session x]\nany thing\n");
    EXPECT_EQ(key(find()), "A1");
    EXPECT_EQ(find()->secret, "x=/+y");
    EXPECT_EQ(find("work")->token, "t2");
    variables_["AWS_PROFILE"] = "dev";
    EXPECT_EQ(find()->secret, "s3#4");
    EXPECT_EQ(read_profile(around(), "default")->value().at("region"), "eu-west-1");
    variables_["AWS_PROFILE"] = "nobody";
    EXPECT_THAT(find().error().message, testing::HasSubstr("no profile nobody"));
    write("credentials", "[default]\nnonsense\n");
    EXPECT_THAT(find().error().message, testing::AllOf(testing::HasSubstr("line 2"), testing::HasSubstr(".aws")));
}

TEST_F(CredentialsFrom, AProfileThatPinflowCannotFollowIsTold) {
    write("config", "[profile process]\ncredential_process = /bin/keys\n");
    const auto refused = find("process");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, denied);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("credential_process"));
}

TEST_F(CredentialsFrom, NowhereIsAnErrorThatSaysWhatToDo) {
    const auto none = find();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, denied);
    EXPECT_THAT(none.error().message, testing::HasSubstr("AWS_ACCESS_KEY_ID"));
}

std::string metadata(const std::string& key, const std::string& expiration) {
    return fmt::format(R"({{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"s","Token":"t","Expiration":"{}"}})",
                       key, expiration);
}

TEST_F(CredentialsFrom, AContainersAreRenewedBeforeTheyExpire) {
    int asked = 0;
    bool works = true;
    TestDoor door(
        [&](const WireRequest& request) -> WireAnswer {
            EXPECT_EQ(request.header("authorization"), "let me in");
            if (!works) return {500};
            const char* expiration = ++asked == 1 ? "2026-11-18T12:06:40Z" : "2026-11-18T13:06:40Z";
            return {200, {}, metadata(fmt::format("KEY{}", asked), expiration)};
        },
        no_fault);
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = door.url() + "/v1/credentials";
    variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = (home_.path / "token").string();
    ASSERT_TRUE(replace_file(posix_disk(), home_.path / "token", "let me in\n"));
    CredentialChain chain(around(), "");
    EXPECT_EQ(key(chain.current()), "KEY1");
    clock_.now_ms += 54 * 60'000;
    EXPECT_EQ(key(chain.current()), "KEY1");
    clock_.now_ms += 2 * 60'000;  // four minutes before the end
    works = false;
    EXPECT_EQ(key(chain.current()), "KEY1") << "they last a little longer";
    works = true;
    EXPECT_EQ(key(chain.current()), "KEY2");
    clock_.now_ms += 24 * 3'600'000;
    works = false;
    const auto gone = chain.current();
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, unreachable) << "who gave them will again: " << gone.error().message;
}

TEST_F(CredentialsFrom, AContainersAreNotAskedForOverTheNetwork) {
    for (const char* url : {"http://example.com/x", "http://localhost.example.com/x", "http://127.0.0.1@example.com/",
                            "http://127.0.0.1:80@example.com/"}) {
        variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
        const auto refused = find();
        ASSERT_FALSE(refused) << url;
        EXPECT_THAT(refused.error().message, testing::HasSubstr("it must be https")) << url;
    }
}

TEST_F(CredentialsFrom, AMachinesByItsMetadataServiceVersion2) {
    std::vector<std::string> paths;
    TestDoor door(
        [&](const WireRequest& request) -> WireAnswer {
            paths.push_back(request.method + " " + request.path);
            if (request.method == "PUT")
                return request.header("x-aws-ec2-metadata-token-ttl-seconds").empty() ? WireAnswer{400}
                                                                                      : WireAnswer{200, {}, "TOKEN"};
            if (request.header("x-aws-ec2-metadata-token") != "TOKEN") return {401};
            if (request.path.ends_with('/')) return {200, {}, "a-role\n"};
            return {200, {}, metadata("MACHINE", "2026-11-18T17:06:40Z")};
        },
        no_fault);
    variables_["AWS_EC2_METADATA_DISABLED"] = "false";
    variables_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = door.url() + "/";
    EXPECT_EQ(key(find()), "MACHINE");
    EXPECT_EQ(paths,
              (std::vector<std::string>{"PUT /latest/api/token", "GET /latest/meta-data/iam/security-credentials/",
                                        "GET /latest/meta-data/iam/security-credentials/a-role"}));
    EXPECT_EQ(find()->expires_ms, 1'795'000'000'000 + 6 * 3'600'000);
}

TEST(MetadataCredentials, AreCheckedAsTheyAreRead) {
    EXPECT_EQ(read_metadata_credentials("[]").error().code, Code::corrupt);
    EXPECT_EQ(read_metadata_credentials("{\"AccessKeyId\":1").error().code, Code::corrupt);
    EXPECT_THAT(read_metadata_credentials(R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"no"})").error().message,
                testing::HasSubstr("AssumeRoleUnauthorizedAccess no"));
    EXPECT_EQ(read_metadata_credentials(metadata("A", "tomorrow")).error().code, Code::corrupt);
    EXPECT_EQ(read_metadata_credentials(metadata("A", "2026-13-18T09:06:40Z")).error().code, Code::corrupt);
}

}  // namespace
}  // namespace pinflow::objects
