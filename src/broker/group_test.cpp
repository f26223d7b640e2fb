#include "broker/group.h"

#include "broker/group_fixture.h"

namespace pinflow::broker {
namespace {

TEST_F(GroupWorld, FirstJoinIsGivenAnIdToComeBackWith) {
    const CallId call = join(request());
    EXPECT_EQ(joins_.at(call).error, GroupError::member_id_required);
    EXPECT_EQ(joins_.at(call).member_id, "client-1");
    EXPECT_EQ(group_.size(), 0U);
    EXPECT_TRUE(group_.has_pending_members());
}

TEST_F(GroupWorld, OldClientsAreInAtOnce) {
    JoinRequest old = request();
    old.needs_known_id = false;
    old.rebalance_timeout_ms = -1;
    const CallId call = join(old);
    EXPECT_EQ(joins_.at(call).error, GroupError::none);
    EXPECT_EQ(joins_.at(call).generation, 1);
    EXPECT_EQ(joins_.at(call).leader, joins_.at(call).member_id);
}

TEST_F(GroupWorld, TwoMembersJoinAndSync) {
    auto [first, first_join] = arrive({{"range", "topics of first"}});
    EXPECT_EQ(joins_.at(first_join).generation, 1);
    auto [second, second_join] = arrive({{"range", "topics of second"}});
    EXPECT_FALSE(answered(second_join));
    EXPECT_EQ(heartbeat(first), GroupError::rebalance_in_progress);
    const CallId again = join(request(first, {{"range", "topics of first"}}));

    const JoinAnswer& leader = joins_.at(again);
    EXPECT_EQ(leader.generation, 2);
    EXPECT_EQ(leader.leader, first);
    EXPECT_EQ(leader.protocol, "range");
    EXPECT_EQ(leader.protocol_type, "consumer");
    ASSERT_EQ(leader.members.size(), 2U);
    EXPECT_EQ(leader.members[1].metadata, "topics of second");
    EXPECT_TRUE(joins_.at(second_join).members.empty());

    const CallId follower_sync = sync(second);
    EXPECT_FALSE(answered(follower_sync));
    const CallId leader_sync = sync(first, {{first, "a"}, {second, "b"}, {"stranger", "c"}});
    EXPECT_FALSE(answered(leader_sync)) << "the assignment is stored first";
    ASSERT_EQ(stores_.size(), 1U);
    EXPECT_EQ(stores_[0].record.generation, 2);
    ASSERT_EQ(stores_[0].record.members.size(), 2U);
    EXPECT_EQ(stores_[0].record.members[1].assignment, "b");
    EXPECT_EQ(stores_[0].record.members[1].subscription, "topics of second");
    stored();
    EXPECT_EQ(syncs_.at(leader_sync).assignment, "a");
    EXPECT_EQ(syncs_.at(follower_sync).assignment, "b");
    EXPECT_EQ(syncs_.at(follower_sync).protocol, "range");
    EXPECT_EQ(group_.state(), GroupState::stable);
    EXPECT_EQ(heartbeat(second), GroupError::none);
    EXPECT_EQ(syncs_.at(sync(second)).assignment, "b") << "an answer that was lost";
}

TEST_F(GroupWorld, ThirdMemberMakesEverybodyJoinAgain) {
    const auto ids = stable_group(2);
    auto [third, third_join] = arrive();
    EXPECT_EQ(heartbeat(ids[0]), GroupError::rebalance_in_progress);
    EXPECT_EQ(heartbeat(ids[1]), GroupError::rebalance_in_progress);
    EXPECT_EQ(syncs_.at(sync(ids[1])).error, GroupError::rebalance_in_progress);
    join(request(ids[0]));
    EXPECT_FALSE(answered(third_join));
    join(request(ids[1]));
    EXPECT_EQ(joins_.at(third_join).generation, 3);
    EXPECT_EQ(group_.state(), GroupState::completing_rebalance);
}

TEST_F(GroupWorld, LeaderLeavesAndTheEldestFollows) {
    const auto ids = stable_group(3);
    EXPECT_EQ(group_.leader(), ids[0]);
    EXPECT_EQ(leave(ids[0]), GroupError::none);
    EXPECT_EQ(leave(ids[0]), GroupError::unknown_member_id);
    EXPECT_EQ(group_.state(), GroupState::preparing_rebalance);
    join(request(ids[2]));
    const CallId last = join(request(ids[1]));
    EXPECT_EQ(joins_.at(last).leader, ids[1]);
    EXPECT_EQ(joins_.at(last).members.size(), 2U);
}

TEST_F(GroupWorld, LastMemberLeavesAndTheGroupIsStoredEmpty) {
    const auto ids = stable_group(1);
    leave(ids[0]);
    EXPECT_EQ(group_.state(), GroupState::empty);
    ASSERT_EQ(stores_.size(), 1U);
    EXPECT_EQ(stores_[0].record.generation, 2);
    EXPECT_TRUE(stores_[0].record.members.empty());
    EXPECT_EQ(stores_[0].record.protocol_type, "consumer");
    EXPECT_EQ(stores_[0].record.protocol, std::nullopt);
    EXPECT_EQ(heartbeat(ids[0]), GroupError::unknown_member_id);
}

TEST_F(GroupWorld, ManyLeaveInOneCall) {
    const auto ids = stable_group(3);
    Effects effects;
    const std::vector<LeavingMember> leaving{{ids[0], {}}, {"nobody", {}}, {"", "no such instance"}, {ids[1], {}}};
    const auto left = group_.leave(leaving, now_ms_, effects);
    EXPECT_EQ(left[0].error, GroupError::none);
    EXPECT_EQ(left[1].error, GroupError::unknown_member_id);
    EXPECT_EQ(left[2].error, GroupError::unknown_member_id);
    EXPECT_EQ(left[3].error, GroupError::none);
    EXPECT_EQ(group_.size(), 1U);
    EXPECT_EQ(group_.state(), GroupState::preparing_rebalance);
}

TEST_F(GroupWorld, ProtocolNobodyElseKnowsIsRefused) {
    stable_group(1);
    EXPECT_EQ(joins_.at(join(request("", {{"sticky", "m"}}))).error, GroupError::inconsistent_group_protocol);
    JoinRequest connect = request();
    connect.protocol_type = "connect";
    EXPECT_EQ(joins_.at(join(connect)).error, GroupError::inconsistent_group_protocol);
}

TEST_F(GroupWorld, EmptyProtocolsAreRefusedByAnEmptyGroup) {
    EXPECT_EQ(joins_.at(join(request("", {}))).error, GroupError::inconsistent_group_protocol);
    JoinRequest none = request();
    none.protocol_type = "";
    EXPECT_EQ(joins_.at(join(none)).error, GroupError::inconsistent_group_protocol);
}

TEST_F(GroupWorld, MostVotesAmongWhatAllKnowDecide) {
    auto [a, join_a] = arrive({{"range", ""}, {"sticky", ""}, {"own", ""}});
    auto [b, join_b] = arrive({{"sticky", ""}, {"range", ""}});
    auto [c, join_c] = arrive({{"sticky", ""}, {"sticky", ""}, {"range", ""}});
    join(request(a, {{"range", ""}, {"sticky", ""}, {"own", ""}}));
    EXPECT_EQ(joins_.at(join_b).protocol, "sticky");
    EXPECT_EQ(joins_.at(join_c).protocol, "sticky");
}

TEST_F(GroupWorld, FollowerThatAsksAgainWithTheSameMetadataChangesNothing) {
    const auto ids = stable_group(2);
    const CallId again = join(request(ids[1]));
    EXPECT_EQ(joins_.at(again).error, GroupError::none);
    EXPECT_EQ(joins_.at(again).generation, group_.generation());
    EXPECT_TRUE(joins_.at(again).members.empty());
    EXPECT_EQ(group_.state(), GroupState::stable);
}

TEST_F(GroupWorld, FollowerWithNewMetadataOrALeaderThatJoinsStartsARebalance) {
    const auto ids = stable_group(2);
    EXPECT_FALSE(answered(join(request(ids[1], {{"range", "other topics"}}))));
    EXPECT_EQ(group_.state(), GroupState::preparing_rebalance);
    join(request(ids[0]));
    share_out(ids);
    EXPECT_FALSE(answered(join(request(ids[0]))));
    EXPECT_EQ(group_.state(), GroupState::preparing_rebalance);
}

TEST_F(GroupWorld, LostJoinAnswerIsGivenAgainWhileTheLeaderSharesOut) {
    auto [id, call] = arrive();
    const CallId again = join(request(id));
    EXPECT_EQ(joins_.at(again).generation, 1);
    EXPECT_EQ(joins_.at(again).members.size(), 1U);
    EXPECT_EQ(group_.state(), GroupState::completing_rebalance);
}

TEST_F(GroupWorld, OlderOfTwoWaitingCallsIsAnswered) {
    const auto ids = stable_group(2);
    const CallId older = join(request(ids[0]));
    const CallId newer = join(request(ids[0]));
    EXPECT_EQ(joins_.at(older).error, GroupError::rebalance_in_progress);
    EXPECT_FALSE(answered(newer));
    join(request(ids[1]));
    const CallId first_sync = sync(ids[1]);
    const CallId second_sync = sync(ids[1]);
    EXPECT_EQ(syncs_.at(first_sync).error, GroupError::rebalance_in_progress);
    EXPECT_FALSE(answered(second_sync));
}

TEST_F(GroupWorld, WrongGenerationsMembersAndProtocolsAreTold) {
    const auto ids = stable_group(1);
    EXPECT_EQ(group_.heartbeat({ids[0], {}, 0}, now_ms_), GroupError::illegal_generation);
    EXPECT_EQ(heartbeat("nobody"), GroupError::unknown_member_id);
    EXPECT_EQ(syncs_.at(sync_as({ids[0], {}, 7})).error, GroupError::illegal_generation);
    EXPECT_EQ(syncs_.at(sync_as({"nobody", {}, 1})).error, GroupError::unknown_member_id);
    EXPECT_EQ(joins_.at(join(request("nobody"))).error, GroupError::unknown_member_id);
    Effects effects;
    group_.sync(99, {{ids[0], {}, 1}, "consumer", "sticky", {}}, now_ms_, effects);
    EXPECT_EQ(effects.syncs.at(0).second.error, GroupError::inconsistent_group_protocol);
}

TEST_F(GroupWorld, SessionTimeoutsOutsideTheLimitsAreRefused) {
    for (const int32_t ms : {-1, 0, 5'999, 1'800'001, INT32_MAX}) {
        JoinRequest odd = request();
        odd.session_timeout_ms = ms;
        EXPECT_EQ(joins_.at(join(odd)).error, GroupError::invalid_session_timeout);
    }
}

TEST_F(GroupWorld, FullGroupTakesNobodyElse) {
    config_.max_size = 2;
    const auto ids = stable_group(2);
    EXPECT_EQ(joins_.at(join(request())).error, GroupError::group_max_size_reached);
    EXPECT_EQ(group_.state(), GroupState::stable);
    EXPECT_FALSE(answered(join(request(ids[0])))) << "who is in may join again";
    join(request(ids[1]));
    EXPECT_EQ(group_.size(), 2U);
}

TEST_F(GroupWorld, IdsThatNobodyUsesAreNotGivenOutWithoutEnd) {
    config_.max_pending = 3;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(joins_.at(join(request())).error, GroupError::member_id_required);
    EXPECT_EQ(joins_.at(join(request())).error, GroupError::group_max_size_reached);
    pass(10'000);
    EXPECT_EQ(joins_.at(join(request())).error, GroupError::member_id_required);
}

TEST_F(GroupWorld, LeavingWithAnUnusedIdDisturbsNobody) {
    const auto ids = stable_group(1);
    const CallId call = join(request());
    EXPECT_EQ(leave(joins_.at(call).member_id), GroupError::none);
    EXPECT_FALSE(group_.has_pending_members());
    EXPECT_EQ(group_.state(), GroupState::stable);
}

TEST_F(GroupWorld, AssignmentThatCannotBeStoredMakesMembersJoinAgain) {
    auto [id, call] = arrive();
    const CallId waiting = sync(id, {{id, "a"}});
    stored(GroupError::coordinator_not_available);
    EXPECT_EQ(syncs_.at(waiting).error, GroupError::coordinator_not_available);
    EXPECT_EQ(group_.state(), GroupState::preparing_rebalance);
    join(request(id));
    EXPECT_EQ(group_.generation(), 2);
}

TEST_F(GroupWorld, AssignmentOfAnOldGenerationDoesNotCount) {
    auto [first, call] = arrive();
    const CallId waiting = sync(first, {{first, "old"}});
    auto [second, second_join] = arrive();
    EXPECT_EQ(syncs_.at(waiting).error, GroupError::rebalance_in_progress);
    join(request(first));
    stored();
    EXPECT_EQ(group_.state(), GroupState::completing_rebalance);
    EXPECT_EQ(group_.describe().members[0].assignment, "");
}

TEST_F(GroupWorld, CommitsNeedTheRunningGeneration) {
    EXPECT_EQ(group_.check_commit({}, false, now_ms_), GroupError::none) << "a consumer that assigns itself";
    const auto ids = stable_group(1);
    EXPECT_EQ(group_.check_commit({ids[0], {}, 1}, false, now_ms_), GroupError::none);
    EXPECT_EQ(group_.check_commit({ids[0], {}, 0}, false, now_ms_), GroupError::illegal_generation);
    EXPECT_EQ(group_.check_commit({"nobody", {}, 1}, false, now_ms_), GroupError::unknown_member_id);
    EXPECT_EQ(group_.check_commit({}, false, now_ms_), GroupError::unknown_member_id);
    EXPECT_EQ(group_.check_commit({}, true, now_ms_), GroupError::none) << "TxnOffsetCommit of old";
    EXPECT_EQ(group_.check_commit({ids[0], {}, 0}, true, now_ms_), GroupError::illegal_generation);
    join(request(ids[0]));
    EXPECT_EQ(group_.state(), GroupState::completing_rebalance);
    EXPECT_EQ(group_.check_commit({ids[0], {}, 2}, false, now_ms_), GroupError::rebalance_in_progress);
    EXPECT_EQ(group_.check_commit({ids[0], {}, 2}, true, now_ms_), GroupError::none);
}

TEST_F(GroupWorld, OnlyAnEmptyGroupMayBeRemoved) {
    EXPECT_EQ(group_.check_remove(), GroupError::none);
    const auto ids = stable_group(1);
    EXPECT_EQ(group_.check_remove(), GroupError::non_empty_group);
    const CallId waiting = join(request(ids[0]));
    const CallId sync_waits = sync(ids[0]);
    Effects effects;
    group_.die(effects);
    take(effects);
    EXPECT_EQ(joins_.at(waiting).error, GroupError::none);
    EXPECT_EQ(syncs_.at(sync_waits).error, GroupError::coordinator_not_available);
    EXPECT_EQ(group_.check_remove(), GroupError::group_id_not_found);
    EXPECT_EQ(joins_.at(join(request())).error, GroupError::coordinator_not_available);
    EXPECT_EQ(group_.check_commit({}, false, now_ms_), GroupError::coordinator_not_available);
}

TEST_F(GroupWorld, SubscribedTopicsAreReadFromConsumersMetadata) {
    const std::string topics("\0\3\0\0\0\2\0\4pins\0\4user", 18);
    const std::string metadata = topics + "what newer versions add";
    auto [id, call] = arrive({{"range", metadata}});
    EXPECT_TRUE(group_.knows_topics());
    EXPECT_TRUE(group_.subscribed_to("pins"));
    EXPECT_TRUE(group_.subscribed_to("user"));
    EXPECT_FALSE(group_.subscribed_to("geo"));
    join(request(id, {{"range", "nonsense"}}));
    EXPECT_FALSE(group_.knows_topics());
    EXPECT_TRUE(group_.subscribed_to("geo")) << "not known, so perhaps";
}

TEST_F(GroupWorld, ComesBackAsItWasStored) {
    const auto ids = stable_group(2);
    Group back("g", config_, group_.record(), now_ms_);
    EXPECT_EQ(back.state(), GroupState::stable);
    EXPECT_EQ(back.record(), group_.record());
    EXPECT_EQ(back.heartbeat({ids[1], {}, group_.generation()}, now_ms_), GroupError::none);
    EXPECT_EQ(back.describe().members[1].assignment, "share of " + ids[1]);
    Effects effects;
    back.tick(now_ms_ + 10'000, effects);
    EXPECT_EQ(back.state(), GroupState::empty) << "nobody called within the session";
}

}  // namespace
}  // namespace pinflow::broker
