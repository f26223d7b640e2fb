// JsonColumns with rescue: what no field takes stands in _rescued, and nothing is refused.
#include <gtest/gtest.h>

#include "engine/batch_function.h"
#include "engine/database.h"
#include "engine/json_columns.h"
#include "engine/rescued_members.h"
#include "engine/result_format.h"

namespace pinflow::engine {
namespace {

class Rescue : public testing::Test {
  protected:
    Rescue()
        : connection_(Database::open({.threads = 2}).value()->connect().value()),
          batch_({{"b", FieldType::bigint}, {"Odd Name", FieldType::text, {}, "_new_0"}, {"j", FieldType::json}},
                 true) {
        const auto registered = register_batch(connection_, "input", batch_);
        if (!registered) ADD_FAILURE() << registered.error().message;
    }
    std::string rows_of(std::string_view value) {
        batch_.clear();
        batch_.add({.topic = "t", .offset = 7, .value = as_bytes(value)});
        if (!batch_.rejected().empty()) return batch_.rejected()[0].rule + ": " + batch_.rejected()[0].message;
        const auto text = query_text(connection_, "SELECT b, _new_0, j, _rescued FROM input", Format::csv);
        if (!text) return text.error().message;
        return text->substr(text->find('\n') + 1);
    }
    std::string rescued(std::string_view value) {
        const std::string rows = rows_of(value);
        EXPECT_EQ(batch_.rescued().size(), 1u) << rows;
        return batch_.rescued().empty() ? rows : std::string(batch_.rescued()[0]);
    }

    Connection connection_;
    JsonColumns batch_;
};

TEST_F(Rescue, WhatIsKnownLeavesNothing) {
    EXPECT_EQ(rows_of(R"({"b": 1, "Odd Name": "x", "j": {"k": [1]}})"), "1,x,\"{\"\"k\"\":[1]}\",\n");
    EXPECT_TRUE(batch_.rescued().empty());
}

TEST_F(Rescue, UnknownFieldsAreKeptAsTheyAre) {
    EXPECT_EQ(rescued(R"({"b": 1, "x" : 1.50, "y": { "z": [ 1, null ] }, "n": null, "B": "b"})"),
              R"({"x":1.50,"y":{"z":[1,null]},"n":null,"B":"b"})");
    EXPECT_EQ(rescued(R"({"a\u0062c": 1, "q\"\u00e9": "\ud83d\ude00"})"), R"({"abc":1,"q\"é":"\ud83d\ude00"})");
}

TEST_F(Rescue, AValueThatItsFieldCannotTakeIsKept) {
    EXPECT_EQ(rows_of(R"({"b": "twelve", "Odd Name": [1, 2]})"),
              ",,,\"{\"\"b\"\":\"\"twelve\"\",\"\"Odd Name\"\":[1,2]}\"\n");
    EXPECT_EQ(rescued(R"({"b": 9223372036854775808})"), R"({"b":9223372036854775808})");
}

TEST_F(Rescue, OfRepeatedKeysTheLastCounts) {
    EXPECT_EQ(rescued(R"({"x": 1, "y": 2, "x": 3})"), R"({"x":3,"y":2})");
    EXPECT_EQ(rescued(R"({"b": "no", "b": "nor", "x": 1})"), R"({"b":"nor","x":1})");
    EXPECT_EQ(rows_of(R"({"b": "no", "b": 5})"), "5,,,\n");
    EXPECT_EQ(rows_of(R"({"b": 5, "b": "no"})"), ",,,\"{\"\"b\"\":\"\"no\"\"}\"\n");
    EXPECT_EQ(rows_of(R"({"b": "no", "b": 5, "b": {}})"), ",,,\"{\"\"b\"\":{}}\"\n");
}

TEST_F(Rescue, EachRowOfAnArrayHasItsOwn) {
    EXPECT_EQ(rows_of(R"([{"b": 1, "x": 1}, {"b": 2}, {"b": 3, "y": 2}])"),
              "1,,,\"{\"\"x\"\":1}\"\n2,,,\n3,,,\"{\"\"y\"\":2}\"\n");
    EXPECT_EQ(batch_.rescued().size(), 2u);
}

TEST_F(Rescue, ARecordThatIsRefusedLeavesNothingBehind) {
    EXPECT_EQ(rows_of(R"([{"x": 1}, 5])").substr(0, 7), "object:");
    EXPECT_TRUE(batch_.rescued().empty());
    EXPECT_EQ(rows_of(R"({"x": 1,})").substr(0, 5), "json:");
}

TEST(RescuedMembers, ManyNames) {
    RescuedMembers members;
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) names.push_back("n" + std::to_string(i));
    for (int round = 0; round < 3; ++round)
        for (const auto& name : names) members.add(name, round == 2 ? "2" : "1");
    for (size_t i = 1; i < names.size(); ++i) members.forget(names[i]);
    std::string text;
    members.append_object(text);
    EXPECT_EQ(text, R"({"n0":2})");
    members.forget("n0");
    EXPECT_TRUE(members.empty());
    members.add("n5", "7");
    text.clear();
    members.append_object(text);
    EXPECT_EQ(text, R"({"n5":7})");
}

}  // namespace
}  // namespace pinflow::engine
