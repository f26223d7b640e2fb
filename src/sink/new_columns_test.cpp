// Which fields of records become columns, under which names and types.
#include "sink/new_columns.h"

#include <gtest/gtest.h>

#include "sink/table_plan.h"

namespace pinflow::sink {
namespace {

TablePlan plan_of(std::vector<engine::Field> input, std::vector<std::string> columns) {
    TablePlan plan;
    plan.declaration.schema = SchemaMode::add;
    plan.declaration.input = std::move(input);
    for (const auto& name : columns) plan.columns.push_back({.name = name, .type = {}});
    plan.clean_schema.columns = plan.columns;
    return plan;
}

std::string proposed(const std::vector<std::string>& texts, const TablePlan& plan, size_t rows = 0) {
    std::vector<std::string_view> views(texts.begin(), texts.end());
    const Proposal proposal = propose_columns(views, std::max(rows, texts.size()), plan, plan.clean_schema);
    std::string text;
    for (const auto& [field, column, type] : proposal.columns)
        text += fmt::format("{}={}:{} ", field, column, static_cast<int>(type));
    return text + "| " + fmt::format("{}", fmt::join(proposal.left_over, " "));
}

class NewColumns : public testing::Test {
  protected:
    TablePlan plan_ = plan_of({{"a", engine::FieldType::bigint}}, {"a", "total"});
    std::string type(const std::vector<std::string>& values) {
        std::vector<std::string> texts;
        for (const auto& value : values) texts.push_back("{\"x\":" + value + "}");
        const std::string text = proposed(texts, plan_);
        for (const auto* name : {"bigint", "integer", "double", "text", "boolean", "timestamp", "json"})
            if (text == fmt::format("x=x:{} | ", static_cast<int>(*engine::parse_field_type(name)))) return name;
        return text;
    }
};

TEST_F(NewColumns, TheTypeTakesEveryValue) {
    EXPECT_EQ(type({"1", "null", "-20"}), "bigint");
    EXPECT_EQ(type({"1", "1.5"}), "double");
    EXPECT_EQ(type({"1", "9223372036854775808"}), "double");
    EXPECT_EQ(type({"true", "false"}), "boolean");
    EXPECT_EQ(type({"\"2026-11-20T10:00:00Z\"", "\"2026-11-21 10:00:00\""}), "timestamp");
    EXPECT_EQ(type({"\"2026-11-20T10:00:00Z\"", "\"soon\""}), "text");
    EXPECT_EQ(type({"\"1\"", "\"2\""}), "text");
    EXPECT_EQ(type({"1", "\"2\""}), "text");
    EXPECT_EQ(type({"1", "true"}), "text");
    EXPECT_EQ(type({"{\"k\":1}", "\"2\""}), "json");
    EXPECT_EQ(type({"[]"}), "json");
    EXPECT_EQ(type({"null"}), "| ");
}

TEST_F(NewColumns, NamesAreMadeFitForEveryReader) {
    EXPECT_EQ(column_name_for("userId"), "userId");
    EXPECT_EQ(column_name_for("user-id (new), 2"), "user_id__new___2");
    EXPECT_EQ(column_name_for("_id"), "id");
    EXPECT_EQ(column_name_for("größe"), "größe");
    EXPECT_EQ(column_name_for("a\nb`c\"d"), "a_b_c_d");
    EXPECT_EQ(column_name_for(""), std::nullopt);
    EXPECT_EQ(column_name_for("__"), std::nullopt);
    EXPECT_EQ(column_name_for("= ;"), std::nullopt);
    EXPECT_EQ(column_name_for(std::string(200, 'x')), std::nullopt);
}

TEST_F(NewColumns, OneNameIsOneField) {
    EXPECT_EQ(proposed({R"({"x y":1,"x-y":2,"X_Y":3,"Total":4,"INPUT":5})"}, plan_), "x y=x_y:0 | x-y X_Y Total INPUT");
    EXPECT_EQ(proposed({R"({"größe":1,"GRÖSSE":1,"GRÖßE":1})"}, plan_), "größe=größe:0 GRÖSSE=GRÖSSE:0 | GRÖßE");
    EXPECT_EQ(proposed({R"({"年龄":1,"名字":2})"}, plan_), "年龄=年龄:0 名字=名字:0 | ");
    EXPECT_EQ(proposed({R"({"a":"what a could not take","b":1})"}, plan_), "b=b:0 | ");
}

TEST_F(NewColumns, ABombOfNamesMakesNone) {
    std::string bomb = "{";
    for (int i = 0; i < 10'000; ++i) bomb += fmt::format("{}\"k{}\":1", i == 0 ? "" : ",", i);
    const std::string text = proposed({bomb + "}"}, plan_);
    EXPECT_EQ(text.substr(0, 3), "| k");
    EXPECT_LT(text.size(), 200u);
}

TEST_F(NewColumns, ARareFieldWaits) {
    EXPECT_EQ(proposed({R"({"b":1})"}, plan_, 101), "| b");
    EXPECT_EQ(proposed({R"({"b":1})"}, plan_, 100), "b=b:0 | ");
}

TEST_F(NewColumns, ATableHasAMostOfColumns) {
    plan_.declaration.settings.max_columns = 4;
    EXPECT_EQ(proposed({R"({"b":1,"c":1,"d":1})"}, plan_), "b=b:0 c=c:0 | d");
}

TEST_F(NewColumns, TheTableRemembersThem) {
    const std::vector<NewColumn> columns = {{"x \"y\"", "x__y_", engine::FieldType::json},
                                            {"n", "n", engine::FieldType::bigint}};
    delta::Schema schema = plan_.clean_schema;
    for (const auto& column : columns) schema.columns.push_back(delta_column(column));
    const auto read = delta::Schema::parse(schema.text());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(remembered_columns(*read, plan_), columns);
    TablePlan names_n = plan_of({{"n", engine::FieldType::double_}}, {"a", "total", "other"});
    EXPECT_EQ(remembered_columns(*read, names_n), std::vector{columns[0]});
    TablePlan makes_n = plan_of({{"a", engine::FieldType::bigint}}, {"a", "N"});
    EXPECT_EQ(remembered_columns(*read, makes_n), std::vector{columns[0]});
    plan_.declaration.schema = SchemaMode::fixed;
    EXPECT_TRUE(remembered_columns(*read, plan_).empty());
}

}  // namespace
}  // namespace pinflow::sink
