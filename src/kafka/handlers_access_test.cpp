// Who may do what, and how much: handlers_acl.cpp, handlers_quota.cpp.
#include "broker/groups_timer.h"
#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

class AccessHandlersTest : public HandlersWorld {
  protected:
    using Entity = AlterClientQuotasRequest::Entity;
    using Operation = AlterClientQuotasRequest::Operation;
    using Component = DescribeClientQuotasRequest::Component;

    ErrorCode set_quota(std::vector<Entity> entity, std::vector<Operation> operations) {
        AlterClientQuotasRequest request;
        request.entries = {{std::move(entity), std::move(operations)}};
        const auto answer = ask<AlterClientQuotasResponse>(request, 1);
        EXPECT_EQ(answer.entries.at(0).entity.size(), request.entries[0].entity.size());
        return answer.entries.at(0).error_code;
    }
    DescribeClientQuotasResponse quotas(std::vector<Component> components, int16_t version = 1) {
        DescribeClientQuotasRequest request;
        request.components = std::move(components);
        return ask<DescribeClientQuotasResponse>(request, version);
    }
    // "producer_byte_rate=1024 "
    std::string found(std::vector<Component> components, bool strict = false) {
        DescribeClientQuotasRequest request{.components = std::move(components), .strict = strict};
        std::string all;
        for (const auto& entry : ask<DescribeClientQuotasResponse>(request, 1).entries.value())
            for (const auto& each : entry.values) all += fmt::format("{}={} ", each.key, each.value);
        return all;
    }
};

TEST_F(AccessHandlersTest, ThereIsNoAuthorizer) {
    for (const int16_t version : {1, 2, 3}) {
        const auto described = ask<DescribeAclsResponse>(DescribeAclsRequest(), version);
        EXPECT_EQ(described.error_code, ErrorCode::security_disabled);
        EXPECT_EQ(described.error_message, "No Authorizer is configured on the broker");
        CreateAclsRequest create;
        create.creations = {{2, "pins", 3, "User:alice", "*", 3, 3}, {2, "users", 3, "User:alice", "*", 3, 3}};
        const auto created = ask<CreateAclsResponse>(create, version);
        ASSERT_EQ(created.results.size(), 2U);
        EXPECT_EQ(created.results[1].error_code, ErrorCode::security_disabled);
        EXPECT_EQ(created.results[1].error_message, "No Authorizer is configured.");
        DeleteAclsRequest remove;
        remove.filters = {{2, "pins", 3, {}, {}, 1, 1}};
        const auto removed = ask<DeleteAclsResponse>(remove, version);
        ASSERT_EQ(removed.filter_results.size(), 1U);
        EXPECT_EQ(removed.filter_results[0].error_code, ErrorCode::security_disabled);
        EXPECT_EQ(removed.filter_results[0].error_message, "No Authorizer is configured.");
    }
}

TEST_F(AccessHandlersTest, ThereAreNoQuotas) {
    for (const int16_t version : {0, 1}) {
        const auto all = quotas({}, version);
        EXPECT_EQ(all.error_code, ErrorCode::none);
        ASSERT_TRUE(all.entries);
        EXPECT_TRUE(all.entries->empty());
    }
    EXPECT_EQ(quotas({{"user", 0, "alice"}, {"client-id", 1, {}}}).error_code, ErrorCode::none);
    EXPECT_EQ(quotas({{"ip", 2, {}}}).error_code, ErrorCode::none);
}

TEST_F(AccessHandlersTest, AFilterThatCannotBeIsRefused) {
    EXPECT_EQ(quotas({{"group", 2, {}}}).error_code, ErrorCode::unsupported_version);
    for (const auto& bad : std::vector<std::vector<Component>>{{{"", 2, {}}},
                                                               {{"user", 2, {}}, {"user", 2, {}}},
                                                               {{"user", 0, {}}},
                                                               {{"user", 1, "alice"}},
                                                               {{"user", 2, "alice"}},
                                                               {{"user", 3, {}}},
                                                               {{"ip", 2, {}}, {"user", 2, {}}}}) {
        const auto refused = quotas(bad);
        EXPECT_EQ(refused.error_code, ErrorCode::invalid_request);
        EXPECT_TRUE(refused.error_message);
        EXPECT_FALSE(refused.entries);
    }
}

TEST_F(AccessHandlersTest, QuotasAreFoundByWhomTheyAreFor) {
    EXPECT_EQ(set_quota({{"user", "alice"}}, {{"producer_byte_rate", 1024, false}, {"request_percentage", 0.5, false}}),
              ErrorCode::none);
    EXPECT_EQ(set_quota({{"user", "alice"}, {"client-id", {}}}, {{"consumer_byte_rate", 1, false}}), ErrorCode::none);
    EXPECT_EQ(set_quota({{"user", {}}}, {{"consumer_byte_rate", 2, false}}), ErrorCode::none);
    EXPECT_EQ(set_quota({{"ip", {}}}, {{"connection_creation_rate", 10, false}}), ErrorCode::none);
    EXPECT_EQ(found({}),
              "connection_creation_rate=10 consumer_byte_rate=2 producer_byte_rate=1024 "
              "request_percentage=0.5 consumer_byte_rate=1 ");
    EXPECT_EQ(found({{"user", 2, {}}}),
              "consumer_byte_rate=2 producer_byte_rate=1024 request_percentage=0.5 consumer_byte_rate=1 ");
    EXPECT_EQ(found({{"user", 2, {}}}, true), "consumer_byte_rate=2 producer_byte_rate=1024 request_percentage=0.5 ");
    EXPECT_EQ(found({{"user", 1, {}}}), "consumer_byte_rate=2 ");
    EXPECT_EQ(found({{"user", 0, "alice"}, {"client-id", 1, {}}}), "consumer_byte_rate=1 ");
    EXPECT_EQ(found({{"user", 0, "bob"}}), "");
    const auto of_ips = quotas({{"ip", 1, {}}});
    ASSERT_EQ(of_ips.entries->size(), 1u);
    EXPECT_EQ(of_ips.entries->at(0).entity.at(0).entity_type, "ip");
    EXPECT_FALSE(of_ips.entries->at(0).entity.at(0).entity_name);
    EXPECT_EQ(set_quota({{"user", {}}}, {{"consumer_byte_rate", 0, true}}), ErrorCode::none);
    EXPECT_EQ(found({{"user", 1, {}}}), "");
    EXPECT_EQ(set_quota({{"user", "bob"}}, {{"producer_byte_rate", 0, true}, {"no_such_rate", 0, true}}),
              ErrorCode::none)
        << "there was none to remove";
}

TEST_F(AccessHandlersTest, AQuotaThatCannotBeIsRefusedAsKafkaDoes) {
    const Operation good{"request_percentage", 50.5, false};
    const auto invalid = ErrorCode::invalid_request;
    EXPECT_EQ(set_quota({}, {good}), invalid);
    EXPECT_EQ(set_quota({{"group", "g"}}, {good}), invalid);
    EXPECT_EQ(set_quota({{"user", ""}}, {good}), invalid);
    EXPECT_EQ(set_quota({{"user", "a"}, {"user", "b"}}, {good}), invalid);
    EXPECT_EQ(set_quota({{"user", "a"}, {"ip", "127.0.0.1"}}, {good}), invalid);
    EXPECT_EQ(set_quota({{"user", "a"}}, {{"no_such_rate", 1, false}}), invalid);
    EXPECT_EQ(set_quota({{"ip", "127.0.0.1"}}, {good}), invalid);
    EXPECT_EQ(set_quota({{"user", "a"}}, {{"producer_byte_rate", 0, false}}), invalid);
    EXPECT_EQ(set_quota({{"user", "a"}}, {{"producer_byte_rate", 1.5, false}}), invalid);
    EXPECT_EQ(set_quota({{"user", "a"}}, {{"producer_byte_rate", std::nan(""), false}}), invalid);
    EXPECT_EQ(set_quota({{"user", "a"}}, {good, good}), invalid);
}

// Names are quoted, and texts have an end on the wire.
TEST_F(AccessHandlersTest, NamesWithoutEndAreAnswered) {
    const std::string name(32'767, 'x');
    EXPECT_EQ(quotas({{name, 2, {}}}).error_code, ErrorCode::unsupported_version);
    EXPECT_EQ(set_quota({{"user", "a"}}, {{name, 1, false}}), ErrorCode::invalid_request);
}

}  // namespace
}  // namespace pinflow::kafka
