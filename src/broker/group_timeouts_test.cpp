// What happens to those who do not call.
#include "broker/group_fixture.h"

namespace pinflow::broker {
namespace {

TEST_F(GroupWorld, IdThatIsNotUsedLapses) {
    const CallId call = join(request());
    pass(9'999);
    EXPECT_TRUE(group_.has_pending_members());
    pass(1);
    EXPECT_FALSE(group_.has_pending_members());
    EXPECT_EQ(joins_.at(join(request(joins_.at(call).member_id))).error, GroupError::unknown_member_id);
    EXPECT_EQ(group_.next_deadline_ms(), never_ms);
}

TEST_F(GroupWorld, RebalanceWaitsForAnIdThatWasGivenOut) {
    const auto ids = stable_group(1);
    join(request());  // MEMBER_ID_REQUIRED, and never seen again
    const CallId waiting = join(request(ids[0]));
    EXPECT_FALSE(answered(waiting));
    pass(10'000);
    EXPECT_EQ(joins_.at(waiting).generation, 2);
}

TEST_F(GroupWorld, SilentMemberOfAStableGroupIsDropped) {
    const auto ids = stable_group(2);
    pass(6'000);
    EXPECT_EQ(heartbeat(ids[0]), GroupError::none);
    pass(4'000);
    EXPECT_EQ(group_.state(), GroupState::preparing_rebalance);
    EXPECT_EQ(heartbeat(ids[1]), GroupError::unknown_member_id);
    EXPECT_EQ(heartbeat(ids[0]), GroupError::rebalance_in_progress);
}

TEST_F(GroupWorld, SilentMemberDuringARebalanceIsDroppedAndTheRestGoesOn) {
    const auto ids = stable_group(2);
    const CallId waiting = join(request(ids[0]));
    pass(10'000);
    EXPECT_EQ(joins_.at(waiting).generation, 3);
    EXPECT_EQ(group_.size(), 1U);
}

TEST_F(GroupWorld, SilentMemberWhileTheLeaderSharesOutStartsANewRebalance) {
    const auto ids = stable_group(2);
    join(request(ids[0]));
    join(request(ids[1]));
    ASSERT_EQ(group_.state(), GroupState::completing_rebalance);
    const CallId waiting = sync(ids[1]);
    pass(10'000);
    EXPECT_EQ(syncs_.at(waiting).error, GroupError::rebalance_in_progress);
    EXPECT_EQ(heartbeat(ids[0]), GroupError::unknown_member_id);
    EXPECT_EQ(group_.leader(), ids[1]);
}

TEST_F(GroupWorld, CallThatWaitsKeepsItsMemberAlive) {
    const auto ids = stable_group(2);
    const CallId waiting = join(request(ids[0]));
    for (int i = 0; i < 5; ++i) {
        pass(9'000);
        EXPECT_EQ(heartbeat(ids[1]), GroupError::rebalance_in_progress);
    }
    EXPECT_FALSE(answered(waiting));
    EXPECT_EQ(group_.size(), 2U);
}

TEST_F(GroupWorld, RebalanceTimeoutDropsThoseWhoDidNotJoinAgain) {
    const auto ids = stable_group(3);
    const CallId waiting = join(request(ids[1], {{"range", "changed"}}));
    for (int i = 0; i < 7; ++i) {
        pass(8'500);
        heartbeat(ids[0]);  // alive, but busy with its records
        heartbeat(ids[2]);
    }
    EXPECT_FALSE(answered(waiting));
    pass(500);
    EXPECT_EQ(joins_.at(waiting).leader, ids[1]);
    EXPECT_EQ(joins_.at(waiting).members.size(), 1U);
    EXPECT_EQ(heartbeat(ids[0]), GroupError::unknown_member_id);
}

TEST_F(GroupWorld, ThoseWhoNeverSyncAreDroppedAfterTheRebalanceTimeout) {
    const auto ids = stable_group(2);
    join(request(ids[0]));
    join(request(ids[1]));
    sync(ids[0], {{ids[0], "a"}, {ids[1], "b"}});
    stored();
    EXPECT_EQ(group_.state(), GroupState::stable);
    for (int i = 0; i < 8; ++i) {
        pass(7'500);
        heartbeat(ids[0]);
        if (i < 7) EXPECT_EQ(heartbeat(ids[1]), GroupError::none);
    }
    EXPECT_EQ(group_.state(), GroupState::preparing_rebalance);
    EXPECT_EQ(heartbeat(ids[1]), GroupError::unknown_member_id);
}

TEST_F(GroupWorld, NewMembersWaitForTheirFirstGenerationOnlySoLong) {
    config_.new_member_timeout_ms = 30'000;
    const auto ids = stable_group(1);
    auto [fresh, waiting] = arrive();
    for (int i = 0; i < 4; ++i) {
        pass(7'500);
        heartbeat(ids[0]);
    }
    EXPECT_EQ(joins_.at(waiting).error, GroupError::unknown_member_id);
}

TEST_F(GroupWorld, FirstRebalanceWaitsWhileMembersKeepComing) {
    config_.initial_rebalance_delay_ms = 3'000;
    auto [a, join_a] = arrive();
    pass(2'900);
    auto [b, join_b] = arrive();
    EXPECT_FALSE(answered(join_a));
    pass(100);
    EXPECT_FALSE(answered(join_a)) << "somebody came: another 3 s";
    pass(2'999);
    EXPECT_FALSE(answered(join_a));
    pass(1);
    EXPECT_EQ(joins_.at(join_a).generation, 1);
    EXPECT_EQ(joins_.at(join_b).generation, 1);
}

TEST_F(GroupWorld, FirstRebalanceDoesNotWaitForEver) {
    config_.initial_rebalance_delay_ms = 20'000;
    auto [a, join_a] = arrive();
    for (int second = 1; second < 60; ++second) {
        pass(1'000);
        if (second % 10 == 0) arrive();
        EXPECT_FALSE(answered(join_a)) << second;
    }
    pass(1'000);
    EXPECT_EQ(joins_.at(join_a).members.size(), 6U) << "60 s, its rebalance timeout";
}

TEST_F(GroupWorld, AllLeaveDuringTheFirstWait) {
    config_.initial_rebalance_delay_ms = 3'000;
    auto [a, join_a] = arrive();
    EXPECT_EQ(leave(a), GroupError::none);
    EXPECT_EQ(joins_.at(join_a).error, GroupError::unknown_member_id);
    pass(3'000);
    EXPECT_EQ(group_.state(), GroupState::empty);
}

TEST_F(GroupWorld, RebalanceTimeoutOfZeroDoesNotSpin) {
    JoinRequest odd = static_request("i");
    odd.rebalance_timeout_ms = 0;
    const CallId call = join(odd);
    const std::string id = joins_.at(call).member_id;
    odd.member_id = id;
    arrive();
    EXPECT_GT(group_.next_deadline_ms(), now_ms_ - 1);
    for (int i = 0; i < 3; ++i) pass(0);
    EXPECT_LE(group_.size(), 2U);
}

}  // namespace
}  // namespace pinflow::broker
