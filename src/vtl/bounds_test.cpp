// Templates and bodies that would take all time or memory.
#include <gtest/gtest.h>

#include "vtl/test_inputs.h"

namespace pinflow::vtl {
namespace {

std::string times(size_t count, std::string_view text) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += text;
    return out;
}

TEST(Bounds, Rounds) {
    const std::string list = "[" + times(1000, "1,") + "1]";
    EXPECT_TRUE(made("#foreach($x in $input.path('$'))$x#end", list).contains("1000 are allowed"));
    EXPECT_EQ(made("#foreach($x in [1..1000])a#end").size(), 1000u);
    EXPECT_TRUE(made("#foreach($x in [1..1001])a#end").starts_with("! "));
    EXPECT_EQ(made("#foreach($x in [1..1000])#foreach($y in [1..1000])a#end#end"), "! it takes too many steps");
}

TEST(Bounds, TextsThatDouble) {
    const std::string doubling = "#set($s = 'xxxxxxxxxxxxxxxx')" + times(40, "#set($s = \"$s$s\")") + "$s";
    EXPECT_EQ(made(doubling), "! its output is too large");
    EXPECT_EQ(made("#set($l = [1, 2])" + times(60, "#set($l = [$l, $l])") + "$l"), "! its texts are too large");
    EXPECT_EQ(made("#set($l = 'a')" + times(24, "#set($l = $l + $l)") + "$l"), "! its texts are too large");
    EXPECT_TRUE(made("#set($s = $input.body)#foreach($i in [1..1000])$s#end", "\"" + std::string(100'000, 'a') + "\"")
                    .starts_with("! its "));
    EXPECT_TRUE(made("#foreach($i in [1..1000])$util.base64Encode($input.json('$'))#end",
                     "\"" + std::string(1'000'000, 'a') + "\"")
                    .starts_with("! its "));
    EXPECT_TRUE(made("#set($s = $input.path('$'))#set($r = $s.replaceAll('', $s))$r.length()",
                     "\"" + std::string(100'000, 'a') + "\"")
                    .starts_with("! its "));
}

TEST(Bounds, Depth) {
    std::string deep_value = "#set($l = [])#foreach($i in [1..1000])#set($l = [$l])#end$l";
    EXPECT_EQ(made(deep_value), "! values are nested too deeply");
    EXPECT_TRUE(made(times(30'000, "#if(true)")).contains("too many blocks"));
    EXPECT_TRUE(made("#set($x = " + times(100'000, "(") + "1").contains("too deeply"));
    EXPECT_TRUE(made("#set($x = " + times(100'000, "!") + "1)").contains("too deeply"));
    EXPECT_TRUE(made("#set($x = 1" + times(60'000, " + 1") + ")").contains("too deeply"));
    EXPECT_TRUE(made("#set($x = " + times(70'000, "[") + ")").contains("too deeply"));
    EXPECT_TRUE(made(times(50'000, "$a[")).contains("too deeply"));
    EXPECT_TRUE(made("$x" + times(100'000, ".a")).contains("too many parts"));
    EXPECT_TRUE(made("$input.json('$')", times(100'000, "[")).starts_with("!json "));
    EXPECT_EQ(made("$input.json('$')", times(500, "[") + times(500, "]")).size(), 1000u);
    EXPECT_TRUE(made("$input.json('$')", "[" + times(300'000, "1,") + "1]").contains("more than 250000 values"));
    EXPECT_TRUE(made("#set($x=\"" + times(5'000, "#set($x=\"\"") + "").contains("line 1"));
}

TEST(Bounds, PathsOverLargeBodies) {
    const std::string body = "[" + times(20'000, "{\"a\":1},") + "{}]";
    EXPECT_EQ(made("$input.path('$..a').size()", body), "20000");
    EXPECT_EQ(made("#foreach($i in [1..100])$input.path('$..a').size()#end", body), "! it takes too many steps");
}

TEST(Bounds, Size) {
    EXPECT_TRUE(Template::parse(std::string(Template::most_bytes, 'a')));
    EXPECT_EQ(Template::parse(std::string(Template::most_bytes + 1, 'a')).error().code, Code::too_large);
    EXPECT_FALSE(Template::parse("\xff"));
}

}  // namespace
}  // namespace pinflow::vtl
