// Fields that nobody declared, on their way into a table: kept, made columns of, through stops and faults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

// One table n of records {"a": …}; `rules` stand in its declaration.
std::filesystem::path pipeline(const std::filesystem::path& folder, const std::string& rules,
                               const std::string& sql = "SELECT a, a * 2 AS twice FROM input") {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << "input = { a = \"bigint\" }\n"
        << rules << "\n";
    std::ofstream(folder / "p/n.sql") << sql;
    return folder / "p";
}

class SchemaGrowth : public testing::Test {
  protected:
    void start(const std::string& rules, const std::string& sql = "SELECT a, a * 2 AS twice FROM input") {
        flow_.reset();
        flow_ = std::make_unique<TestFlow>(folder_.path(), posix_disk(), pipeline(folder_.path(), rules, sql));
        flow_->tables->start();
    }
    void post(const std::vector<std::string>& values) {
        flow_->post("n", values);
        flow_->drain();
    }
    std::string rows(const std::string& columns = "*") {
        return flow_->rows("SELECT " + columns + " FROM clean.n ORDER BY a");
    }
    std::string header() {
        const std::string text = flow_->ask("SELECT * FROM clean.n LIMIT 0");
        return text.substr(0, text.find('\n'));
    }

    TestFolder folder_;
    std::unique_ptr<TestFlow> flow_;
};

constexpr const char* add = "schema = \"add\"";

TEST_F(SchemaGrowth, FixedPassesOverAndQuarantines) {
    start("");
    post({R"({"a": 1, "x": 2})", R"({"a": "one"})"});
    EXPECT_EQ(rows(), "1,2\n");
    EXPECT_EQ(flow_->rows("SELECT rule FROM quarantine.n"), "type\n");
}

TEST_F(SchemaGrowth, RescueKeepsAllInOneColumn) {
    start("schema = \"rescue\"");
    post({R"({"a": 1, "x": 2})", R"({"a": 2})"});
    EXPECT_EQ(header(), "a,twice,_rescued");
    EXPECT_EQ(rows(), "1,2,\"{\"\"x\"\":2}\"\n2,4,\n");
    post({R"({"a": "one", "y": [1]})"});
    EXPECT_EQ(rows("_rescued->>'a', _rescued->'$.y[0]'"), ",\n,\none,1\n");
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM quarantine.n"), "0\n");
    EXPECT_EQ(header(), "a,twice,_rescued");
}

TEST_F(SchemaGrowth, FieldsBecomeColumnsInTheCommitOfTheirRows) {
    start(add);
    post({R"({"a": 1})"});
    post({R"({"a": 2, "city": "Lima", "user-id": 7, "at": "2026-11-20T10:00:00Z"})", R"({"a": 3, "ok": true})"});
    EXPECT_EQ(header(), "a,twice,_rescued,city,user_id,at,ok");
    EXPECT_EQ(rows("a, _rescued, city, user_id, \"at\", ok"), "1,,,,,\n2,,Lima,7,2026-11-20T10:00:00Z,\n3,,,,,true\n");
    const auto table = delta::Table::open({posix_disk(), system_clock(), flow_->flow}, folder_.path() / "lake/clean/n");
    ASSERT_TRUE(table);
    const auto commit = (*table)->read_version((*table)->snapshot()->version);
    ASSERT_TRUE(commit && *commit);
    size_t metadata = 0;
    size_t adds = 0;
    for (const auto& action : (*commit)->actions) {
        metadata += std::holds_alternative<delta::Metadata>(action);
        adds += std::holds_alternative<delta::AddFile>(action);
    }
    EXPECT_EQ(metadata, 1u);
    EXPECT_EQ(adds, 1u);
}

TEST_F(SchemaGrowth, WhatDoesNotFitItsColumnIsRescued) {
    start(add);
    post({R"({"a": 1, "x": 2})"});
    post({R"({"a": 2, "x": "two"})", R"({"a": 3, "x": 3})"});
    EXPECT_EQ(rows("a, x, _rescued"), "1,2,\n2,,\"{\"\"x\"\":\"\"two\"\"}\"\n3,3,\n");
}

TEST_F(SchemaGrowth, ColumnsAreFilledAfterARestartAndUnderRescue) {
    start(add);
    post({R"({"a": 1, "x": 2})"});
    start(add);
    post({R"({"a": 2, "x": 3})"});
    start("schema = \"rescue\"");
    post({R"({"a": 3, "x": 4, "y": 5})"});
    EXPECT_EQ(rows("a, x, _rescued"), "1,2,\n2,3,\n3,4,\"{\"\"y\"\":5}\"\n");
    start("");
    post({R"({"a": 4, "x": 5})"});
    EXPECT_EQ(rows("a, x, _rescued"), "1,2,\n2,3,\n3,4,\"{\"\"y\"\":5}\"\n4,,\n");
}

TEST_F(SchemaGrowth, ADeclarationTakesItsFieldOver) {
    start(add);
    post({R"({"a": 1, "x": 2})"});
    start(std::string(add) + "\n", "SELECT a, a + 40 AS x FROM input");
    post({R"({"a": 2, "x": 3})"});
    EXPECT_EQ(rows("a, x, _rescued->>'x'"), "1,2,\n2,42,3\n");
}

TEST_F(SchemaGrowth, ANameInTheSqlMeansWhatItMeant) {
    start(std::string(add) + "\n[[table.n.expect]]\nrule = \"r\"\ncheck = \"_h <= 100\"\n",
          "SELECT a, a * 10 AS _h, _h + 1 AS b FROM input");
    post({R"({"a": 1, "_h": 1000, "h": 2, "B": 5, "cleaned": 6})", R"({"a": 11, "h": 3})"});
    EXPECT_EQ(rows("a, b, h"), "1,11,1000\n");
    EXPECT_EQ(rows("_rescued"), "\"{\"\"h\"\":2,\"\"B\"\":5,\"\"cleaned\"\":6}\"\n");
    EXPECT_EQ(flow_->rows("SELECT rule FROM quarantine.n"), "r\n");
}

TEST_F(SchemaGrowth, FieldsOfOneWindowComeTogether) {
    start(std::string(add) + "\nsettings = { schema_window_ms = 1500, latency_ms = 10 }");
    for (int i = 0; i < 5; ++i) {
        flow_->post("n", {fmt::format(R"({{"a": {}, "x": {}, "x{}": 1}})", i, i < 4 ? "1" : "1.5", i)});
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    for (int i = 0; i < 1000 && flow_->rows("SELECT count(*) FROM clean.n") != "5\n"; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto table =
        need(delta::Table::open({posix_disk(), system_clock(), flow_->flow}, folder_.path() / "lake/clean/n"));
    EXPECT_EQ(table->snapshot()->version, 1);
    EXPECT_EQ(header(), "a,twice,_rescued,x,x0,x1,x2,x3,x4");
    EXPECT_EQ(rows("x"), "1.0\n1.0\n1.0\n1.0\n1.5\n");
}

TEST_F(SchemaGrowth, ABombStaysText) {
    start(add);
    std::string bomb = "{\"a\": 1";
    for (int i = 0; i < 10'000; ++i) bomb += fmt::format(",\"k{}\":{}", i, i);
    post({bomb + "}"});
    post({R"({"a": 2, "late": 1})"});  // those that come at once after it wait with it
    EXPECT_EQ(header(), "a,twice,_rescued");
    EXPECT_EQ(rows("_rescued->>'k9999', _rescued->>'late'"), "9999,\n,1\n");
}

TEST_F(SchemaGrowth, AColumnOfAnotherWriterIsNotTaken) {
    start(add);
    post({R"({"a": 1})"});
    const auto other =
        need(delta::Table::open({posix_disk(), system_clock(), flow_->flow}, folder_.path() / "lake/clean/n"));
    delta::Metadata metadata = *other->snapshot()->metadata;
    metadata.schema.columns.push_back({.name = "x", .type = {.kind = delta::Type::Kind::string}});
    ASSERT_TRUE(other->commit({.info = {.operation = "ADD COLUMNS"}, .metadata = metadata}));
    post({R"({"a": 2, "x": 5, "y": 6})"});
    post({R"({"a": 3, "x": 5, "y": 6})"});
    EXPECT_EQ(rows("a, x, y, _rescued"), "1,,,\n2,,6,\"{\"\"x\"\":5}\"\n3,,6,\"{\"\"x\"\":5}\"\n");
}

TEST_F(SchemaGrowth, ExpectationsAndPoisonStillSplit) {
    start(std::string(add) + "\n[[table.n.expect]]\nrule = \"small\"\ncheck = \"a < 5\"\n",
          "SELECT a, 10 // (a - 3) AS q, CASE WHEN a = 4 THEN CAST('x' AS INT) END AS p FROM input");
    post({R"({"a": 1, "x": 1})", R"({"a": 4, "x": 2})", R"({"a": 7, "x": 3})", R"([{"a": 2, "x": 4}, {"a": 9}])",
          R"(5)"});
    EXPECT_EQ(rows("a, x"), "1,1\n");
    EXPECT_EQ(flow_->rows("SELECT _offset, rule FROM quarantine.n ORDER BY _offset"),
              "1,sql\n2,small\n3,small\n4,object\n");
}

}  // namespace
}  // namespace pinflow::sink
