#include "auth/mechanisms.h"
#include "broker/groups_timer.h"
#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

class ScramHandlersTest : public HandlersWorld {
  protected:
    using Deletion = AlterUserScramCredentialsRequest::Deletion;
    using Upsertion = AlterUserScramCredentialsRequest::Upsertion;

    // "alice=RESOURCE_NOT_FOUND "
    std::string alter(std::vector<Deletion> deletions, std::vector<Upsertion> upsertions) {
        AlterUserScramCredentialsRequest request;
        request.deletions = std::move(deletions);
        request.upsertions = std::move(upsertions);
        std::string all;
        for (const auto& each : ask<AlterUserScramCredentialsResponse>(request, 0).users) {
            all += fmt::format("{}={} ", each.user, name(each.error_code));
            EXPECT_EQ(each.error_message.has_value(), each.error_code != ErrorCode::none);
        }
        return all;
    }
    // "alice:1/4096,2/8192 "
    std::string describe(std::optional<std::vector<DescribeUserScramCredentialsRequest::User>> users = {}) {
        DescribeUserScramCredentialsRequest request;
        request.users = std::move(users);
        const auto answer = ask<DescribeUserScramCredentialsResponse>(request, 0);
        EXPECT_EQ(answer.error_code, ErrorCode::none);
        std::string all;
        for (const auto& each : answer.users) {
            all += each.user + ":";
            for (const auto& info : each.credential_infos)
                all += fmt::format("{}/{},", info.mechanism, info.iterations);
            if (each.error_code != ErrorCode::none) all += name(each.error_code);
            all += " ";
        }
        return all;
    }
    static Upsertion of(std::string_view user, int8_t mechanism, int32_t iterations, Bytes salted) {
        return {user, mechanism, iterations, as_bytes("salt"), salted};
    }

    const std::string password32_ = auth::pbkdf2(auth::Hash::sha256, "pencil", "salt", 4096);
    const std::string password64_ = auth::pbkdf2(auth::Hash::sha512, "pencil", "salt", 8192);
    const Bytes salted32_ = as_bytes(password32_), salted64_ = as_bytes(password64_);
};

TEST_F(ScramHandlersTest, ACredentialIsStoredAndTold) {
    EXPECT_EQ(describe(), "");
    EXPECT_EQ(describe({{}}), "");
    EXPECT_EQ(alter({}, {of("alice", 1, 4096, salted32_), of("bob", 2, 16384, salted64_)}), "alice=NONE bob=NONE ");
    EXPECT_EQ(alter({}, {of("alice", 2, 8192, salted64_)}), "alice=NONE ");
    EXPECT_EQ(describe(), "alice:1/4096,2/8192, bob:2/16384, ");
    EXPECT_EQ(describe({{{"eve"}, {"alice"}, {"bob"}, {"bob"}}}),
              "alice:1/4096,2/8192, bob:DUPLICATE_RESOURCE eve:RESOURCE_NOT_FOUND ");
    EXPECT_TRUE(auth::is_password_of(auth::Hash::sha256, *users_->scram("alice", auth::Hash::sha256), "pencil"));
    EXPECT_EQ(alter({{"alice", 1}}, {of("bob", 2, 4096, salted64_)}), "alice=NONE bob=NONE ");
    EXPECT_EQ(describe(), "alice:2/8192, bob:2/4096, ");
}

TEST_F(ScramHandlersTest, WhoHasOnlyAccessKeysHasNoCredential) {
    ASSERT_TRUE(users_->add_key("alice", {"AKID", "s", ""}));
    EXPECT_EQ(describe(), "");
    EXPECT_EQ(describe({{{"alice"}}}), "alice:RESOURCE_NOT_FOUND ");
}

TEST_F(ScramHandlersTest, WhatCannotBeIsRefusedAsKafkaDoes) {
    EXPECT_EQ(alter({{"alice", 1}}, {}), "alice=RESOURCE_NOT_FOUND ");
    EXPECT_EQ(alter({{"", 1}, {"d", 0}},
                    {of("a", 3, 4096, salted32_), of("b", 1, 4095, salted32_), of("c", 1, 16385, salted32_)}),
              "=UNACCEPTABLE_CREDENTIAL a=UNSUPPORTED_SASL_MECHANISM b=UNACCEPTABLE_CREDENTIAL "
              "c=UNACCEPTABLE_CREDENTIAL d=UNSUPPORTED_SASL_MECHANISM ");
    EXPECT_EQ(
        alter({}, {of("a", 1, 4096, {}),
                   of("b", 2, 4096, salted32_),
                   {"c", 1, 4096, {}, salted32_},
                   of("d\n", 1, 4096, salted32_)}),
        "a=UNACCEPTABLE_CREDENTIAL b=UNACCEPTABLE_CREDENTIAL c=UNACCEPTABLE_CREDENTIAL d\n=UNACCEPTABLE_CREDENTIAL ");
    EXPECT_EQ(describe(), "");
}

TEST_F(ScramHandlersTest, WhoIsNamedTwiceIsNotChanged) {
    ASSERT_TRUE(users_->set_password("alice", "p"));
    const auto before = users_->all();
    EXPECT_EQ(alter({{"alice", 1}}, {of("alice", 1, 4096, salted32_)}), "alice=DUPLICATE_RESOURCE ");
    EXPECT_EQ(alter({{"alice", 1}, {"alice", 2}, {"alice", 1}}, {}), "alice=DUPLICATE_RESOURCE ");
    EXPECT_EQ(alter({{"alice", 1}}, {of("alice", 2, 1, salted64_)}), "alice=UNACCEPTABLE_CREDENTIAL ");
    EXPECT_EQ(alter({}, {of("alice", 1, 4096, salted32_), of("alice", 1, 4096, salted32_), of("alice", 1, 1, {})}),
              "alice=DUPLICATE_RESOURCE ");
    EXPECT_EQ(users_->all(), before);
    EXPECT_EQ(alter({{"alice", 1}}, {of("alice", 2, 8192, salted64_)}), "alice=NONE ");
    EXPECT_EQ(describe(), "alice:2/8192, ");
}

TEST_F(ScramHandlersTest, WhatCannotBeStoredIsNotAnswered) {
    disk_.limit_bytes(disk_.used_bytes());
    EXPECT_EQ(alter({{"eve", 1}}, {of("alice", 1, 4096, salted32_)}),
              "alice=KAFKA_STORAGE_ERROR eve=RESOURCE_NOT_FOUND ");
    disk_.limit_bytes(UINT64_MAX);
    EXPECT_EQ(describe(), "");
}

TEST_F(ScramHandlersTest, NamesWithoutEndAreAnswered) {
    const std::string name(32'767, 'x');
    EXPECT_EQ(describe({{{name}}}), name + ":RESOURCE_NOT_FOUND ");
    EXPECT_EQ(alter({}, {of(name, 1, 4096, salted32_)}), name + "=UNACCEPTABLE_CREDENTIAL ");
}

}  // namespace
}  // namespace pinflow::kafka
