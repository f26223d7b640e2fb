// What SQL sees of the past, and of tables in other folders.
#include <gmock/gmock.h>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class TimeTravelTest : public testing::Test {
  protected:
    // clean.u_user: version 1 has the user 1, version 2 the users 1 and 2.
    TimeTravelTest() : flow(folder.path()) {
        flow.tables->start();
        flow.post("u.user", {R"({"ind": 1, "age": 20})"});
        flow.drain();
        flow.post("u.user", {R"({"ind": 2, "age": 30})"});
        flow.drain();
        first = newest() - 1;
    }
    int64_t newest() {
        for (const TableInfo& table : need(flow.catalog->tables())) {
            if (table.schema == "clean") return table.version;
        }
        return -1;
    }
    std::string at(const std::string& sql, int64_t version) {
        return flow.rows(fmt::format(fmt::runtime(sql), version));
    }

    TestFolder folder;
    TestFlow flow;
    int64_t first = 0;
};

TEST_F(TimeTravelTest, VersionsBesideEachOther) {
    EXPECT_EQ(at("SELECT count(*) FROM clean.u_user VERSION AS OF {}", first), "1\n");
    EXPECT_EQ(at("SELECT u_user.age FROM clean.\"u_user\" VERSION AS OF {} WHERE u_user.ind = 1", first), "20\n")
        << "it keeps its name";
    EXPECT_EQ(at("SELECT ind FROM clean.u_user a ANTI JOIN clean.U_USER@v{} b USING (ind)", first), "2\n");
    EXPECT_EQ(at("SELECT sum(n) FROM (SELECT count(*) n FROM clean.u_user VERSION AS OF {0} UNION ALL SELECT count(*) "
                 "FROM clean.u_user FOR VERSION AS OF '{0}' UNION ALL SELECT count(*) FROM clean_rows.u_user)",
                 first),
              "4\n");
    EXPECT_EQ(at("SELECT _offset FROM clean_rows.u_user VERSION AS OF {}", first), "0\n");
    EXPECT_EQ(at("SELECT count(*) FROM newest.u_user VERSION AS OF {}", first), "1\n");
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.u_user VERSION AS OF 0"), "0\n");
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.u_user"), "2\n") << "and the newest is what it was";
}

TEST_F(TimeTravelTest, Times) {
    const auto log = folder.path() / "lake/clean/u_user/_delta_log";
    for (int64_t version = 0; version <= newest(); ++version) {
        const std::chrono::system_clock::time_point time{std::chrono::seconds(1'700'000'000 + version * 60)};
        fs::last_write_time(log / fmt::format("{:020}.json", version), std::chrono::file_clock::from_sys(time));
    }
    const std::string sql = "SELECT count(*) FROM clean.u_user TIMESTAMP AS OF ";
    EXPECT_EQ(at(sql + "(to_timestamp(1700000000 + 60 * {}))", first), "1\n");
    EXPECT_EQ(flow.rows(sql + "'2023-11-14 22:13:20Z'"), "0\n") << "1,700,000,000 seconds after 1970";
    EXPECT_EQ(flow.rows(sql + "TIMESTAMP '2023-11-14 22:13:20' AS x"), "0\n") << "UTC where nothing is said";
    EXPECT_THAT(flow.ask(sql + "'2020-01-01'"),
                HasSubstr("clean.\"u_user\": 2020-01-01T00:00:00Z is before the oldest version that can be read, 0 of "
                          "2023-11-14T22:13:20Z"));
    EXPECT_THAT(flow.ask(sql + "'tomorrow?'"), HasSubstr("TIMESTAMP AS OF 'tomorrow?': "));
    EXPECT_THAT(flow.ask(sql + "(SELECT max(_time) FROM clean_rows.u_user)"), HasSubstr("cannot be looked up"));
    EXPECT_THAT(flow.ask(sql + "(NULL)"), HasSubstr("not a time"));
}

TEST_F(TimeTravelTest, WhatIsNotThere) {
    EXPECT_THAT(flow.ask("SELECT * FROM clean.u_user VERSION AS OF 99"),
                HasSubstr(fmt::format("clean.\"u_user\": there is no version 99: the newest is {}", newest())));
    EXPECT_THAT(flow.ask("SELECT * FROM clean.u_usr VERSION AS OF 1"), HasSubstr("did you mean clean.\"u_user\"?"));
    EXPECT_THAT(flow.ask("SELECT * FROM u_user VERSION AS OF 1"), HasSubstr("did you mean clean.\"u_user\""));
    EXPECT_THAT(flow.ask("SELECT * FROM raw.\"u.user\" VERSION AS OF 1"), HasSubstr("is a topic"));
    EXPECT_THAT(flow.ask("SELECT * FROM clean.u_user AS x VERSION AS OF 1"), HasSubstr("there is no table x"));
    EXPECT_THAT(flow.ask("DROP VIEW clean.u_user VERSION AS OF 0"), HasSubstr("only one SELECT"));
    EXPECT_THAT(flow.ask("SELECT * FROM \"clean@v0\".u_user"), HasSubstr("does not exist"))
        << "what one query made is gone for the next";
}

TEST_F(TimeTravelTest, TablesOfOtherFolders) {
    const fs::path there = fs::canonical(folder.path() / "lake/clean/u_user");
    const auto ask = [&](Catalog& catalog, const std::string& sql) {
        const auto text = catalog.run(sql, engine::Format::csv);
        return text ? *text : text.error().message;
    };
    const std::string sql =
        fmt::format("SELECT count(*) AS n, max(u_user.ind) AS i FROM delta_table('{}')", there.string());
    EXPECT_THAT(ask(*flow.catalog, sql),
                HasSubstr("no such folder below those that sql.folders (offline: --folder) names: none"));
    const auto people = need(engine::Database::open({.external_access = true}));
    Catalog catalog(people, delta::Environment{posix_disk(), system_clock(), people}, flow.pipelines,
                    CatalogOptions{.lake = folder.path() / "none", .topics = {}, .folders = {there.parent_path()}});
    EXPECT_EQ(ask(catalog, sql), "n,i\n2,2\n");
    EXPECT_EQ(ask(catalog, fmt::format("{} VERSION AS OF {}", sql, first)), "n,i\n1,1\n");
    EXPECT_THAT(ask(catalog, fmt::format("SELECT count(*) AS n FROM delta_table('{0}') a, delta_table('{0}')@v{1} b",
                                         there.string(), first)),
                HasSubstr("n\n2\n"));
    EXPECT_THAT(ask(catalog, fmt::format("SELECT 1 FROM delta_table('{}/../..')", there.string())),
                HasSubstr("no such folder below those that sql.folders"));
    EXPECT_THAT(ask(catalog, "SELECT 1 FROM delta_table('/')"), HasSubstr("no such folder below"));
    EXPECT_THAT(ask(catalog, fmt::format("SELECT 1 FROM delta_table('{}/_delta_log')", there.string())),
                HasSubstr("no Delta table at"));
}

}  // namespace
}  // namespace pinflow::sink
