// Which record and which rules made a row: it is found however long ago, and whatever became of files and logs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/rebuilds.h"
#include "sink/replay.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

class Lineage : public testing::Test {
  protected:
    void start(const std::string& sql, int most = 1000, bool upkeep = false) {
        flow_.reset();
        const auto folder = folder_.path() / "p";
        std::filesystem::create_directories(folder);
        std::ofstream(folder / "pipeline.toml")
            << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
            << "input = { a = { type = \"bigint\" }, s = { type = \"text\", null = [\"\"] } }\n"
            << "settings = { compact_after_files = 4 }\n"
            << "[[table.n.expect]]\nrule = \"most\"\ncheck = \"a <= " << most << "\"\nmessage = \"{a}\"\n";
        std::ofstream(folder / "n.sql") << sql;
        flow_ = std::make_unique<TestFlow>(folder_.path(), posix_disk(), folder, TablesOptions{.upkeep = upkeep});
        flow_->tables->start();
    }
    void post(int from, int to) {
        for (int i = from; i < to; ++i) flow_->post("n", {fmt::format(R"({{"a": {}}})", i)});
        flow_->drain();
    }
    // How many rows each rule made, and their offsets.
    std::string made_by() {
        return flow_->rows(
            "SELECT r.sql, count(*), min(c._offset), max(c._offset) FROM clean_rows.n c LEFT JOIN rules.n r ON "
            "r.version = c._rule_version GROUP BY ALL ORDER BY ALL");
    }
    size_t file_count() {
        for (const auto& table : need(flow_->catalog->tables()))
            if (table.schema == "clean") return static_cast<size_t>(table.files);
        return 0;
    }

    TestFolder folder_;
    std::unique_ptr<TestFlow> flow_;
};

TEST_F(Lineage, EachRowLeadsToTheRulesThatMadeIt) {
    start("SELECT a FROM input");
    post(0, 3);
    start("SELECT a + 1 AS a FROM input");
    post(3, 5);
    EXPECT_EQ(made_by(), "SELECT a + 1 AS a FROM input,2,3,4\nSELECT a FROM input,3,0,2\n");
    EXPECT_EQ(
        flow_->rows("SELECT kind, pipeline, undeclared, \"unique\", count(*), count(since) FROM rules.n GROUP BY ALL"),
        "n,p,fixed,[],2,2\n");
    EXPECT_EQ(flow_->rows("SELECT DISTINCT input->0->>'name', input->1->'null'->>0, expectations->0->>'check', "
                          "expectations->0->>'severity' FROM rules.n"),
              "a,\"\",a <= 1000,quarantine\n");
    EXPECT_THAT(flow_->ask("SELECT * FROM rules.n VERSION AS OF 1"), HasSubstr("ask by its column version"));
    EXPECT_THAT(flow_->ask("SELECT * FROM clean.n"), testing::Not(HasSubstr("_rule_version")));
}

TEST_F(Lineage, OutlivesCompactionAndTheLog) {
    start("SELECT a FROM input", 1000, true);
    for (int i = 0; i < 40; ++i) post(i, i + 1);
    start("SELECT a AS a FROM input", 1000, true);
    for (int i = 40; i < 80; ++i) post(i, i + 1);
    const auto expected = "SELECT a AS a FROM input,40,40,79\nSELECT a FROM input,40,0,39\n";
    EXPECT_EQ(made_by(), expected);
    EXPECT_LT(file_count(), 60U) << "some were merged";
    flow_.reset();
    const auto folder = folder_.path() / "lake/clean/n";
    auto database = std::shared_ptr(need(engine::Database::open({.external_access = true})));
    const auto table = need(delta::Table::open({posix_disk(), system_clock(), database}, folder));
    ASSERT_TRUE(table->checkpoint());
    for (const auto& entry : std::filesystem::directory_iterator(folder / "_delta_log"))
        if (entry.path().extension() == ".json") std::filesystem::remove(entry.path());
    start("SELECT a AS a FROM input");
    EXPECT_EQ(made_by(), expected);
}

TEST_F(Lineage, RowsThatWereMadeAnewSaySo) {
    start("SELECT a FROM input", 5);
    post(0, 10);
    EXPECT_EQ(flow_->rows("SELECT count(*), min(expectations->0->>'check') FROM quarantine.n q JOIN rules.n r ON "
                          "r.version = q.rule_version"),
              "4,a <= 5\n");
    start("SELECT a AS a FROM input", 8);
    EXPECT_EQ(need(flow_->tables->replay("n", {})).passed, 3);
    EXPECT_EQ(made_by(), "SELECT a AS a FROM input,3,6,8\nSELECT a FROM input,6,0,5\n");
    const auto request = need(flow_->tables->forget("n", "a = 2"));  // its file is written anew
    EXPECT_EQ(need(flow_->tables->forgetting(request.id, 60'000)).request.rows, 1);
    EXPECT_EQ(made_by(), "SELECT a AS a FROM input,3,6,8\nSELECT a FROM input,5,0,5\n");
    const auto id = need(flow_->tables->rebuilds().ask("n", {}, false));
    EXPECT_EQ(need(flow_->tables->rebuilds().wait(id, 60'000)).state, "done");
    EXPECT_EQ(made_by(), "SELECT a AS a FROM input,8,0,8\n");
}

// As an earlier Pinflow made it, which kept no rules and had no such column.
TEST_F(Lineage, TablesOfBeforeHaveRowsOfUnknownRules) {
    auto database = std::shared_ptr(need(engine::Database::open({.external_access = true})));
    const delta::Environment environment{posix_disk(), system_clock(), database};
    using Kind = delta::Type::Kind;
    delta::Metadata metadata{.name = "n"};
    metadata.configuration = delta::default_configuration();
    for (const auto& [name, kind] : {std::pair{"a", Kind::long_},
                                     {"_topic", Kind::string},
                                     {"_partition", Kind::integer},
                                     {"_offset", Kind::long_},
                                     {"_index", Kind::integer},
                                     {"_time", Kind::timestamp}})
        metadata.schema.columns.push_back({.name = name, .type = {.kind = kind}});
    const auto folder = folder_.path() / "lake/clean/n";
    std::filesystem::create_directories(folder);
    const auto table = need(delta::Table::create(environment, folder, metadata));
    auto connection = need(database->connect());
    const auto file = need(engine::write_parquet(
        connection, "SELECT 7::BIGINT AS a, 'n' AS _topic, 0 AS _partition, -1::BIGINT AS _offset",
        folder / "old.parquet"));
    delta::AddFile add{.path = "old.parquet", .size_bytes = static_cast<int64_t>(file.size_bytes)};
    add.stats_json = file.stats_json;
    need(table->append({.info = {.operation = "WRITE"}, .adds = {add}}));
    start("SELECT a FROM input");
    post(0, 2);
    EXPECT_EQ(made_by(), "SELECT a FROM input,2,0,1\n,1,-1,-1\n");
}

}  // namespace
}  // namespace pinflow::sink
