#include "broker/groups_timer.h"
#include "kafka/handlers_world.h"
#include "log/batch.h"

namespace pinflow::kafka {
namespace {

class ReplicaHandlersTest : public HandlersWorld {
  protected:
    void SetUp() override {
        HandlersWorld::SetUp();
        ASSERT_TRUE(topics_->create("pins", 2));
        ASSERT_TRUE(topics_->create("users", 1));
        door_->options.log_dir = testing::TempDir();
    }
    void write(const std::string& topic, size_t partition) {
        log::BatchBuilder builder;
        builder.add(1'600'000'000'000, as_bytes("key"), as_bytes("value"));
        const auto made = builder.finish();
        std::vector<std::byte> batch(made.begin(), made.end());
        const auto& into = topics_->find(topic)->partitions.at(partition);
        const auto place = into->append(batch);
        ASSERT_TRUE(place);
        std::promise<bool> stored;
        into->when_acked(place->last_offset, log::Ack::durable,
                         [&](Result<> done) { stored.set_value(done.has_value()); });
        ASSERT_TRUE(stored.get_future().get());
    }
    // "pins:0=78,1=0 users:0=0 "
    std::string sizes(std::optional<std::vector<DescribeLogDirsRequest::Topic>> topics, int16_t version) {
        DescribeLogDirsRequest request;
        request.topics = std::move(topics);
        const auto answer = ask<DescribeLogDirsResponse>(request, version);
        EXPECT_EQ(answer.log_dirs.size(), 1U);
        std::string all;
        for (const auto& topic : answer.log_dirs.at(0).topics) {
            all += topic.name + ":";
            for (const auto& each : topic.partitions) {
                all += fmt::format("{}{}={}", all.ends_with(':') ? "" : ",", each.index, each.partition_size);
                EXPECT_EQ(each.offset_lag, 0);
                EXPECT_FALSE(each.is_future_key);
            }
            all += " ";
        }
        return all;
    }
    ElectLeadersResponse elect(std::vector<ElectLeadersRequest::Topic> topics, int8_t type, int16_t version) {
        ElectLeadersRequest request;
        request.topic_partitions = std::move(topics);
        request.election_type = type;
        return ask<ElectLeadersResponse>(request, version);
    }
    ErrorCode reassign(std::string_view topic, int32_t partition, std::optional<std::vector<int32_t>> replicas) {
        AlterPartitionReassignmentsRequest request;
        request.topics = {{topic, {{partition, std::move(replicas)}}}};
        const auto answer = ask<AlterPartitionReassignmentsResponse>(request, 0);
        EXPECT_EQ(answer.error_code, ErrorCode::none);
        return answer.topics.at(0).partitions.at(0).error_code;
    }
};

TEST_F(ReplicaHandlersTest, SizesAreThoseOfTheFiles) {
    write("pins", 0);
    const uint64_t size = topics_->find("pins")->partitions[0]->size_bytes();
    ASSERT_GT(size, 61U);
    for (const int16_t version : {1, 2, 3, 4}) {
        EXPECT_EQ(sizes({}, version), fmt::format("pins:0={},1=0 users:0=0 ", size));
        EXPECT_EQ(sizes({{{"pins", {1}}, {"nowhere", {0}}, {"users", {7}}, {"pins", {0, 0}}}}, version),
                  fmt::format("pins:0={},1=0 ", size));
    }
}

TEST_F(ReplicaHandlersTest, TheDiskHasSoMuchRoom) {
    const auto dir = ask<DescribeLogDirsResponse>(DescribeLogDirsRequest(), 4).log_dirs.at(0);
    EXPECT_EQ(dir.error_code, ErrorCode::none);
    EXPECT_EQ(dir.log_dir, testing::TempDir());
    EXPECT_GT(dir.usable_bytes, 0);
    EXPECT_GE(dir.total_bytes, dir.usable_bytes);
    door_->options.log_dir = testing::TempDir() + "/no/such/folder";
    const auto gone = ask<DescribeLogDirsResponse>(DescribeLogDirsRequest(), 4).log_dirs.at(0);
    EXPECT_EQ(gone.error_code, ErrorCode::kafka_storage_error);
    EXPECT_EQ(gone.total_bytes, -1);
}

TEST_F(ReplicaHandlersTest, TheLeaderIsTheOnlyReplica) {
    for (const int8_t type : {0, 1}) {
        const auto answer = elect({{"pins", {1, 2}}, {"nowhere", {0}}}, type, 2);
        EXPECT_EQ(answer.error_code, ErrorCode::none);
        EXPECT_EQ(answer.topics.at(0).partitions.at(0).error_code, ErrorCode::election_not_needed);
        EXPECT_EQ(answer.topics.at(0).partitions.at(1).error_code, ErrorCode::unknown_topic_or_partition);
        EXPECT_EQ(answer.topics.at(1).partitions.at(0).error_code, ErrorCode::unknown_topic_or_partition);
    }
    EXPECT_EQ(elect({{"pins", {0}}}, 0, 0).topics.at(0).partitions.at(0).error_code, ErrorCode::election_not_needed);
    const auto all = ask<ElectLeadersResponse>(ElectLeadersRequest(), 2);
    EXPECT_EQ(all.error_code, ErrorCode::none);
    EXPECT_TRUE(all.topics.empty());
}

TEST_F(ReplicaHandlersTest, AnElectionOfAnUnknownKindIsRefused) {
    const auto answer = elect({{"pins", {0}}}, 5, 1);
    EXPECT_EQ(answer.error_code, ErrorCode::invalid_request);
    EXPECT_EQ(answer.topics.at(0).partitions.at(0).error_code, ErrorCode::invalid_request);
}

TEST_F(ReplicaHandlersTest, PartitionsStayWhereTheyAre) {
    const std::vector here = {1};
    EXPECT_EQ(reassign("pins", 0, here), ErrorCode::none);
    EXPECT_EQ(reassign("pins", 0, std::vector{2}), ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(reassign("pins", 0, std::vector{1, 2}), ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(reassign("pins", 0, std::vector<int32_t>()), ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(reassign("pins", 0, {}), ErrorCode::no_reassignment_in_progress);
    EXPECT_EQ(reassign("pins", 2, here), ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(reassign("nowhere", 0, here), ErrorCode::unknown_topic_or_partition);
    ListPartitionReassignmentsRequest list;
    EXPECT_TRUE(ask<ListPartitionReassignmentsResponse>(list, 0).topics.empty());
    list.topics.emplace();
    list.topics->push_back({"pins", {0}});
    const auto listed = ask<ListPartitionReassignmentsResponse>(list, 0);
    EXPECT_EQ(listed.error_code, ErrorCode::none);
    EXPECT_TRUE(listed.topics.empty());
}

}  // namespace
}  // namespace pinflow::kafka
