// Groups of the consumer protocol in the coordinator: what is stored, what a restart finds, and the way from one
// protocol to the other.
#include <thread>

#include "broker/consumer_group_fixture.h"
#include "broker/groups_fixture.h"

namespace pinflow::broker {
namespace {

class GroupsConsumerTest : public GroupsWorld {
  protected:
    void SetUp() override {
        GroupsWorld::SetUp();
        ASSERT_TRUE(topics_->create("pins", 4));
    }
    Heard<ConsumerAnswer> begin(ConsumerHeartbeat beat, const std::string& group = "g") {
        Heard<ConsumerAnswer> heard;
        groups_->consumer_heartbeat(group, std::move(beat), heard.to());
        return heard;
    }
    ConsumerAnswer send(ConsumerClient& client) {
        const auto answer = begin(client.beat()).get();
        client.hear(answer);
        return answer;
    }
    using GroupsWorld::leave;
    ConsumerAnswer leave(ConsumerClient& client) {
        auto bye = client.beat();
        bye.member_epoch = leaving_epoch;
        return begin(bye).get();
    }
    GroupError commit_at(const ConsumerClient& client, int32_t epoch, bool knows_epochs = true) {
        Heard<CommitAnswer> heard;
        groups_->commit("g", {{client.id, {}, epoch}, {{{"pins", 0}, 42, -1, ""}}, -1, knows_epochs}, heard.to());
        return heard.get().at(0);
    }
    std::string listed() {
        std::string text;
        for (const ListedGroup& each : groups_->list())
            text +=
                each.id + ":" + each.protocol_type + ":" + std::string(each.type) + ":" + std::string(each.state) + " ";
        return text;
    }
    ConsumerClient a_{.id = "a", .topics = {"pins"}};
    ConsumerClient b_{.id = "b", .topics = {"pins"}};
};

TEST_F(GroupsConsumerTest, ARestartKeepsMembersEpochsAndAssignments) {
    EXPECT_EQ(send(a_).assignment->size(), 4u);
    send(b_);
    send(a_);
    const auto before = groups_->describe_consumer("g").value();
    lose_power();
    const auto after = groups_->describe_consumer("g").value();
    EXPECT_EQ(after.epoch, before.epoch);
    EXPECT_EQ(after.assignment_epoch, before.assignment_epoch);
    EXPECT_EQ(after.members.size(), 2u);
    EXPECT_EQ(after.members[0].member.revoking, before.members[0].member.revoking);
    EXPECT_EQ(send(a_).member_epoch, 2);
    EXPECT_EQ(send(b_).assignment->size(), 2u);
    EXPECT_EQ(commit_at(a_, 2), GroupError::none);
    pass(45'000);
    EXPECT_EQ(groups_->describe_consumer("g")->state, ConsumerGroupState::empty) << "sessions began anew, and ended";
    restart();
    EXPECT_EQ(listed(), "g:consumer:consumer:Empty ");
    EXPECT_EQ(committed("g"), 42);
}

TEST_F(GroupsConsumerTest, AnswersWaitForTheDisk) {
    send(a_);
    disk_.fail_syncs(2);  // the write-ahead log's, then the segment's
    EXPECT_EQ(send(b_).error, GroupError::coordinator_not_available);
    restart();
    EXPECT_EQ(groups_->describe_consumer("g")->members.size(), 1u) << "b was never told that it is in";
}

TEST_F(GroupsConsumerTest, WhatCouldNotBeStoredIsTriedAgain) {
    send(a_);
    disk_.limit_bytes(0);
    EXPECT_EQ(send(b_).error, GroupError::coordinator_not_available);
    disk_.limit_bytes(UINT64_MAX);
    ConsumerClient same = a_;
    for (int i = 0; i < 500 && send(same).error != GroupError::none; ++i) {  // the log takes its time to be well again
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        same = a_;
    }
    restart();
    EXPECT_EQ(groups_->describe_consumer("g")->members.size(), 2u);
    EXPECT_EQ(send(b_).error, GroupError::none);
}

TEST_F(GroupsConsumerTest, CommitsAreCheckedByEpoch) {
    EXPECT_EQ(commit_at(a_, 1), GroupError::group_id_not_found);
    send(a_);
    EXPECT_EQ(commit_at(a_, 1), GroupError::none);
    EXPECT_EQ(commit_at(a_, 2), GroupError::stale_member_epoch);
    EXPECT_EQ(commit_at(a_, 1, false), GroupError::unsupported_version);
    EXPECT_EQ(commit_at(b_, 1), GroupError::unknown_member_id);
    EXPECT_EQ(groups_->check_fetch("g", "a", 1), GroupError::none);
    EXPECT_EQ(groups_->check_fetch("g", "a", 3), GroupError::stale_member_epoch);
    EXPECT_EQ(groups_->check_fetch("other", "a", 3), GroupError::none);
    Heard<DeleteOffsetsAnswer> heard;
    groups_->delete_offsets("g", {{"pins", 0}}, heard.to());
    EXPECT_EQ(heard.get().partitions.at(0), GroupError::group_subscribed_to_topic);
}

TEST_F(GroupsConsumerTest, OnlyEmptyGroupsChangeTheirProtocol) {
    const MemberRef classic = alone("g");
    EXPECT_EQ(commit("g", classic, 7), GroupError::none);
    EXPECT_EQ(send(a_).error, GroupError::group_id_not_found) << "the classic group has a member";
    leave("g", classic);
    EXPECT_EQ(send(a_).error, GroupError::none);
    EXPECT_EQ(listed(), "g:consumer:consumer:Stable ");
    EXPECT_EQ(groups_->describe("g"), std::nullopt);
    EXPECT_EQ(committed("g"), 7) << "offsets stay";
    EXPECT_EQ(join("g", request()).get().error, GroupError::inconsistent_group_protocol);
    EXPECT_EQ(join("g", request("x")).get().error, GroupError::unknown_member_id);
    restart();
    EXPECT_EQ(listed(), "g:consumer:consumer:Stable ");
    EXPECT_EQ(leave(a_).error, GroupError::none);
    JoinRequest refused = request();
    refused.session_timeout_ms = 1;
    EXPECT_EQ(join("g", refused).get().error, GroupError::invalid_session_timeout);
    EXPECT_EQ(listed(), "g:consumer:consumer:Empty ");
    alone("g");
    EXPECT_EQ(listed(), "g:consumer:classic:Stable ");
    restart();
    EXPECT_EQ(listed(), "g:consumer:classic:Stable ");
    EXPECT_EQ(committed("g"), 7);
}

TEST_F(GroupsConsumerTest, ARefusedMemberLeavesNoTrace) {
    ConsumerClient bad{.id = "a", .pattern = "(("};
    EXPECT_EQ(send(bad).error, GroupError::invalid_regular_expression);
    EXPECT_EQ(begin(a_.beat(), "").get().error, GroupError::invalid_request);
    EXPECT_EQ(begin({.member_id = "a", .member_epoch = 4}).get().error, GroupError::group_id_not_found);
    EXPECT_EQ(listed(), "");
}

TEST_F(GroupsConsumerTest, DeletedItIsGoneForGood) {
    send(a_);
    commit_at(a_, 1);
    EXPECT_EQ(remove("g"), GroupError::non_empty_group);
    leave(a_);
    EXPECT_EQ(remove("g"), GroupError::none);
    EXPECT_EQ(listed(), "");
    restart();
    EXPECT_EQ(listed(), "");
    a_.epoch = 0;
    send(a_);
    leave(a_);
    disk_.fail_syncs(2);  // the write-ahead log's, then the segment's
    EXPECT_EQ(remove("g"), GroupError::coordinator_not_available);
    EXPECT_EQ(listed(), "g:consumer:consumer:Empty ") << "it could not be stored: it is still there";
}

TEST_F(GroupsConsumerTest, UnreadOffsetsExpire) {
    ASSERT_TRUE(topics_->create("geo", 1));
    send(a_);
    commit_at(a_, 1);
    Heard<CommitAnswer> heard;
    groups_->commit("g", {{"a", {}, 1}, {{{"geo", 0}, 3, -1, ""}}, -1, true}, heard.to());
    heard.get();
    for (int i = 0; i < 8; ++i) {
        clock_.passed_ms += 24LL * 3600 * 1000;
        send(a_);  // before anybody looks at its session
    }
    groups_->tick();
    EXPECT_EQ(committed("g"), 42) << "it is subscribed to";
    commit_at(a_, 1);  // stored behind what the tick wrote
    EXPECT_EQ(committed("g", {"geo", 0}), -1);
}

TEST_F(GroupsConsumerTest, NewPartitionsAreAssigned) {
    send(a_);
    ASSERT_TRUE(topics_->add_partitions("pins", 6));
    EXPECT_EQ(send(a_).assignment->size(), 6u);
    ASSERT_TRUE(topics_->remove("pins"));
    send(a_);
    EXPECT_TRUE(a_.owned.empty());
}

// More than fits into one batch of records.
TEST_F(GroupsConsumerTest, ABigGroupIsStoredInSeveralBatches) {
    ASSERT_TRUE(topics_->create("many", 1));
    std::vector<ConsumerClient> clients;
    for (int i = 0; i < 12; ++i) {
        ConsumerClient client{.id = std::to_string(i), .topics = {"pins"}};
        for (int k = 0; k < 600; ++k) client.topics.push_back(std::string(100, 'x') + std::to_string(k));
        send(client);
        clients.push_back(client);
    }
    groups_->forget_topic("pins");
    restart();
    EXPECT_EQ(groups_->describe_consumer("g")->members.size(), 12u);
}

}  // namespace
}  // namespace pinflow::broker
