#include "broker/groups.h"

#include <thread>

#include "broker/groups_fixture.h"
#include "broker/groups_timer.h"

namespace pinflow::broker {
namespace {

const MemberRef no_asker;

TEST_F(GroupsWorld, NothingIsMadeBeforeTheFirstGroup) {
    EXPECT_EQ(topics_->find(offsets_topic), nullptr);
    EXPECT_TRUE(groups_->list().empty());
    EXPECT_EQ(groups_->describe("g"), std::nullopt);
    EXPECT_EQ(committed("g"), -1);
    EXPECT_EQ(groups_->heartbeat("g", no_asker), GroupError::unknown_member_id);
    EXPECT_EQ(join("g", request("c-1")).get().error, GroupError::unknown_member_id);
    EXPECT_EQ(remove("g"), GroupError::group_id_not_found);
    EXPECT_EQ(groups_->leave("g", {}).value().size(), 0U);
    alone("g");
    ASSERT_NE(topics_->find(offsets_topic), nullptr);
    EXPECT_EQ(topics_->find(offsets_topic)->config.at("cleanup.policy"), "compact");
    EXPECT_EQ(groups_->partition_of("g"), 0);
}

TEST_F(GroupsWorld, GroupsNeedAName) {
    EXPECT_EQ(join("", request()).get().error, GroupError::invalid_group_id);
    EXPECT_EQ(join(std::string(40'000, 'g'), request()).get().error, GroupError::invalid_group_id);
    EXPECT_EQ(sync("", no_asker).get().error, GroupError::invalid_group_id);
    EXPECT_EQ(groups_->heartbeat("", no_asker), GroupError::invalid_group_id);
    EXPECT_EQ(groups_->leave("", {}).error(), GroupError::invalid_group_id);
    EXPECT_EQ(commit("", no_asker, 5), GroupError::none) << "old simple consumers";
    EXPECT_EQ(commit_in_transaction(1, "", 5), GroupError::invalid_group_id);
}

TEST_F(GroupsWorld, RefusedFirstJoinLeavesNoGroup) {
    JoinRequest odd = request();
    odd.session_timeout_ms = 1;
    EXPECT_EQ(join("g", odd).get().error, GroupError::invalid_session_timeout);
    EXPECT_TRUE(groups_->list().empty());
}

TEST_F(GroupsWorld, MembersCommitAndFetchWithMetadata) {
    const MemberRef member = alone("g");
    EXPECT_EQ(commit("g", member, 42), GroupError::none);
    const FetchedOffset found = groups_->fetch("g", std::nullopt, false).at(0);
    EXPECT_EQ(found.partition, (TopicPartition{"pins", 0}));
    EXPECT_EQ(found.committed.offset, 42);
    EXPECT_EQ(found.committed.leader_epoch, 4);
    EXPECT_EQ(found.committed.metadata, "note");
    EXPECT_EQ(committed("g", {"pins", 1}), -1);
    EXPECT_EQ(commit("g", {member.member_id, {}, 0}, 43), GroupError::illegal_generation);
    EXPECT_EQ(commit("g", no_asker, 43), GroupError::unknown_member_id);
    EXPECT_EQ(commit("other", {"c-1", {}, 3}, 43), GroupError::illegal_generation) << "a group that is gone";
    EXPECT_EQ(committed("g"), 42);
}

TEST_F(GroupsWorld, SimpleConsumersCommitWithoutAGroup) {
    EXPECT_EQ(commit("simple", no_asker, 7), GroupError::none);
    EXPECT_EQ(committed("simple"), 7);
    EXPECT_EQ(groups_->describe("simple")->state, GroupState::empty);
    EXPECT_EQ(groups_->list().at(0).protocol_type, "");
    restart();
    EXPECT_EQ(committed("simple"), 7);
}

TEST_F(GroupsWorld, LongMetadataIsRefusedAlone) {
    std::string accents;
    for (int i = 0; i < 4096; ++i) accents += "\xc3\xa9";  // Kafka counts characters
    Heard<CommitAnswer> heard;
    groups_->commit("g",
                    {no_asker,
                     {{{"pins", 0}, 1, -1, std::string(4097, 'x')},
                      {{"pins", 1}, 2, -1, accents},
                      {{"pins", 2}, 3, -1, accents + "x"}}},
                    heard.to());
    EXPECT_EQ(heard.get(), (CommitAnswer{GroupError::offset_metadata_too_large, GroupError::none,
                                         GroupError::offset_metadata_too_large}));
    EXPECT_EQ(committed("g", {"pins", 0}), -1);
    EXPECT_EQ(committed("g", {"pins", 1}), 2);
}

TEST_F(GroupsWorld, RestartKeepsMembersGenerationSharesAndOffsets) {
    const MemberRef member = alone("g");
    EXPECT_EQ(commit("g", member, 10), GroupError::none);
    EXPECT_EQ(commit("g", member, 11), GroupError::none);
    restart();
    EXPECT_EQ(groups_->describe("g")->state, GroupState::stable);
    EXPECT_EQ(groups_->describe("g")->members.at(0).assignment, "share");
    EXPECT_EQ(groups_->heartbeat("g", member), GroupError::none);
    EXPECT_EQ(sync("g", member).get().assignment, "share");
    EXPECT_EQ(committed("g"), 11);
    EXPECT_EQ(commit("g", member, 12), GroupError::none);
}

TEST_F(GroupsWorld, MemberThatDoesNotComeBackAfterARestartIsDropped) {
    const MemberRef member = alone("g");
    restart();
    pass(9'999);
    EXPECT_EQ(groups_->describe("g")->members.size(), 1U);
    pass(1);
    EXPECT_EQ(groups_->describe("g")->state, GroupState::empty);
    EXPECT_EQ(groups_->heartbeat("g", member), GroupError::unknown_member_id);
    alone("other");  // its record comes after the empty group's, which is durable then
    restart();
    EXPECT_EQ(groups_->describe("g")->state, GroupState::empty);
    EXPECT_EQ(groups_->describe("g")->protocol_type, "consumer");
}

TEST_F(GroupsWorld, PowerLossAmidCommitsKeepsWhatWasAcked) {
    const MemberRef member = alone("g");
    for (int round = 0; round < 20; ++round) {
        std::vector<Heard<CommitAnswer>> answers;
        for (int i = 0; i < 20; ++i) answers.push_back(begin_commit("g", member, round * 100 + i));
        if (round % 2 == 0) answers[static_cast<size_t>(round % 7)].get();
        disk_.power_loss();
        end();
        int64_t acked = -1;
        for (size_t i = 0; i < answers.size(); ++i)
            if (answers[i].come() && answers[i].get()[0] == GroupError::none)
                acked = round * 100 + static_cast<int64_t>(i);
        disk_.restart();
        start();
        EXPECT_GE(committed("g"), acked) << "round " << round;
        EXPECT_EQ(groups_->heartbeat("g", member), GroupError::none);
    }
}

TEST_F(GroupsWorld, CommitThatCannotBeStoredIsNotSeen) {
    const MemberRef member = alone("g");
    EXPECT_EQ(commit("g", member, 1), GroupError::none);
    disk_.limit_bytes(0);
    const GroupError error = begin_commit("g", member, 2, {"pins", 0}).get().at(0);
    disk_.limit_bytes(UINT64_MAX);
    EXPECT_EQ(error, GroupError::coordinator_not_available);
    EXPECT_EQ(committed("g"), 1);
}

TEST_F(GroupsWorld, FailedSyncIsToldAndNotSeen) {
    const MemberRef member = alone("g");
    EXPECT_EQ(commit("g", member, 1), GroupError::none);
    disk_.fail_syncs(2);  // the write-ahead log's, then the segment's
    EXPECT_EQ(commit("g", member, 2), GroupError::coordinator_not_available);
    EXPECT_EQ(committed("g"), 1);
}

TEST_F(GroupsWorld, CommitsOfOneMomentAreSeenInTheirOrder) {
    const MemberRef member = alone("g");
    std::vector<Heard<CommitAnswer>> answers;
    for (int i = 0; i < 200; ++i) answers.push_back(begin_commit("g", member, i));
    for (const auto& each : answers) EXPECT_EQ(each.get().at(0), GroupError::none);
    EXPECT_EQ(committed("g"), 199);
}

TEST_F(GroupsWorld, StopTellsWhoeverWaits) {
    const MemberRef first = alone("g");
    const JoinAnswer second = join("g", request()).get();
    const auto waiting = join("g", request(second.member_id));
    EXPECT_FALSE(waiting.come());
    groups_->stop();
    EXPECT_EQ(waiting.get().error, GroupError::coordinator_not_available);
    EXPECT_EQ(groups_->heartbeat("g", first), GroupError::coordinator_not_available);
    EXPECT_EQ(join("g", request()).get().error, GroupError::coordinator_not_available);
    EXPECT_EQ(commit("g", first, 1), GroupError::coordinator_not_available);
    EXPECT_EQ(groups_->next_deadline_ms(), never_ms);
    restart();
    EXPECT_EQ(groups_->heartbeat("g", first), GroupError::none) << "stopping is not leaving";
}

TEST_F(GroupsWorld, EarlierDeadlinesAreToldAndFound) {
    int told = 0;
    groups_->on_earlier_deadline([&] { ++told; });
    const int64_t idle = groups_->next_deadline_ms();
    const MemberRef member = alone("g");
    EXPECT_GT(told, 0);
    EXPECT_LT(groups_->next_deadline_ms(), idle);
    EXPECT_EQ(groups_->next_deadline_ms(), clock_.steady_ms() + 10'000);
    pass(10'000);
    EXPECT_EQ(groups_->describe("g")->state, GroupState::empty);
    EXPECT_EQ(groups_->next_deadline_ms(), idle);
}

TEST_F(GroupsWorld, TimerTicksByItself) {
    const MemberRef member = alone("g");
    const GroupsTimer timer(groups_, clock_);
    const JoinAnswer second = join("g", request()).get();
    const auto waiting = join("g", request(second.member_id));
    clock_.passed_ms += 10'000;
    JoinRequest other = request();  // an earlier deadline wakes the timer, which finds the silent member
    other.session_timeout_ms = 6'000;
    join("h", other);
    EXPECT_EQ(waiting.get().members.size(), 1U);
}

TEST_F(GroupsWorld, ManyThreadsJoinCommitAndLeave) {
    std::atomic<int> commits = 0;
    // Told to rebalance, a member joins again under its id, as clients do: two that left instead could turn each
    // other away for minutes.
    const auto commit_once = [&](const std::string& group, const std::string& id, int number) {
        for (bool kept = false; !kept;) {
            const JoinAnswer in = join(group, request(id)).get();
            ASSERT_EQ(in.error, GroupError::none);
            const MemberRef me{id, {}, in.generation};
            std::vector<std::pair<std::string, std::string>> shares;
            for (const JoinedMember& each : in.members) shares.emplace_back(each.id, each.id);
            const SyncAnswer shared = sync(group, me, std::move(shares)).get();
            if (shared.error != GroupError::none) continue;
            EXPECT_EQ(shared.assignment, id);
            kept = commit(group, me, ++commits, {"pins", number}) == GroupError::none;
        }
    };
    const auto consume = [&](int number) {
        const std::string group = number % 2 == 0 ? "even" : "odd";
        for (int done = 0; done < 30; ++done) {
            const std::string id = join(group, request()).get().member_id;
            commit_once(group, id, number);
            leave(group, {id, {}, 0});
        }
    };
    {
        const GroupsTimer timer(groups_, clock_);
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) threads.emplace_back(consume, i);
    }
    for (const ListedGroup& each : groups_->list()) EXPECT_EQ(each.state, "Empty") << each.id;
    std::vector<int64_t> before;
    for (int i = 0; i < 4; ++i) before.push_back(committed(i % 2 == 0 ? "even" : "odd", {"pins", i}));
    restart();
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(committed(i % 2 == 0 ? "even" : "odd", {"pins", i}), before[static_cast<size_t>(i)]);
}

}  // namespace
}  // namespace pinflow::broker
