// Instances beside other members of their groups, whom the tests play.
#include <future>

#include "broker/group_subscription.h"
#include "log/control_batch.h"
#include "rest/consumers_world.h"

namespace pinflow::rest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ConsumersGroupsTest : public ConsumersWorld {
  protected:
    broker::JoinAnswer join(const std::string& id, const std::string& type = "consumer",
                            const std::string& protocol = "range", const TopicNames& topics = {"t"}) {
        broker::JoinRequest request;
        request.member_id = id;
        request.client_id = "other";
        request.session_timeout_ms = 10'000;
        request.protocol_type = type;
        request.protocols = {{protocol, encode_subscription(topics)}};
        std::promise<broker::JoinAnswer> promise;
        groups_->join("g", request, [&](broker::JoinAnswer answer) { promise.set_value(std::move(answer)); });
        return promise.get_future().get();
    }
    broker::SyncAnswer sync(const broker::JoinAnswer& joined,
                            std::vector<std::pair<std::string, std::string>> shares = {}) {
        std::promise<broker::SyncAnswer> promise;
        groups_->sync("g", {{joined.member_id, {}, joined.generation}, {}, {}, std::move(shares)},
                      [&](broker::SyncAnswer answer) { promise.set_value(std::move(answer)); });
        return promise.get_future().get();
    }
    void leave(const std::string& id) {
        const broker::LeavingMember leaving{id, {}};
        ASSERT_TRUE(groups_->leave("g", std::span(&leaving, 1)));
    }
    // The member that the instance is.
    std::string member_id() const {
        for (const auto& each : groups_->describe("g")->members)
            if (each.client_id == "i") return each.id;
        return "";
    }
    template <class Condition>
    bool comes(Condition condition) {
        for (int i = 0; i < 500; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }
};

TEST_F(ConsumersGroupsTest, IsAMemberThatToolsCanSee) {
    ASSERT_TRUE(world_.topics().create("t", 2));
    const std::string path = subscribed(R"(["t"])");
    get(path + "/assignments");
    const auto group = groups_->describe("g");
    ASSERT_TRUE(group);
    EXPECT_EQ(group->protocol_type, "consumer");
    EXPECT_EQ(group->protocol, "range");
    ASSERT_EQ(group->members.size(), 1U);
    EXPECT_EQ(group->members[0].client_host, "/127.0.0.1");
    EXPECT_EQ(decode_assignment(as_bytes(group->members[0].assignment)), (TopicPartitions{{"t", 0}, {"t", 1}}));
    EXPECT_EQ(shown("DELETE", path), "204 ");
    EXPECT_EQ(groups_->describe("g")->state, broker::GroupState::empty);
}

TEST_F(ConsumersGroupsTest, FollowsALeaderAndCommitsBeforeItGivesBack) {
    ASSERT_TRUE(world_.topics().create("t", 2));
    restart({.heartbeat_ms = 20});
    const std::string path = subscribed(R"(["t"])");
    produce("t", R"([{"value":0,"partition":0},{"value":1,"partition":1}])");
    EXPECT_THAT(get(path + "/records"), StartsWith("200 [{"));
    const auto known = join("");
    const auto joined = join(known.member_id);  // waits until the instance has joined again
    EXPECT_EQ(joined.error, broker::GroupError::none);
    std::string other;
    const auto mine = sync(joined);  // the instance leads: it was there first
    EXPECT_EQ(mine.error, broker::GroupError::none);
    const auto half = decode_assignment(as_bytes(mine.assignment));
    ASSERT_TRUE(half);
    ASSERT_EQ(half->size(), 1U);
    const auto committed = groups_->fetch("g", std::vector{*half->begin()}, false);
    EXPECT_EQ(committed.at(0).committed.offset, 1);
    leave(joined.member_id);
    EXPECT_TRUE(comes([&] {
        return get(path + "/assignments").contains(R"("partition":1}])") &&
               get(path + "/assignments").contains(R"("partition":0})");
    }));
    produce("t", R"([{"value":2,"partition":0},{"value":3,"partition":1}])");
    std::string all;
    for (int i = 0; i < 10 && std::ranges::count(all, '{') < 2; ++i) all += get(path + "/records");
    EXPECT_THAT(all, testing::AllOf(HasSubstr(R"("value":2,"partition":0,"offset":1)"),
                                    HasSubstr(R"("value":3,"partition":1,"offset":1)")));
}

TEST_F(ConsumersGroupsTest, WhoWasThrownOutComesBack) {
    produce("t", R"([{"value":0}])");
    restart({.heartbeat_ms = 20});
    const std::string path = subscribed(R"(["t"])", R"(,"auto.commit.enable":"false")");
    EXPECT_THAT(get(path + "/records"), HasSubstr(R"("offset":0)"));
    const std::string before = member_id();
    leave(before);
    EXPECT_TRUE(comes([&] { return !member_id().empty() && member_id() != before; }));
    EXPECT_THAT(get(path + "/records"), HasSubstr(R"("offset":0)"));  // nothing was committed
}

TEST_F(ConsumersGroupsTest, AGroupOfAnotherKindIsTold) {
    produce("t", R"([{"value":0}])");
    const auto joined = join(join("", "connect", "sessioned").member_id, "connect", "sessioned");
    sync(joined, {{joined.member_id, "tasks"}});
    const std::string path = make();
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topics":["t"]})"), "204 ");
    get(path + "/records");
    const auto refused = [&] { return get(path + "/records"); };
    EXPECT_TRUE(comes([&] { return refused().contains("INCONSISTENT_GROUP_PROTOCOL"); }));
    EXPECT_EQ(shown("POST", path + "/offsets", R"({"offsets":[{"topic":"t","partition":0,"offset":0}]})").substr(0, 3),
              "500");
    leave(joined.member_id);
    EXPECT_TRUE(comes([&] { return get(path + "/records").contains(R"("offset":0)"); }));
}

TEST_F(ConsumersGroupsTest, ALeaderThatSpeaksNonsenseIsTold) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    const auto first = join(join("").member_id);
    sync(first, {{first.member_id, ""}});
    const std::string path = make();
    EXPECT_EQ(shown("POST", path + "/subscription", R"({"topics":["t"]})"), "204 ");
    EXPECT_TRUE(comes([&] {
        return groups_->heartbeat("g", {first.member_id, {}, first.generation}) ==
               broker::GroupError::rebalance_in_progress;
    }));
    const auto again = join(first.member_id);
    ASSERT_EQ(again.leader, first.member_id);
    std::vector<std::pair<std::string, std::string>> shares;
    for (const auto& each : again.members) shares.emplace_back(each.id, "\x01nonsense");
    sync(again, shares);
    EXPECT_TRUE(comes([&] { return get(path + "/records").contains("in a form that cannot be read"); }));
    leave(again.member_id);
}

TEST_F(ConsumersGroupsTest, MarkersAreLeftOut) {
    produce("t", R"([{"value":0}])");
    const auto partition = world_.topics().find("t")->partitions[0];
    for (const auto type : {log::MarkerType::abort, log::MarkerType::commit}) {
        log::BatchBuilder builder;
        builder.add(1, std::nullopt, as_bytes("17"));
        const auto batch = builder.finish();
        log::stamp_producer(batch, {7, 0, type == log::MarkerType::abort ? 0 : 1, true});
        ASSERT_TRUE(partition->append(batch));
        ASSERT_TRUE(partition->append_marker(7, 0, {type, 1}));
    }
    const std::string path = subscribed(R"(["t"])");
    std::string all;
    EXPECT_TRUE(
        comes([&] { return (all += get(path + "/records")).contains(R"("value":17,"partition":0,"offset":3)"); }));
    EXPECT_THAT(all, HasSubstr(R"("value":17,"partition":0,"offset":1)"));  // read_uncommitted
    EXPECT_EQ(get(path + "/records?timeout=20"), "200 []");
    EXPECT_EQ(shown("POST", path + "/offsets"), "200 []");
    EXPECT_THAT(shown("GET", path + "/offsets", R"({"partitions":[{"topic":"t","partition":0}]})"),
                HasSubstr(R"("offset":5)"));
}

}  // namespace
}  // namespace pinflow::rest
