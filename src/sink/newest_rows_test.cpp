// newest."<table>": one row a key, whatever the rows have in common.
#include "sink/newest_rows.h"

#include <gmock/gmock.h>

#include <fstream>

#include "sink/table_stats.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;
using testing::Not;

delta::SnapshotPtr snapshot_with(const std::vector<std::string>& stats) {
    auto snapshot = std::make_shared<delta::Snapshot>();
    for (const auto& json : stats) snapshot->files.insert(delta::AddFile{.path = json, .stats_json = json});
    return snapshot;
}

std::string stats(const std::string& least, const std::string& greatest, int nulls = 0) {
    return fmt::format(
        R"({{"numRecords":2,"minValues":{{"_partition":{}}},"maxValues":{{"_partition":{}}},"nullCount":{{"_partition":{}}}}})",
        least, greatest, nulls);
}

bool is_constant(const std::vector<std::string>& all) {
    return constant_columns(*snapshot_with(all), {"_partition"}).contains("_partition");
}

TEST(ConstantColumns, AreTheSameInEveryRowOfEveryFile) {
    EXPECT_TRUE(is_constant({stats("0", "0")}));
    EXPECT_TRUE(is_constant({stats("3", "3"), stats("3", "3") + " "}));
    EXPECT_TRUE(is_constant({stats(R"("a\"b")", R"("a\"b")")}));
    EXPECT_FALSE(is_constant({stats("0", "1")}));
    EXPECT_FALSE(is_constant({stats("0", "0"), stats("1", "1")}));
    EXPECT_FALSE(is_constant({stats("0", "0", 1)})) << "a null sorts elsewhere";
    EXPECT_FALSE(is_constant({stats("0", "0"), ""})) << "who knows";
    EXPECT_FALSE(is_constant({stats("0", "0"), "{\"numRecords\":2}"}));
    EXPECT_FALSE(is_constant({"no JSON"}));
}

TEST(NewestRows, SortsByWhatTellsRowsApartOnly) {
    const auto same = newest_rows_sql(*snapshot_with({stats("0", "0")}), "SELECT 1", {"ind"});
    EXPECT_THAT(same, HasSubstr("PARTITION BY \"ind\" ORDER BY _time DESC, _offset DESC"));
    EXPECT_THAT(same, Not(HasSubstr("_partition")));
    const auto different = newest_rows_sql(*snapshot_with({stats("0", "1")}), "SELECT 1", {"ind", "day"});
    EXPECT_THAT(different,
                HasSubstr("PARTITION BY \"ind\", \"day\" ORDER BY _time DESC, _partition DESC, _offset DESC, "
                          "_topic DESC, _index DESC"));
}

TEST(NewestRows, OfATableThatGrows) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    flow.post("u.user", {R"({"ind": 1, "age": 20})", R"({"ind": 2, "age": 30})", R"({"ind": 1, "age": 21})"});
    flow.drain();
    const std::string ages = "SELECT ind, age FROM newest.u_user ORDER BY ind";
    EXPECT_EQ(flow.rows(ages), "1,21\n2,30\n");
    // Now rows differ in _index, too: of one record and time, the last one counts.
    flow.post("u.user", {R"([{"ind": 1, "age": 40}, {"ind": 1, "age": 41}, {"ind": 3, "age": 50}])"});
    flow.drain();
    EXPECT_EQ(flow.rows(ages), "1,41\n2,30\n3,50\n");
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.u_user"), "6\n");
    EXPECT_EQ(flow.rows("SELECT _offset, _index FROM newest.u_user WHERE ind = 1"), "3,1\n");
}

TEST(NewestRows, AreNotKnownWithoutThePipeline) {
    const TestFolder folder;
    {
        TestFlow flow(folder.path());
        flow.tables->start();
        flow.post("u.user", {R"({"ind": 1, "age": 20})", R"({"ind": 1, "age": 21})"});
        flow.drain();
        EXPECT_TRUE(need(flow.catalog->is_declared("u_user")));
    }
    const auto other = folder.path() / "other";
    std::filesystem::create_directories(other);
    std::ofstream(other / "n.sql") << "SELECT a FROM input";
    std::ofstream(other / "pipeline.toml") << "name = \"n\"\n[table.n]\nclean = \"n.sql\"\n"
                                              "sources = [{ topic = \"n\", table = \"n\" }]\n"
                                              "input = { a = \"bigint\" }\n";
    TestFlow flow(folder.path(), posix_disk(), other);
    EXPECT_THAT(flow.ask("SELECT count(*) FROM newest.u_user"),
                HasSubstr("name that pipeline's folder with --pipelines"));
    EXPECT_THAT(flow.ask("SELECT count(*) FROM newest.u_user VERSION AS OF 1"), HasSubstr("its key is not known"));
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean_rows.u_user"), "2\n");
    EXPECT_FALSE(need(flow.catalog->is_declared("U_user")));
    EXPECT_FALSE(flow.catalog->is_declared("nosuch"));
}

}  // namespace
}  // namespace pinflow::sink
