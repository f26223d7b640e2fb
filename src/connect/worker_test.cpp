#include "connect/worker.h"

#include "connect/connect_world.h"

namespace pinflow::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class WorkerTest : public ConnectWorld {};

TEST_F(WorkerTest, ReadsOnFromTheTasksOwnPositionElseTheGroupsElseTheStart) {
    produce("a", {"0", "1", "2"});
    produce("b", {"0", "1", "2"});
    produce("c", {"0", "1", "2"});
    Positions group(groups_, "connect-x");
    ASSERT_TRUE(group.commit({{{"a", 0}, 1}, {{"b", 0}, 1}}));
    seen_.own_positions[{"a", 0}] = 2;
    ASSERT_TRUE(put("x", {{"topics", "a,b,c"}}));
    EXPECT_TRUE(wait_values({"a-0@2=2", "b-0@1=1", "b-0@2=2", "c-0@0=0", "c-0@1=1", "c-0@2=2"}));
    EXPECT_TRUE(wait([&] { return *worker().offsets("x") == Offsets{{{"a", 0}, 3}, {{"b", 0}, 3}, {{"c", 0}, 3}}; }));
}

TEST_F(WorkerTest, LatestBeginsAtTheEndAndAnotherGroupCanBeNamed) {
    produce("a", {"0", "1"});
    ASSERT_TRUE(put(
        "x",
        {{"topics", "a"}, {"consumer.override.auto.offset.reset", "latest"}, {"consumer.override.group.id", "mine"}}));
    ASSERT_TRUE(wait([&] { return seen_.opened == 1; }));
    produce("a", {"2"});
    EXPECT_TRUE(wait_values({"a-0@2=2"}));
    EXPECT_TRUE(wait([&] { return Positions(groups_, "mine").all() == Offsets{{{"a", 0}, 3}}; }));
}

TEST_F(WorkerTest, NoneFailsWhereThereIsNoPosition) {
    produce("a", {"0"});
    ASSERT_TRUE(put("x", {{"topics", "a"}, {"consumer.override.auto.offset.reset", "none"}}));
    EXPECT_TRUE(wait_states("x", {State::running, State::failed}));
    EXPECT_THAT(worker().task_status("x", 0)->trace, HasSubstr("Undefined offset with no reset policy"));
}

TEST_F(WorkerTest, AFailedTaskIsLeftAloneUntilItIsRestarted) {
    seen_.fatal = "1";
    produce("a", {"0", "1"});
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    EXPECT_TRUE(wait_states("x", {State::running, State::failed}));
    EXPECT_EQ(worker().task_status("x", 0)->trace,
              "org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable "
              "exception.\nCaused by: the disk is gone");
    {
        const std::scoped_lock lock(seen_.mutex);
        seen_.fatal.clear();
        seen_.values.clear();
    }
    EXPECT_TRUE(worker().restart_task("x", 0));
    EXPECT_TRUE(wait_values({"a-0@0=0", "a-0@1=1"}));  // put() had not kept the first
    EXPECT_EQ(seen_.closed, 0);
}

TEST_F(WorkerTest, ATaskThatIsNotReadyIsGivenNothingUntilItIs) {
    seen_.room = 2;
    ASSERT_TRUE(put("x", {{"topics", "a,b"}}));
    produce("a", {"0", "1"});
    EXPECT_TRUE(wait_values({"a-0@0=0", "a-0@1=1"}));
    produce("a", {"2"});
    produce("b", {"0"});
    EXPECT_TRUE(wait([&] { return worker().counts().by_connector["x"].lag == 2; }));
    EXPECT_EQ(seen_.all().size(), 2u);
    {
        const std::scoped_lock lock(seen_.mutex);
        seen_.room = SIZE_MAX;
    }
    EXPECT_TRUE(wait([&] { return seen_.all().size() == 4; }));
    EXPECT_EQ(states("x"), (std::vector{State::running, State::running}));
}

// Of several compressed batches in one read, each is given by itself.
TEST_F(WorkerTest, AReadThatStopsHalfWayGoesOnThere) {
    for (const char* value : {"0", "1", "2", "3"}) append_compressed("a", value);
    seen_.room = 1;
    ASSERT_TRUE(put("x", {{"topics", "a"}}));
    for (size_t room = 2; room <= 5; ++room) {
        EXPECT_TRUE(wait([&] { return seen_.all().size() >= room - 1; }));
        EXPECT_EQ(seen_.all().size(), room - 1);
        const std::scoped_lock lock(seen_.mutex);
        seen_.room = room;
    }
    EXPECT_TRUE(wait_values({"a-0@0=0", "a-0@1=1", "a-0@2=2", "a-0@3=3"}));
}

TEST_F(WorkerTest, PositionsPassADeadLetterOnlyWhenItIsStored) {
    seen_.poison = "1";
    produce("a", {"0", "1", "2"});
    ASSERT_TRUE(
        put("x", {{"topics", "a"}, {"errors.tolerance", "all"}, {"errors.deadletterqueue.topic.name", "dead"}}));
    EXPECT_TRUE(wait_values({"a-0@0=0", "a-0@2=2"}));
    EXPECT_TRUE(wait([&] { return *worker().offsets("x") == Offsets{{{"a", 0}, 3}}; }));
    EXPECT_EQ(topics_->find("dead")->partitions.size(), 1u);
    EXPECT_EQ(topics_->find("dead")->partitions[0]->stable_offset(), 1);
    // A queue that takes nothing: the task ends and its position stays.
    ASSERT_TRUE(topics_->set_config("dead", {{"max.message.bytes", "10"}}));
    produce("a", {"1", "3"});
    EXPECT_TRUE(wait_states("x", {State::running, State::failed}));
    EXPECT_THAT(worker().task_status("x", 0)->trace,
                HasSubstr("Could not produce message to dead letter queue. topic=dead"));
    EXPECT_EQ(*worker().offsets("x"), (Offsets{{{"a", 0}, 3}}));
}

TEST_F(WorkerTest, NotToleratedIsToldWithItsPlaceAndIsADeadLetterAllTheSame) {
    seen_.poison = "1";
    produce("a", {"0", "1"});
    ASSERT_TRUE(put("x", {{"topics", "a"}, {"errors.deadletterqueue.topic.name", "dead"}}));
    EXPECT_TRUE(wait_states("x", {State::running, State::failed}));
    EXPECT_EQ(
        worker().task_status("x", 0)->trace,
        "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler (topic a, partition "
        "0, offset 1, stage TASK_PUT)\nCaused by: a.DataException: poison");
    EXPECT_TRUE(wait([&] { return topics_->find("dead")->partitions[0]->stable_offset() == 1; }));
}

TEST_F(WorkerTest, EveryTargetSurvivesARestart) {
    ASSERT_TRUE(put("a", {{"topics", "t"}}));
    ASSERT_TRUE(put("b", {{"topics", "t"}, {"tasks.max", "2"}}));
    ASSERT_TRUE(put("c", {{"topics", "t"}}));
    EXPECT_TRUE(worker().set_target("b", Target::paused));
    EXPECT_TRUE(worker().set_target("c", Target::stopped));
    restart();
    EXPECT_TRUE(wait_states("a", {State::running, State::running}));
    EXPECT_TRUE(wait_states("b", {State::paused, State::paused, State::paused}));
    EXPECT_EQ(states("c"), std::vector{State::stopped});
    EXPECT_TRUE(worker().set_target("c", Target::paused));
    EXPECT_TRUE(wait_states("c", {State::paused, State::paused}));
    EXPECT_TRUE(worker().remove("a"));
    EXPECT_THAT(seen_.forgotten, ElementsAre("a"));
    restart();
    EXPECT_THAT(worker().names(), ElementsAre("b", "c"));
}

TEST_F(WorkerTest, AConnectorWhoseClassIsGoneIsFailedAndSaysSo) {
    ASSERT_TRUE(put("a", {{"topics", "t"}}));
    worker_.reset();
    WorkerSite without = site();
    without.plugins = Plugins({});
    worker_ = Worker::open(std::move(without), 1).value();
    worker_->start("here:1");
    EXPECT_EQ(states("a"), std::vector{State::failed});
    EXPECT_THAT(worker().status("a")->connector.trace, HasSubstr("which name matches FakeSink"));
    EXPECT_TRUE(worker().restart("a", true, true));
    EXPECT_TRUE(worker().remove("a"));
}

TEST_F(WorkerTest, OffsetsAreChangedWhileItIsStoppedAndThePluginHearsOfIt) {
    produce("t", {"0", "1"});
    ASSERT_TRUE(put("a", {{"topics", "t"}}));
    EXPECT_TRUE(wait([&] { return *worker().offsets("a") == Offsets{{{"t", 0}, 2}}; }));
    EXPECT_EQ(worker().reset_offsets("a").error().status, 400);
    EXPECT_TRUE(worker().set_target("a", Target::stopped));
    EXPECT_EQ(worker().change_offsets("a", {{{"t", 1}, 0}}).error().message,
              "Failed to alter consumer group offsets for connector a: there is no partition t-1");
    EXPECT_TRUE(worker().change_offsets("a", {{{"t", 0}, 1}}));
    EXPECT_EQ(seen_.set.at(0).next_offset, 1);
    EXPECT_EQ(*worker().offsets("a"), (Offsets{{{"t", 0}, 1}}));
    EXPECT_TRUE(worker().change_offsets("a", {{{"t", 0}, std::nullopt}}));
    EXPECT_THAT(*worker().offsets("a"), IsEmpty());
    EXPECT_TRUE(worker().reset_offsets("a"));
    EXPECT_THAT(seen_.forgotten, ElementsAre("a"));
}

TEST_F(WorkerTest, OffsetsDoNotExpireWhileThereIsTheConnector) {
    const auto expires = [&] {
        const auto all = groups_->fetch("connect-a", std::nullopt, false);
        return all.empty() ? 0 : all[0].committed.expire_time_ms;
    };
    produce("t", {"0"});
    ASSERT_TRUE(put("a", {{"topics", "t"}}));
    EXPECT_TRUE(wait([&] { return expires() > system_clock().wall_ms() + int64_t{3000} * 86'400'000; }));
    EXPECT_TRUE(worker().remove("a"));
    EXPECT_EQ(expires(), -1);
}

TEST_F(WorkerTest, TheFileIsNotChangedByWhatIsRefused) {
    ASSERT_TRUE(put("a", {{"topics", "t"}}));
    ASSERT_TRUE(wait_states("a", {State::running, State::running}));
    const std::string before = read_file(posix_disk(), folder_ / "connectors.json").value();
    EXPECT_EQ(put("a", {{"topics", "u"}}).error().status, 409);
    EXPECT_EQ(put("b", {{"topics", "u"}, {"size", "x"}}).error().status, 400);
    EXPECT_EQ(read_file(posix_disk(), folder_ / "connectors.json").value(), before);
    EXPECT_TRUE(put("a", {{"topics", "u"}}, true));
    EXPECT_EQ(worker().info("a")->config.at("topics"), "u");
}

TEST_F(WorkerTest, ADamagedFileIsAnErrorThatNamesIt) {
    ASSERT_TRUE(replace_file(posix_disk(), folder_ / "connectors.json", "{"));
    const auto opened = Worker::open(site(), 1);
    EXPECT_THAT(opened.error().message, HasSubstr((folder_ / "connectors.json").string()));
}

}  // namespace
}  // namespace pinflow::connect
