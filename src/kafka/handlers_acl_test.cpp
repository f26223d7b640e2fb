// Access control lists made, described and removed.
#include "kafka/access.h"
#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

constexpr int8_t any = 1;
constexpr int8_t match = 2;
constexpr int8_t literal = 3;
constexpr int8_t prefixed = 4;
constexpr int8_t topic = 2;
constexpr int8_t read = 3;
constexpr int8_t write = 4;
constexpr int8_t allowed = 3;
constexpr int8_t denied = 2;

class AclHandlersTest : public HandlersWorld {
  protected:
    using Wanted = CreateAclsRequest::Acl;

    void SetUp() override {
        HandlersWorld::SetUp();
        open_acls();
        principal_ = "User:root";
    }
    CreateAclsResponse create(std::vector<Wanted> wanted, int16_t version = 3) {
        return ask<CreateAclsResponse>(CreateAclsRequest{std::move(wanted)}, version);
    }
    // "topic:pins:3 User:alice * 4 3; "
    std::string describe(DescribeAclsRequest request, int16_t version = 3) {
        const auto answer = ask<DescribeAclsResponse>(request, version);
        if (answer.error_code != ErrorCode::none) return std::string(name(answer.error_code));
        std::string all;
        for (const auto& resource : answer.resources) {
            all += fmt::format("{}:{}:{}", resource.resource_type, resource.resource_name, resource.pattern_type);
            for (const auto& each : resource.acls)
                all += fmt::format(" {} {} {} {}", each.principal, each.host, each.operation, each.permission_type);
            all += "; ";
        }
        return all;
    }
    static DescribeAclsRequest everything() { return {any, {}, any, {}, {}, any, any}; }
    DeleteAclsResponse remove(std::vector<DeleteAclsRequest::Filter> filters, int16_t version = 3) {
        return ask<DeleteAclsResponse>(DeleteAclsRequest{std::move(filters)}, version);
    }
};

TEST_F(AclHandlersTest, WhatIsMadeIsDescribedAndRemoved) {
    for (const int16_t version : {1, 2, 3}) {
        const auto made = create({{topic, "pins", literal, "User:alice", "*", write, allowed},
                                  {topic, "pins", literal, "User:bob", "10.0.0.1", read, denied},
                                  {topic, "team-", prefixed, "User:*", "*", read, allowed}},
                                 version);
        ASSERT_EQ(made.results.size(), 3u);
        for (const auto& each : made.results) EXPECT_EQ(each.error_code, ErrorCode::none);
        EXPECT_EQ(describe(everything(), version),
                  "2:pins:3 User:alice * 4 3 User:bob 10.0.0.1 3 2; 2:team-:4 User:* * 3 3; ");
        EXPECT_EQ(describe({topic, "pins", literal, "User:bob", {}, any, any}, version),
                  "2:pins:3 User:bob 10.0.0.1 3 2; ");
        EXPECT_EQ(describe({topic, "team-pins", match, {}, {}, any, any}, version), "2:team-:4 User:* * 3 3; ");
        EXPECT_EQ(describe({topic, "team-pins", any, {}, {}, any, any}, version), "");
        EXPECT_EQ(describe({any, {}, prefixed, {}, {}, any, any}, version), "2:team-:4 User:* * 3 3; ");
        EXPECT_EQ(describe({any, {}, any, {}, "10.0.0.1", any, denied}, version), "2:pins:3 User:bob 10.0.0.1 3 2; ");
        const auto gone = remove({{topic, "pins", any, {}, {}, write, any}, {any, {}, any, {}, {}, any, any}}, version);
        ASSERT_EQ(gone.filter_results.size(), 2u);
        ASSERT_EQ(gone.filter_results[0].matching_acls.size(), 1u);
        const auto& told = gone.filter_results[0].matching_acls[0];
        EXPECT_EQ(told.principal, "User:alice");
        EXPECT_EQ(told.operation, write);
        EXPECT_EQ(gone.filter_results[1].matching_acls.size(), 3u);
        EXPECT_EQ(describe(everything(), version), "");
    }
}

TEST_F(AclHandlersTest, WhatCannotBeIsRefusedAndTheRestIsMade) {
    const auto answer = create({{1, "pins", literal, "User:a", "*", read, allowed},
                                {9, "pins", literal, "User:a", "*", read, allowed},
                                {topic, "pins", match, "User:a", "*", read, allowed},
                                {topic, "pins", any, "User:a", "*", read, allowed},
                                {topic, "pins", literal, "User:a", "*", any, allowed},
                                {topic, "pins", literal, "User:a", "*", read, any},
                                {4, "pins", literal, "User:a", "*", read, allowed},
                                {topic, "", literal, "User:a", "*", read, allowed},
                                {topic, "pins", literal, "alice", "*", read, allowed},
                                {topic, "pins", literal, "User:a", "*", read, allowed}});
    const std::vector<std::string> texts = {"Invalid resourceType ANY",
                                            "Invalid resourceType UNKNOWN",
                                            "Invalid patternType MATCH",
                                            "Invalid patternType ANY",
                                            "Invalid operation ANY",
                                            "Invalid permissionType ANY",
                                            "The only valid name for the CLUSTER resource is kafka-cluster",
                                            "Invalid empty resource name",
                                            "Could not parse principal from `alice` (no colon is present separating "
                                            "the principal type from the principal name)"};
    ASSERT_EQ(answer.results.size(), texts.size() + 1);
    for (size_t i = 0; i < texts.size(); ++i) {
        EXPECT_EQ(answer.results[i].error_code, ErrorCode::invalid_request);
        EXPECT_EQ(answer.results[i].error_message, texts[i]);
    }
    EXPECT_EQ(answer.results.back().error_code, ErrorCode::none);
    EXPECT_EQ(describe(everything()), "2:pins:3 User:a * 3 3; ");
    EXPECT_EQ(describe({0, {}, any, {}, {}, any, any}), "INVALID_REQUEST");
    const auto gone = remove({{99, {}, any, {}, {}, any, any}, {any, {}, any, {}, {}, 99, any}, {topic, {}, any}});
    EXPECT_EQ(gone.filter_results.at(0).error_message, "Unknown patternFilter.");
    EXPECT_EQ(gone.filter_results.at(1).error_message, "Unknown entryFilter.");
    EXPECT_EQ(gone.filter_results.at(2).error_code, ErrorCode::invalid_request);
    EXPECT_EQ(acls_->size(), 1u);
}

TEST_F(AclHandlersTest, AnAddressIsOneHoweverItIsWritten) {
    create({{topic, "pins", literal, "User:alice", "2001:DB8:0:0:0:0:0:7", read, allowed}});
    const std::string told = "2:pins:3 User:alice 2001:db8::7 3 3; ";
    EXPECT_EQ(describe(everything()), told);
    EXPECT_EQ(describe({any, {}, any, {}, "2001:db8:0:0::7", any, any}), told);
    EXPECT_TRUE(acls_->allows({"User:alice", "2001:db8::7"}, Act::read, on_topic("pins")));
    EXPECT_EQ(remove({{any, {}, any, {}, "2001:Db8::0:7", any, any}}).filter_results.at(0).matching_acls.size(), 1u);
}

TEST_F(AclHandlersTest, OnlyWhoMayAlterTheClusterMakesThem) {
    principal_ = "User:alice";
    EXPECT_EQ(create({{topic, "pins", literal, "User:alice", "*", read, allowed}}).results.at(0).error_code,
              ErrorCode::cluster_authorization_failed);
    EXPECT_EQ(describe(everything()), "CLUSTER_AUTHORIZATION_FAILED");
    EXPECT_EQ(remove({{any, {}, any, {}, {}, any, any}}).filter_results.at(0).error_code,
              ErrorCode::cluster_authorization_failed);
    EXPECT_EQ(acls_->size(), 0u);
    allow(Act::alter, on_cluster);
    EXPECT_EQ(describe(everything()), "4:kafka-cluster:3 User:alice * 7 3; ") << "to alter implies to describe";
    EXPECT_EQ(create({{topic, "pins", literal, "User:alice", "*", read, allowed}}).results.at(0).error_code,
              ErrorCode::none);
}

TEST_F(AclHandlersTest, WhatCannotBeStoredIsNotThere) {
    disk_.limit_bytes(disk_.used_bytes());
    EXPECT_EQ(create({{topic, "pins", literal, "User:alice", "*", read, allowed}}).results.at(0).error_code,
              ErrorCode::kafka_storage_error);
    disk_.limit_bytes(UINT64_MAX);
    allow(Act::read, on_topic("pins"));
    disk_.limit_bytes(disk_.used_bytes());
    EXPECT_EQ(remove({{any, {}, any, {}, {}, any, any}}).filter_results.at(0).error_code,
              ErrorCode::kafka_storage_error);
    EXPECT_EQ(acls_->size(), 1u);
    disk_.limit_bytes(UINT64_MAX);
    std::vector<std::string> names;
    for (size_t i = 0; i < auth::Acls::max_acls; ++i) names.push_back(fmt::format("t{}", i));
    std::vector<Wanted> many;
    for (const std::string& each : names) many.push_back({topic, each, literal, "User:a", "*", read, allowed});
    EXPECT_EQ(create(many).results.at(0).error_code, ErrorCode::policy_violation);
    EXPECT_EQ(acls_->size(), 1u);
}

}  // namespace
}  // namespace pinflow::kafka
