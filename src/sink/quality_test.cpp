// quality."<table>": days, and what is unlike the days before.
#include "sink/quality.h"

#include <gmock/gmock.h>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

constexpr int64_t day_ms = 86'400'000;
constexpr int64_t first_day_ms = 1'700'006'400'000;  // 2023-11-15

class Quality : public testing::Test {
  protected:
    void SetUp() override { flow_.tables->start(); }

    // `count` users of that age, counted on from all before.
    void post(int day, int count, const std::string& age = "30") {
        std::vector<std::string> records;
        for (int i = 0; i < count; ++i)
            records.push_back(
                fmt::format(R"({{"ind": {}, "first_name": "A", "last_name": "B", "age": {}}})", ++ind_, age));
        post_all(day, records);
    }
    void post_all(int day, const std::vector<std::string>& records) {
        flow_.time_ms = first_day_ms + day * day_ms;
        flow_.post("u.user", records);
    }
    std::string ask(const std::string& columns, const std::string& rest = "") {
        flow_.drain();
        return flow_.rows(fmt::format("SELECT {} FROM quality.u_user {}", columns, rest));
    }

    const TestFolder folder_;
    TestFlow flow_{folder_.path()};
    int ind_ = 0;
};

TEST_F(Quality, CountsWhatCameEachDay) {
    post(0, 3);
    post_all(0, {R"({"ind": 1, "age": 31})", "no JSON", R"({"age": 5})"});
    post(2, 1, "null");
    EXPECT_EQ(ask("day, rows, quarantined, duplicates, reasons, nulls['age'], means['age']"),
              "2023-11-15,4,2,1,\"{\"\"ind\"\":1,\"\"json\"\":1}\",0,30.25\n"
              "2023-11-16,0,0,,{},,\n"
              "2023-11-17,1,0,0,{},1,\n");
    EXPECT_EQ(ask("oldest, newest", "WHERE day = '2023-11-17'"), "2023-11-17T00:00:00.001Z,2023-11-17T00:00:00.001Z\n");
}

TEST_F(Quality, ARowRepeatsOneOfADayBefore) {
    post(0, 2);
    post(1, 2);
    EXPECT_EQ(ask("sum(duplicates)"), "0\n");
    post_all(1, {R"({"ind": 1})", R"({"ind": 1})"});
    EXPECT_EQ(ask("day, duplicates"), "2023-11-15,0\n2023-11-16,2\n");
}

TEST_F(Quality, ARowThatHasNoKeyRepeatsNothing) {
    const QualitySources sources{
        .clean_rows =
            "SELECT *, TIMESTAMPTZ '2023-11-15' AS _time, 't' AS _topic, 0 AS _partition, 0 AS _offset, "
            "0 AS _index FROM (VALUES (1, NULL), (1, NULL), (1, 2), (1, 2), (1, 3)) v(a, b)",
        .quarantine = "SELECT TIMESTAMPTZ '2023-11-15' AS _time, 'r' AS rule WHERE false",
        .columns = {{"a", {delta::Type::Kind::long_}}, {"b", {delta::Type::Kind::long_}}},
        .key = {"a", "b"}};
    auto connection = flow_.people->connect().value();
    const auto rows = connection.query(quality_sql(sources));
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(rows->text(0, 4), "1");
    EXPECT_EQ(rows->text(0, 7), R"({"a":0,"b":2})");
}

TEST_F(Quality, ADayLikeTheOthersIsNoFinding) {
    for (int day = 0; day < 10; ++day) post(day, 10 + day % 3, std::to_string(30 + day % 2));
    EXPECT_EQ(ask("count(*)", "WHERE len(findings) > 0"), "0\n");
}

TEST_F(Quality, WhatIsUnlikeTheDaysBeforeIsAFinding) {
    for (int day = 0; day < 6; ++day) post(day, 10, std::to_string(30 + day % 2));
    post(6, 4);
    post(7, 30);
    post(8, 10, "90");
    post(9, 10, "null");
    post_all(10, std::vector<std::string>(5, "no JSON"));
    post(10, 10);
    const auto findings = [&](const char* day) {
        return ask("array_to_string(findings, '; ')", fmt::format("WHERE day = '2023-11-{}'", day));
    };
    EXPECT_EQ(findings("20"), "\"\"\n");
    EXPECT_THAT(findings("21"), HasSubstr("4 rows, usually 10"));
    EXPECT_THAT(findings("22"), HasSubstr("30 rows, usually 10"));
    EXPECT_THAT(findings("23"), HasSubstr("the mean of age is 90, on the days before 30 to 31"));
    EXPECT_THAT(findings("24"), HasSubstr("age is null in 100 % of the rows, usually in 0 %"));
    EXPECT_THAT(findings("25"), HasSubstr("33.3 % of the records are quarantined, usually 0.0 %"));
}

TEST_F(Quality, ADayWithoutRecordsIsAFinding) {
    for (int day = 0; day < 4; ++day) post(day, 10);
    post(5, 10);
    EXPECT_THAT(ask("day, findings", "WHERE rows = 0"), HasSubstr("2023-11-19,\"[\"\"0 rows, usually 10"));
    post(200, 1);
    EXPECT_EQ(ask("count(*)"), "7\n") << "a gap of more than a month is not filled";
}

TEST_F(Quality, HasNoVersions) {
    post(0, 1);
    flow_.drain();
    EXPECT_THAT(flow_.ask("SELECT * FROM quality.u_user VERSION AS OF 1"), HasSubstr("ask by day"));
    EXPECT_THAT(flow_.ask("SELECT * FROM quality.u_usr"), HasSubstr("did you mean quality.\"u_user\""));
}

}  // namespace
}  // namespace pinflow::sink
