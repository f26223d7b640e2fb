#include "broker/groups_timer.h"
#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

class TopicHandlersTest : public HandlersWorld {
  protected:
    CreateTopicsResponse::Topic create(CreateTopicsRequest::Topic topic, bool validate_only = false) {
        CreateTopicsRequest request;
        request.topics = {std::move(topic)};
        request.validate_only = validate_only;
        return ask<CreateTopicsResponse>(request, 7).topics.at(0);
    }
    ErrorCode remove(std::string_view name) {
        DeleteTopicsRequest request;
        request.topic_names = {name};
        return ask<DeleteTopicsResponse>(request, 5).topics.at(0).error_code;
    }
    ErrorCode grow(CreatePartitionsRequest::Topic topic, bool validate_only = false) {
        CreatePartitionsRequest request;
        request.topics = {std::move(topic)};
        request.validate_only = validate_only;
        return ask<CreatePartitionsResponse>(request, 3).topics.at(0).error_code;
    }
};

TEST_F(TopicHandlersTest, TopicsAreCreatedAndDeleted) {
    const auto made = create({"pins", 3, 1, {}, {{"retention.ms", "1000"}}});
    EXPECT_EQ(made.error_code, ErrorCode::none);
    EXPECT_EQ(made.num_partitions, 3);
    EXPECT_EQ(made.replication_factor, 1);
    const auto topic = topics_->find("pins");
    ASSERT_TRUE(topic);
    EXPECT_EQ(made.topic_id, topic->id);
    EXPECT_EQ(topic->partitions.size(), 3U);
    const auto retention = std::ranges::find(*made.configs, "retention.ms", &CreateTopicsResponse::Config::name);
    ASSERT_NE(retention, made.configs->end());
    EXPECT_EQ(retention->value, "1000");
    EXPECT_EQ(retention->config_source, 1);
    EXPECT_EQ(create({"pins", 3, 1, {}, {}}).error_code, ErrorCode::topic_already_exists);
    EXPECT_EQ(remove("pins"), ErrorCode::none);
    EXPECT_FALSE(topics_->find("pins"));
    EXPECT_EQ(remove("pins"), ErrorCode::unknown_topic_or_partition);
}

TEST_F(TopicHandlersTest, TopicsAreDeletedByNameOrById) {
    ASSERT_TRUE(topics_->create("pins", 1));
    ASSERT_TRUE(topics_->create("users", 1));
    const Uuid pins = topics_->find("pins")->id;
    const Uuid users = topics_->find("users")->id;
    DeleteTopicsRequest request;
    request.topics = {{std::nullopt, pins}, {std::nullopt, pins}, {"users", users}, {std::nullopt, {}}, {"boards", {}}};
    const auto told = ask<DeleteTopicsResponse>(request, 6).topics;
    ASSERT_EQ(told.size(), 5U);
    EXPECT_EQ(told[0].error_code, ErrorCode::none);
    EXPECT_EQ(told[0].name, "pins");
    EXPECT_EQ(told[0].topic_id, pins);
    EXPECT_EQ(told[1].error_code, ErrorCode::unknown_topic_id);
    EXPECT_EQ(told[1].name, std::nullopt);
    EXPECT_EQ(told[1].topic_id, pins);
    EXPECT_EQ(told[2].error_code, ErrorCode::invalid_request);
    EXPECT_EQ(told[3].error_code, ErrorCode::invalid_request);
    EXPECT_EQ(told[4].error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_TRUE(topics_->find("users"));
    request.topics = {{"users", {}}};
    EXPECT_EQ(ask<DeleteTopicsResponse>(request, 6).topics.at(0).error_code, ErrorCode::none);
    EXPECT_TRUE(topics_->list().empty());
}

TEST_F(TopicHandlersTest, DefaultsAreFilledIn) {
    EXPECT_EQ(create({"pins", -1, -1, {}, {}}).num_partitions, 1);
    EXPECT_EQ(create({"users", -1, -1, {{1, {1}}, {0, {1}}}, {}}).num_partitions, 2);
}

TEST_F(TopicHandlersTest, OnlyTried) {
    EXPECT_EQ(create({"pins", 2, 1, {}, {}}, true).error_code, ErrorCode::none);
    EXPECT_FALSE(topics_->find("pins"));
}

TEST_F(TopicHandlersTest, WhatCannotBeIsRefused) {
    EXPECT_EQ(create({"pi/ns", 1, 1, {}, {}}).error_code, ErrorCode::invalid_topic_exception);
    EXPECT_EQ(create({"", 1, 1, {}, {}}).error_code, ErrorCode::invalid_topic_exception);
    EXPECT_EQ(create({"pins", 0, 1, {}, {}}).error_code, ErrorCode::invalid_partitions);
    EXPECT_EQ(create({"pins", 10'001, 1, {}, {}}).error_code, ErrorCode::invalid_partitions);
    EXPECT_EQ(create({"pins", 1, 0, {}, {}}).error_code, ErrorCode::invalid_replication_factor);
    EXPECT_EQ(create({"pins", 1, 3, {}, {}}).error_code, ErrorCode::invalid_replication_factor);
    EXPECT_EQ(create({"pins", 1, 1, {{0, {1}}}, {}}).error_code, ErrorCode::invalid_request);
    EXPECT_EQ(create({"pins", -1, -1, {{0, {2}}}, {}}).error_code, ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(create({"pins", -1, -1, {{1, {1}}}, {}}).error_code, ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(create({"pins", -1, -1, {{0, {1}}, {0, {1}}}, {}}).error_code, ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(create({"pins", 1, 1, {}, {{"no.such", "1"}}}).error_code, ErrorCode::invalid_config);
    EXPECT_EQ(create({"pins", 1, 1, {}, {{"retention.ms", "soon"}}}).error_code, ErrorCode::invalid_config);
    EXPECT_EQ(create({"pins", 1, 1, {}, {{"delete.retention.ms", "soon"}}}).error_code, ErrorCode::invalid_config);
    EXPECT_EQ(create({"pins", 1, 1, {}, {{"retention.ms", {}}}}).error_code, ErrorCode::invalid_config);
    EXPECT_EQ(create({"__transaction_state", 1, 1, {}, {}}).error_code, ErrorCode::invalid_topic_exception);
    EXPECT_TRUE(topics_->list().empty());
}

class ForClustersTest : public TopicHandlersTest {
  protected:
    ForClustersTest() { topics_options_.max_replication_factor = 3; }
};

TEST_F(ForClustersTest, ReplicasThatWereAskedForAreOne) {
    const auto made = create({"pins", 1, 3, {}, {}});
    EXPECT_EQ(made.error_code, ErrorCode::none);
    EXPECT_EQ(made.replication_factor, 1);
    EXPECT_EQ(create({"users", 1, 4, {}, {}}).error_code, ErrorCode::invalid_replication_factor);
}

// Their names are quoted, and texts have an end on the wire.
TEST_F(TopicHandlersTest, NamesWithoutEndAreAnswered) {
    const std::string name(32'767, 'x');
    EXPECT_EQ(remove(name), ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(grow({name, 2, {}}), ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(create({"pins", 1, 1, {}, {{name, "1"}}}).error_code, ErrorCode::invalid_config);
}

TEST_F(TopicHandlersTest, ANameTwiceIsRefusedOnce) {
    CreateTopicsRequest request;
    request.topics = {{"pins", 1, 1, {}, {}}, {"users", 1, 1, {}, {}}, {"pins", 2, 1, {}, {}}};
    const auto answer = ask<CreateTopicsResponse>(request, 5);
    ASSERT_EQ(answer.topics.size(), 2U);
    EXPECT_EQ(answer.topics[0].error_code, ErrorCode::invalid_request);
    EXPECT_EQ(answer.topics[1].error_code, ErrorCode::none);
    EXPECT_FALSE(topics_->find("pins"));
}

TEST_F(TopicHandlersTest, StreamsDoNotGrow) {
    ASSERT_TRUE(topics_->create("stream", 1, {}, {{"kinesis.stream", "true"}}));
    for (const bool validate_only : {true, false})
        EXPECT_EQ(grow({"stream", 2, {}}, validate_only), ErrorCode::invalid_request);
    EXPECT_EQ(topics_->find("stream")->partitions.size(), 1U);
}

TEST_F(TopicHandlersTest, TopicsGrow) {
    create({"pins", 2, 1, {}, {}});
    EXPECT_EQ(grow({"pins", 3, {}}, true), ErrorCode::none);
    EXPECT_EQ(topics_->find("pins")->partitions.size(), 2U);
    EXPECT_EQ(grow({"pins", 3, {}}), ErrorCode::none);
    EXPECT_EQ(topics_->find("pins")->partitions.size(), 3U);
    EXPECT_EQ(grow({"pins", 3, {}}), ErrorCode::invalid_partitions);
    EXPECT_EQ(grow({"pins", 1, {}}), ErrorCode::invalid_partitions);
    EXPECT_EQ(grow({"pins", 10'001, {}}), ErrorCode::invalid_partitions);
    EXPECT_EQ(grow({"nowhere", 3, {}}), ErrorCode::unknown_topic_or_partition);
    using Assignments = std::vector<CreatePartitionsRequest::Assignment>;
    EXPECT_EQ(grow({"pins", 5, Assignments{{{1}}}}), ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(grow({"pins", 4, Assignments{{{2}}}}), ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(grow({"pins", 4, Assignments{{{1}}}}), ErrorCode::none);
}

TEST_F(TopicHandlersTest, TheBrokersOwnTopicsStay) {
    ASSERT_TRUE(topics_->create("__consumer_offsets", 1, {{"cleanup.policy", "compact"}}));
    EXPECT_EQ(remove("__consumer_offsets"), ErrorCode::invalid_topic_exception);
    EXPECT_EQ(grow({"__consumer_offsets", 2, {}}), ErrorCode::invalid_request);
}

}  // namespace
}  // namespace pinflow::kafka
