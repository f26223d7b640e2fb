#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

class ConsumerGroupHandlersTest : public HandlersWorld {
  protected:
    using Beat = ConsumerGroupHeartbeatRequest;
    void SetUp() override {
        HandlersWorld::SetUp();
        ASSERT_TRUE(topics_->create("pins", 2));
    }
    static Beat joining(std::string_view member) {
        Beat beat;
        beat.group_id = "readers";
        beat.member_id = member;
        beat.rebalance_timeout_ms = 10'000;
        beat.subscribed_topic_names = {"pins"};
        beat.topic_partitions.emplace();
        return beat;
    }
    ConsumerGroupHeartbeatResponse send(const Beat& beat, int16_t version = 1) {
        return ask<ConsumerGroupHeartbeatResponse>(beat, version);
    }
    OffsetCommitResponse commit(std::string_view member, int32_t epoch, int16_t version) {
        OffsetCommitRequest request;
        request.group_id = "readers";
        request.member_id = member;
        request.generation_id = epoch;
        request.topics = {{"pins", topics_->find("pins")->id, {{0, 42, -1, ""}}}};
        return ask<OffsetCommitResponse>(request, version);
    }
};

TEST_F(ConsumerGroupHandlersTest, AMemberJoinsBeatsAndLeaves) {
    const auto joined = send(joining("m"));
    EXPECT_EQ(joined.error_code, ErrorCode::none);
    EXPECT_EQ(joined.member_id, "m");
    EXPECT_EQ(joined.member_epoch, 1);
    EXPECT_EQ(joined.heartbeat_interval_ms, 5000);
    ASSERT_TRUE(joined.assignment);
    ASSERT_EQ(joined.assignment->topic_partitions.size(), 1u);
    EXPECT_EQ(joined.assignment->topic_partitions[0].topic_id, topics_->find("pins")->id);
    EXPECT_EQ(joined.assignment->topic_partitions[0].partitions, (std::vector<int32_t>{0, 1}));
    Beat beat;
    beat.group_id = "readers";
    beat.member_id = "m";
    beat.member_epoch = 1;
    EXPECT_FALSE(send(beat).assignment);
    beat.member_epoch = 2;
    const auto fenced = send(beat);
    EXPECT_EQ(fenced.error_code, ErrorCode::fenced_member_epoch);
    EXPECT_TRUE(fenced.error_message->contains("greater member epoch"));
    beat.member_epoch = -1;
    EXPECT_EQ(send(beat).member_epoch, -1);
    EXPECT_EQ(send(beat).error_code, ErrorCode::unknown_member_id);
}

TEST_F(ConsumerGroupHandlersTest, VersionZeroIsGivenAnId) {
    EXPECT_EQ(send(joining("")).error_code, ErrorCode::invalid_request);
    const auto joined = send(joining(""), 0);
    EXPECT_EQ(joined.error_code, ErrorCode::none);
    EXPECT_EQ(joined.member_id->size(), 22u);
}

TEST_F(ConsumerGroupHandlersTest, ToolsSeeIt) {
    Beat beat = joining("m");
    beat.subscribed_topic_names.reset();
    beat.subscribed_topic_regex = "pi.*";
    beat.instance_id = "i";
    send(beat);
    ConsumerGroupDescribeRequest describe;
    describe.group_ids = {"readers", "nobody", ""};
    describe.include_authorized_operations = true;
    const auto groups = ask<ConsumerGroupDescribeResponse>(describe, 1).groups;
    const auto& group = groups.at(0);
    EXPECT_EQ(group.error_code, ErrorCode::none);
    EXPECT_EQ(group.state, "Stable");
    EXPECT_EQ(group.group_epoch, 1);
    EXPECT_EQ(group.assignor_name, "uniform");
    EXPECT_EQ(group.authorized_operations, 0b1101'0100'1000);
    const auto& member = group.members.at(0);
    EXPECT_EQ(member.instance_id, "i");
    EXPECT_EQ(member.client_host, "/127.0.0.1");
    EXPECT_EQ(member.subscribed_topic_regex, "pi.*");
    EXPECT_EQ(member.member_type, 1);
    EXPECT_EQ(member.assignment.topic_partitions.at(0).topic_name, "pins");
    EXPECT_EQ(member.target_assignment.topic_partitions.at(0).partitions.size(), 2u);
    EXPECT_EQ(groups.at(1).error_code, ErrorCode::group_id_not_found);
    EXPECT_EQ(groups.at(2).error_code, ErrorCode::invalid_group_id);
    ListGroupsRequest list;
    list.types_filter = {"Consumer"};
    const auto listed = ask<ListGroupsResponse>(list, 5).groups;
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0].state, "Stable");
    EXPECT_EQ(listed[0].type, "consumer");
    DescribeGroupsRequest classic;
    classic.groups = {"readers"};
    EXPECT_EQ(ask<DescribeGroupsResponse>(classic, 6).groups.at(0).error_code, ErrorCode::group_id_not_found);
}

TEST_F(ConsumerGroupHandlersTest, OffsetsAreTheMembersOfThisEpoch) {
    send(joining("m"));
    const auto error = [&](int32_t epoch, int16_t version) {
        return commit("m", epoch, version).topics.at(0).partitions.at(0).error_code;
    };
    EXPECT_EQ(error(1, 8), ErrorCode::unsupported_version);
    EXPECT_EQ(error(1, 9), ErrorCode::none);
    EXPECT_EQ(error(1, 10), ErrorCode::none);
    EXPECT_EQ(error(0, 10), ErrorCode::stale_member_epoch);
    OffsetFetchRequest fetch;
    fetch.groups = {{"readers", "m", 1, {}}, {"readers", "m", 3, {}}, {"readers", "n", 1, {}}, {"readers", {}, -1, {}}};
    const auto groups = ask<OffsetFetchResponse>(fetch, 9).groups;
    EXPECT_EQ(groups.at(0).topics.at(0).partitions.at(0).committed_offset, 42);
    EXPECT_EQ(groups.at(1).error_code, ErrorCode::stale_member_epoch);
    EXPECT_TRUE(groups.at(1).topics.empty());
    EXPECT_EQ(groups.at(2).error_code, ErrorCode::unknown_member_id);
    EXPECT_EQ(groups.at(3).topics.size(), 1u);
}

TEST_F(ConsumerGroupHandlersTest, BadPatternsAreRefused) {
    Beat beat = joining("m");
    beat.subscribed_topic_regex = "pi((";
    EXPECT_EQ(send(beat).error_code, ErrorCode::invalid_regular_expression);
    beat.subscribed_topic_regex.reset();
    beat.server_assignor = "sticky";
    EXPECT_EQ(send(beat).error_code, ErrorCode::unsupported_assignor);
}

}  // namespace
}  // namespace pinflow::kafka
