// How many consumers, groups and names there may be.
#include "rest/consumers_world.h"

namespace pinflow::rest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ConsumersLimitsTest : public ConsumersWorld {};

TEST_F(ConsumersLimitsTest, NoMoreInstancesThanAllowed) {
    restart({.max_instances = 2});
    make("", "a");
    make("", "b");
    EXPECT_THAT(shown("POST", "/consumers/g", "{}"),
                testing::AllOf(StartsWith(R"(503 {"error_code":50301)"), HasSubstr("rest.consumer.instances.max")));
    EXPECT_EQ(shown("DELETE", "/consumers/g/instances/a"), "204 ");
    make("", "c");
}

TEST_F(ConsumersLimitsTest, AllInstancesTogetherHoldNoMoreNamesThanAllowed) {
    restart({.max_names = 3});
    const auto a = make("", "a"), b = make("", "b");
    const auto full = testing::AllOf(StartsWith(R"(503 {"error_code":50301)"), HasSubstr("may hold 3 names"));
    EXPECT_EQ(shown("POST", a + "/subscription", R"({"topics":["t","u"]})"), "204 ");
    EXPECT_THAT(shown("POST", b + "/subscription", R"({"topics":["v","w"]})"), full);
    EXPECT_THAT(shown("POST", b + "/assignments",
                      R"({"partitions":[{"topic":"t","partition":0},{"topic":"u","partition":0}]})"),
                full);
    EXPECT_EQ(shown("POST", b + "/assignments", R"({"partitions":[{"topic":"t","partition":0}]})"), "204 ");
    EXPECT_EQ(shown("DELETE", a + "/subscription"), "204 ");
    EXPECT_EQ(shown("POST", a + "/subscription", R"({"topics":["t","u"]})"), "204 ");
    EXPECT_EQ(shown("DELETE", a), "204 ");
    EXPECT_EQ(shown("POST", b + "/assignments",
                    R"({"partitions":[{"topic":"t","partition":0},{"topic":"u","partition":0}]})"),
              "204 ");
}

TEST_F(ConsumersLimitsTest, ReadersMakeNoMoreGroupsThanAllowed) {
    restart({.max_groups = 2});
    for (const char* group : {"g", "h"}) {
        const std::string path = std::string("/consumers/") + group;
        ASSERT_THAT(shown("POST", path, R"({"name":"a"})"), StartsWith("200"));
        ASSERT_EQ(shown("POST", path + "/instances/a/subscription", R"({"topics":["t"]})"), "204 ");
    }
    for (int i = 0; i < 500 && groups_->list().size() < 2; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // they are counted once a second
    EXPECT_THAT(shown("POST", "/consumers/i", "{}"),
                testing::AllOf(StartsWith(R"(503 {"error_code":50301)"), HasSubstr("2 consumer groups")));
    EXPECT_THAT(shown("POST", "/consumers/h", "{}"), StartsWith("200")) << "it is there already";
}

}  // namespace
}  // namespace pinflow::rest
