#include "broker/consumer_group_fixture.h"

namespace pinflow::broker {
namespace {

TEST_F(ConsumerGroupTest, TheFirstMemberHasEverything) {
    EXPECT_EQ(name(group_.state()), "Empty");
    ConsumerClient client{.id = "a", .topics = {"pins", "absent", "pins"}};
    const auto answer = send(client);
    EXPECT_EQ(answer.member_id, "a");
    EXPECT_EQ(answer.member_epoch, 1);
    ASSERT_TRUE(answer.assignment);
    EXPECT_EQ(answer.assignment->size(), 4u);
    EXPECT_EQ(name(group_.state()), "Stable");
    EXPECT_FALSE(send(client).assignment) << "nothing new";
    EXPECT_EQ(client.epoch, 1);
}

TEST_F(ConsumerGroupTest, PartitionsAreGivenBackBeforeTheyGoOn) {
    auto a = join("a");
    auto b = join("b");
    EXPECT_EQ(b.epoch, 2);
    EXPECT_TRUE(b.owned.empty()) << "a has them all still";
    const auto asked = send(a);
    EXPECT_EQ(asked.member_epoch, 1) << "not before it has given them back";
    EXPECT_EQ(asked.assignment->size(), 2u);
    EXPECT_FALSE(send(b).assignment) << "a has not said yet that it did";
    EXPECT_EQ(send(a).member_epoch, 2);
    EXPECT_EQ(send(b).assignment->size(), 2u);
    EXPECT_EQ(name(group_.state()), "Stable");
    for (const auto& each : a.owned) EXPECT_FALSE(b.owned.contains(each));
}

TEST_F(ConsumerGroupTest, WhoDoesNotGiveBackInTimeIsOut) {
    auto a = join("a");
    auto b = join("b");
    send(a);
    auto silent = a.beat();
    silent.owned.reset();  // alive, but says nothing of its partitions
    for (int i = 0; i < 6; ++i) {
        now_ms_ += 9'000;
        EXPECT_EQ(error_of(silent), GroupError::none);
        EXPECT_TRUE(send(b).assignment.value_or(Partitions()).empty());
        group_.tick(now_ms_);
    }
    EXPECT_LE(group_.next_deadline_ms(), 61'000);
    now_ms_ += 9'000;
    group_.tick(now_ms_);
    EXPECT_EQ(error_of(silent), GroupError::unknown_member_id);
    EXPECT_EQ(send(b).assignment->size(), 4u);
}

TEST_F(ConsumerGroupTest, ASilentMemberIsOut) {
    auto a = join("a");
    auto b = join("b");
    settle({&a, &b});
    now_ms_ += 44'000;
    send(b);
    now_ms_ += 1'000;
    group_.tick(now_ms_);
    EXPECT_EQ(error_of(a.beat()), GroupError::unknown_member_id);
    EXPECT_EQ(send(b).assignment->size(), 4u);
    now_ms_ += 45'000;
    group_.tick(now_ms_);
    EXPECT_EQ(name(group_.state()), "Empty");
}

TEST_F(ConsumerGroupTest, WhoLeavesIsGoneAtOnce) {
    auto a = join("a");
    auto b = join("b");
    settle({&a, &b});
    auto bye = a.beat();
    bye.member_epoch = leaving_epoch;
    const auto answer = group_.heartbeat(bye, catalog_, now_ms_);
    EXPECT_EQ(answer.error, GroupError::none);
    EXPECT_EQ(answer.member_epoch, -1);
    EXPECT_EQ(error_of(bye), GroupError::unknown_member_id);
    EXPECT_EQ(send(b).assignment->size(), 4u);
}

TEST_F(ConsumerGroupTest, EpochsFence) {
    auto a = join("a");
    auto ahead = a.beat();
    ahead.member_epoch = 7;
    EXPECT_EQ(error_of(ahead), GroupError::fenced_member_epoch);
    auto b = join("b");
    settle({&a, &b});
    EXPECT_EQ(a.epoch, 2);
    auto behind = a.beat();
    behind.member_epoch = 1;
    EXPECT_EQ(error_of(behind), GroupError::none) << "the answer may have been lost";
    behind.owned->push_back(*b.owned.begin());
    EXPECT_EQ(error_of(behind), GroupError::fenced_member_epoch);
    ConsumerClient again{.id = "a", .topics = {"pins"}};
    EXPECT_EQ(send(again).assignment->size(), 2u) << "joining anew it is told all it has";
}

TEST_F(ConsumerGroupTest, BadHeartbeatsAreRefused) {
    ConsumerClient client{.id = "a", .topics = {"pins"}};
    const auto refused = [&](auto change) {
        auto beat = client.beat();
        change(beat);
        return check_heartbeat(beat).error;
    };
    EXPECT_EQ(refused([](auto&) {}), GroupError::none);
    EXPECT_EQ(refused([](auto& b) { b.member_id.clear(); }), GroupError::invalid_request);
    EXPECT_EQ(refused([](auto& b) { b.member_id.clear(), b.brings_id = false; }), GroupError::none);
    EXPECT_EQ(refused([](auto& b) { b.instance_id = ""; }), GroupError::invalid_request);
    EXPECT_EQ(refused([](auto& b) { b.rack_id = ""; }), GroupError::invalid_request);
    EXPECT_EQ(refused([](auto& b) { b.rebalance_timeout_ms = -1; }), GroupError::invalid_request);
    EXPECT_EQ(refused([](auto& b) { b.owned.reset(); }), GroupError::invalid_request);
    EXPECT_EQ(refused([](auto& b) { b.owned->push_back({}); }), GroupError::invalid_request);
    EXPECT_EQ(refused([](auto& b) { b.topics.reset(); }), GroupError::invalid_request);
    EXPECT_EQ(refused([](auto& b) { b.topics->assign(3000, std::string(249, 'x')); }), GroupError::invalid_request);
    EXPECT_EQ(refused([](auto& b) { b.member_epoch = -3; }), GroupError::invalid_request);
    EXPECT_EQ(refused([](auto& b) { b.member_epoch = -2; }), GroupError::invalid_request);
    EXPECT_EQ(refused([](auto& b) { b.assignor = "sticky"; }), GroupError::unsupported_assignor);
    EXPECT_EQ(refused([](auto& b) { b.assignor = "range"; }), GroupError::none);
    EXPECT_EQ(error_of({.member_id = "b", .member_epoch = 3}), GroupError::unknown_member_id);
    config_.max_size = 1;
    join("a");
    client.id = "b";
    EXPECT_EQ(send(client).error, GroupError::group_max_size_reached);
}

TEST_F(ConsumerGroupTest, TopicsComeGrowAndGo) {
    auto a = join("a", {"pins", "geo"});
    EXPECT_EQ(a.owned.size(), 4u);
    add_topic("geo", 2);
    EXPECT_EQ(send(a).assignment->size(), 6u);
    EXPECT_EQ(a.epoch, 2);
    catalog_.topics["pins"].partitions = 5;
    ++catalog_.version;
    EXPECT_EQ(send(a).assignment->size(), 7u);
    catalog_.topics.erase("geo");
    ++catalog_.version;
    send(a);
    EXPECT_EQ(a.owned.size(), 5u);
    settle({&a});
    const int32_t epoch = a.epoch;
    add_topic("other", 1);
    EXPECT_FALSE(send(a).assignment) << "no concern of this group";
    EXPECT_EQ(a.epoch, epoch);
    catalog_.topics["pins"].id = Uuid::random();  // made anew
    ++catalog_.version;
    settle({&a});
    for (const auto& each : a.owned) EXPECT_EQ(each.topic, catalog_.topics["pins"].id);
}

TEST_F(ConsumerGroupTest, PatternsFindTopics) {
    ConsumerClient a{.id = "a", .pattern = "p.*|geo"};
    EXPECT_EQ(send(a).assignment->size(), 4u);
    add_topic("geo", 1);
    add_topic("geology", 1);
    EXPECT_EQ(send(a).assignment->size(), 5u);
    EXPECT_TRUE(group_.subscribed_to("pi"));
    EXPECT_FALSE(group_.subscribed_to("geology"));
    ConsumerClient bad{.id = "b", .pattern = "p(("};
    const auto refused = group_.heartbeat(bad.beat(), catalog_, now_ms_);
    EXPECT_EQ(refused.error, GroupError::invalid_regular_expression);
    EXPECT_FALSE(refused.message.empty());
    ConsumerClient slow{.id = "c", .pattern = "(x+x+)+y"};
    add_topic(std::string(200, 'x'), 1);
    EXPECT_EQ(send(slow).error, GroupError::none) << "no pattern takes for ever";
    auto other = a.beat();
    other.pattern = "";
    other.topics = std::vector<std::string>{"pins"};
    EXPECT_EQ(error_of(other), GroupError::none);
    EXPECT_FALSE(group_.subscribed_to("geo"));
}

TEST_F(ConsumerGroupTest, AStaticMemberComesBack) {
    ConsumerClient a{.id = "a", .topics = {"pins"}, .instance_id = "i"};
    auto b = join("b");
    send(a);
    settle({&a, &b});
    ConsumerClient early{.id = "a2", .topics = {"pins"}, .instance_id = "i"};
    EXPECT_EQ(error_of(early.beat()), GroupError::unreleased_instance_id);
    auto bye = a.beat();
    bye.member_epoch = static_leaving_epoch;
    EXPECT_EQ(group_.heartbeat(bye, catalog_, now_ms_).member_epoch, static_leaving_epoch);
    EXPECT_FALSE(send(b).assignment) << "its partitions wait for it";
    EXPECT_EQ(send(early).assignment, a.owned);
    EXPECT_EQ(early.epoch, b.epoch) << "no new epoch for that";
    EXPECT_EQ(error_of(a.beat()), GroupError::fenced_instance_id);
    EXPECT_EQ(group_.describe().members.size(), 2u);
    auto stranger = a.beat();
    stranger.instance_id = "j";
    EXPECT_EQ(error_of(stranger), GroupError::unknown_member_id);
    bye = early.beat();
    bye.member_epoch = static_leaving_epoch;
    group_.heartbeat(bye, catalog_, now_ms_);
    now_ms_ += 44'000;
    send(b);
    now_ms_ += 1'000;
    group_.tick(now_ms_);
    EXPECT_EQ(send(b).assignment->size(), 4u) << "not within its session";
}

TEST_F(ConsumerGroupTest, CommitsNeedTheEpoch) {
    EXPECT_EQ(group_.check_commit("", -1, false, true), GroupError::none) << "nobody is there";
    auto a = join("a");
    EXPECT_EQ(group_.check_commit("a", 1, false, true), GroupError::none);
    EXPECT_EQ(group_.check_commit("a", 1, false, false), GroupError::unsupported_version);
    EXPECT_EQ(group_.check_commit("a", 0, false, true), GroupError::stale_member_epoch);
    EXPECT_EQ(group_.check_commit("a", 0, true, false), GroupError::illegal_generation);
    EXPECT_EQ(group_.check_commit("a", 1, true, false), GroupError::none);
    EXPECT_EQ(group_.check_commit("b", 1, false, true), GroupError::unknown_member_id);
    EXPECT_EQ(group_.check_commit("", -1, false, true), GroupError::unknown_member_id);
    EXPECT_EQ(group_.check_fetch(std::nullopt, -1), GroupError::none);
    EXPECT_EQ(group_.check_fetch("a", 1), GroupError::none);
    EXPECT_EQ(group_.check_fetch("a", 2), GroupError::stale_member_epoch);
    EXPECT_EQ(group_.check_fetch("b", 1), GroupError::unknown_member_id);
}

TEST_F(ConsumerGroupTest, ARestartKeepsEverything) {
    auto a = join("a");
    ConsumerClient b{.id = "b", .pattern = "pi.*", .instance_id = "i"};
    send(b);
    send(a);  // is to give back
    auto again = restarted();
    const auto before = group_.describe();
    const auto after = again.describe();
    EXPECT_EQ(after.state, before.state);
    EXPECT_EQ(after.epoch, before.epoch);
    EXPECT_EQ(after.assignment_epoch, before.assignment_epoch);
    group_ = std::move(again);
    settle({&a, &b});
    EXPECT_EQ(a.epoch, 2) << "no epoch was made up";
    EXPECT_EQ(a.owned.size(), 2u);
    EXPECT_EQ(b.owned.size(), 2u);
    auto bye = b.beat();
    bye.member_epoch = leaving_epoch;
    group_.heartbeat(bye, catalog_, now_ms_);
    EXPECT_EQ(restarted().describe().members.size(), 1u);
}

TEST_F(ConsumerGroupTest, TheMajoritysAssignorCounts) {
    add_topic("geo", 2);
    ConsumerClient a{.id = "a", .topics = {"pins", "geo"}};
    auto beat = a.beat();
    beat.assignor = "range";
    a.hear(group_.heartbeat(beat, catalog_, now_ms_));
    EXPECT_EQ(group_.describe().assignor, "range");
    EXPECT_EQ(a.owned.size(), 6u);
}

}  // namespace
}  // namespace pinflow::broker
