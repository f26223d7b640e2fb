// Tables in an object store: every record in exactly one of them, once, whatever becomes of requests and answers.
#include <gtest/gtest.h>

#include "sink/test_store_lake.h"

namespace pinflow::sink {
namespace {

namespace fs = std::filesystem;
using objects::FaultyStore;

int calls_of_two_batches() {
    const TestFolder folder;
    const StoreLake lake(folder.path());
    TestFlow flow(folder.path(), posix_disk(), most_15(folder.path()), lake.options());
    flow.tables->start();
    flow.post("n", values(0, 20));
    flow.drain();
    flow.post("n", values(10, 30));
    flow.drain();
    expect_all_once(flow, 40);
    EXPECT_EQ(flow.rows("SELECT count(*) FROM quarantine.n"), "18\n");
    return lake.store->calls();
}

TEST(StoreLake, StoppedForGoodAtAnyRequest) {
    const int calls = calls_of_two_batches();
    ASSERT_GT(calls, 9) << "two tables, two batches of two files and two commits";
    for (const auto fault : {FaultyStore::Fault::refused, FaultyStore::Fault::lost, FaultyStore::Fault::vanished}) {
        for (int call = 1; call <= calls; call += fault == FaultyStore::Fault::refused ? 1 : 2) {
            SCOPED_TRACE(fmt::format("fault {} from call {}", static_cast<int>(fault), call));
            const TestFolder folder;
            const auto pipeline = most_15(folder.path());
            {
                const StoreLake lake(folder.path(), fault, call, FaultyStore::for_ever);
                TestFlow flow(folder.path(), posix_disk(), pipeline, lake.options());
                flow.post("n", values(0, 20));
                flow.tables->start();
                flow.tables->drain(100);
                flow.post("n", values(10, 30));
                flow.tables->drain(100);
            }
            const StoreLake lake(folder.path());
            TestFlow flow(folder.path(), posix_disk(), pipeline, lake.options());
            flow.tables->start();
            flow.drain();
            expect_all_once(flow, 40);
            EXPECT_EQ(flow.rows("SELECT count(*) FROM quarantine.n"), "18\n");
        }
    }
}

TEST(StoreLake, RequestsFailAndTheSameProcessGoesOn) {
    const int calls = calls_of_two_batches();
    using Fault = FaultyStore::Fault;
    for (const Fault fault : {Fault::refused, Fault::lost, Fault::late, Fault::vanished}) {
        for (int call = 1; call <= calls; call += 2) {
            const int count = 1 + call % 3;
            SCOPED_TRACE(fmt::format("fault {} from call {}, {} times", static_cast<int>(fault), call, count));
            const TestFolder folder;
            const StoreLake lake(folder.path(), fault, call, count);
            TestFlow flow(folder.path(), posix_disk(), most_15(folder.path()), lake.options());
            flow.tables->start();
            flow.post("n", values(0, 20));
            flow.tables->drain(50);  // more records come while it tries again
            flow.post("n", values(10, 30));
            flow.drain();
            expect_all_once(flow, 40);
            EXPECT_EQ(flow.rows("SELECT count(*) FROM quarantine.n"), "18\n");
        }
    }
}

TEST(StoreLake, WhileTheStoreIsAwayTablesFailAndLoseNothing) {
    const TestFolder folder;
    const StoreLake lake(folder.path());
    TestFlow flow(folder.path(), posix_disk(), most_15(folder.path()), lake.options());
    flow.tables->start();
    flow.post("n", values(0, 10));
    flow.drain();
    lake.store->be_away(true);
    flow.post("n", values(0, 10));
    const auto is_said = [&] {
        const auto problems = flow.tables->drain(100).problems;
        const bool said = problems.size() == 1 && problems[0].contains("n is failing") && problems[0].contains("503");
        return said ? "yes" : fmt::format("{}", fmt::join(problems, "; "));
    };
    EXPECT_EQ(eventually(is_said, "yes"), "yes");
    EXPECT_NE(flow.ask("SELECT * FROM clean.n").find("503"), std::string::npos) << "not that there is no such table";
    lake.store->be_away(false);
    flow.drain();
    expect_all_once(flow, 20);
}

TEST(StoreLake, ATableOfUniqueRowsGoesOnToo) {
    const TestFolder folder;
    const StoreLake lake(folder.path());
    TestFlow flow(folder.path(), posix_disk(), most_15(folder.path(), "unique = [\"a\"]\n"), lake.options());
    flow.tables->start();
    flow.post("n", values(0, 5));
    flow.drain();
    for (int i = 0; i < 3; ++i) {
        lake.store->be_away(true);
        flow.post("n", values(i, 7 + i));
        const auto is_said = [&] {
            const auto problems = flow.tables->drain(100).problems;
            const bool said = problems.size() == 1 && problems[0].contains("n is failing");
            return said ? "yes" : fmt::format("{}", fmt::join(problems, "; "));
        };
        EXPECT_EQ(eventually(is_said, "yes"), "yes");
        lake.store->be_away(false);
        flow.drain();
    }
    EXPECT_EQ(flow.rows("SELECT count(*), count(DISTINCT a) FROM clean.n"), "9,9\n");
}

std::string rebuilt(TestFlow& flow) {
    Rebuilds& rebuilds = flow.tables->rebuilds();
    const RebuildStatus status = need(rebuilds.wait(need(rebuilds.ask("n", {}, false)), 60'000));
    return status.state + (status.stage.empty() ? "" : ": " + status.stage);
}

TEST(StoreLake, IsMadeAnewFromTheLog) {
    const TestFolder folder;
    const StoreLake lake(folder.path());
    const auto journal = folder.path() / "lake/.rebuild/n.ndjson";
    auto options = lake.options();
    options.writer = "here";
    options.rebuild_part_bytes = 100;
    {
        TestFlow flow(folder.path(), posix_disk(), most_15(folder.path()), options);
        flow.tables->start();
        for (int i = 0; i < 4; ++i) {
            flow.post("n", values(0, 20));
            flow.drain();
        }
        EXPECT_EQ(rebuilt(flow), "done");
        EXPECT_FALSE(fs::exists(journal));
        Rebuilds& rebuilds = flow.tables->rebuilds();
        const std::string id = need(rebuilds.ask("n", {}, false));
        EXPECT_TRUE(fs::exists(journal));
        need(rebuilds.cancel("n"));
        need(rebuilds.wait(id, 60'000));
        EXPECT_FALSE(fs::exists(journal)) << "nothing that a start would go on with";
    }
    TestFlow flow(folder.path(), posix_disk(), at_most(folder.path(), 17), options);
    flow.tables->start();
    EXPECT_EQ(rebuilt(flow), "done");
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.n"), "72\n");
    expect_all_once(flow, 80);
    lake.store->be_away(true);
    Rebuilds& rebuilds = flow.tables->rebuilds();
    const auto id = rebuilds.ask("n", {}, false);
    if (id) EXPECT_EQ(need(rebuilds.wait(*id, 1000)).state, "waiting") << "it costs nothing that was done";
    lake.store->be_away(false);
    if (id) EXPECT_EQ(need(rebuilds.wait(*id, 60'000)).state, "done");
    expect_all_once(flow, 80);
}

// What a table holds is read back through the cache.
TEST(StoreLake, RowsStayUniqueAfterTheCacheIsGone) {
    const TestFolder folder;
    const auto pipeline = most_15(folder.path(), "unique = [\"a\"]\n");
    for (int run = 0; run < 2; ++run) {
        const StoreLake lake(folder.path());
        TestFlow flow(folder.path(), posix_disk(), pipeline, lake.options());
        flow.tables->start();
        flow.post("n", values(0, 10));
        flow.post("n", values(5, 12 + run));
        flow.drain();
        EXPECT_EQ(flow.rows("SELECT count(*), count(DISTINCT a) FROM clean.n"), fmt::format("{0},{0}\n", 12 + run));
        flow.tables->stop();
        fs::remove_all(folder.path() / "cache");
    }
}

// Compaction, checkpoints and people's SQL beside the flow, through a cache that holds next to nothing.
TEST(StoreLake, WorksThroughASmallCache) {
    const TestFolder folder;
    const StoreLake lake(folder.path(), FaultyStore::Fault::refused, FaultyStore::for_ever, 0, 3000);
    TestFlow flow(folder.path(), posix_disk(), most_15(folder.path(), "settings = { compact_after_files = 4 }\n"),
                  lake.options(true));
    flow.tables->start();
    for (int i = 0; i < 80; ++i) {
        flow.post("n", values(i % 10, i % 10 + 10));
        flow.drain();
        if (i % 20 == 0) expect_all_once(flow, 10 * (i + 1));
    }
    expect_all_once(flow, 800);
    flow.tables->stop();  // upkeep may still hold some
    uint64_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(lake.place))
        if (entry.is_regular_file()) bytes += entry.file_size();
    EXPECT_LE(bytes, 3000U) << "nobody reads now";
    for (const auto& table : need(flow.catalog->tables())) {
        EXPECT_TRUE(table.path.starts_with("s3://bucket/lake/"));
        EXPECT_LT(table.files, 60) << "they were compacted";
    }
}

}  // namespace
}  // namespace pinflow::sink
