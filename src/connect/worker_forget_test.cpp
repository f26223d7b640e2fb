// What the worker does about records that people asked to be forgotten.
#include "connect/connect_world.h"

namespace pinflow::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WorkerForget : public ConnectWorld {
  protected:
    // Records of "a" below this offset that end with an x are to be forgotten.
    void forget_below(int64_t offset) {
        below_ = offset;
        forgetting_ = {
            .below = [this](const TopicPartition& of) -> Result<int64_t> {
                return of.topic == "a" ? below_.load() : 0;
            },
            .judge = [this](const TopicPartition&, std::span<const log::Record> records) -> Result<std::vector<bool>> {
                if (is_lost_) return fail(Code::unsupported, "it cannot be told any more");
                std::vector<bool> forgotten;
                for (const log::Record& each : records)
                    forgotten.push_back(each.offset < below_ && as_text(*each.value).ends_with('x'));
                return forgotten;
            }};
    }
    Result<TakenOut> take_out(const std::string& name) {
        return worker().take_out(name, {.up_to = {{{"a", 0}, 3}, {{"a", 7}, 3}, {{"none", 0}, 3}}});
    }

    std::atomic<int64_t> below_ = 0;
    std::atomic<bool> is_lost_ = false;
};

TEST_F(WorkerForget, TasksAreToldWhichRecordsAreForgotten) {
    forget_below(2);
    produce("a", {"0x", "1", "2x"});
    produce("b", {"0x"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    EXPECT_TRUE(wait_values({"a@0 is forgotten", "a-0@1=1", "a-0@2=2x"}));
    ASSERT_TRUE(put("y", {{"topics", "b"}}));
    EXPECT_TRUE(wait([&] { return seen_.all().size() == 4; }));
    EXPECT_EQ(seen_.all()[3], "b-0@0=0x");
}

TEST_F(WorkerForget, ATaskThatCannotKnowWritesNothing) {
    forget_below(2);
    is_lost_ = true;
    produce("a", {"0", "1", "2"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    EXPECT_TRUE(wait_states("x", {State::running, State::failed}));
    EXPECT_THAT(worker().task_status("x", 0)->trace, HasSubstr("it cannot be told any more"));
    EXPECT_THAT(seen_.all(), IsEmpty());
}

TEST_F(WorkerForget, TasksOfTheTopicBeginAnewAndOthersDoNot) {
    produce("a", {"0"});
    produce("b", {"0"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    ASSERT_TRUE(put("y", {{"topics.regex", "a.*"}}));
    ASSERT_TRUE(put("z", {{"topics", "b"}}));
    EXPECT_TRUE(wait([&] { return seen_.all().size() == 3; }));
    EXPECT_EQ(seen_.tasks, 3);
    worker().begin_anew({"a", "c"});
    EXPECT_TRUE(wait([&] { return seen_.tasks == 5; }));
    produce("a", {"1"});
    EXPECT_TRUE(wait([&] { return seen_.all().size() == 5; })) << "from where they were";
    EXPECT_THAT(worker().readers_of({"a"}), ElementsAre("x", "y"));
    EXPECT_THAT(worker().readers_of({"c"}), IsEmpty());
}

TEST_F(WorkerForget, AFailedTaskStaysFailed) {
    seen_.fatal = "0";
    produce("a", {"0"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    EXPECT_TRUE(wait_states("x", {State::running, State::failed}));
    worker().begin_anew({"a"});
    EXPECT_EQ(states("x"), (std::vector{State::running, State::failed}));
    EXPECT_EQ(take_out("x")->waits, "") << "nobody writes";
}

TEST_F(WorkerForget, WhatIsSettledIsBelowTheCommittedPosition) {
    produce("a", {"0", "1"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    EXPECT_TRUE(wait([&] { return *worker().offsets("x") == Offsets{{{"a", 0}, 2}}; }));
    const auto taken = take_out("x");
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->waits, "x is at work");
    EXPECT_EQ(seen_.settled, (std::map<TopicPartition, int64_t>{{{"a", 0}, 2}})) << "of others all is";
    ASSERT_TRUE(worker().set_target("x", Target::paused));
    EXPECT_TRUE(wait([&] { return take_out("x")->waits.empty(); }));
    ASSERT_TRUE(worker().set_target("x", Target::stopped));
    EXPECT_EQ(take_out("x")->waits, "");
    ASSERT_TRUE(worker().reset_offsets("x"));
    EXPECT_EQ(take_out("x")->waits, "");
    EXPECT_EQ(seen_.settled, (std::map<TopicPartition, int64_t>{{{"a", 0}, 0}})) << "it would read all of it again";
    ASSERT_TRUE(worker().remove("x"));
    EXPECT_EQ(take_out("x")->objects, 0);
}

TEST_F(WorkerForget, AConnectorIsAReaderOfTopicsThatItHasOffsetsOf) {
    produce("a", {"0"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    EXPECT_TRUE(wait([&] { return *worker().offsets("x") == Offsets{{{"a", 0}, 1}}; }));
    ASSERT_TRUE(put("x", {{"topics", "b"}}, true));
    EXPECT_THAT(worker().readers_of({"a"}), ElementsAre("x"));
}

}  // namespace
}  // namespace pinflow::connect
