// Short forms of expectations: checks of a column.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

std::filesystem::path make_checked(const std::filesystem::path& folder, const std::string& checks,
                                   const std::string& sql = "SELECT n, name, x, sold FROM input") {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << "input = { n = \"bigint\", name = \"text\", x = \"double\", sold = \"timestamp\" }\n"
        << checks << "\n[[table.n.expect]]\nrule = \"own\"\ncheck = \"n <> 13\"\n";
    std::ofstream(folder / "p/n.sql") << sql;
    return folder / "p";
}

class ColumnChecks : public testing::Test {
  protected:
    // What became of each record: "rule: message", in order, of those that were quarantined.
    std::string quarantined(const std::string& checks, const std::vector<std::string>& records) {
        flow_ = std::make_unique<TestFlow>(folder_.path(), posix_disk(), make_checked(folder_.path(), checks));
        flow_->tables->start();
        flow_->post("n", records);
        flow_->drain();
        return flow_->rows("SELECT _offset || ' ' || rule || ': ' || message AS m FROM quarantine.n ORDER BY _offset");
    }
    std::string refused(const std::string& checks, const std::string& sql = "SELECT n, name, x, sold FROM input") {
        const auto database = need(engine::Database::open({.external_access = true}));
        const auto loaded = Pipelines::load({make_checked(folder_.path(), checks, sql)}, *database);
        return loaded ? "taken" : loaded.error().message;
    }
    TestFolder folder_;
    std::unique_ptr<TestFlow> flow_;
};

TEST_F(ColumnChecks, Bounds) {
    EXPECT_EQ(
        quarantined("[table.n.columns]\nn = { not_null = true, min = 0, max = 100 }\nx = { min = -0.5 }\n"
                    "sold = { min = \"2020-01-01\" }",
                    {R"({"n": 0, "x": -0.5, "sold": "2020-01-01"})", R"({"n": 100})", "{}", R"({"n": -1})",
                     R"({"n": 101})", R"({"n": 1, "x": -0.51})", R"({"n": 1, "sold": "2019-12-31"})", R"({"n": 13})"}),
        "2 n.not_null: n is null\n3 n.min: n -1 is below 0\n4 n.max: n 101 is above 100\n"
        "5 x.min: x -0.51 is below -0.5\n"
        "6 sold.min: sold 2019-12-31 00:00:00+00 is below '2020-01-01'\n7 own: n <> 13 is false\n");
}

TEST_F(ColumnChecks, PatternsAndValues) {
    EXPECT_EQ(quarantined("[table.n.columns]\nname = { pattern = '[a-c]+\\d{2}' }\nn = { one_of = [1, 2, 13], "
                          "pattern = '\\d' }",
                          {R"({"name": "abc12", "n": 1})", R"({"name": "xabc12"})", R"({"name": "abc12x"})",
                           R"({"n": 3})", R"({"n": 13})", R"({"name": "it's"})", "{}"}),
              "1 name.pattern: name xabc12 does not match its pattern\n"
              "2 name.pattern: name abc12x does not match its pattern\n\"3 n.one_of: n 3 is none of 1, 2, 13\"\n"
              "4 n.pattern: n 13 does not match \\d\n5 name.pattern: name it's does not match its pattern\n");
}

TEST_F(ColumnChecks, Severities) {
    EXPECT_EQ(quarantined("[table.n.columns]\nname = { one_of = [\"it's\", \"b\"], severity = \"warn\" }\n",
                          {R"({"name": "it's"})", R"({"name": "c"})", R"({"name": "d"})"}),
              "");
    EXPECT_EQ(flow_->tables->status().at(0).warnings, 2);
    flow_.reset();
    flow_ = std::make_unique<TestFlow>(
        folder_.path(), posix_disk(),
        make_checked(folder_.path(), "[table.n.columns]\nname = { max = \"m\", severity = \"stop\" }\n"));
    flow_->tables->start();
    flow_->post("n", {R"({"name": "z"})"});
    const DrainResult result = flow_->tables->drain(10'000);
    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_THAT(result.problems[0], HasSubstr("name.max at offset 3 of n-0: name z is above 'm'; it stops here"));
}

TEST_F(ColumnChecks, MistakesAreTold) {
    EXPECT_THAT(refused("[table.n.columns]\nn = true"), HasSubstr("pipeline.toml:7: column n needs its checks: n = {"));
    EXPECT_THAT(refused("[table.n.columns]\nn = {}"),
                HasSubstr("needs a check: not_null, min, max, pattern or one_of"));
    EXPECT_THAT(refused("[table.n.columns]\nn = { minn = 1 }"), HasSubstr("did you mean min?"));
    EXPECT_THAT(refused("[table.n.columns]\nn = { min = true }"), HasSubstr("min must be a number or a text"));
    EXPECT_THAT(refused("[table.n.columns]\nn = { one_of = [] }"), HasSubstr("one_of must be an array"));
    EXPECT_THAT(refused("[table.n.columns]\nn = { one_of = [{}] }"), HasSubstr("one_of must be an array"));
    EXPECT_THAT(refused("[table.n.columns]\nn = { min = 1, severity = \"loud\" }"), HasSubstr("severity must be"));
    EXPECT_THAT(refused("[table.n.columns]\nm = { min = 1 }"), HasSubstr("[table.n.columns] m.min: "));
    EXPECT_THAT(refused("[table.n.columns]\nn = { min = \"x\" }"), HasSubstr("[table.n.columns] n.min: "));
    EXPECT_THAT(refused("[table.n.columns]\nname = { pattern = \"(\" }"),
                HasSubstr("[table.n.columns] name.pattern: "));
    EXPECT_THAT(refused("[table.n.columns]\nsold = { one_of = [\"2020-01-01\", \"soon\"] }"), HasSubstr("'soon'"));
    EXPECT_EQ(refused("[table.n.columns]\nname = { min = \"1\", max = \"{\" }\nn = { max = 2.5 }"), "taken");
}

}  // namespace
}  // namespace pinflow::sink
