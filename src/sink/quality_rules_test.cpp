// What a pipeline expects of a table as a whole: freshness, volume, drift.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::filesystem::path make_ruled(const std::filesystem::path& folder, const std::string& rules) {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nkey = [\"id\"]\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << "input = { id = \"bigint\", x = \"double\", name = \"text\" }\n[table.n.quality]\n"
        << rules;
    std::ofstream(folder / "p/n.sql") << "SELECT id, x, name FROM input";
    return folder / "p";
}

class QualityOfATable : public testing::Test {
  protected:
    void start(const std::string& rules) {
        flow_ = std::make_unique<TestFlow>(folder_.path(), posix_disk(), make_ruled(folder_.path(), rules));
        flow_->tables->start();
    }
    // So many rows, so many days ago.
    void post(int days_ago, int count, const std::string& members = "\"x\": 10") {
        flow_->time_ms = system_clock().wall_ms() - days_ago * 86'400'000LL - 1000;
        flow_->post("n", std::vector<std::string>(static_cast<size_t>(count), "{\"id\": 1, " + members + "}"));
        flow_->drain();
    }
    // Of the days from the first to today.
    std::string findings() {
        std::string text = flow_->rows(
            "SELECT (CAST(now() AS DATE) - day) || ': ' || list_aggregate(findings, 'string_agg', '; ') "
            "FROM quality.n WHERE len(findings) > 0 ORDER BY day");
        std::erase(text, '"');
        return text;
    }
    std::string refused(const std::string& rules) {
        const auto database = need(engine::Database::open({.external_access = true}));
        const auto loaded = Pipelines::load({make_ruled(folder_.path(), rules)}, *database);
        return loaded ? "taken" : loaded.error().message;
    }
    TestFolder folder_;
    std::unique_ptr<TestFlow> flow_;
};

TEST_F(QualityOfATable, Freshness) {
    start("max_age = \"36h\"");
    flow_->post("n", {"no JSON"});  // nothing but quarantine
    flow_->drain();
    EXPECT_EQ(findings(), "0: the newest row is of never, older than 36h\n");
    post(3, 2);
    EXPECT_THAT(findings(), AllOf(HasSubstr("0: the newest row is of "), HasSubstr(", older than 36h\n")));
    EXPECT_TRUE(flow_->tables->status().at(0).stale);
    post(1, 1);
    EXPECT_THAT(findings(), Not(HasSubstr("newest")));
    EXPECT_FALSE(flow_->tables->status().at(0).stale);
}

TEST_F(QualityOfATable, Volume) {
    start("min_rows = 3\nmax_rows = 6");
    for (int day = 9; day > 3; --day) post(day, 3);
    post(3, 6);
    post(2, 1);
    EXPECT_EQ(findings(), "2: 1 rows, less than 3\n1: 0 rows, less than 3\n") << "today is not over";
    post(0, 7);
    EXPECT_EQ(findings(), "2: 1 rows, less than 3\n1: 0 rows, less than 3\n0: 7 rows, more than 6\n");
}

TEST_F(QualityOfATable, Drift) {
    start("drift = { x = { mean = 0.5 }, name = { nulls = 0.4 }, id = { mean = 0.1 } }");
    for (int day = 9; day > 3; --day) post(day, 4, "\"x\": 10, \"name\": \"a\"");
    post(3, 4, "\"x\": 14.9, \"name\": \"a\"");
    post(3, 2, "\"x\": 14.9");
    EXPECT_EQ(findings(), "") << "a third of nulls would be unusual, and that mean";
    post(2, 2, "\"x\": 30");
    post(2, 1, "\"x\": 30, \"name\": \"b\"");
    EXPECT_THAT(findings(), AllOf(HasSubstr("2: the mean of x is 30, on the days before 10.7"),
                                  HasSubstr("name is null in 67 % of the rows"), Not(HasSubstr("mean of id"))));
    flow_->post("n", {R"({"id": 50, "name": "a"})"});
    flow_->time_ms += 86'400'000;
    flow_->post("n", {R"({"id": 50, "name": "a"})"});
    flow_->drain();
    EXPECT_THAT(findings(), HasSubstr("the mean of id is 50"));
}

TEST_F(QualityOfATable, MistakesAreTold) {
    EXPECT_THAT(refused("max_age = \"6x\""), HasSubstr("pipeline.toml:8: max_age must be a time like"));
    EXPECT_THAT(refused("max_age = \"d\""), HasSubstr("max_age must be a time like"));
    EXPECT_THAT(refused("max_age = \"99999d\""), HasSubstr("max_age must be a time like"));
    EXPECT_THAT(refused("min_rows = -1"), HasSubstr("min_rows"));
    EXPECT_THAT(refused("maxrows = 1"), HasSubstr("did you mean max_rows?"));
    EXPECT_THAT(refused("drift = { y = { mean = 1 } }"), HasSubstr("drift names y, which is no column"));
    EXPECT_THAT(refused("drift = { name = { mean = 1 } }"),
                HasSubstr("drift names name, which is VARCHAR and has no mean"));
    EXPECT_THAT(refused("drift = { x = {} }"), HasSubstr("must say how far"));
    EXPECT_THAT(refused("drift = { x = 3 }"), HasSubstr("must say how far"));
    EXPECT_THAT(refused("drift = { x = { means = 3 } }"), HasSubstr("did you mean mean?"));
    EXPECT_EQ(refused("max_age = \"366d\"\nmin_rows = 0\ndrift = { name = { nulls = 1 } }"), "taken");
}

}  // namespace
}  // namespace pinflow::sink
