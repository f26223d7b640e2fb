// The flow from the log into tables: exactly once, through stops and faults, for many tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

TEST(Flow, RecordsBecomeRows) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    flow.post("u.user", users(0, 100));
    flow.post("u.geo", {R"({"ind": 1, "country": "Peru"})"});
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT count(*), sum(ind) FROM clean.u_user"), "100,4950\n");
    EXPECT_EQ(flow.rows("SELECT _topic, _partition, _offset, _index FROM clean_rows.u_user WHERE ind = 7"),
              "u.user,0,7,0\n");
    EXPECT_EQ(flow.ask("SELECT * FROM clean.u_geo"), "ind,country,coordinates,timestamp\n1,Peru,,\n");
    EXPECT_EQ(flow.rows("SELECT count(*) FROM quarantine.u_user"), "0\n");
}

TEST(Flow, VisibleWithinASecondWithoutADrain) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    flow.post("u.user", users(0, 1));
    flow.drain();
    flow.post("u.user", users(1, 2));
    const int64_t posted = system_clock().steady_ms();
    while (flow.rows("SELECT count(*) FROM clean.u_user") != "2\n" && system_clock().steady_ms() < posted + 10'000) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_LT(system_clock().steady_ms() - posted, 5'000);  // a second, on a machine that does nothing else
}

TEST(Flow, GoesOnWhereItStopped) {
    const TestFolder folder;
    for (int round = 0; round < 4; ++round) {
        TestFlow flow(folder.path());
        flow.post("u.user", users(round * 10, round * 10 + 10));
        flow.tables->start();
        if (round != 2) flow.drain();  // one stop comes whenever it comes
    }
    TestFlow flow(folder.path());
    flow.tables->start();
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT count(*), count(DISTINCT ind) FROM clean.u_user"), "40,40\n");
}

// A pipeline of one table n from the topic n.
void declare_n(const TestFolder& folder, const std::string& more, const std::string& select) {
    std::filesystem::create_directories(folder.path() / "p");
    std::ofstream(folder.path() / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << more;
    std::ofstream(folder.path() / "p/n.sql") << select;
}

TEST(Flow, ATableIsLookedAfterHoweverShortTheLivesAre) {
    const TestFolder folder;
    declare_n(folder, "settings = { compact_after_files = 2 }\ninput = { id = \"bigint\" }\n", "SELECT id FROM input");
    const auto files = [&] {
        const auto table = delta::Table::open({posix_disk(), system_clock(), nullptr}, folder.path() / "lake/clean/n");
        return table ? (*table)->snapshot()->files.size() : 0;
    };
    size_t most = 0;
    for (int life = 0; life < 40; ++life) {
        TestFlow flow(folder.path(), posix_disk(), folder.path() / "p");
        flow.tables->start();
        flow.post("n", {fmt::format(R"({{"id": {}}})", life)});
        flow.drain();
        const int64_t until = system_clock().steady_ms() + 100;
        size_t now = files();
        while (now >= most && system_clock().steady_ms() < until) now = files();
        if (now < most) return;
        most = now;
    }
    ADD_FAILURE() << most << " files, and nobody has merged any";
}

TEST(Flow, OnePoisonRecordIsFoundAndTheRestGoesOn) {
    const TestFolder folder;
    declare_n(folder, "input = { a = \"text\" }\n", "SELECT CAST(a AS BIGINT) AS a FROM input");
    TestFlow flow(folder.path(), posix_disk(), folder.path() / "p");
    flow.tables->start();
    std::vector<std::string> records;
    for (int i = 0; i < 1000; ++i)
        records.push_back(fmt::format(R"({{"a": "{}"}})", i == 617 ? "six" : std::to_string(i)));
    flow.post("n", records);
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.n"), "999\n");
    EXPECT_THAT(flow.rows("SELECT _offset, rule, message FROM quarantine.n"), HasSubstr("617,sql,"));
}

TEST(Flow, ManyPoisonRecordsAndTheRulesBesideThem) {
    const TestFolder folder;
    declare_n(
        folder,
        "input = { a = \"text\" }\n[[table.n.expect]]\nrule = \"small\"\ncheck = \"a < 900\"\nmessage = \"{a}\"\n",
        "SELECT CAST(a AS BIGINT) AS a FROM input");
    TestFlow flow(folder.path(), posix_disk(), folder.path() / "p");
    flow.tables->start();
    std::vector<std::string> records;
    for (int i = 0; i < 1000; ++i) {
        if (i % 10 == 3)
            records.push_back(fmt::format(R"([{{"a": "{}"}}, {{"a": "bad {}"}}])", i, i));
        else
            records.push_back(i % 10 == 4 ? "no json" : fmt::format(R"([{{"a": "{0}"}}, {{"a": "{0}"}}])", i));
    }
    flow.post("n", records);
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT rule, count(*), count(DISTINCT _offset) FROM quarantine.n GROUP BY rule ORDER BY rule"),
              "json,100,100\nsmall,80,80\nsql,100,100\n");
    EXPECT_EQ(flow.rows("SELECT count(*), count(DISTINCT a), max(a) FROM clean.n"), "1440,720,899\n");
    EXPECT_THAT(flow.rows("SELECT message FROM quarantine.n WHERE _offset = 13"), HasSubstr("bad 13"));
}

TEST(Flow, ATopicMadeAnewStartsAnew) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    flow.post("u.user", users(0, 5));
    flow.drain();
    ASSERT_TRUE(flow.topics->remove("u.user"));
    flow.post("u.user", users(5, 8));
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT count(*), count(DISTINCT ind) FROM clean.u_user"), "8,8\n");
}

TEST(Flow, ATopicDeletedWithUnreadRecordsDoesNotStopItsTable) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    for (int round = 0; round < 10; ++round) {
        flow.post("u.user", users(0, 2));
        flow.drain();
        flow.post("u.user", users(2, 3));  // the last drain's hurry may take these at once
        flow.post("u.user", users(3, 5));
        ASSERT_TRUE(flow.topics->remove("u.user"));  // before its table has read all
        flow.drain();
    }
    flow.post("u.user", users(5, 8));
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.u_user WHERE ind >= 5"), "3\n");
}

TEST(Flow, APurgeLeavesTheTableAlone) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    flow.post("u.user", users(0, 5));
    flow.drain();
    ASSERT_TRUE(flow.topics->purge("u.user"));
    flow.post("u.user", users(5, 8));
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.u_user"), "8\n");
}

TEST(Flow, ASharedStreamIsSplitByKey) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    flow.post("Kinesis-Prod-Stream", users(0, 3), "a-user");
    flow.post("Kinesis-Prod-Stream", users(3, 5), "streaming-b-user");
    flow.post("Kinesis-Prod-Stream", users(5, 9), "partition-1");
    flow.post("streaming-a-user", users(10, 11));
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.a_user_table"), "4\n");
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.b_user_table"), "2\n");
}

TEST(Flow, ManyTables) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    for (int i = 0; i < 60; ++i) flow.post(fmt::format("u{}.user", i), users(0, i + 1));
    flow.drain();
    for (int i = 0; i < 60; i += 7)
        EXPECT_EQ(flow.rows(fmt::format("SELECT count(*) FROM clean.u{}_user", i)), fmt::format("{}\n", i + 1));
}

TEST(Flow, ManySmallRowsComeInSeveralBatches) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    std::string array = "[";
    for (int i = 0; i < 100'000; ++i) array += i == 0 ? R"({"ind":1})" : R"(,{"ind":1})";
    array += "]";
    for (int i = 0; i < 6; ++i) flow.post("u.user", {array});
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT count(*), count(DISTINCT (_offset, _index)) FROM clean_rows.u_user"),
              "600000,600000\n");
}

TEST(Flow, StatusTellsLagAndNewestEvent) {
    const TestFolder folder;
    {
        TestFlow flow(folder.path());
        flow.post("u.user", users(0, 5));
        flow.tables->start();
        flow.drain();
        const auto status = flow.tables->status().at(0);
        EXPECT_EQ(status.lag_records, 0);
        EXPECT_EQ(status.newest_event_ms, flow.time_ms);
        EXPECT_EQ(status.rows, 5);
    }
    TestFlow flow(folder.path());
    flow.time_ms += 1000;
    flow.tables->start();
    flow.drain();
    EXPECT_EQ(flow.tables->status().at(0).newest_event_ms, flow.time_ms - 1000 + 5);
    flow.tables->stop();
    flow.post("u.user", users(0, 7));
    EXPECT_EQ(flow.tables->status().at(0).lag_records, 7);
}

TEST(Catalog, AFailedQueryTakesNothingWithIt) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    for (int i = 0; i < 20; ++i) EXPECT_THAT(flow.ask("SELECT nonsense"), HasSubstr("nonsense"));
    EXPECT_EQ(flow.rows("SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'session%'"), "1\n");
}

TEST(Catalog, NamesThatDifferInCaseOnly) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    flow.post("u.user", users(0, 1));
    flow.post("U.user", users(0, 2));
    flow.drain();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.\"u_user\""), "1\n");
        EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.\"U_user\""), "2\n");
    }
    EXPECT_THAT(flow.ask("SELECT * FROM clean.\"u_user\", clean.\"U_user\""), HasSubstr("for one name"));
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.u_user a JOIN clean_rows.u_user b USING (ind)"), "1\n");
}

TEST(Catalog, RefusesAndExplains) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    flow.post("u.user", users(0, 1));
    flow.drain();
    EXPECT_THAT(flow.ask("DROP TABLE x"), HasSubstr("only one SELECT"));
    EXPECT_THAT(flow.ask("SELECT 1; SELECT 2"), HasSubstr("only one SELECT"));
    EXPECT_THAT(flow.ask("SELECT * FROM clean.u_usr"), HasSubstr("did you mean clean.\"u_user\"?"));
    EXPECT_THAT(flow.ask("SELECT * FROM u_user"), HasSubstr("did you mean clean.\"u_user\""));
    EXPECT_EQ(flow.rows("WITH a AS (SELECT ind FROM clean.\"u_user\") SELECT * FROM a"), "0\n");
    const auto tables = flow.catalog->tables();
    ASSERT_TRUE(tables) << tables.error().message;
    ASSERT_EQ(tables->size(), 2U);
    EXPECT_EQ((*tables)[0].name, "u_user");
    EXPECT_EQ((*tables)[0].rows, 1);
    EXPECT_EQ((*tables)[0].newest_event_ms, flow.time_ms);
}

TEST(NamedQuery, ErrorsListTheChoices) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    const auto error = [&](const std::string& name, const Parameters& parameters) {
        const auto sql = flow.catalog->named_query(name, parameters);
        return sql ? "" : sql.error().message;
    };
    EXPECT_THAT(error("users_joined_by_year", {}), HasSubstr("there are none yet"));
    flow.post("u.user", users(0, 1));
    flow.drain();
    EXPECT_EQ(error("users_joined_by_year", {}), "");
    flow.post("v.user", users(0, 1));
    flow.drain();
    EXPECT_THAT(error("users_joined_by_year", {}), HasSubstr("say which: id=u from=batch; id=v from=batch"));
    EXPECT_EQ(error("users_joined_by_year", {{"id", "v"}}), "");
    EXPECT_THAT(error("users_joined_by_year", {{"id", "w"}}), HasSubstr("id=u from=batch"));
    EXPECT_THAT(error("users_joined_by_year", {{"id", "v"}, {"from", "stream"}}),
                HasSubstr("no such tables from stream"));
    EXPECT_THAT(error("users_joined_by_year", {{"from", "lake"}}), HasSubstr("not one of batch, stream"));
    EXPECT_THAT(error("users_joined_by_yeer", {}), HasSubstr("did you mean users_joined_by_year?"));
    EXPECT_THAT(error("top_country", {{"id", "v"}}), HasSubstr("needs the geo table"));
}

}  // namespace
}  // namespace pinflow::sink
