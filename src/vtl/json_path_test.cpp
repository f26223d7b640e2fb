#include "vtl/json_path.h"

#include <gtest/gtest.h>

namespace pinflow::vtl {
namespace {

std::string found(std::string_view path) {
    static const Json tree =
        parse_json_tree(R"({"a":{"b c":[1,2,3],"d":{"b":"x"}},"l":[{"b":1},{"b":2},{}],"n":null,"e":"ü"})", {}).value();
    const auto parsed = JsonPath::parse(path);
    if (!parsed) return "wrong";
    size_t steps = 1000;
    const auto value = parsed->find(tree, steps);
    return value ? value->compact() : "nothing";
}

TEST(JsonPath, Finds) {
    EXPECT_EQ(found("$.a['b c'][1]"), "2");
    EXPECT_EQ(found("$['a'][\"b c\"][-1]"), "3");
    EXPECT_EQ(found("$.l[*].b"), "[1,2]");
    EXPECT_EQ(found("$.a.*"), R"([[1,2,3],{"b":"x"}])");
    EXPECT_EQ(found("$..b"), R"(["x",1,2])");
    EXPECT_EQ(found("$.n"), "null");
    EXPECT_EQ(found(" $ ").size(), 78u);
    for (const char* nothing : {"$.x", "$.l[3]", "$.l[-4]", "$.e.b", "$.e[0]", "$.a[0]"})
        EXPECT_EQ(found(nothing), "nothing") << nothing;
    EXPECT_EQ(found("$.x[*]"), "[]");
}

TEST(JsonPath, IsReadOrRefused) {
    for (const char* wrong :
         {"", "a", "$a", "$.", "$..", "$[", "$[]", "$['a'", "$[a]", "$[?(@.a)]", "$[1:2]", "$[1,2]", "$.a()", "$.a b"})
        EXPECT_EQ(found(wrong), "wrong") << wrong;
    EXPECT_FALSE(JsonPath::parse("$" + std::string(2000, '.')));
}

}  // namespace
}  // namespace pinflow::vtl
