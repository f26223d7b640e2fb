#include "sink/forget_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

Forgotten request(const std::string& id) {
    return {.id = id,
            .time_ms = 1'700'000'000'000,
            .table = "u_user",
            .where = "name = 'Ann \"\n-- é'",
            .up_to = {{"pinflow/p/1/0", 12}, {"pinflow/p/1/1", 0}},
            .columns = {{"a b", "a_b", engine::FieldType::json}}};
}

TEST(ForgetList, RemembersAcrossStarts) {
    const TestFolder folder;
    const auto file = folder.path() / "lake/forgotten.ndjson";
    Forgotten second = request("two");
    {
        ForgetList list(posix_disk(), file);
        EXPECT_TRUE(list.of_table("u_user")->empty());
        ASSERT_TRUE(list.add(request("one")));
        ASSERT_TRUE(list.add(second));
        second.done_ms = 1'700'000'000'001;
        second.rows = 3;
        second.quarantined = 2;
        second.unjudged = 1;
        ASSERT_TRUE(list.finish(second));
    }
    ForgetList list(posix_disk(), file);
    EXPECT_EQ(*list.of_table("u_user"), (std::vector{request("one"), second}));
    EXPECT_TRUE(list.of_table("v_user")->empty());
    EXPECT_EQ(*list.find("two"), second);
    EXPECT_EQ(*list.find("three"), std::nullopt);
    EXPECT_EQ(std::filesystem::status(file).permissions() & std::filesystem::perms::others_read,
              std::filesystem::perms::none);
}

TEST(ForgetList, ABrokenListIsAnErrorAndNotAnEmptyList) {
    const TestFolder folder;
    const auto file = folder.path() / "forgotten.ndjson";
    std::ofstream(file) << forget_list_text({request("one")}) << "{\"id\":\"two\"\n";
    ForgetList list(posix_disk(), file);
    const auto found = list.of_table("u_user");
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message, HasSubstr("line 2"));
    EXPECT_FALSE(list.add(request("three")));
}

}  // namespace
}  // namespace pinflow::sink
