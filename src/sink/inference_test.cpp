#include "sink/inference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "engine/database.h"
#include "sink/check.h"
#include "sink/inferred_pipeline.h"

namespace pinflow::sink {
namespace {

using engine::FieldType;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// The type that a field with these values gets.
InferredField field_of(std::initializer_list<const char*> values, size_t times = 1) {
    static Inference sample;
    sample = {};
    for (size_t i = 0; i < times; ++i)
        for (const char* value : values) sample.add(fmt::format(R"({{"f":{}}})", value));
    return infer_field(sample.fields.at(0));
}

TEST(Inference, TypesAreThoseThatTheValuesFit) {
    EXPECT_EQ(field_of({"1", "-2", "3.0", "\"4\""}).type, FieldType::bigint);
    EXPECT_EQ(field_of({"1", "2.5", "\"1e-3\""}).type, FieldType::double_);
    EXPECT_EQ(field_of({"9223372036854775808"}).type, FieldType::double_) << "beyond 64 bits";
    EXPECT_EQ(field_of({"true", "\"false\""}).type, FieldType::boolean);
    EXPECT_EQ(field_of({"\"2020-08-28 03:52:47\"", "\"2018:03:09 00:09:06\"", "null"}).type, FieldType::timestamp);
    EXPECT_EQ(field_of({"\"2020-08-28T03:52:47Z\"", "\"\""}).type, FieldType::timestamp);
    EXPECT_EQ(field_of({"\"007\"", "\"12\""}).type, FieldType::text) << "a number would lose the zeros";
    EXPECT_EQ(field_of({"\"a\"", "1", "true"}).type, FieldType::text);
    EXPECT_EQ(field_of({"{}", "[1]"}).type, FieldType::json);
    EXPECT_EQ(field_of({"\"a\"", "[1]"}).type, FieldType::json);
    EXPECT_EQ(field_of({"null", "null"}).type, FieldType::text);
}

TEST(Inference, AFewThatDoNotFitAreTold) {
    Inference sample;
    for (int i = 0; i < 199; ++i) sample.add(fmt::format(R"({{"f":{}}})", i));
    sample.add(R"({"f":"12k"})");
    const InferredField field = infer_field(sample.fields.at(0));
    EXPECT_EQ(field.type, FieldType::bigint);
    EXPECT_EQ(field.misfits, 1u);
    EXPECT_EQ(field.misfit, "\"12k\"");
    EXPECT_EQ(field_of({"1", "2", "3", "\"x\""}).type, FieldType::text) << "a quarter is too much";
}

TEST(Inference, TextsThatMeanNothing) {
    const InferredField numbers = field_of({"1", "2", "\"User Info Error\"", "\" \"", "null"});
    EXPECT_EQ(numbers.type, FieldType::bigint);
    EXPECT_TRUE(numbers.casts);
    EXPECT_EQ(numbers.known, 2u);
    EXPECT_THAT(numbers.nothing, ElementsAre("", "User Info Error"));
    EXPECT_THAT(field_of({"\"a\"", "\"N/A\"", "\"No Title Data Available\""}).nothing,
                ElementsAre("N/A", "No Title Data Available"));
    EXPECT_THAT(field_of({"1", "2", "3", "\"closed\""}, 5).nothing, ElementsAre("closed")) << "a habit among numbers";
    EXPECT_THAT(field_of({"\"open\"", "\"closed\""}, 5).nothing, ElementsAre());
    const InferredField times = field_of({"\"2020-08-28\"", "\"\""});
    EXPECT_FALSE(times.casts) << "a timestamp takes \"\" for null by itself";
}

TEST(Inference, RecordsAreUnwrappedAsTablesDo) {
    Inference sample;
    sample.add(R"([{"a":1},{"a":2}])");
    sample.add(R"("{\"a\":3}")");
    sample.add("\"eyJhIjo0fQ==\"");  // {"a":4}
    sample.add("[]");
    sample.add("[1]");
    sample.add("nonsense");
    sample.add("\"text\"");
    EXPECT_EQ(sample.records, 7u);
    EXPECT_EQ(sample.rows, 4u);
    EXPECT_EQ(sample.unreadable, 3u);
    EXPECT_EQ(sample.unreadable_example, "[1]");
    EXPECT_EQ(sample.fields.at(0).distinct(), 4u);
}

TEST(Inference, ManyFieldsAndTextsAreBounded) {
    Inference sample;
    for (size_t i = 0; i < Inference::most_fields + 10; ++i) sample.add(fmt::format(R"({{"f{}":"t"}})", i));
    EXPECT_EQ(sample.fields.size(), Inference::most_fields);
    EXPECT_EQ(sample.passed_over, 10u);
    EXPECT_THAT(infer_pipeline(sample, "sale", "t").value().left_out,
                ElementsAre("fields behind the first 1000: 10 values were passed over"));
    Inference texts;
    for (size_t i = 0; i < 2 * FieldFacts::most_texts; ++i) texts.add(fmt::format(R"({{"f":"t{}"}})", i));
    EXPECT_EQ(texts.fields.at(0).texts.size(), FieldFacts::most_texts);
    EXPECT_FALSE(texts.fields.at(0).knows_all_texts);
}

// What is written is a declaration, and takes the sample as it said.
class InferredPipelineTest : public testing::Test {
  protected:
    InferredPipelineTest() : folder_(std::filesystem::path(testing::TempDir()) / "inferred") {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    ~InferredPipelineTest() override { std::filesystem::remove_all(folder_); }

    void add(const std::string& record) {
        sample_.add(record);
        lines_ += record + "\n";
    }
    CheckedTable checked() {
        made_ = infer_pipeline(sample_, "sale", "shop.sales").value();
        std::ofstream(folder_ / "pipeline.toml") << made_.toml;
        std::ofstream(folder_ / made_.sql_file) << made_.sql;
        const auto database = engine::Database::open({.allowed_folders = {testing::TempDir()}}).value();
        const auto pipelines = Pipelines::load({folder_}, *database);
        EXPECT_TRUE(pipelines) << pipelines.error().message << "\n" << made_.toml << made_.sql;
        if (!pipelines) return {};
        return check_sample(**pipelines, "", lines_, *database, engine::Format::csv).value().at(0);
    }

    std::filesystem::path folder_;
    Inference sample_;
    std::string lines_;
    InferredPipeline made_;
};

TEST_F(InferredPipelineTest, OfOrdinaryRecords) {
    for (int i = 0; i < 200; ++i)
        add(fmt::format(
            R"({{"receipt":{},"kind":"{}","latitude":{},"price":{},"at":"2026-01-02 03:04:05","order":{}}})", i,
            i % 2 == 0 ? "new" : "it's", -i / 4.0, i % 10 == 0 ? "\"unknown\"" : "1.5",
            i % 3 == 0 ? "null" : R"({"a":1})"));
    const CheckedTable table = checked();
    EXPECT_EQ(table.rows, 200u) << made_.toml << made_.sql;
    EXPECT_EQ(table.quarantined, 0u) << table.quarantined_text;
    EXPECT_THAT(made_.toml, HasSubstr("key = [\"receipt\"]  # different in every row"));
    EXPECT_THAT(made_.toml, HasSubstr("sources = [{ topic = \"shop.sales\", table = \"sale\" }]"));
    EXPECT_THAT(made_.toml, HasSubstr(R"(price = { type = "text", null = ["unknown"] })"));
    EXPECT_THAT(made_.toml, HasSubstr(R"(check = '"latitude" BETWEEN -90 AND 90')"));
    EXPECT_THAT(made_.toml, HasSubstr(R"(check = '''"kind" IN ('it''s', 'new')''')"));
    EXPECT_THAT(made_.toml, Not(HasSubstr("order is known")));
    EXPECT_THAT(made_.sql, HasSubstr(R"(try_cast("price" AS DOUBLE) AS "price")"));
    EXPECT_THAT(table.rows_text, HasSubstr("1,it's,-0.25,1.5,2026-01-02T03:04:05Z,")) << "a header and rows";
}

TEST_F(InferredPipelineTest, WhatIsWrongIsQuarantinedAndTold) {
    for (int i = 0; i < 300; ++i) add(fmt::format(R"({{"receipt":{}}})", i));
    add(R"({"receipt":"none such"})");
    add("not json");
    EXPECT_EQ(checked().quarantined, 2u);
    EXPECT_THAT(made_.toml,
                HasSubstr("# 1 of the records are no JSON objects and would be quarantined, as \"not json\""));
    EXPECT_THAT(made_.toml, HasSubstr("0.3 % of the rows of another type, as \"none such\""));
}

TEST_F(InferredPipelineTest, NamesOfEveryKind) {
    add(R"({"plain":1,"two words":2,"a\"quote'":3,"ü{x}":4,"":5,"_own":6,"Plain":7,"new\nline":8,"select":9})");
    EXPECT_EQ(checked().rows, 1u) << made_.toml << made_.sql;
    EXPECT_THAT(made_.left_out,
                ElementsAre(HasSubstr("\"\""), HasSubstr("_own"), "\"Plain\": SQL cannot tell it from \"plain\""));
    EXPECT_THAT(made_.sql, HasSubstr(R"("two words" AS "two_words")"));
}

TEST_F(InferredPipelineTest, NothingToInferFrom) {
    EXPECT_THAT(infer_pipeline(sample_, "sale", "shop.sales").error().message,
                HasSubstr("nothing to infer from: shop.sales has no records yet"));
    sample_.add("[]");
    const auto made = infer_pipeline(sample_, "sale", "shop.sales");
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("nothing to infer from: 1 records"));
}

}  // namespace
}  // namespace pinflow::sink
