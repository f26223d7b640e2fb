// What the APIs of groups and transactions ask the access control lists for, and what they answer who may not.
#include "kafka/access.h"
#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

constexpr auto none = ErrorCode::none;
constexpr auto no_topic = ErrorCode::topic_authorization_failed;
constexpr auto no_group = ErrorCode::group_authorization_failed;
constexpr auto no_transaction = ErrorCode::transactional_id_authorization_failed;

class AllowedGroupTest : public HandlersWorld {
  protected:
    void SetUp() override {
        HandlersWorld::SetUp();
        ASSERT_TRUE(topics_->create("pins", 2));
        ASSERT_TRUE(topics_->create("users", 1));
        open_acls();
        principal_ = "User:alice";
    }
    FindCoordinatorResponse find(int8_t type, int16_t version) {
        FindCoordinatorRequest request;
        request.key = "readers";
        request.key_type = type;
        request.keys = {"readers"};
        return ask<FindCoordinatorResponse>(request, version);
    }
    ErrorCode commit(std::string_view topic) {
        OffsetCommitRequest request;
        request.group_id = "readers";
        request.generation_id = -1;
        request.topics = {{topic, {}, {{0, 42, 3, "note"}}}};
        return ask<OffsetCommitResponse>(request, 7).topics.at(0).partitions.at(0).error_code;
    }
    OffsetFetchResponse fetch(bool all, int16_t version) {
        const std::vector<OffsetFetchRequest::Topic> topics = {{"pins", {}, {0}}, {"users", {}, {0}}};
        OffsetFetchRequest request;
        request.group_id = "readers";
        if (!all) request.topics = topics;
        request.groups = {{.group_id = "readers"}};
        if (!all) request.groups[0].topics = topics;
        return ask<OffsetFetchResponse>(request, version);
    }
    InitProducerIdResponse init(std::optional<std::string_view> id) {
        InitProducerIdRequest request;
        request.transactional_id = id;
        request.transaction_timeout_ms = 10'000;
        return ask<InitProducerIdResponse>(request, 4);
    }
    ErrorCode add_partitions(const InitProducerIdResponse& producer, std::string_view topic) {
        AddPartitionsToTxnRequest request{"moves", producer.producer_id, producer.producer_epoch, {{"pins", {0}}}};
        request.topics.push_back({topic, {0}});
        added_ = ask<AddPartitionsToTxnResponse>(request, 3);
        return added_.topics.at(1).partitions.at(0).error_code;
    }

    AddPartitionsToTxnResponse added_;
};

TEST_F(AllowedGroupTest, CoordinatorsAreToldToWhoMayDescribe) {
    EXPECT_EQ(find(0, 4).coordinators.at(0).error_code, no_group);
    EXPECT_EQ(find(0, 4).coordinators.at(0).node_id, -1);
    EXPECT_EQ(find(1, 4).coordinators.at(0).error_code, no_transaction);
    EXPECT_EQ(find(0, 3).error_code, no_group);
    EXPECT_EQ(find(0, 3).error_message, message(no_group));
    EXPECT_EQ(find(2, 4).coordinators.at(0).error_code, ErrorCode::invalid_request);
    allow(Act::read, on_group("readers"));
    allow(Act::write, on_transaction("readers"));
    EXPECT_EQ(find(0, 4).coordinators.at(0).error_code, none);
    EXPECT_EQ(find(1, 3).error_code, none);
}

TEST_F(AllowedGroupTest, MembersReadTheirGroup) {
    const auto codes = [&] {
        JoinGroupRequest join{.group_id = "readers", .session_timeout_ms = 10'000, .protocol_type = "consumer"};
        join.protocols = {{"range", {}}};
        SyncGroupRequest sync{.group_id = "readers", .member_id = "m"};
        HeartbeatRequest beat{.group_id = "readers", .member_id = "m"};
        LeaveGroupRequest leave{.group_id = "readers", .members = {{"m"}}};
        return std::vector{ask<JoinGroupResponse>(join, 5).error_code, ask<SyncGroupResponse>(sync, 3).error_code,
                           ask<HeartbeatResponse>(beat, 3).error_code, ask<LeaveGroupResponse>(leave, 3).error_code};
    };
    allow(Act::describe, on_group("readers"));
    for (const ErrorCode each : codes()) EXPECT_EQ(each, no_group);
    allow(Act::read, on_group("readers"));
    for (const ErrorCode each : codes()) EXPECT_NE(each, no_group);
}

TEST_F(AllowedGroupTest, MembersOfTheNewProtocolMayDescribeWhatTheyName) {
    const auto beat = [&] {
        ConsumerGroupHeartbeatRequest request;
        request.group_id = "readers";
        request.member_id = "m";
        request.rebalance_timeout_ms = 10'000;
        request.subscribed_topic_names = {{"pins", "users"}};
        request.topic_partitions.emplace();
        return ask<ConsumerGroupHeartbeatResponse>(request, 1).error_code;
    };
    const auto describe = [&] {
        ConsumerGroupDescribeRequest request{.group_ids = {"readers"}, .include_authorized_operations = true};
        return ask<ConsumerGroupDescribeResponse>(request, 0).groups.at(0);
    };
    EXPECT_EQ(beat(), no_group);
    EXPECT_EQ(describe().error_code, no_group);
    allow(Act::read, on_group("readers"));
    EXPECT_EQ(beat(), no_topic);
    allow(Act::describe, on_topic("pins"));
    EXPECT_EQ(beat(), no_topic);
    principal_ = "User:root";
    EXPECT_EQ(beat(), none);
    EXPECT_EQ(describe().authorized_operations, 0b1101'0100'1000);
    principal_ = "User:alice";
    EXPECT_EQ(describe().error_code, no_topic);
    EXPECT_TRUE(describe().members.empty());
    allow(Act::describe, on_topic("users"));
    EXPECT_EQ(describe().error_code, none);
    EXPECT_EQ(beat(), none);
}

TEST_F(AllowedGroupTest, AnExpressionFindsWhatMayBeDescribed) {
    const auto beat = [&](std::string_view member, int32_t epoch) {
        ConsumerGroupHeartbeatRequest request;
        request.group_id = "readers";
        request.member_id = member;
        request.member_epoch = epoch;
        if (epoch == 0) request.rebalance_timeout_ms = 10'000;
        if (epoch == 0) request.subscribed_topic_regex = "pins|users";
        request.topic_partitions.emplace();
        return ask<ConsumerGroupHeartbeatResponse>(request, 1);
    };
    allow(Act::read, on_group("readers"));
    auto told = beat("a", 0);
    ASSERT_TRUE(told.assignment);
    EXPECT_TRUE(told.assignment->topic_partitions.empty());
    allow(Act::describe, on_topic("pins"));
    told = beat("a", told.member_epoch);
    ASSERT_TRUE(told.assignment);
    ASSERT_EQ(told.assignment->topic_partitions.size(), 1u);
    EXPECT_EQ(told.assignment->topic_partitions[0].topic_id, topics_->find("pins")->id);
    principal_ = "User:root";
    const auto root = beat("b", 0);
    ASSERT_TRUE(root.assignment);
    ASSERT_EQ(root.assignment->topic_partitions.size(), 1u) << "alice has the other one, or a part of it";
    EXPECT_EQ(root.assignment->topic_partitions[0].topic_id, topics_->find("users")->id);
}

TEST_F(AllowedGroupTest, OffsetsNeedTheGroupAndTheTopic) {
    EXPECT_EQ(commit("pins"), no_group);
    allow(Act::read, on_group("readers"));
    EXPECT_EQ(commit("pins"), no_topic);
    EXPECT_EQ(commit("none"), no_topic);
    allow(Act::read, on_topic("pins"));
    EXPECT_EQ(commit("pins"), none);
    principal_ = "User:root";
    EXPECT_EQ(commit("users"), none);
    principal_ = "User:bob";
    EXPECT_EQ(fetch(false, 1).topics.at(0).partitions.at(0).error_code, no_group);
    EXPECT_EQ(fetch(false, 7).error_code, no_group);
    EXPECT_EQ(fetch(false, 8).groups.at(0).error_code, no_group);
    principal_ = "User:alice";
    for (const int16_t version : {7, 8}) {
        const auto some = fetch(false, version);
        const auto& topics = version == 7 ? some.topics : some.groups.at(0).topics;
        EXPECT_EQ(topics.at(0).partitions.at(0).committed_offset, 42);
        EXPECT_EQ(topics.at(1).partitions.at(0).committed_offset, -1);
        EXPECT_EQ(topics.at(1).partitions.at(0).error_code, no_topic);
        const auto all = fetch(true, version);
        const auto& seen = version == 7 ? all.topics : all.groups.at(0).topics;
        ASSERT_EQ(seen.size(), 1u);
        EXPECT_EQ(seen[0].name, "pins");
    }
}

TEST_F(AllowedGroupTest, GroupsAreListedDescribedAndDeleted) {
    principal_ = "User:root";
    ASSERT_EQ(commit("pins"), none);
    principal_ = "User:alice";
    const auto list = [&] { return ask<ListGroupsResponse>(ListGroupsRequest(), 4).groups.size(); };
    const auto describe = [&](int16_t version) {
        DescribeGroupsRequest request{.groups = {"readers"}, .include_authorized_operations = true};
        return ask<DescribeGroupsResponse>(request, version).groups.at(0);
    };
    const auto forget = [&](std::string_view topic) {
        OffsetDeleteRequest request{"readers", {{topic, {{0}}}}};
        const auto answer = ask<OffsetDeleteResponse>(request, 0);
        return answer.error_code != none ? answer.error_code : answer.topics.at(0).partitions.at(0).error_code;
    };
    const auto remove = [&] {
        return ask<DeleteGroupsResponse>(DeleteGroupsRequest{{"readers"}}, 2).results.at(0).error_code;
    };
    EXPECT_EQ(list(), 0u);
    EXPECT_EQ(describe(5).error_code, no_group);
    EXPECT_EQ(forget("pins"), no_group);
    EXPECT_EQ(remove(), no_group);
    allow(Act::remove, on_group("readers"));
    EXPECT_EQ(list(), 1u);
    EXPECT_EQ(describe(5).authorized_operations, 0b1'0100'0000);
    EXPECT_EQ(forget("pins"), no_topic);
    EXPECT_EQ(remove(), none);
    allow(Act::describe, on_cluster, "User:bob");
    principal_ = "User:root";
    ASSERT_EQ(commit("pins"), none);
    principal_ = "User:bob";
    EXPECT_EQ(list(), 1u) << "who may describe the cluster sees all";
}

TEST_F(AllowedGroupTest, ProducersWriteTheirTransactions) {
    EXPECT_EQ(init({}).error_code, ErrorCode::cluster_authorization_failed);
    EXPECT_EQ(init("moves").error_code, no_transaction);
    EXPECT_EQ(init("moves").producer_epoch, -1);
    allow(Act::write, on_topic("anything"));
    EXPECT_EQ(init({}).error_code, none) << "who may write to some topic may do so idempotently";
    allow(Act::idempotent_write, on_cluster, "User:bob");
    principal_ = "User:bob";
    EXPECT_EQ(init({}).error_code, none);
    const InitProducerIdResponse unknown;
    EXPECT_EQ(add_partitions(unknown, "pins"), no_transaction);
    principal_ = "User:alice";
    allow(Act::write, on_transaction("moves"));
    const auto producer = init("moves");
    ASSERT_EQ(producer.error_code, none);
    EXPECT_EQ(add_partitions(producer, "users"), no_topic);
    allow(Act::write, on_topic("pins"));
    EXPECT_EQ(add_partitions(producer, "users"), no_topic);
    EXPECT_EQ(added_.topics.at(0).partitions.at(0).error_code, ErrorCode::operation_not_attempted);
    allow(Act::write, on_topic("users"));
    EXPECT_EQ(add_partitions(producer, "users"), none);
    principal_ = "User:root";
    EXPECT_EQ(add_partitions(producer, "__consumer_offsets"), no_topic);
}

TEST_F(AllowedGroupTest, TransactionsAreForWhoMayWriteThem) {
    const auto codes = [&] {
        AddOffsetsToTxnRequest add{.transactional_id = "moves", .group_id = "readers"};
        EndTxnRequest end{.transactional_id = "moves"};
        TxnOffsetCommitRequest commit{.transactional_id = "moves", .group_id = "readers"};
        commit.topics = {{"pins", {{0, 1}}}};
        return std::vector{ask<AddOffsetsToTxnResponse>(add, 3).error_code, ask<EndTxnResponse>(end, 3).error_code,
                           ask<TxnOffsetCommitResponse>(commit, 3).topics.at(0).partitions.at(0).error_code};
    };
    for (const ErrorCode each : codes()) EXPECT_EQ(each, no_transaction);
    allow(Act::write, on_transaction("moves"));
    EXPECT_EQ(codes().at(0), no_group);
    EXPECT_NE(codes().at(1), no_transaction);
    EXPECT_EQ(codes().at(2), no_group);
    allow(Act::read, on_group("readers"));
    EXPECT_EQ(codes().at(2), no_topic);
    EXPECT_NE(codes().at(0), no_group);
}

TEST_F(AllowedGroupTest, TransactionsAndProducersAreDescribed) {
    principal_ = "User:root";
    const auto producer = init("moves");
    ASSERT_EQ(add_partitions(producer, "users"), none);
    principal_ = "User:alice";
    const auto list = [&] { return ask<ListTransactionsResponse>(ListTransactionsRequest(), 0).transactions.size(); };
    const auto describe = [&] {
        return ask<DescribeTransactionsResponse>(DescribeTransactionsRequest{{"moves"}}, 0).transactions.at(0);
    };
    const auto producers = [&] {
        DescribeProducersRequest request{{{"pins", {0}}}};
        return ask<DescribeProducersResponse>(request, 0).topics.at(0).partitions.at(0).error_code;
    };
    EXPECT_EQ(list(), 0u);
    EXPECT_EQ(describe().error_code, no_transaction);
    EXPECT_EQ(producers(), no_topic);
    allow(Act::describe, on_transaction("moves"));
    allow(Act::read, on_topic("pins"));
    EXPECT_EQ(list(), 1u);
    ASSERT_EQ(describe().topics.size(), 1u) << "topics that may not be described are left out";
    EXPECT_EQ(describe().topics[0].name, "pins");
    EXPECT_EQ(producers(), none);
}

}  // namespace
}  // namespace pinflow::kafka
