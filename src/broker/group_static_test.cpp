// Static members (KIP-345): a restart within the session disturbs nobody.
#include "broker/group_fixture.h"

namespace pinflow::broker {
namespace {

class StaticMembers : public GroupWorld {
  protected:
    // Two static members, shared out. Their ids by instance.
    void SetUp() override {
        join(static_request("one"));
        one_ = group_.describe().members.at(0).id;
        const CallId two = join(static_request("two"));
        join(static_request("one", one_));
        two_ = joins_.at(two).member_id;
        sync(two_);
        sync(one_, {{one_, "a"}, {two_, "b"}});
        stored();
        ASSERT_EQ(group_.state(), GroupState::stable);
        ASSERT_EQ(group_.leader(), one_);
    }
    std::string one_, two_;
};

TEST_F(StaticMembers, GetTheirIdsWithoutASecondCall) {
    EXPECT_EQ(one_, "one-1");
    EXPECT_EQ(two_, "two-2");
}

TEST_F(StaticMembers, RestartedFollowerTakesItsPlaceWithoutARebalance) {
    const int32_t generation = group_.generation();
    const CallId back = join(static_request("two"));
    EXPECT_FALSE(answered(back)) << "its new id is stored first";
    ASSERT_EQ(stores_.size(), 1U);
    stored();
    const std::string fresh = joins_.at(back).member_id;
    EXPECT_NE(fresh, two_);
    EXPECT_EQ(joins_.at(back).generation, generation);
    EXPECT_EQ(group_.state(), GroupState::stable);
    EXPECT_EQ(syncs_.at(sync_as({fresh, "two", generation})).assignment, "b");
    EXPECT_EQ(heartbeat(one_), GroupError::none);
}

TEST_F(StaticMembers, PredecessorIsFenced) {
    const CallId back = join(static_request("two"));
    stored();
    ASSERT_TRUE(answered(back));
    EXPECT_EQ(group_.heartbeat({two_, "two", group_.generation()}, now_ms_), GroupError::fenced_instance_id);
    EXPECT_EQ(group_.check_commit({two_, "two", group_.generation()}, false, now_ms_), GroupError::fenced_instance_id);
    EXPECT_EQ(joins_.at(join(static_request("two", two_))).error, GroupError::fenced_instance_id);
    EXPECT_EQ(syncs_.at(sync_as({two_, "two", group_.generation()})).error, GroupError::fenced_instance_id);
    EXPECT_EQ(group_.heartbeat({"x", "never seen", 1}, now_ms_), GroupError::unknown_member_id);
}

TEST_F(StaticMembers, WaitingCallOfThePredecessorIsFenced) {
    const CallId waiting = join(static_request("one", one_));  // the leader joins again
    const CallId back = join(static_request("one"));
    EXPECT_EQ(joins_.at(waiting).error, GroupError::fenced_instance_id);
    EXPECT_FALSE(answered(back)) << "the rebalance waits for the other";
    join(static_request("two", two_));
    EXPECT_EQ(joins_.at(back).leader, joins_.at(back).member_id);
}

TEST_F(StaticMembers, RestartedLeaderIsNotAskedToShareOutAgain) {
    const CallId back = join(static_request("one"));
    stored();
    EXPECT_EQ(joins_.at(back).leader, one_) << "an old client is told its former id";
    EXPECT_TRUE(joins_.at(back).members.empty());
    JoinRequest newer = static_request("one");
    newer.can_skip_assignment = true;
    const CallId again = join(newer);
    stored();
    EXPECT_EQ(joins_.at(again).leader, joins_.at(again).member_id);
    EXPECT_TRUE(joins_.at(again).skip_assignment);
    EXPECT_EQ(joins_.at(again).members.size(), 2U);
}

TEST_F(StaticMembers, ReplacementThatCannotBeStoredIsTakenBack) {
    const CallId back = join(static_request("two"));
    stored(GroupError::coordinator_not_available);
    EXPECT_EQ(joins_.at(back).error, GroupError::coordinator_not_available);
    EXPECT_EQ(group_.heartbeat({two_, "two", group_.generation()}, now_ms_), GroupError::none);
    EXPECT_EQ(group_.state(), GroupState::stable);
}

TEST_F(StaticMembers, RestartDuringSharingOutBeginsAnew) {
    join(static_request("one", one_));
    join(static_request("two", two_));
    EXPECT_EQ(group_.state(), GroupState::completing_rebalance);
    const CallId back = join(static_request("two"));
    EXPECT_EQ(group_.state(), GroupState::preparing_rebalance);
    join(static_request("one", one_));
    EXPECT_EQ(joins_.at(back).error, GroupError::none);
}

TEST_F(StaticMembers, AbsentOneStaysThroughARebalanceButNotBeyondItsSession) {
    const auto one_joins = [&] { return join(static_request("one", one_)); };
    one_joins();
    pass(9'000);
    EXPECT_EQ(group_.size(), 2U);
    pass(1'000);
    EXPECT_EQ(group_.size(), 1U) << "its session is over";
    EXPECT_EQ(group_.state(), GroupState::completing_rebalance);
}

TEST_F(StaticMembers, LeaveByInstance) {
    Effects effects;
    const LeavingMember leaving{"", "two"};
    EXPECT_EQ(group_.leave(std::span(&leaving, 1), now_ms_, effects)[0].error, GroupError::none);
    EXPECT_EQ(group_.size(), 1U);
    const LeavingMember wrong{"someone", "one"};
    EXPECT_EQ(group_.leave(std::span(&wrong, 1), now_ms_, effects)[0].error, GroupError::fenced_instance_id);
}

}  // namespace
}  // namespace pinflow::broker
