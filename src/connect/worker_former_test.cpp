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
    std::vector<std::string> places() { return worker().former_places().value(); }
    TakenOut take_out(const std::string& place) {
        return worker().take_out_of_former(place, {.up_to = {{{"a", 0}, 1}}}).value();
    }
};

TEST_F(FormerConnectors, AreRememberedByWhereTheyWrote) {
    ASSERT_TRUE(put("x", {{"topics", "a"}, {"where", "here"}, {"secret", "hush"}}));
    ASSERT_TRUE(put("y", {{"topics", "a"}}));
    EXPECT_THAT(places(), IsEmpty());
    ASSERT_TRUE(put("x", {{"topics", "b"}, {"where", "here"}}, true)) << "the same place";
    EXPECT_THAT(places(), IsEmpty());
    ASSERT_TRUE(put("x", {{"topics", "b"}, {"where", "there"}}, true));
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
    ASSERT_TRUE(put("x", {{"topics", "a"}, {"where", "here"}}));
    ASSERT_TRUE(worker().remove("x"));
    EXPECT_EQ(take_out("here").objects, 1);
    EXPECT_EQ(seen_.asked, (std::map<TopicPartition, int64_t>{{{"a", 0}, 1}}));
    EXPECT_EQ(take_out("nowhere").objects, 0);
}

TEST_F(FormerConnectors, WhoWritesThereNowLooksAfterItsTopics) {
    ASSERT_TRUE(put("x", {{"topics", "a"}, {"where", "here"}}));
    ASSERT_TRUE(worker().remove("x"));
    ASSERT_TRUE(put("z", {{"topics", "b"}, {"where", "here"}}));
    EXPECT_EQ(take_out("here").waits, "");
    EXPECT_EQ(seen_.asked, (std::map<TopicPartition, int64_t>{{{"a", 0}, 1}}));
    ASSERT_TRUE(put("z", {{"topics", "a,b"}, {"where", "here"}}, true));
    EXPECT_EQ(take_out("here").waits, "");
    EXPECT_THAT(seen_.asked, IsEmpty());
}

TEST_F(FormerConnectors, ABrokenFileIsTold) {
    ASSERT_TRUE(put("x", {{"topics", "a"}, {"where", "here"}}));
    std::ofstream(folder_ / "former_connectors.json") << "{";
    EXPECT_THAT(worker().former_places().error().message, HasSubstr("former_connectors.json"));
    EXPECT_FALSE(worker().remove("x")) << "its place would not be known";
    EXPECT_TRUE(worker().info("x"));
}

}  // namespace
}  // namespace pinflow::connect
