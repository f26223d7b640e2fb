// Which records connectors must forget, at their door and in the objects that they wrote.
#include "sink/forgotten_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/test_aggregate.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

std::filesystem::path make_two_tables(const std::filesystem::path& folder, const std::string& name = "n") {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml") << fmt::format(
        "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{{ topic = \"n\", table = \"{}\" }},\n"
        "  {{ stream = \"s\", table = \"{}\", record_key = [\"user\"] }}]\n"
        "input = {{ user = \"bigint\", age = \"bigint\" }}\n"
        "[[table.n.expect]]\nrule = \"old\"\ncheck = \"age < 100\"\nmessage = \"{{age}}\"\n",
        name, name);
    std::ofstream(folder / "p/n.sql") << "SELECT user AS user_id, age FROM input";
    return folder / "p";
}

class ForgottenRecordsTest : public testing::Test {
  protected:
    void start(const std::string& table = "n") {
        flow_.reset();
        flow_ = std::make_unique<TestFlow>(folder_.path(), posix_disk(), make_two_tables(folder_.path(), table),
                                           TablesOptions{.upkeep = false});
        flow_->tables->start();
    }
    ForgottenRecords& records() { return flow_->tables->forgotten_records(); }
    Forgotten forget(const std::string& where) {
        flow_->drain();
        return need(flow_->tables->forget("n", where));
    }
    static std::vector<engine::RecordIn> given(const std::vector<std::string>& values, std::string_view topic = "n",
                                               const std::optional<Bytes>& key = {}) {
        std::vector<engine::RecordIn> all;
        for (const std::string& value : values)
            all.push_back(
                {.topic = topic, .offset = static_cast<int64_t>(all.size()), .key = key, .value = as_bytes(value)});
        return all;
    }

    TestFolder folder_;
    std::unique_ptr<TestFlow> flow_;
};

const std::vector<std::string> of_users = {R"({"user": 1, "age": 30})",
                                           R"({"user": 2})",
                                           R"({"user": 1, "age": 200})",
                                           R"({"user": 1, "age": "x"})",
                                           "no json",
                                           R"([{"user": 2}, {"user": 1}])",
                                           R"("{\"user\": 1}")",
                                           R"({"user": 1, "age": 31})"};

TEST_F(ForgottenRecordsTest, AreThoseBelowTheEndWhateverElseIsWrongWithThem) {
    start();
    flow_->post("n", std::vector<std::string>(of_users.begin(), of_users.end() - 1));
    EXPECT_EQ(need(records().below("n", 0)), 0);
    const Forgotten request = forget("user_id = 1");
    EXPECT_EQ(need(records().below("n", 0)), 7);
    EXPECT_EQ(need(records().below("n", 1)), 0);
    EXPECT_EQ(need(records().below("m", 0)), 0);
    EXPECT_EQ(request.topics, (std::map<std::string, std::map<int32_t, int64_t>>{{"n", {{0, 7}}}}));
    const std::vector<bool> expected = {true, false, true, true, false, true, true, false};
    EXPECT_EQ(need(records().judge(given(of_users))), expected);
    flow_.reset();
    start();  // before any table is open
    EXPECT_EQ(need(records().judge(given(of_users))), expected);
    const auto contents = need(records().judge_contents(request, given(of_users)));
    EXPECT_EQ(contents.matches, (std::vector<bool>{true, false, true, true, false, true, true, true}));
    EXPECT_EQ(contents.unknown, 1);
}

TEST_F(ForgottenRecordsTest, ATopicThatIsMadeAnewIsAnother) {
    start();
    flow_->post("n", of_users);
    forget("user_id = 1");
    ASSERT_TRUE(flow_->topics->remove("n"));
    EXPECT_EQ(need(records().below("n", 0)), 0);
    flow_->post("n", of_users);
    EXPECT_EQ(need(records().below("n", 0)), 0);
    EXPECT_EQ(need(records().judge(given(of_users))), std::vector<bool>(of_users.size()));
}

TEST_F(ForgottenRecordsTest, KeysDecideWhereTheTableAsksForThem) {
    start();
    flow_->post("s", of_users, "user");
    const Forgotten request = forget("user_id = 1");
    EXPECT_TRUE(need(records().judge(given(of_users, "s", as_bytes(std::string_view("user")))))[0]);
    EXPECT_FALSE(need(records().judge(given(of_users, "s", as_bytes(std::string_view("geo")))))[0]);
    const auto contents = need(records().judge_contents(request, given(of_users, "s")));
    EXPECT_EQ(contents.matches, std::vector<bool>(of_users.size()));
    EXPECT_EQ(contents.unknown, static_cast<int64_t>(of_users.size())) << "an object has no keys";
}

TEST_F(ForgottenRecordsTest, AnAggregatedRecordGoesWhole) {
    start();
    const std::vector<std::string> values = {
        aggregate_of(std::vector<TestUserRecord>{{"k", of_users[1]}, {"k", of_users[0]}}),
        aggregate_of(std::vector<TestUserRecord>{{"k", of_users[1]}})};
    flow_->post("n", values);
    forget("user_id = 1");
    EXPECT_EQ(need(records().judge(given(values))), (std::vector<bool>{true, false}));
}

TEST_F(ForgottenRecordsTest, WhatObjectsDoNotTellIsNotJudgedByThem) {
    start();
    flow_->post("n", of_users);
    const Forgotten request = forget("user_id = 1 AND _OFFSET < 2");
    EXPECT_EQ(need(records().judge_contents(request, given(of_users))).unknown, 8);
    EXPECT_EQ(need(records().judge(given(of_users))),
              (std::vector<bool>{true, false, false, false, false, false, false, false}));
}

TEST_F(ForgottenRecordsTest, ATableThatNobodyMakesAnyMoreIsToldAndNotPassedOver) {
    start();
    flow_->post("n", of_users);
    const Forgotten request = forget("user_id = 1");
    start("other");
    for (const auto& error :
         {records().judge(given(of_users)).error(), records().judge_contents(request, given(of_users)).error()}) {
        EXPECT_EQ(error.code, Code::unsupported);
        EXPECT_THAT(error.message, HasSubstr("no pipeline makes the table"));
    }
}

}  // namespace
}  // namespace pinflow::sink
