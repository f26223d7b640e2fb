// What each API asks the access control lists for, and what it answers who may not (docs/acls.md).
#include <numeric>

#include "kafka/access.h"
#include "kafka/door_world.h"
#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

constexpr auto allowed = ErrorCode::none;
constexpr auto topic_denied = ErrorCode::topic_authorization_failed;
constexpr auto cluster_denied = ErrorCode::cluster_authorization_failed;
constexpr auto transaction_denied = ErrorCode::transactional_id_authorization_failed;

class AllowedTest : public HandlersWorld {
  protected:
    void SetUp() override {
        HandlersWorld::SetUp();
        pins_ = topics_->create("pins", 2).value();
        open_acls();
        principal_ = "User:alice";
    }
    ProduceResponse::Partition produce(std::string_view topic, Blob records, int16_t version = 9) {
        ProduceRequest request;
        request.acks = 1;
        request.transactional_id = "moves";
        request.topics = {{topic, pins_->id, {{0, records}}}};
        return ask<ProduceResponse>(request, version).topics.at(0).partitions.at(0);
    }
    static Blob transactional() {  // with a wrong CRC, which is looked at later
        Blob batch = batch_of("v");
        batch.at(22) |= std::byte{16};
        return batch;
    }
    ErrorCode fetch(std::string_view topic, const Uuid& id = {}, int16_t version = 12) {
        FetchRequest request;
        request.topics = {{.name = topic, .topic_id = id, .partitions = {{.index = 0, .partition_max_bytes = 1}}}};
        return ask<FetchResponse>(request, version).topics.at(0).partitions.at(0).error_code;
    }
    MetadataResponse metadata(std::optional<std::vector<MetadataRequest::Topic>> topics, bool create = false) {
        MetadataRequest request;
        request.topics = std::move(topics);
        request.allow_auto_topic_creation = create;
        request.include_topic_authorized_operations = true;
        return ask<MetadataResponse>(request, 12);
    }
    static MetadataRequest::Topic named(std::string_view name) { return {.name = name}; }
    ErrorCode create(std::string_view name) {
        CreateTopicsRequest request;
        request.topics = {{.name = name, .num_partitions = 1, .replication_factor = 1}};
        created_ = ask<CreateTopicsResponse>(request, 7).topics.at(0);
        return created_.error_code;
    }
    DeleteTopicsResponse::Topic remove(std::optional<std::string_view> name, const Uuid& id = {}) {
        DeleteTopicsRequest request;
        request.topics = {{name, id}};
        return ask<DeleteTopicsResponse>(request, 6).topics.at(0);
    }
    static int32_t bits(std::initializer_list<Act> acts) {
        return std::accumulate(acts.begin(), acts.end(), 0, [](int32_t sum, Act act) {
            return sum | static_cast<int32_t>(auth::AclIndex::bit(act));
        });
    }

    broker::TopicPtr pins_;
    CreateTopicsResponse::Topic created_;
};

TEST_F(AllowedTest, ProduceWrites) {
    EXPECT_EQ(produce("pins", batch_of("v")).error_code, topic_denied);
    EXPECT_EQ(produce("", batch_of("v"), 13).error_code, topic_denied) << "named by its id";
    EXPECT_EQ(produce("none", batch_of("v")).error_code, topic_denied) << "whether it exists or not";
    EXPECT_EQ(pins_->partitions[0]->end_offset(), 0);
    allow(Act::write, on_topic("pins"));
    EXPECT_EQ(produce("pins", batch_of("v")).error_code, allowed);
    EXPECT_EQ(produce("", batch_of("v"), 13).error_code, allowed);
    EXPECT_EQ(produce("pins", transactional()).error_code, transaction_denied);
    allow(Act::write, on_transaction("moves"));
    EXPECT_NE(produce("pins", transactional()).error_code, transaction_denied);
    principal_ = "User:root";
    EXPECT_EQ(produce("pins", batch_of("v")).error_code, allowed);
}

TEST_F(AllowedTest, FetchReads) {
    EXPECT_EQ(fetch("pins"), topic_denied);
    EXPECT_EQ(fetch("none"), topic_denied);
    EXPECT_EQ(fetch("", pins_->id, 13), topic_denied);
    EXPECT_EQ(fetch("", Uuid::random(), 13), ErrorCode::unknown_topic_id);
    allow(Act::write, on_topic("pins"));
    EXPECT_EQ(fetch("pins"), topic_denied);
    allow(Act::read, on_topic("pins"));
    EXPECT_EQ(fetch("pins"), allowed);
    EXPECT_EQ(fetch("", pins_->id, 13), allowed);
}

TEST_F(AllowedTest, OffsetsAreDescribedAndRecordsDeleted) {
    const auto list = [&](std::string_view topic) {
        ListOffsetsRequest request;
        request.topics = {{.name = topic, .partitions = {{.index = 0, .timestamp = -1}}}};
        return ask<ListOffsetsResponse>(request, 7).topics.at(0).partitions.at(0).error_code;
    };
    const auto epoch = [&] {
        OffsetForLeaderEpochRequest request;
        request.topics = {{.name = "pins", .partitions = {{.index = 0, .leader_epoch = 0}}}};
        return ask<OffsetForLeaderEpochResponse>(request, 4).topics.at(0).partitions.at(0).error_code;
    };
    const auto cut = [&] {
        DeleteRecordsRequest request;
        request.topics = {{"pins", {{0, -1}}}};
        return ask<DeleteRecordsResponse>(request, 2).topics.at(0).partitions.at(0).error_code;
    };
    EXPECT_EQ(list("pins"), topic_denied);
    EXPECT_EQ(list("none"), topic_denied);
    EXPECT_EQ(epoch(), topic_denied);
    EXPECT_EQ(cut(), topic_denied);
    allow(Act::cluster_action, on_cluster);
    EXPECT_EQ(epoch(), allowed);
    allow(Act::describe, on_topic("pins"));
    EXPECT_EQ(list("pins"), allowed);
    EXPECT_EQ(cut(), topic_denied);
    allow(Act::remove, on_topic("pins"));
    EXPECT_EQ(cut(), allowed);
}

TEST_F(AllowedTest, MetadataHidesWhatMayNotBeDescribed) {
    ASSERT_TRUE(topics_->create("users", 1));
    EXPECT_TRUE(metadata(std::nullopt).topics.empty());
    const auto refused = metadata({{named("pins"), named("none"), {.topic_id = pins_->id}}}, true).topics;
    for (const auto& each : refused) EXPECT_EQ(each.error_code, topic_denied);
    EXPECT_EQ(refused.at(0).topic_id, Uuid());
    EXPECT_EQ(refused.at(2).name, std::nullopt);
    EXPECT_FALSE(topics_->find("none"));
    for (const char* each : {"pins", "none"}) {
        MetadataRequest request{.topics = {{named(each)}}, .allow_auto_topic_creation = true};
        auto coming = begin<MetadataResponse>(request, 12);
        EXPECT_TRUE(coming.come()) << "who is refused does not wait, whether it exists or not";
        coming.get();
    }
    allow(Act::read, on_topic("pins"));
    const auto all = metadata(std::nullopt).topics;
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].topic_authorized_operations, bits({Act::read, Act::describe}));
    allow(Act::describe, on_topic("made"));
    EXPECT_EQ(metadata({{named("made")}}, false).topics.at(0).error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(metadata({{named("made")}}, true).topics.at(0).error_code, topic_denied);
    allow(Act::create, on_topic("made"));
    EXPECT_EQ(metadata({{named("made")}}, true).topics.at(0).error_code, allowed);
    principal_ = "User:root";
    EXPECT_EQ(metadata(std::nullopt).topics.size(), 3u);
    EXPECT_EQ(metadata(std::nullopt).topics.at(0).topic_authorized_operations, 0b1101'1111'1000);
}

TEST_F(AllowedTest, TopicPartitionsAndTheClusterAreDescribed) {
    const auto describe = [&](std::vector<DescribeTopicPartitionsRequest::Topic> topics) {
        DescribeTopicPartitionsRequest request;
        request.topics = std::move(topics);
        request.response_partition_limit = 100;
        return ask<DescribeTopicPartitionsResponse>(request, 0).topics;
    };
    const auto on_all = [&] {
        return ask<DescribeClusterResponse>(DescribeClusterRequest{.include_cluster_authorized_operations = true}, 1)
            .cluster_authorized_operations;
    };
    EXPECT_TRUE(describe({}).empty());
    EXPECT_EQ(describe({{"pins"}}).at(0).error_code, topic_denied);
    EXPECT_EQ(describe({{"none"}}).at(0).error_code, topic_denied);
    EXPECT_EQ(on_all(), 0);
    allow(Act::describe, on_topic("pins"));
    allow(Act::alter, on_cluster);
    EXPECT_EQ(describe({}).size(), 1u);
    EXPECT_EQ(describe({{"pins"}}).at(0).topic_authorized_operations, bits({Act::describe}));
    EXPECT_EQ(on_all(), bits({Act::alter, Act::describe}));
    principal_ = "User:root";
    EXPECT_EQ(on_all(), 0b1'1111'1010'0000);
}

TEST_F(AllowedTest, TopicsAreMadeGrownAndDeleted) {
    const auto grow = [&](std::string_view topic) {
        CreatePartitionsRequest request;
        request.topics = {{.name = topic, .count = 3}};
        return ask<CreatePartitionsResponse>(request, 3).topics.at(0).error_code;
    };
    EXPECT_EQ(create("made"), topic_denied);
    EXPECT_EQ(create("pins"), topic_denied) << "that it exists is told to who may make it";
    EXPECT_EQ(created_.error_message, "Authorization failed.");
    EXPECT_EQ(grow("pins"), topic_denied);
    EXPECT_EQ(remove("pins").error_code, topic_denied);
    EXPECT_EQ(remove("none").error_code, topic_denied);
    EXPECT_EQ(remove({}, pins_->id).error_code, topic_denied);
    EXPECT_EQ(remove({}, pins_->id).name, std::nullopt);
    EXPECT_EQ(remove({}, Uuid::random()).error_code, ErrorCode::unknown_topic_id);
    allow(Act::create, on_topic("made"));
    EXPECT_EQ(create("made"), allowed);
    EXPECT_EQ(created_.topic_config_error_code, topic_denied);
    EXPECT_EQ(created_.num_partitions, -1);
    allow(Act::create, on_cluster);
    allow(Act::describe_configs, on_topic("made2"));
    EXPECT_EQ(create("made2"), allowed);
    EXPECT_EQ(created_.topic_config_error_code, allowed);
    EXPECT_EQ(created_.num_partitions, 1);
    allow(Act::alter, on_topic("pins"));
    EXPECT_EQ(grow("pins"), allowed);
    EXPECT_EQ(remove({}, pins_->id).name, "pins");
    EXPECT_EQ(remove({}, pins_->id).error_code, topic_denied) << "described, but not deleted";
    EXPECT_EQ(remove("pins").error_code, topic_denied);
    allow(Act::remove, on_topic("pins"));
    EXPECT_EQ(remove("pins").error_code, allowed);
    EXPECT_EQ(remove("pins").error_code, ErrorCode::unknown_topic_or_partition);
    allow(Act::remove, on_cluster);
    EXPECT_EQ(remove("made").error_code, allowed);
}

TEST_F(AllowedTest, SettingsAreOfTopicsAndOfTheCluster) {
    const auto describe = [&](int8_t type, std::string_view name) {
        DescribeConfigsRequest request;
        request.resources = {{type, name, {}}};
        return ask<DescribeConfigsResponse>(request, 4).resources.at(0).error_code;
    };
    const auto alter = [&](int8_t type, std::string_view name) {
        IncrementalAlterConfigsRequest request;
        request.resources = {{type, name, {{"retention.ms", 0, "1000"}}}};
        return ask<IncrementalAlterConfigsResponse>(request, 1).resources.at(0).error_code;
    };
    EXPECT_EQ(describe(2, "pins"), topic_denied);
    EXPECT_EQ(describe(2, "none"), topic_denied);
    EXPECT_EQ(describe(4, "1"), cluster_denied);
    EXPECT_EQ(alter(2, "pins"), topic_denied);
    EXPECT_EQ(alter(4, "1"), cluster_denied);
    allow(Act::alter_configs, on_topic("pins"));
    EXPECT_EQ(describe(2, "pins"), allowed);
    EXPECT_EQ(alter(2, "pins"), allowed);
    allow(Act::alter_configs, on_cluster);
    EXPECT_EQ(describe(4, "1"), allowed);
    EXPECT_NE(alter(4, "1"), cluster_denied);
}

TEST_F(AllowedTest, QuotasCredentialsAndReplicasAreTheClusters) {
    const auto codes = [&] {
        AlterClientQuotasRequest quota;
        quota.entries = {{{{"user", "bob"}}, {{"producer_byte_rate", 1, false}}}};
        AlterUserScramCredentialsRequest scram;
        scram.deletions = {{"bob", 1}};
        ElectLeadersRequest elect;
        elect.topic_partitions = {{{"pins", {0}}}};
        return std::vector{
            ask<DescribeClientQuotasResponse>(DescribeClientQuotasRequest(), 1).error_code,
            ask<AlterClientQuotasResponse>(quota, 1).entries.at(0).error_code,
            ask<DescribeUserScramCredentialsResponse>(DescribeUserScramCredentialsRequest(), 0).error_code,
            ask<AlterUserScramCredentialsResponse>(scram, 0).users.at(0).error_code,
            ask<DescribeLogDirsResponse>(DescribeLogDirsRequest(), 4).error_code,
            ask<ElectLeadersResponse>(elect, 2).topics.at(0).partitions.at(0).error_code,
            ask<AlterPartitionReassignmentsResponse>(AlterPartitionReassignmentsRequest(), 0).error_code,
            ask<ListPartitionReassignmentsResponse>(ListPartitionReassignmentsRequest(), 0).error_code,
        };
    };
    for (const ErrorCode each : codes()) EXPECT_EQ(each, cluster_denied);
    allow(Act::all, on_cluster);
    for (const ErrorCode each : codes()) EXPECT_NE(each, cluster_denied);
}

}  // namespace
}  // namespace pinflow::kafka
