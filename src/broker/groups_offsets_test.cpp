// Offsets of transactions, deletion of groups and offsets, expiry.
#include "broker/groups_fixture.h"

namespace pinflow::broker {
namespace {

const MemberRef nobody;

TEST_F(GroupsWorld, TransactionsOffsetsAreSeenOnceItCommits) {
    EXPECT_EQ(commit("g", nobody, 5), GroupError::none);
    EXPECT_EQ(commit_in_transaction(77, "g", 9), GroupError::none);
    EXPECT_EQ(committed("g"), 5);
    EXPECT_EQ(stable_error("g"), GroupError::unstable_offset_commit);
    EXPECT_EQ(end_transaction(77, true), GroupError::none);
    EXPECT_EQ(committed("g"), 9);
    EXPECT_EQ(stable_error("g"), GroupError::none);
    restart();
    EXPECT_EQ(committed("g"), 9);
}

TEST_F(GroupsWorld, AbortedTransactionsOffsetsNeverShow) {
    EXPECT_EQ(commit_in_transaction(77, "g", 9), GroupError::none);
    EXPECT_EQ(end_transaction(77, false), GroupError::none);
    EXPECT_EQ(committed("g"), -1);
    EXPECT_EQ(stable_error("g"), GroupError::none);
    restart();
    EXPECT_EQ(committed("g"), -1);
    EXPECT_EQ(end_transaction(77, true), GroupError::none) << "nothing is open";
    EXPECT_EQ(committed("g"), -1);
}

TEST_F(GroupsWorld, OpenTransactionIsOpenAfterARestart) {
    EXPECT_EQ(commit_in_transaction(77, "g", 9), GroupError::none);
    EXPECT_EQ(commit_in_transaction(78, "h", 3), GroupError::none);
    restart();
    EXPECT_EQ(stable_error("g"), GroupError::unstable_offset_commit);
    EXPECT_EQ(end_transaction(77, true), GroupError::none);
    EXPECT_EQ(committed("g"), 9);
    EXPECT_EQ(stable_error("h"), GroupError::unstable_offset_commit);
}

TEST_F(GroupsWorld, CommitAfterATransactionsCommitStays) {
    EXPECT_EQ(commit_in_transaction(77, "g", 9), GroupError::none);
    EXPECT_EQ(commit("g", nobody, 20), GroupError::none);
    EXPECT_EQ(end_transaction(77, true), GroupError::none);
    EXPECT_EQ(committed("g"), 20) << "it lies behind in the log";
    restart();
    EXPECT_EQ(committed("g"), 20);
}

TEST_F(GroupsWorld, ManyCommitsInOneTransactionAndInTheNext) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(commit_in_transaction(77, "g", i), GroupError::none);
    EXPECT_EQ(end_transaction(77, true), GroupError::none);
    EXPECT_EQ(committed("g"), 9);
    restart();
    for (int i = 10; i < 20; ++i) EXPECT_EQ(commit_in_transaction(77, "g", i), GroupError::none);
    EXPECT_EQ(end_transaction(77, false), GroupError::none);
    EXPECT_EQ(committed("g"), 9);
}

TEST_F(GroupsWorld, FencedProducerCommitsNoMore) {
    EXPECT_EQ(commit_in_transaction(77, "g", 1), GroupError::none);
    EXPECT_EQ(end_transaction(77, false, 1), GroupError::none) << "timed out: its successor has epoch 1";
    EXPECT_EQ(commit_in_transaction(77, "g", 2), GroupError::invalid_producer_epoch);
    EXPECT_EQ(stable_error("g"), GroupError::none);
    EXPECT_EQ(end_transaction(77, true, 0, {0}), GroupError::invalid_producer_epoch);
    EXPECT_EQ(committed("g"), -1);
}

TEST_F(GroupsWorld, MarkerFencesEvenWhereNothingWasCommitted) {
    alone("g");
    EXPECT_EQ(end_transaction(77, false, 1, {groups_->partition_of("g"), 99}), GroupError::none);
    EXPECT_EQ(commit_in_transaction(77, "h", 2), GroupError::invalid_producer_epoch);
}

TEST_F(GroupsWorld, TransactionOverManyOffsetsPartitions) {
    end();
    options_.offsets_partitions = 8;
    start();
    for (char c = 'a'; c < 'k'; ++c) EXPECT_EQ(commit_in_transaction(77, std::string(1, c), c), GroupError::none);
    EXPECT_EQ(end_transaction(77, true), GroupError::none);
    restart();
    for (char c = 'a'; c < 'k'; ++c) EXPECT_EQ(committed(std::string(1, c)), c);
    EXPECT_EQ(topics_->find(offsets_topic)->partitions.size(), 8U);
    EXPECT_EQ(groups_->partition_of("a"), 97 % 8);
}

TEST_F(GroupsWorld, DeletedGroupIsGoneAfterARestartToo) {
    const MemberRef member = alone("g");
    EXPECT_EQ(commit("g", member, 1), GroupError::none);
    EXPECT_EQ(remove("g"), GroupError::non_empty_group);
    EXPECT_EQ(leave("g", member), GroupError::none);
    EXPECT_EQ(remove("g"), GroupError::none);
    EXPECT_EQ(groups_->describe("g"), std::nullopt);
    EXPECT_EQ(remove("g"), GroupError::group_id_not_found);
    restart();
    EXPECT_TRUE(groups_->list().empty());
    EXPECT_EQ(committed("g"), -1);
}

TEST_F(GroupsWorld, DeletionThatIsNotStoredDoesNotCount) {
    EXPECT_EQ(commit("g", nobody, 6), GroupError::none);
    disk_.fail_syncs(2);  // the write-ahead log's, then the segment's
    EXPECT_EQ(remove("g"), GroupError::coordinator_not_available);
    EXPECT_EQ(committed("g"), 6);
}

TEST_F(GroupsWorld, OffsetsOfTopicsThatAreReadCannotBeDeleted) {
    const MemberRef member = alone("g");
    EXPECT_EQ(commit("g", member, 1), GroupError::none);
    EXPECT_EQ(commit("g", member, 2, {"geo", 0}), GroupError::none);
    Heard<DeleteOffsetsAnswer> heard;
    groups_->delete_offsets("g", {{"pins", 0}, {"geo", 0}, {"geo", 5}}, heard.to());
    EXPECT_EQ(heard.get().partitions,
              (std::vector{GroupError::group_subscribed_to_topic, GroupError::none, GroupError::none}));
    EXPECT_EQ(committed("g", {"geo", 0}), -1);
    restart();
    EXPECT_EQ(committed("g", {"geo", 0}), -1);
    EXPECT_EQ(committed("g"), 1);
    Heard<DeleteOffsetsAnswer> unknown;
    groups_->delete_offsets("x", {{"pins", 0}}, unknown.to());
    EXPECT_EQ(unknown.get().error, GroupError::group_id_not_found);
}

TEST_F(GroupsWorld, OffsetsOfADeletedTopicGo) {
    EXPECT_EQ(commit("g", nobody, 1), GroupError::none);
    EXPECT_EQ(commit("g", nobody, 2, {"geo", 0}), GroupError::none);
    groups_->forget_topic("pins");
    EXPECT_EQ(commit("g", nobody, 3, {"geo", 1}), GroupError::none);
    EXPECT_EQ(committed("g"), -1);
    EXPECT_EQ(committed("g", {"geo", 0}), 2);
}

constexpr int64_t day_ms = 24LL * 3600 * 1000;

TEST_F(GroupsWorld, OffsetsExpireAWeekAfterTheGroupBecameEmpty) {
    const MemberRef member = alone("g");
    EXPECT_EQ(commit("g", member, 1), GroupError::none);
    for (int64_t day = 0; day < 20; ++day) {  // members there, nothing to commit
        clock_.passed_ms += day_ms;
        EXPECT_EQ(groups_->heartbeat("g", member), GroupError::none);
        groups_->tick();
    }
    EXPECT_EQ(committed("g"), 1);
    EXPECT_EQ(leave("g", member), GroupError::none);
    alone("other");
    restart();
    pass(7 * day_ms - 1);
    EXPECT_EQ(committed("g"), 1);
    pass(600'000);
    alone("another");
    EXPECT_EQ(committed("g"), -1);
    EXPECT_EQ(groups_->describe("g"), std::nullopt);
}

TEST_F(GroupsWorld, OffsetsOfTopicsNobodyReadsAnyMoreExpire) {
    const MemberRef member = alone("g");
    EXPECT_EQ(commit("g", member, 1), GroupError::none);
    EXPECT_EQ(commit("g", member, 2, {"geo", 0}), GroupError::none);
    clock_.passed_ms += 8 * day_ms;
    groups_->heartbeat("g", member);
    groups_->tick();
    EXPECT_EQ(commit("g", member, 3, {"pins", 1}), GroupError::none);
    EXPECT_EQ(committed("g"), 1);
    EXPECT_EQ(committed("g", {"geo", 0}), -1);
}

TEST_F(GroupsWorld, SimpleConsumersOffsetsExpireAWeekAfterTheirCommit) {
    EXPECT_EQ(commit("g", nobody, 1), GroupError::none);
    pass(4 * day_ms);
    EXPECT_EQ(commit("g", nobody, 2, {"pins", 1}), GroupError::none);
    pass(4 * day_ms);
    alone("other");
    EXPECT_EQ(committed("g"), -1);
    EXPECT_EQ(committed("g", {"pins", 1}), 2);
}

TEST_F(GroupsWorld, OffsetsWithARetentionOfTheirOwnExpireThen) {
    Heard<CommitAnswer> heard;
    groups_->commit("g", {nobody, {{{"pins", 0}, 1, -1, ""}}, 1'000'000}, heard.to());
    EXPECT_EQ(heard.get().at(0), GroupError::none);
    restart();
    pass(999'999);
    EXPECT_EQ(committed("g"), 1);
    pass(600'000);
    alone("other");
    EXPECT_EQ(committed("g"), -1);
}

TEST_F(GroupsWorld, OffsetsOfAnOpenTransactionDoNotExpire) {
    EXPECT_EQ(commit("g", nobody, 1), GroupError::none);
    EXPECT_EQ(commit_in_transaction(77, "g", 9), GroupError::none);
    pass(30 * day_ms);
    alone("other");
    EXPECT_EQ(committed("g"), 1);
    EXPECT_EQ(stable_error("g"), GroupError::unstable_offset_commit);
}

}  // namespace
}  // namespace pinflow::broker
