// Tables made anew from the log by other rules: every offset is in one of the two tables once.
#include "sink/test_rebuilding.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

TEST_F(Rebuilding, ChangedRulesHoldForHistory) {
    start({.most = 15});
    post(0, 20);
    post(10, 30);
    EXPECT_EQ(aside(), "18,1\n");
    start({.most = 25, .columns = "a, a * 2 AS b"});
    flow_->drain();
    EXPECT_EQ(flow_->rows("SELECT count(*), count(b) FROM clean.n"), "22,0\n");
    const RebuildStatus done = rebuild();
    EXPECT_EQ(done.state, "done") << done.stage;
    EXPECT_EQ(done.result.records, 40);
    EXPECT_EQ(done.result.rows, 36);
    EXPECT_EQ(done.result.quarantined, 4);
    EXPECT_EQ(done.result.old_rows, 22);
    EXPECT_EQ(done.result.old_quarantined, 18);
    expect_each_once(40);
    EXPECT_EQ(flow_->rows("SELECT count(*), count(b), sum(b - 2 * a) FROM clean.n"), "36,36,0\n");
    EXPECT_EQ(flow_->rows("SELECT DISTINCT right(message, 7) FROM quarantine.n"), "over 25\n");
    EXPECT_EQ(unnamed_files(), "");
    EXPECT_FALSE(is_journal_there());
    post(24, 28);
    expect_each_once(44);
    EXPECT_EQ(aside(), "6,1\n");
}

TEST_F(Rebuilding, AgainAndAgain) {
    start({.most = 15});
    post(0, 20);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(rebuild().state, "done");
        expect_each_once(20 + i);
        post(i, i + 1);
    }
}

TEST_F(Rebuilding, FromATimeOn) {
    start({.most = 15});
    post(0, 20);
    const int64_t second = flow_->time_ms + 1 + 5;  // the sixth record of the next batch
    post(10, 30);
    start({.most = 25, .columns = "a, a * 2 AS b"});
    const RebuildStatus done = rebuild(second);
    EXPECT_EQ(done.state, "done") << done.stage;
    EXPECT_EQ(done.result.records, 15);
    expect_each_once(40);
    EXPECT_EQ(flow_->rows("SELECT count(b), min(_offset) FILTER (b IS NOT NULL) FROM clean_rows.n"), "11,25\n");
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM quarantine.n WHERE message LIKE '%over 15'"), "4\n");
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM quarantine.n WHERE message LIKE '%over 25'"), "4\n");
    EXPECT_EQ(rebuild(flow_->time_ms + 1000).result.records, 0) << "a time after all records";
    expect_each_once(40);
}

TEST_F(Rebuilding, UniqueRows) {
    part_bytes_ = 700;  // several parts
    start({.most = 15});
    post(0, 20);
    const int64_t later = flow_->time_ms + 1;
    post(10, 30);
    start({.most = 25, .more = "unique = [\"a\"]"});
    post(5, 8);  // there already: dropped by the flow
    EXPECT_EQ(flow_->rows("SELECT count(*), count(DISTINCT a) FROM clean.n"), "22,16\n");
    const RebuildStatus done = rebuild();
    EXPECT_EQ(done.state, "done") << done.stage;
    EXPECT_EQ(done.result.records, 43);
    EXPECT_EQ(done.result.rows, 26);
    EXPECT_EQ(done.result.quarantined, 4);
    EXPECT_EQ(done.result.duplicates, 13);
    EXPECT_EQ(flow_->rows("SELECT count(*), count(DISTINCT a), max(_offset) FROM clean_rows.n"), "26,26,35\n");
    const RebuildStatus again = rebuild(later);
    EXPECT_EQ(again.result.records, 23);
    EXPECT_EQ(again.result.rows, 6) << "those of rows that stay are dropped";
    EXPECT_EQ(again.result.duplicates, 13);
    EXPECT_EQ(unnamed_files(), "");
    post(0, 30);
    EXPECT_EQ(flow_->rows("SELECT count(*), count(DISTINCT a) FROM clean.n"), "26,26\n");
}

TEST_F(Rebuilding, ATrialChangesNothing) {
    start({.most = 15});
    post(0, 30);
    const auto versions = [&] {
        std::vector<int64_t> found;
        for (const std::string schema : {"clean", "quarantine"}) {
            const auto folder = folder_.path() / "lake" / schema / "n";
            found.push_back(
                need(delta::Table::open({posix_disk(), system_clock(), flow_->flow}, folder))->snapshot()->version);
        }
        return found;
    };
    const auto before = versions();
    start({.most = 25});
    const RebuildStatus tried = rebuild({}, true);
    EXPECT_EQ(tried.state, "done") << tried.stage;
    EXPECT_EQ(tried.result.rows, 26);
    EXPECT_EQ(tried.result.quarantined, 4);
    EXPECT_EQ(tried.result.old_rows, 16);
    EXPECT_EQ(aside(), "14,1\n");
    EXPECT_EQ(versions(), before);
    EXPECT_EQ(unnamed_files(), "");
    EXPECT_FALSE(is_journal_there());
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "lake/.staging"));
}

TEST_F(Rebuilding, WhatIsForgottenStaysSo) {
    start({.most = 15});
    post(0, 20);
    const auto request = need(flow_->tables->forget("n", "a IN (3, 17)"));
    EXPECT_EQ(need(flow_->tables->forgetting(request.id, 60'000)).progress, "");
    post(3, 4);
    start({.most = 25});
    EXPECT_EQ(rebuild().state, "done");
    EXPECT_EQ(flow_->rows("SELECT count(*), count(*) FILTER (a = 3), count(*) FILTER (a = 17) FROM clean.n"),
              "19,1,0\n");
    EXPECT_EQ(aside(), "0,0\n");
}

TEST_F(Rebuilding, PartitionedTables) {
    start({.most = 15, .columns = "a, a % 3 AS p", .more = "partition_by = [\"p\"]"});
    post(0, 20);
    const int64_t later = flow_->time_ms + 1 + 5;
    post(10, 30);
    start({.most = 25, .columns = "a, a % 3 AS p", .more = "partition_by = [\"p\"]"});
    EXPECT_EQ(rebuild(later).state, "done");
    expect_each_once(40);
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n WHERE p <> a % 3"), "0\n");
    EXPECT_EQ(rebuild().state, "done");
    expect_each_once(40);
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n"), "36\n");
}

TEST_F(Rebuilding, ALogThatLacksSomeOfItIsNamed) {
    start({.most = 15});
    post(0, 20);
    post(10, 30);
    ASSERT_TRUE(need(flow_->topics->find_or_create("n"))->partitions[0]->delete_before(25));
    EXPECT_THAT(refused(), HasSubstr("n-0 starts at offset 25, and the table has rows from 0 on"));
    EXPECT_THAT(refused(), HasSubstr("--from 2023-11-14T22:13:20.026Z"));
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n"), "22\n");
    EXPECT_FALSE(is_journal_there());
    start({.most = 25});
    EXPECT_EQ(rebuild(0).state, "done");
    expect_each_once(40);
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM quarantine.n WHERE message LIKE '%over 25'"), "4\n");
    EXPECT_EQ(aside(), "8,2\n");
}

TEST_F(Rebuilding, ATopicThatIsGone) {
    start({.most = 15});
    post(0, 20);
    ASSERT_TRUE(flow_->topics->remove("n"));
    const auto is_said = [&] { return refused().contains("n-0 is no more") ? "yes" : refused(); };
    EXPECT_EQ(eventually(is_said, "yes"), "yes");
    post(0, 10);
    EXPECT_THAT(refused(), HasSubstr("a topic was deleted"));
    EXPECT_THAT(refused(0), HasSubstr("could not tell them apart"));
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n"), "26\n");
}

TEST_F(Rebuilding, WhatCannotBeIsSaid) {
    start({.most = 15, .more = "[table.n.properties]\n\"delta.appendOnly\" = \"true\""});
    post(0, 20);
    EXPECT_THAT(refused(), HasSubstr("delta.appendOnly"));
    EXPECT_THAT(flow_->tables->rebuilds().ask("m", {}, false).error().message,
                HasSubstr("no pipeline makes a table m"));
    EXPECT_FALSE(flow_->tables->rebuilds().wait("nosuch", 0));
    EXPECT_FALSE(flow_->tables->rebuilds().cancel("n"));
    start({.most = 15, .columns = "a::DOUBLE AS a"});
    EXPECT_FALSE(flow_->tables->drain(10'000).complete);
    EXPECT_THAT(refused(), HasSubstr("column a"));
}

TEST_F(Rebuilding, ARuleThatStopsLeavesTheTableAsItWas) {
    start({.most = 15});
    post(0, 20);
    start({.most = 15,
           .columns = "a, a AS b",
           .more = "[[table.n.expect]]\nrule = \"b\"\ncheck = \"b < 10\"\nmessage = "
                   "\"{b}\"\nseverity = \"stop\""});
    const RebuildStatus failed = rebuild();
    EXPECT_EQ(failed.state, "failed");
    EXPECT_THAT(failed.stage, HasSubstr("it stops here"));
    expect_each_once(20);
    EXPECT_EQ(unnamed_files(), "");
    EXPECT_FALSE(is_journal_there());
}

TEST_F(Rebuilding, BesideNewRecords) {
    const std::string fast = "settings = { latency_ms = 0 }";
    start({.most = 1000, .more = fast});
    post(0, 5000);
    start({.most = 1000, .columns = "a, -a AS b", .more = fast});
    std::atomic<bool> stop = false;
    std::atomic<int> posted = 5000;
    std::thread producer([&] {
        while (!stop && posted < 40'000) {  // more, and a slow rebuild would never come to the end of them
            flow_->post("n", counted(990, 1010));
            posted += 20;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    });
    for (int i = 0; i < 3; ++i) EXPECT_EQ(rebuild().state, "done");
    stop = true;
    producer.join();
    flow_->drain();
    expect_each_once(posted);
    EXPECT_EQ(flow_->rows("SELECT count(*) FILTER (b IS NULL OR b <> -a) FROM clean.n"), "0\n");
}

TEST_F(Rebuilding, ARequestToForgetThatComesMeanwhileHolds) {
    const std::string fast = "settings = { latency_ms = 0 }";
    start({.most = 100'000, .more = fast});
    post(0, 20'000);
    const std::string id = need(flow_->tables->rebuilds().ask("n", {}, false));
    const auto request = need(flow_->tables->forget("n", "a % 100 = 7"));
    EXPECT_EQ(need(flow_->tables->forgetting(request.id, 60'000)).progress, "");
    EXPECT_EQ(need(flow_->tables->rebuilds().wait(id, 60'000)).state, "done");
    const auto left = [&] { return flow_->rows("SELECT count(*), count(*) FILTER (a % 100 = 7) FROM clean.n"); };
    EXPECT_EQ(eventually(left, "19800,0\n"), "19800,0\n");
}

TEST_F(Rebuilding, OneThatIsCancelledLeavesNothing) {
    part_bytes_ = 100;
    start({.most = 15});
    post(0, 5000);
    const std::string id = need(flow_->tables->rebuilds().ask("n", {}, false));
    EXPECT_EQ(need(flow_->tables->rebuilds().ask("n", {}, false)), id) << "the same is not done twice";
    EXPECT_THAT(refused(5), HasSubstr("another rebuild of n is under way"));
    EXPECT_EQ(need(flow_->tables->rebuilds().cancel("n")), id);
    EXPECT_EQ(need(flow_->tables->rebuilds().wait(id, 60'000)).state, "cancelled");
    expect_each_once(5000);
    EXPECT_EQ(unnamed_files(), "");
    EXPECT_FALSE(is_journal_there());
}

}  // namespace
}  // namespace pinflow::sink
