// Stops and faults at every single step of a batch that gives its table new columns: each row is there once, with all
// that its record had.
#include <gtest/gtest.h>

#include <fstream>

#include "sink/test_failing_disk.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

std::filesystem::path make_pipeline(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << "schema = \"add\"\ninput = { a = \"bigint\" }\n";
    std::ofstream(folder / "p/n.sql") << "SELECT a FROM input";
    return folder / "p";
}

// The fields x0 and y, then x1 and y, are new in these records.
std::vector<std::string> numbers(int from, int to, int field) {
    std::vector<std::string> records;
    for (int i = from; i < to; ++i)
        records.push_back(fmt::format(R"({{"a": {0}, "x{1}": {0}, "y": "{0}"}})", i, field));
    return records;
}

void expect_all(TestFlow& flow) {
    EXPECT_EQ(flow.rows("SELECT count(*), count(DISTINCT _offset), sum(a) FROM clean_rows.n"), "20,20,190\n");
    EXPECT_EQ(
        flow.rows("SELECT count(*) FROM clean.n WHERE coalesce(x0, x1) = a AND y = a::VARCHAR AND _rescued IS NULL"),
        "20\n");
    EXPECT_EQ(flow.rows("SELECT count(x0), count(x1) FROM clean.n"), "10,10\n");
}

int steps_of_two_batches() {
    const TestFolder folder;
    FailingDisk disk(never, 0);
    TestFlow flow(folder.path(), disk, make_pipeline(folder.path()), {.upkeep = false});
    flow.tables->start();
    flow.post("n", numbers(0, 10, 0));
    flow.drain();
    flow.post("n", numbers(10, 20, 1));
    flow.drain();
    expect_all(flow);
    return disk.calls();
}

TEST(GrowthCrash, StoppedForGoodAtAnyStep) {
    const int steps = steps_of_two_batches();
    ASSERT_GT(steps, 20);
    for (int step = 1; step <= steps; step += 3) {
        SCOPED_TRACE(step);
        const TestFolder folder;
        const auto pipeline = make_pipeline(folder.path());
        {
            FailingDisk disk(step, for_ever);
            TestFlow flow(folder.path(), disk, pipeline, {.upkeep = false});
            flow.post("n", numbers(0, 10, 0));
            flow.tables->start();
            flow.tables->drain(60);
            flow.post("n", numbers(10, 20, 1));
            flow.tables->drain(60);
        }
        TestFlow flow(folder.path(), posix_disk(), pipeline, {.upkeep = false});
        flow.tables->start();
        flow.drain();
        expect_all(flow);
    }
}

TEST(GrowthCrash, OneCallFailsAndTheSameProcessGoesOn) {
    const int steps = steps_of_two_batches();
    for (int step = 1; step <= steps; step += 4) {
        SCOPED_TRACE(step);
        const TestFolder folder;
        FailingDisk disk(step, 1);
        TestFlow flow(folder.path(), disk, make_pipeline(folder.path()), {.upkeep = false});
        flow.tables->start();
        flow.post("n", numbers(0, 10, 0));
        flow.tables->drain(50);
        flow.post("n", numbers(10, 20, 1));
        flow.drain();
        expect_all(flow);
    }
}

}  // namespace
}  // namespace pinflow::sink
