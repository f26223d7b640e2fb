#include "gateway/path.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace pinflow::gateway {
namespace {

std::string shown(std::string_view raw) {
    const Path path(raw);
    if (path.broken()) return "broken";
    const char* const resources[] = {"rest", "streams", "unknown"};
    return fmt::format("{}{} {}", path.staged() ? "staged " : "", resources[static_cast<int>(path.resource())],
                       fmt::join(path.segments(), "|"));
}

TEST(Path, Routes) {
    const std::pair<const char*, const char*> rows[] = {
        {"/", "rest "},
        {"", "rest "},
        {"//", "rest "},
        {"/topics", "rest topics"},
        {"/topics/a.pin", "rest topics|a.pin"},
        {"/topics/streams", "rest topics|streams"},
        {"/streams/topics", "streams streams|topics"},
        {"/test/topics/a.pin", "staged rest topics|a.pin"},
        {"/prod/topics/a.pin/", "staged rest topics|a.pin"},
        {"/dev//streams/s/record", "staged streams streams|s|record"},
        {"//dev/streams//s/record/", "staged streams streams|s|record"},
        {"/129a67850695/streams", "staged streams streams"},
        {"/to%70ics/a%2Fb%20c", "rest topics|a/b c"},
        {"/topics/a%", "broken"},
        {"/topics/a%zz", "broken"},
        {"/test", "unknown test"},
        {"/test/", "unknown test"},
        {"/Pinetrest/Pinetrest/streams/x/y", "staged unknown Pinetrest|streams|x|y"},
        {"/test/nothing", "staged unknown nothing"},
        {"/test/consumers/g/instances/i/positions/beginning",
         "staged rest consumers|g|instances|i|positions|beginning"},
        {"/test/consumers/students", "staged rest consumers|students"},
        {"/topics/1/2/3/4/5/6/7/8/9/10/11", "rest topics|1|2|3|4|5|6|7|8|9|10|11"},
        {"/topics/1/2/3/4/5/6/7/8/9/10/11/12", "unknown topics|1|2|3|4|5|6|7|8|9|10|11"},
    };
    for (const auto& [raw, route] : rows) EXPECT_EQ(shown(raw), route) << raw;
}

}  // namespace
}  // namespace pinflow::gateway
