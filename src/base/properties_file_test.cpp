#include "base/properties_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow {
namespace {

using testing::ElementsAre;

TEST(PropertiesFile, IsReadAsJavaReadsIt) {
    std::vector<std::string> seen;
    for (const Property& each :
         parse_properties("# no\n! no\n\n a = 1 \r\nb:2\nc 3\nd\\ e=\\\n   f\\\n g\nh=\\u\\\\ \\t|\ni\n"))
        seen.push_back(fmt::format("{}:{}={}", each.line, each.key, each.value));
    EXPECT_THAT(seen, ElementsAre("4:a=1 ", "5:b=2", "6:c=3", "7:d e=fg", "10:h=u\\ \t|", "11:i="));
}

TEST(PropertiesFile, KnowsUnicodeEscapes) {
    std::vector<std::string> seen;
    for (const Property& each : parse_properties("caf\\u00e9=\\u20ac\\uD83D\\uDE00!\nh=\\ud83dx\\ude00\\u12\n"))
        seen.push_back(each.key + "=" + each.value);
    EXPECT_THAT(seen, ElementsAre("caf\u00e9=\u20ac\U0001F600!", "h=\uFFFDx\uFFFDu12"));
}

}  // namespace
}  // namespace pinflow
