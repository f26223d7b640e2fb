// Members of a group that may not know of all topics.
#include "broker/consumer_group_fixture.h"

namespace pinflow::broker {
namespace {

class ConsumerGroupSightTest : public ConsumerGroupTest {
  protected:
    void SetUp() override { add_topic("private", 2); }

    void send_as(const std::string& principal, ConsumerClient& client) {
        auto request = client.beat();
        request.sight = Sight{{principal, "10.0.0.1"}, version_, [this](const Viewer& viewer, std::string_view topic) {
                                  return viewer.principal == "User:root" || topic == "pins" || all_see_;
                              }};
        client.hear(group_.heartbeat(request, catalog_, now_ms_));
        if (&client != &a_) return;
        for (const auto& each : a_.owned)
            EXPECT_TRUE(all_see_ || each.topic == catalog_.topics["pins"].id) << "alice is told what is hidden";
    }
    void settle_both() {
        for (int round = 0; round < 10; ++round) {
            send_as("User:root", root_);
            send_as("User:alice", a_);
        }
        EXPECT_EQ(name(group_.state()), "Stable");
        EXPECT_EQ(a_.owned.size() + root_.owned.size(), 6u) << "nothing is left with nobody";
    }

    uint64_t version_ = 1;
    bool all_see_ = false;
    ConsumerClient a_{.id = "a", .pattern = "p.*"};
    ConsumerClient root_{.id = "r", .pattern = "p.*"};
};

TEST_F(ConsumerGroupSightTest, AnExpressionFindsWhatItsMemberMaySee) {
    send_as("User:alice", a_);
    EXPECT_EQ(a_.owned.size(), 4u);
    settle_both();
    EXPECT_EQ(a_.owned.size(), 3u);
    const int32_t epoch = a_.epoch;
    ++version_;
    settle_both();
    EXPECT_EQ(a_.epoch, epoch) << "what may be seen did not change";
    all_see_ = true;
    ++version_;
    send_as("User:root", root_);  // whose heartbeat finds it for all members
    EXPECT_GT(root_.epoch, epoch);
    settle_both();
    all_see_ = false;  // and a change of it takes away what was given
    ++version_;
    settle_both();
}

TEST_F(ConsumerGroupSightTest, ARestartTellsNothing) {
    settle_both();
    group_ = restarted();
    settle_both();
    const auto kept = a_.owned;
    group_ = restarted();
    send_as("User:alice", a_);  // before the other one
    settle_both();
    EXPECT_EQ(a_.owned, kept);
}

TEST_F(ConsumerGroupSightTest, WhoeverTakesAMembersPlaceSeesForHimself) {
    ConsumerClient before{.id = "b", .pattern = "p.*", .instance_id = "i"};
    send_as("User:root", before);
    EXPECT_EQ(before.owned.size(), 6u);
    auto bye = before.beat();
    bye.member_epoch = static_leaving_epoch;
    EXPECT_EQ(error_of(bye), GroupError::none);
    a_.instance_id = "i";
    send_as("User:alice", a_);
    EXPECT_EQ(a_.owned.size(), 4u);
}

}  // namespace
}  // namespace pinflow::broker
