#include "base/json_tree.h"

#include <gtest/gtest.h>

namespace pinflow {
namespace {

constexpr JsonLimits limits;

TEST(JsonTree, KeepsOrderNumbersAndTheLastOfRepeatedKeys) {
    const auto tree = parse_json_tree(R"( {"b":1.50, "a":[true,null,"\u00e4\"\\"], "b\"x":{}, "b":1e400} )", limits);
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_EQ(tree->compact(), R"({"b":1e400,"a":[true,null,"ä\"\\"],"b\"x":{}})");
    EXPECT_EQ(*tree->find("a")->list()->at(2).text(), "ä\"\\");
    EXPECT_EQ(*tree->find("b")->number(), "1e400");
    EXPECT_EQ(tree->find("c"), nullptr);
    EXPECT_EQ(tree->find("a")->find("x"), nullptr);
    EXPECT_EQ(tree->depth(), 2u);
    EXPECT_EQ(parse_json_tree(tree->indented(), limits), *tree);
    EXPECT_EQ(parse_json_tree("[{}, [1]]", limits)->indented(), "[\n  {},\n  [\n    1\n  ]\n]");
}

TEST(JsonTree, FindsAmongManyMembers) {
    JsonObject members;
    for (int i = 0; i < 1000; ++i) members.set(std::to_string(i % 500), Json::whole_number(i));
    EXPECT_EQ(members.size(), 500u);
    EXPECT_EQ(*members.find("7")->number(), "507");
    members.erase("7");
    EXPECT_EQ(members.find("7"), nullptr);
    EXPECT_EQ(*members.find("499")->number(), "999");
}

TEST(JsonTree, IsBounded) {
    EXPECT_TRUE(parse_json_tree("[[[]]]", {.depth = 2}));
    EXPECT_EQ(parse_json_tree("[[[]]]", {.depth = 1}).error().code, Code::too_large);
    EXPECT_EQ(parse_json_tree("[1,2]", {.values = 2}).error().code, Code::too_large);
    EXPECT_FALSE(parse_json_tree(std::string(100'000, '['), {.depth = 600}));
    for (const char* bad : {"", "{", "[1,]", "{\"a\" 1}", "1 2", "\"\xff\""})
        EXPECT_FALSE(parse_json_tree(bad, limits)) << bad;
}

}  // namespace
}  // namespace pinflow
