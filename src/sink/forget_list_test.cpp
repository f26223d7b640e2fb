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
            .topics = {{"t \"x\"", {{0, 12}, {1, 0}}}, {"u", {{7, 5}}}},
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

// The table's part and the objects' are noted by two who do not know of each other.
TEST(ForgetList, EachPartIsNotedByItself) {
    const TestFolder folder;
    const auto file = folder.path() / "forgotten.ndjson";
    Forgotten expected = request("one");
    {
        ForgetList list(posix_disk(), file);
        ASSERT_TRUE(list.add(expected));
        const auto before = *list.all();
        EXPECT_EQ(*list.all(), before);
        ASSERT_TRUE(list.note_objects("one", {.objects = 2, .records = 3, .unjudged = 4}, std::nullopt));
        EXPECT_NE(*list.all(), before);
        expected.done_ms = 5;
        expected.rows = 6;
        ASSERT_TRUE(list.finish(expected));
        expected.objects = {.objects = 2, .records = 3, .unjudged = 4};
    }
    ForgetList list(posix_disk(), file);
    EXPECT_EQ(*list.find("one"), expected);
    expected.objects = {.objects = 7};
    expected.objects_done_ms = 8;
    ASSERT_TRUE(list.note_objects("one", expected.objects, 8));
    EXPECT_EQ((*ForgetList(posix_disk(), file).all())->at(0), expected);
}

TEST(ForgetList, TopicsWithoutOffsetsAreCorrupt) {
    const std::string good = forget_list_text({request("one")});
    ASSERT_TRUE(parse_forget_list(good));
    for (const auto& [from, to] : {std::pair{"\"7\":5", "\"7\":\"x\""}, {"\"7\":5", "\"-7\":5"}, {"{\"7\":5}", "7"}}) {
        std::string bad = good;
        bad.replace(bad.find(from), std::string_view(from).size(), to);
        EXPECT_FALSE(parse_forget_list(bad)) << bad;
    }
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
