// Stops, faults and power cuts at every single step of a batch's way into its two tables: every record ends up in
// exactly one of them, once, also when other SQL starts afterwards.
#include <gtest/gtest.h>

#include <fstream>

#include "sink/test_failing_disk.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

// A pipeline of one table whose rows must be at most `most`.
std::filesystem::path make_pipeline(const std::filesystem::path& folder, int most, const std::string& columns) {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << "input = { a = \"bigint\" }\n[[table.n.expect]]\nrule = \"most\"\ncheck = \"a <= " << most
        << "\"\nmessage = \"{a} is over " << most << "\"\n";
    std::ofstream(folder / "p/n.sql") << "SELECT " << columns << " FROM input";
    return folder / "p";
}

std::vector<std::string> numbers(int from, int to) {
    std::vector<std::string> records;
    for (int i = from; i < to; ++i) records.push_back(fmt::format(R"({{"a": {}}})", i));
    return records;
}

// Every offset below `count` is in exactly one of the tables, once.
void expect_each_once(TestFlow& flow, int count) {
    EXPECT_EQ(
        flow.rows("SELECT count(*), count(DISTINCT _offset), min(_offset), max(_offset) FROM (SELECT _offset FROM "
                  "clean_rows.n UNION ALL SELECT _offset FROM quarantine.n)"),
        fmt::format("{0},{0},0,{1}\n", count, count - 1));
}

// How many calls two batches make when nothing fails.
int steps_of_two_batches() {
    const TestFolder folder;
    FailingDisk disk(never, 0);
    TestFlow flow(folder.path(), disk, make_pipeline(folder.path(), 15, "a"), {.upkeep = false});
    flow.tables->start();
    flow.post("n", numbers(0, 20));
    flow.drain();
    flow.post("n", numbers(10, 30));
    flow.drain();
    expect_each_once(flow, 40);
    EXPECT_EQ(flow.rows("SELECT count(*) FROM quarantine.n"), "18\n");
    return disk.calls();
}

TEST(Crash, StoppedForGoodAtAnyStep) {
    const int steps = steps_of_two_batches();
    ASSERT_GT(steps, 30);
    for (int step = 1; step <= steps; ++step) {
        SCOPED_TRACE(step);
        const TestFolder folder;
        const auto pipeline = make_pipeline(folder.path(), 15, "a");
        {
            FailingDisk disk(step, for_ever);
            TestFlow flow(folder.path(), disk, pipeline, {.upkeep = false});
            flow.post("n", numbers(0, 20));
            flow.tables->start();
            flow.tables->drain(100);
            flow.post("n", numbers(10, 30));
            flow.tables->drain(100);
        }
        // What was judged before the stop stays so: other limits and a new column hold for the rest.
        TestFlow flow(folder.path(), posix_disk(), make_pipeline(folder.path(), 25, "a, -a AS b"), {.upkeep = false});
        flow.tables->start();
        flow.drain();
        expect_each_once(flow, 40);
        EXPECT_EQ(
            flow.rows("SELECT count(*) FROM quarantine.n WHERE message LIKE '%over 15' AND _offset NOT BETWEEN 16 "
                      "AND 19 AND _offset NOT BETWEEN 26 AND 39"),
            "0\n");
        EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.n WHERE b <> -a"), "0\n");
        flow.post("n", numbers(0, 5));
        flow.drain();
        expect_each_once(flow, 45);
    }
}

TEST(Crash, OneCallFailsAndTheSameProcessGoesOn) {
    const int steps = steps_of_two_batches();
    for (int step = 1; step <= steps; step += 2) {
        SCOPED_TRACE(step);
        const TestFolder folder;
        FailingDisk disk(step, 1);
        TestFlow flow(folder.path(), disk, make_pipeline(folder.path(), 15, "a"), {.upkeep = false});
        flow.tables->start();
        flow.post("n", numbers(0, 20));
        flow.tables->drain(50);  // more records come while it tries again: the next batch is not the failed one
        flow.post("n", numbers(10, 30));
        flow.drain();
        expect_each_once(flow, 40);
        EXPECT_EQ(flow.rows("SELECT count(*) FROM quarantine.n"), "18\n");
    }
}

TEST(Crash, SeveralCallsFailInARow) {
    const int steps = steps_of_two_batches();
    for (int step = 1; step <= steps; step += 6) {
        SCOPED_TRACE(step);
        const TestFolder folder;
        FailingDisk disk(step, 4);
        TestFlow flow(folder.path(), disk, make_pipeline(folder.path(), 15, "a"), {.upkeep = false});
        flow.tables->start();
        flow.post("n", numbers(0, 20));
        flow.tables->drain(50);
        flow.post("n", numbers(10, 30));
        flow.drain();
        expect_each_once(flow, 40);
    }
}

TEST(Restart, ChangedSqlHoldsForWhatComesAfter) {
    const TestFolder folder;
    const auto run = [&](int most, const std::string& columns, int from) {
        TestFlow flow(folder.path(), posix_disk(), make_pipeline(folder.path(), most, columns));
        flow.tables->start();
        flow.post("n", numbers(from, from + 10));
        flow.drain();
        return flow.rows("SELECT * FROM clean.n WHERE a % 10 = 3 ORDER BY a") +
               flow.rows("SELECT count(*), count(DISTINCT rule_version) FROM quarantine.n");
    };
    EXPECT_EQ(run(5, "a", 0), "3\n4,1\n");
    EXPECT_EQ(run(100, "a, a * 2 AS b", 10), "3,\n13,26\n4,1\n");
    EXPECT_EQ(run(18, "a", 20), "3,\n13,26\n14,2\n") << "a column that is gone stays, and is null";
    EXPECT_EQ(run(100, "'x' AS c, a", 30), "3,,\n13,26,\n33,,x\n14,2\n");
}

TEST(Restart, AColumnMayNotChangeItsType) {
    const TestFolder folder;
    {
        TestFlow flow(folder.path(), posix_disk(), make_pipeline(folder.path(), 5, "a"));
        flow.tables->start();
        flow.post("n", numbers(0, 3));
        flow.drain();
    }
    TestFlow flow(folder.path(), posix_disk(), make_pipeline(folder.path(), 5, "a::DOUBLE AS a"));
    flow.tables->start();
    const auto drained = flow.tables->drain(10'000);
    ASSERT_EQ(drained.problems.size(), 1U);
    EXPECT_NE(drained.problems[0].find("column a of"), std::string::npos) << drained.problems[0];
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.n"), "3\n");
}

}  // namespace
}  // namespace pinflow::sink
