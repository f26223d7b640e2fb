#include "broker/groups_timer.h"
#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

Blob blob(std::string_view text) {
    const Bytes bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

class GroupHandlersTest : public HandlersWorld {
  protected:
    void SetUp() override {
        HandlersWorld::SetUp();
        ASSERT_TRUE(topics_->create("pins", 2));
    }
    JoinGroupResponse join(std::string_view member, int16_t version = 5) {
        JoinGroupRequest request;
        request.group_id = "readers";
        request.session_timeout_ms = 10'000;
        request.rebalance_timeout_ms = 10'000;
        request.member_id = member;
        request.protocol_type = "consumer";
        static const std::string subscription("\0\0\0\0\0\1\0\4pins\0\0\0\0", 16);
        request.protocols = {{"range", as_bytes(subscription)}};
        return ask<JoinGroupResponse>(request, version);
    }
    // The only member, with its share.
    JoinGroupResponse alone() {
        const auto first = join("");
        EXPECT_EQ(first.error_code, ErrorCode::member_id_required);
        auto joined = join(first.member_id);
        EXPECT_EQ(joined.error_code, ErrorCode::none);
        SyncGroupRequest sync;
        sync.group_id = "readers";
        sync.generation_id = joined.generation_id;
        sync.member_id = joined.member_id;
        sync.assignments = {{joined.member_id, as_bytes(std::string_view("share"))}};
        const auto synced = ask<SyncGroupResponse>(sync, 3);
        EXPECT_EQ(synced.error_code, ErrorCode::none);
        EXPECT_EQ(synced.assignment, blob("share"));
        return joined;
    }
    OffsetCommitResponse commit(const JoinGroupResponse& as, std::string_view topic, int32_t partition) {
        OffsetCommitRequest request;
        request.group_id = "readers";
        request.generation_id = as.generation_id;
        request.member_id = as.member_id;
        request.topics = {{topic, {}, {{partition, 42, 3, "note"}}}};
        return ask<OffsetCommitResponse>(request, 7);
    }
    ErrorCode beat(const JoinGroupResponse& as, int32_t generation) {
        HeartbeatRequest request;
        request.group_id = "readers";
        request.generation_id = generation;
        request.member_id = as.member_id;
        return ask<HeartbeatResponse>(request, 3).error_code;
    }
    ErrorCode leave(const JoinGroupResponse& as) {
        LeaveGroupRequest request;
        request.group_id = "readers";
        request.member_id = as.member_id;
        return ask<LeaveGroupResponse>(request, 1).error_code;
    }
    ErrorCode remove() {
        DeleteGroupsRequest request;
        request.group_ids = {"readers"};
        return ask<DeleteGroupsResponse>(request, 1).results.at(0).error_code;
    }
};

TEST_F(GroupHandlersTest, TheCoordinatorIsHere) {
    FindCoordinatorRequest request;
    request.key = "readers";
    const auto found = ask<FindCoordinatorResponse>(request, 2);
    EXPECT_EQ(found.error_code, ErrorCode::none);
    EXPECT_EQ(found.node_id, 1);
    EXPECT_EQ(found.port, 9092);
    request.key_type = 7;
    EXPECT_EQ(ask<FindCoordinatorResponse>(request, 2).error_code, ErrorCode::invalid_request);
    request.key_type = 1;
    request.key = "";
    EXPECT_EQ(ask<FindCoordinatorResponse>(request, 2).error_code, ErrorCode::invalid_request);
    request.keys = {"a", "b"};
    EXPECT_EQ(ask<FindCoordinatorResponse>(request, 4).coordinators.size(), 2U);
}

TEST_F(GroupHandlersTest, JoinBeatCommitLeave) {
    const auto member = alone();
    EXPECT_EQ(member.leader, member.member_id);
    EXPECT_EQ(member.members.size(), 1U);
    EXPECT_EQ(beat(member, member.generation_id), ErrorCode::none);
    EXPECT_EQ(beat(member, member.generation_id + 1), ErrorCode::illegal_generation);
    EXPECT_EQ(commit(member, "pins", 1).topics.at(0).partitions.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(commit(member, "pins", 2).topics.at(0).partitions.at(0).error_code,
              ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(commit(member, "nowhere", 0).topics.at(0).partitions.at(0).error_code,
              ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(leave(member), ErrorCode::none);
    EXPECT_EQ(beat(member, member.generation_id), ErrorCode::unknown_member_id);
    EXPECT_EQ(leave(member), ErrorCode::unknown_member_id);
}

TEST_F(GroupHandlersTest, TheNewestVersionsOfTheClassicProtocol) {
    const auto first = join("", 9);
    ASSERT_EQ(first.error_code, ErrorCode::member_id_required);
    const auto joined = join(first.member_id, 9);
    EXPECT_EQ(joined.error_code, ErrorCode::none);
    EXPECT_EQ(joined.protocol_type, "consumer");
    EXPECT_FALSE(joined.skip_assignment);
    ListGroupsRequest list;
    list.types_filter = {"Classic"};
    const auto listed = ask<ListGroupsResponse>(list, 5).groups;
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].type, "classic");
    list.types_filter = {"consumer"};
    EXPECT_TRUE(ask<ListGroupsResponse>(list, 5).groups.empty());
    LeaveGroupRequest leave;
    leave.group_id = "readers";
    leave.members = {{joined.member_id, {}, "the consumer is being closed"}};
    EXPECT_EQ(ask<LeaveGroupResponse>(leave, 5).members.at(0).error_code, ErrorCode::none);
}

TEST_F(GroupHandlersTest, AnOldMemberNeedsNoIdFirst) {
    const auto joined = join("", 2);
    EXPECT_EQ(joined.error_code, ErrorCode::none);
    EXPECT_EQ(joined.protocol_name, "range");
    EXPECT_TRUE(joined.member_id.starts_with("tests-"));
}

TEST_F(GroupHandlersTest, SeveralLeaveAtOnce) {
    const auto member = alone();
    LeaveGroupRequest request;
    request.group_id = "readers";
    request.members = {{"stranger", {}, {}}, {member.member_id, {}, {}}};
    const auto left = ask<LeaveGroupResponse>(request, 3);
    EXPECT_EQ(left.error_code, ErrorCode::none);
    EXPECT_EQ(left.members.at(0).error_code, ErrorCode::unknown_member_id);
    EXPECT_EQ(left.members.at(1).error_code, ErrorCode::none);
}

TEST_F(GroupHandlersTest, SyncSaysWhichProtocolItMeans) {
    SyncGroupRequest request;
    request.group_id = "readers";
    EXPECT_EQ(ask<SyncGroupResponse>(request, 5).error_code, ErrorCode::inconsistent_group_protocol);
    EXPECT_EQ(ask<SyncGroupResponse>(request, 4).error_code, ErrorCode::unknown_member_id);
}

TEST_F(GroupHandlersTest, OffsetsComeBack) {
    const auto member = alone();
    commit(member, "pins", 1);
    OffsetFetchRequest request;
    request.group_id = "readers";
    request.topics = {{"pins", {}, {0, 1}}, {"nowhere", {}, {0}}};
    const auto fetched = ask<OffsetFetchResponse>(request, 7);
    ASSERT_EQ(fetched.topics.size(), 2U);
    EXPECT_EQ(fetched.topics[0].partitions.at(0).committed_offset, -1);
    const auto& one = fetched.topics[0].partitions.at(1);
    EXPECT_EQ(one.committed_offset, 42);
    EXPECT_EQ(one.committed_leader_epoch, 3);
    EXPECT_EQ(one.metadata, "note");
    request.topics.reset();
    const auto all = ask<OffsetFetchResponse>(request, 7);
    ASSERT_EQ(all.topics.size(), 1U);
    EXPECT_EQ(all.topics[0].partitions.at(0).index, 1);
    OffsetFetchRequest several;
    several.groups = {{"readers", {}, -1, {}}, {"others", {}, -1, {}}};
    for (const int16_t version : {8, 9}) {
        const auto groups = ask<OffsetFetchResponse>(several, version).groups;
        EXPECT_EQ(groups.at(0).topics.size(), 1U);
        EXPECT_EQ(groups.at(1).topics.size(), 0U);
    }
}

TEST_F(GroupHandlersTest, OffsetsGoByTopicIds) {
    const auto member = alone();
    const Uuid pins = topics_->find("pins")->id;
    const Uuid nobodys = Uuid::random();
    OffsetCommitRequest put;
    put.group_id = "readers";
    put.generation_id = member.generation_id;
    put.member_id = member.member_id;
    put.topics = {{"pins", pins, {{1, 42, 3, "note"}, {2, 1, 3, ""}}}, {"pins", nobodys, {{0, 1, 3, ""}}}};
    const auto done = ask<OffsetCommitResponse>(put, 10).topics;
    EXPECT_EQ(done.at(0).topic_id, pins);
    EXPECT_EQ(done.at(0).partitions.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(done.at(0).partitions.at(1).error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(done.at(1).topic_id, nobodys);
    EXPECT_EQ(done.at(1).partitions.at(0).error_code, ErrorCode::unknown_topic_id);
    OffsetFetchRequest request;
    request.groups = {{"readers", {}, -1, {{{"", nobodys, {7}}, {"", pins, {0, 1}}}}}, {"readers", {}, -1, {}}};
    const auto groups = ask<OffsetFetchResponse>(request, 10).groups;
    EXPECT_EQ(groups.at(0).topics.at(0).partitions.at(0).error_code, ErrorCode::unknown_topic_id);
    EXPECT_EQ(groups.at(0).topics.at(0).partitions.at(0).index, 7);
    EXPECT_EQ(groups.at(0).topics.at(1).partitions.at(0).committed_offset, -1);
    EXPECT_EQ(groups.at(0).topics.at(1).partitions.at(1).committed_offset, 42);
    EXPECT_EQ(groups.at(0).topics.at(1).topic_id, pins);
    EXPECT_EQ(groups.at(1).topics.at(0).topic_id, pins) << "all that were committed";
    ASSERT_TRUE(topics_->remove("pins"));
    EXPECT_TRUE(ask<OffsetFetchResponse>(request, 10).groups.at(1).topics.empty()) << "without an id";
}

TEST_F(GroupHandlersTest, AGroupThatIsNotThereIsSaidToBeSo) {
    OffsetCommitRequest request;
    request.group_id = "nobody";
    request.generation_id = 3;
    request.member_id = "m";
    request.topics = {{"pins", {}, {{0, 1, -1, ""}}}};
    const auto error = [&](int16_t version) {
        return ask<OffsetCommitResponse>(request, version).topics.at(0).partitions.at(0).error_code;
    };
    EXPECT_EQ(error(8), ErrorCode::illegal_generation);
    EXPECT_EQ(error(9), ErrorCode::group_id_not_found);
}

TEST_F(GroupHandlersTest, ToolsSeeGroups) {
    const auto member = alone();
    ListGroupsRequest list;
    list.states_filter = {"stable"};
    ASSERT_EQ(ask<ListGroupsResponse>(list, 4).groups.size(), 1U);
    list.states_filter = {"Empty"};
    EXPECT_EQ(ask<ListGroupsResponse>(list, 4).groups.size(), 0U);
    DescribeGroupsRequest describe;
    describe.groups = {"readers", "nobody"};
    describe.include_authorized_operations = true;
    const auto groups = ask<DescribeGroupsResponse>(describe, 4).groups;
    EXPECT_EQ(groups.at(0).state, "Stable");
    EXPECT_EQ(groups.at(0).protocol_data, "range");
    EXPECT_EQ(groups.at(0).authorized_operations, 0b1101'0100'1000);
    EXPECT_EQ(groups.at(0).members.at(0).client_host, "/127.0.0.1");
    EXPECT_EQ(groups.at(0).members.at(0).member_assignment, blob("share"));
    EXPECT_EQ(groups.at(1).state, "Dead");
    EXPECT_EQ(groups.at(1).error_code, ErrorCode::none);
    EXPECT_EQ(ask<DescribeGroupsResponse>(describe, 6).groups.at(1).error_code, ErrorCode::group_id_not_found);
    EXPECT_EQ(remove(), ErrorCode::non_empty_group);
    leave(member);
    EXPECT_EQ(remove(), ErrorCode::none);
    EXPECT_EQ(remove(), ErrorCode::group_id_not_found);
}

TEST_F(GroupHandlersTest, OffsetsAreDeleted) {
    const auto member = alone();
    commit(member, "pins", 0);
    OffsetDeleteRequest request;
    request.group_id = "readers";
    request.topics = {{"pins", {{0}}}, {"nowhere", {{0}}}};
    const auto refused = ask<OffsetDeleteResponse>(request, 0);
    EXPECT_EQ(refused.topics.at(0).partitions.at(0).error_code, ErrorCode::group_subscribed_to_topic);
    EXPECT_EQ(refused.topics.at(1).partitions.at(0).error_code, ErrorCode::unknown_topic_or_partition);
    leave(member);
    EXPECT_EQ(ask<OffsetDeleteResponse>(request, 0).topics.at(0).partitions.at(0).error_code, ErrorCode::none);
    EXPECT_TRUE(groups_->fetch("readers", {}, false).empty());
    request.group_id = "nobody";
    EXPECT_EQ(ask<OffsetDeleteResponse>(request, 0).error_code, ErrorCode::group_id_not_found);
}

}  // namespace
}  // namespace pinflow::kafka
