// Connectors that are gone, or write elsewhere: what they wrote is found when people want to be forgotten.
#include <fstream>
#include <sstream>

#include "connect/connect_world.h"

namespace pinflow::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class FormerConnectors : public ConnectWorld {
  protected:
    std::vector<std::string> places() {
        std::vector<std::string> places;
        for (const auto& [place, connector] : worker().former_places().value()) places.push_back(place);
        return places;
    }
    // A task of it has begun.
    void run(const std::string& name, const Given& more, bool replace = false) {
        ASSERT_TRUE(put(name, more, replace));
        ASSERT_TRUE(wait_states(name, {State::running, State::running}));
    }
    TakenOut take_out(const std::string& place) {
        return worker().take_out_of_former(place, {.up_to = {{{"a", 0}, 1}}}).value();
    }
};

TEST_F(FormerConnectors, AreRememberedByWhereTheyWrote) {
    run("x", {{"topics", "a"}, {"where", "here"}, {"secret", "hush"}});
    run("y", {{"topics", "a"}});
    EXPECT_THAT(places(), IsEmpty());
    run("x", {{"topics", "b"}, {"where", "here"}}, true);
    EXPECT_THAT(places(), IsEmpty());
    run("x", {{"topics", "b"}, {"where", "there"}}, true);
    EXPECT_THAT(places(), ElementsAre("here"));
    ASSERT_TRUE(worker().remove("x"));
    ASSERT_TRUE(worker().remove("y"));
    restart();
    EXPECT_THAT(places(), ElementsAre("here", "there"));
    std::ostringstream text;
    text << std::ifstream(folder_ / "former_connectors.json").rdbuf();
    EXPECT_THAT(text.str(), HasSubstr("\"here\""));
    EXPECT_THAT(text.str(), Not(HasSubstr("hush")));
}

TEST_F(FormerConnectors, WhatTheyWroteIsLookedThrough) {
    run("x", {{"topics", "a"}, {"where", "here"}});
    ASSERT_TRUE(worker().remove("x"));
    EXPECT_EQ(take_out("here").objects, 1);
    EXPECT_EQ(seen_.asked, (std::map<TopicPartition, int64_t>{{{"a", 0}, 1}}));
    EXPECT_EQ(take_out("nowhere").objects, 0);
}

TEST_F(FormerConnectors, WhoWritesThereNowLooksAfterItsTopics) {
    run("x", {{"topics", "a"}, {"where", "here"}});
    ASSERT_TRUE(worker().remove("x"));
    run("z", {{"topics", "b"}, {"where", "here"}});
    EXPECT_EQ(take_out("here").waits, "");
    EXPECT_EQ(seen_.asked, (std::map<TopicPartition, int64_t>{{{"a", 0}, 1}}));
    run("z", {{"topics", "a,b"}, {"where", "here"}}, true);
    EXPECT_EQ(take_out("here").waits, "");
    EXPECT_THAT(seen_.asked, IsEmpty());
}

// One that was made by mistake, and put right or removed.
TEST_F(FormerConnectors, WhereNoTaskEverBeganNothingIs) {
    seen_.refuses = "nowhere";
    const Given wrong = {{"topics", "a"}, {"where", "nowhere"}};
    ASSERT_TRUE(put("x", wrong));
    ASSERT_TRUE(wait_states("x", {State::running, State::failed}));
    restart();
    ASSERT_TRUE(wait_states("x", {State::running, State::failed}));
    EXPECT_EQ(worker().take_out("x", {.up_to = {{{"a", 0}, 1}}})->objects, 0) << "nobody asks where it would write";
    run("x", {{"topics", "a"}, {"where", "here"}}, true);
    EXPECT_THAT(places(), IsEmpty());
    EXPECT_EQ(worker().take_out("x", {.up_to = {{{"a", 0}, 1}}})->objects, 1);
    ASSERT_TRUE(worker().set_target("x", Target::paused));
    ASSERT_TRUE(put("x", wrong, true));
    EXPECT_THAT(places(), ElementsAre("here"));
    ASSERT_TRUE(worker().remove("x"));
    EXPECT_THAT(places(), ElementsAre("here"));
}

TEST_F(FormerConnectors, WhereOthersWroteOneThatNeverBeganLooksToo) {
    run("x", {{"topics", "a"}, {"where", "here"}});
    ASSERT_TRUE(worker().remove("x"));
    seen_.refuses = "here";
    ASSERT_TRUE(put("y", {{"topics", "a"}, {"where", "here"}}));
    ASSERT_TRUE(wait_states("y", {State::running, State::failed}));
    EXPECT_EQ(worker().take_out("y", {.up_to = {{{"a", 0}, 1}}})->objects, 1);
}

// A pause that is asked for while a task begins.
TEST_F(FormerConnectors, WhatATaskNotedStays) {
    ASSERT_TRUE(put("x", {{"topics", "a"}, {"where", "here"}}));
    ASSERT_TRUE(worker().set_target("x", Target::paused));
    ASSERT_TRUE(worker().set_target("x", Target::started));
    ASSERT_TRUE(wait_states("x", {State::running, State::running}));
    worker_.reset();
    seen_.refuses = "here";  // from here on no task begins
    ASSERT_TRUE(worker().remove("x"));
    EXPECT_THAT(places(), ElementsAre("here"));
}

TEST_F(FormerConnectors, APlaceCanBeForgotten) {
    run("x", {{"topics", "a"}, {"where", "here"}});
    ASSERT_TRUE(worker().remove("x"));
    EXPECT_EQ(worker().forget_place("there").error().status, 404);
    EXPECT_THAT(places(), ElementsAre("here"));
    ASSERT_TRUE(worker().forget_place("here"));
    restart();
    EXPECT_THAT(places(), IsEmpty());
}

TEST_F(FormerConnectors, ABrokenFileIsTold) {
    run("x", {{"topics", "a"}, {"where", "here"}});
    std::ofstream(folder_ / "former_connectors.json") << "{";
    EXPECT_THAT(worker().former_places().error().message, HasSubstr("former_connectors.json"));
    EXPECT_FALSE(worker().remove("x")) << "its place would not be known";
    EXPECT_TRUE(worker().info("x"));
}

}  // namespace
}  // namespace pinflow::connect
