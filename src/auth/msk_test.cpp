// AWS_MSK_IAM and OAUTHBEARER with MSK's tokens. The signatures were made with botocore.
#include <fmt/format.h>

#include "auth/auth_world.h"
#include "auth/mechanisms.h"
#include "auth/msk_connect.h"
#include "base/base64.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::auth {
namespace {

constexpr std::string_view secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr std::string_view signature = "5e02c6b2ccb5a81ef57cabbc9126c3307289e3f6267171796b93876650524eb5";
constexpr std::string_view signature_with_token = "4cd5136355a08bbeaff17be9346b2479faf2ef344f08e36aa089fa7890997480";
constexpr std::string_view session_token = "a/token+with=signs";
constexpr std::string_view url =
    "https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster%3AConnect&X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Feu-west-1%2Fkafka-cluster%2Faws4_request&X-Amz-Date=20260102T030405Z"
    "&X-Amz-Expires=900&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=7cc178453342e479def8e0e69cbff443ca929b5b0426af0f4b64554172c7195d"
    "&User-Agent=aws-msk-iam-sasl-signer-python%2F1.0.2";

using Fields = std::map<std::string, std::string>;

Fields good_fields() {
    return {{"version", "2020_10_22"},
            {"host", "broker.example.com"},
            {"user-agent", "aws-msk-iam-auth/2.3.5"},
            {"action", "kafka-cluster:Connect"},
            {"x-amz-algorithm", "AWS4-HMAC-SHA256"},
            {"x-amz-credential", "AKIDEXAMPLE/20260102/eu-west-1/kafka-cluster/aws4_request"},
            {"x-amz-date", "20260102T030405Z"},
            {"x-amz-expires", "900"},
            {"x-amz-signedheaders", "host"},
            {"x-amz-signature", std::string(signature)}};
}

std::string json_of(const Fields& fields) {
    JsonWriter json;
    json.begin_object();
    for (const auto& [name, value] : fields) json.key(name).string(value);
    json.end_object();
    return std::move(json).text();
}

std::string base64url(std::string_view text) {
    std::string out = base64_encode(text);
    while (out.ends_with('=')) out.pop_back();
    for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return out;
}

class MskTest : public AuthWorld {
  protected:
    MskTest() {
        EXPECT_TRUE(users_->add_key("alice", {"AKIDEXAMPLE", std::string(secret), ""}));
        clock_.now_ms += 60'000;
    }
    Step iam(const Fields& fields) { return iam(json_of(fields)); }
    Step iam(const std::string& token) {
        const auto mechanism = make_mechanism("AWS_MSK_IAM", {*users_, clock_, {"localhost", "broker.example.com"}});
        const Step step = mechanism->next(token);
        identity_ = mechanism->identity();
        return step;
    }
    Step bearer(std::string_view text) {
        return bearer_message(
            fmt::format("n,,\x01"
                        "auth=Bearer {}\x01\x01",
                        base64url(text)));
    }
    // A refused token is told in JSON, and the client's answer to that ends it.
    Step bearer_message(const std::string& message) {
        const auto mechanism = make_mechanism("OAUTHBEARER", {*users_, clock_});
        Step step = mechanism->next(message);
        if (step.outcome == Step::Outcome::challenge) {
            EXPECT_EQ(step.token, R"({"status":"invalid_token"})");
            step = mechanism->next("\x01");
            EXPECT_EQ(step.told, R"({"status":"invalid_token"})");
        }
        identity_ = mechanism->identity();
        return step;
    }
    void expect_refused(const Fields& fields) {
        const Step step = iam(fields);
        EXPECT_EQ(step.outcome, Step::Outcome::failed) << json_of(fields);
        EXPECT_TRUE(step.told.starts_with("[") && step.told.ends_with("]: Access denied")) << step.told;
        EXPECT_FALSE(step.reason.empty());
    }
    Identity identity_;
};

TEST_F(MskTest, ASignedRequestToConnectSignsIn) {
    const Step step = iam(good_fields());
    EXPECT_EQ(step.outcome, Step::Outcome::done) << step.reason;
    EXPECT_TRUE(step.token.starts_with(R"({"version":"2020_10_22","request-id":")")) << step.token;
    EXPECT_EQ(identity_.user, "alice");
    EXPECT_EQ(identity_.expires_ms, 1'767'323'045'000 + 900'000);
}

TEST_F(MskTest, ASessionTokenBelongsToItsKey) {
    auto fields = good_fields();
    fields["x-amz-security-token"] = session_token;
    fields["x-amz-signature"] = signature_with_token;
    expect_refused(fields);  // the key has none
    ASSERT_TRUE(users_->remove_key("alice", "AKIDEXAMPLE"));
    ASSERT_TRUE(users_->add_key("alice", {"AKIDEXAMPLE", std::string(secret), std::string(session_token)}));
    EXPECT_EQ(iam(fields).outcome, Step::Outcome::done);
    expect_refused(good_fields());
    fields["x-amz-security-token"] = "another";
    expect_refused(fields);
}

TEST_F(MskTest, EveryFieldThatIsSignedCounts) {
    for (const auto& [name, value] : good_fields()) {
        if (name == "user-agent") continue;
        auto fields = good_fields();
        fields[name] += "0";
        expect_refused(fields);
        fields.erase(name);
        expect_refused(fields);
    }
    auto fields = good_fields();
    fields["host"] = "localhost";  // ours, but not what was signed
    expect_refused(fields);
    fields = good_fields();
    fields["x-amz-credential"] = "AKIDOTHER/20260102/eu-west-1/kafka-cluster/aws4_request";
    expect_refused(fields);
    fields["x-amz-credential"] = "AKIDEXAMPLE/20260102/eu-west-1/s3/aws4_request";
    expect_refused(fields);
}

TEST_F(MskTest, WhatIsSignedForAnotherHostIsRefused) {
    const auto mechanism = make_mechanism("AWS_MSK_IAM", {*users_, clock_, {"localhost"}});
    const Step step = mechanism->next(json_of(good_fields()));
    EXPECT_EQ(step.outcome, Step::Outcome::failed);
    EXPECT_NE(step.reason.find("kafka.sasl_hosts"), std::string::npos) << step.reason;
}

TEST_F(MskTest, TheSignatureIsGoodForItsTimeOnly) {
    clock_.now_ms = 1'767'323'045'000 - msk_clock_skew_ms;
    EXPECT_EQ(iam(good_fields()).outcome, Step::Outcome::done);
    --clock_.now_ms;
    expect_refused(good_fields());
    clock_.now_ms = 1'767'323'045'000 + 899'999;
    EXPECT_EQ(iam(good_fields()).outcome, Step::Outcome::done);
    ++clock_.now_ms;
    expect_refused(good_fields());
}

TEST_F(MskTest, WhatIsNoTokenIsRefused) {
    for (const char* bad : {"", "{", "[]", "null", "{}", R"({"version":1})", "\xff"})
        EXPECT_EQ(iam(std::string(bad)).outcome, Step::Outcome::failed) << bad;
    EXPECT_EQ(iam(std::string(1 << 20, '[')).outcome, Step::Outcome::failed);
}

TEST_F(MskTest, ATokenOfAwsSignersSignsIn) {
    const Step step = bearer(url);
    EXPECT_EQ(step.outcome, Step::Outcome::done) << step.reason;
    EXPECT_EQ(identity_.user, "alice");
    EXPECT_EQ(identity_.expires_ms, 1'767'323'045'000 + 900'000);
    std::string without_slash(url);
    without_slash.erase(without_slash.find("/?"), 1);
    EXPECT_EQ(bearer(without_slash).outcome, Step::Outcome::done) << "as Java makes it";
    const std::string with_user = fmt::format(
        "n,a=alice,\x01"
        "auth=bearer {}\x01logicalCluster=x\x01\x01",
        base64url(url));
    EXPECT_EQ(bearer_message(with_user).outcome, Step::Outcome::done);
    const std::string for_bob = fmt::format(
        "n,a=bob,\x01"
        "auth=bearer {}\x01\x01",
        base64url(url));
    EXPECT_EQ(bearer_message(for_bob).outcome, Step::Outcome::failed);
}

TEST_F(MskTest, ATokenThatWasChangedIsRefused) {
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{"eu-west-1", "us-east-1"},
                                                                                   {"https:", "http:"},
                                                                                   {"900", "901"},
                                                                                   {"3AConnect", "3AAlterCluster"},
                                                                                   {"7cc1", "7cc2"},
                                                                                   {"&X-Amz-Expires=900", ""},
                                                                                   {"Action=", "More=x&Action="},
                                                                                   {"%2F", "%2"},
                                                                                   {"kafka.eu", "evil.eu"}}) {
        std::string changed(url);
        changed.replace(changed.find(from), from.size(), to);
        EXPECT_EQ(bearer(changed).outcome, Step::Outcome::failed) << changed;
    }
    EXPECT_EQ(bearer(std::string(url) + "&Action=x").outcome, Step::Outcome::failed);
    clock_.now_ms += 900'000;
    EXPECT_EQ(bearer(url).outcome, Step::Outcome::failed);
}

TEST_F(MskTest, WhatIsNoBearerMessageIsRefused) {
    for (const char* bad : {"", "n,,", "n,,\x01\x01",
                            "n,,\x01"
                            "auth=Bearer x\x01",
                            "n,,\x01"
                            "auth=Basic x\x01\x01",
                            "n\x01"
                            "auth=Bearer x\x01\x01",
                            "n,,\x01"
                            "auth=Bearer \x01\x01",
                            "n,a=,\x01"
                            "auth=Bearer x\x01\x01",
                            "n,,\x01"
                            "auth=Bearer x\x01"
                            "auth=Bearer x\x01\x01",
                            "n,,\x01=\x01"
                            "auth=Bearer x\x01\x01",
                            "n,,\x01"
                            "auth=Bearer ???\x01\x01",
                            "\x01"})
        EXPECT_EQ(bearer_message(bad).outcome, Step::Outcome::failed) << bad;
}

}  // namespace
}  // namespace pinflow::auth
