#include "broker/groups_timer.h"
#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

class ClusterHandlersTest : public HandlersWorld {
  protected:
    using Cursor = DescribeTopicPartitionsRequest::Cursor;

    DescribeTopicPartitionsResponse describe(std::vector<std::string_view> names, int32_t limit,
                                             std::optional<Cursor> cursor = {}) {
        DescribeTopicPartitionsRequest request;
        for (const auto name : names) request.topics.push_back({name});
        request.response_partition_limit = limit;
        request.cursor = cursor;
        return ask<DescribeTopicPartitionsResponse>(request, 0);
    }
    // "pins:0,1 users:0 > users:1"
    static std::string text(const DescribeTopicPartitionsResponse& answer) {
        std::string all;
        for (const auto& topic : answer.topics) {
            all += topic.name.value_or("?") + ":";
            for (const auto& each : topic.partitions)
                all += (all.ends_with(':') ? "" : ",") + std::to_string(each.index);
            if (topic.error_code != ErrorCode::none) all += name(topic.error_code);
            all += " ";
        }
        if (answer.next_cursor)
            all += fmt::format("> {}:{}", answer.next_cursor->topic_name, answer.next_cursor->partition);
        return all;
    }
};

TEST_F(ClusterHandlersTest, TheClusterIsThisBroker) {
    door_->options.cluster_id = "a-cluster";
    for (const int16_t version : {0, 1, 2}) {
        DescribeClusterRequest request;
        const auto plain = ask<DescribeClusterResponse>(request, version);
        EXPECT_EQ(plain.error_code, ErrorCode::none);
        EXPECT_EQ(plain.cluster_id, "a-cluster");
        EXPECT_EQ(plain.controller_id, 1);
        ASSERT_EQ(plain.brokers.size(), 1U);
        EXPECT_EQ(plain.brokers[0].broker_id, 1);
        EXPECT_EQ(plain.brokers[0].host, "127.0.0.1");
        EXPECT_EQ(plain.brokers[0].port, 9092);
        EXPECT_FALSE(plain.brokers[0].is_fenced);
        EXPECT_EQ(plain.cluster_authorized_operations, no_operations);
        request.include_cluster_authorized_operations = true;
        EXPECT_EQ(ask<DescribeClusterResponse>(request, version).cluster_authorized_operations, 0b1'1111'1010'0000);
    }
}

TEST_F(ClusterHandlersTest, ThereAreNoControllersToAsk) {
    DescribeClusterRequest request;
    request.endpoint_type = 2;
    EXPECT_EQ(ask<DescribeClusterResponse>(request, 1).error_code, ErrorCode::mismatched_endpoint_type);
    request.endpoint_type = 3;
    const auto refused = ask<DescribeClusterResponse>(request, 2);
    EXPECT_EQ(refused.error_code, ErrorCode::unsupported_endpoint_type);
    EXPECT_EQ(refused.error_message, "Unsupported endpoint type 3");
}

TEST_F(ClusterHandlersTest, PartitionsAreDescribed) {
    ASSERT_TRUE(topics_->create("pins", 2));
    const auto answer = describe({"pins"}, 2000);
    ASSERT_EQ(text(answer), "pins:0,1 ");
    EXPECT_EQ(answer.topics[0].topic_id, topics_->find("pins")->id);
    EXPECT_EQ(answer.topics[0].topic_authorized_operations, 0b1101'1111'1000);
    EXPECT_FALSE(answer.topics[0].is_internal);
    const auto& one = answer.topics[0].partitions[1];
    EXPECT_EQ(one.leader_id, 1);
    EXPECT_EQ(one.leader_epoch, topics_->find("pins")->partitions[1]->leader_epoch());
    EXPECT_EQ(one.replica_nodes, std::vector{1});
    EXPECT_EQ(one.isr_nodes, std::vector{1});
    EXPECT_EQ(one.eligible_leader_replicas, std::vector<int32_t>());
    EXPECT_TRUE(one.offline_replicas.empty());
}

TEST_F(ClusterHandlersTest, APageEndsAtTheLimitAndTheNextGoesOn) {
    ASSERT_TRUE(topics_->create("boards", 1));
    ASSERT_TRUE(topics_->create("pins", 3));
    ASSERT_TRUE(topics_->create("users", 2));
    EXPECT_EQ(text(describe({}, 2)), "boards:0 pins:0 > pins:1");
    EXPECT_EQ(text(describe({}, 2, Cursor{"pins", 1})), "pins:1,2 > users:0");
    EXPECT_EQ(text(describe({}, 2, Cursor{"users", 0})), "users:0,1 ");
    EXPECT_EQ(text(describe({}, 0)), "boards:0 > pins:0") << "at least one";
    EXPECT_EQ(text(describe({"users", "pins", "users"}, 4)), "pins:0,1,2 users:0 > users:1") << "each once, by name";
    EXPECT_EQ(text(describe({}, 9, Cursor{"q", 5})), "users:0,1 ") << "the topic is gone: with the next";
    EXPECT_EQ(text(describe({}, 9, Cursor{"users", 7})), "users: ") << "there are fewer by now";
}

TEST_F(ClusterHandlersTest, WhatDoesNotExistIsTold) {
    ASSERT_TRUE(topics_->create("pins", 1));
    EXPECT_EQ(text(describe({"nowhere", "pi/ns", "pins"}, 2000)),
              "nowhere:UNKNOWN_TOPIC_OR_PARTITION pi/ns:INVALID_TOPIC_EXCEPTION pins:0 ");
    EXPECT_FALSE(topics_->find("nowhere"));
}

TEST_F(ClusterHandlersTest, ACursorBelongsToTheQuestion) {
    ASSERT_TRUE(topics_->create("pins", 1));
    EXPECT_EQ(text(describe({"pins"}, 9, Cursor{"users", 0})), "pins:INVALID_REQUEST ");
    EXPECT_EQ(text(describe({"pins"}, 9, Cursor{"pins", -1})), "pins:INVALID_REQUEST ");
}

}  // namespace
}  // namespace pinflow::kafka
