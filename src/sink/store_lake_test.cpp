// Tables in an object store: every record in exactly one of them, once, whatever becomes of requests and answers.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <thread>

#include "objects/file_store.h"
#include "objects/test_faulty_store.h"
#include "sink/replay.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

namespace fs = std::filesystem;
using objects::FaultyStore;

struct StoreLake {
    explicit StoreLake(const fs::path& folder, FaultyStore::Fault fault = FaultyStore::Fault::refused,
                       int first = FaultyStore::for_ever, int count = 0, uint64_t cache_bytes = 1 << 30,
                       const std::string& cache = "cache") {
        auto inner = std::make_shared<objects::FileStore>(posix_disk(), system_clock(), folder / "store");
        store = std::make_shared<FaultyStore>(inner, fault, first, count);
        stores = std::make_shared<delta::StoreFolders>(need(objects::FileCache::open(folder / cache, cache_bytes)),
                                                       objects::Surroundings{});
        place = stores->add("s3://bucket/lake", store);
    }
    TablesOptions options(bool upkeep = false) const { return {.upkeep = upkeep, .stores = stores, .place = place}; }

    std::shared_ptr<FaultyStore> store;
    std::shared_ptr<delta::StoreFolders> stores;
    fs::path place;
};

// A pipeline of one table whose rows must be at most so much.
fs::path at_most(const fs::path& folder, int most, const std::string& more = "") {
    fs::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << more << "input = { a = \"bigint\" }\n[[table.n.expect]]\nrule = \"most\"\ncheck = \"a <= " << most
        << "\"\nmessage = \"{a} is over " << most << "\"\n";
    std::ofstream(folder / "p/n.sql") << "SELECT a FROM input";
    return folder / "p";
}

fs::path most_15(const fs::path& folder, const std::string& more = "") {
    return at_most(folder, 15, more);
}

std::vector<std::string> values(int from, int to) {
    std::vector<std::string> records;
    for (int i = from; i < to; ++i) records.push_back(fmt::format(R"({{"a": {}}})", i));
    return records;
}

void expect_all_once(TestFlow& flow, int count) {
    EXPECT_EQ(
        flow.rows("SELECT count(*), count(DISTINCT _offset), min(_offset), max(_offset) FROM (SELECT _offset FROM "
                  "clean_rows.n UNION ALL SELECT _offset FROM quarantine.n)"),
        fmt::format("{0},{0},0,{1}\n", count, count - 1));
}

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
    const auto drained = flow.tables->drain(300);
    ASSERT_EQ(drained.problems.size(), 1U);
    EXPECT_NE(drained.problems[0].find("n is failing"), std::string::npos) << drained.problems[0];
    EXPECT_NE(drained.problems[0].find("503"), std::string::npos) << drained.problems[0];
    EXPECT_NE(flow.ask("SELECT * FROM clean.n").find("503"), std::string::npos) << "not that there is no such table";
    lake.store->be_away(false);
    flow.drain();
    expect_all_once(flow, 20);
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

// One table, two Pinflows with data folders of their own: neither takes the other's batches for its own.
TEST(StoreLake, TwoWritersOfOneTableKeepApart) {
    const TestFolder one, two, shared;
    const StoreLake first_lake(shared.path());
    const StoreLake second_lake(shared.path(), FaultyStore::Fault::refused, FaultyStore::for_ever, 0, 1 << 30, "other");
    auto first_options = first_lake.options();
    auto second_options = second_lake.options();
    first_options.writer = "one";
    second_options.writer = "two";
    TestFlow first(one.path(), posix_disk(), most_15(one.path()), first_options);
    TestFlow second(two.path(), posix_disk(), most_15(two.path()), second_options);
    first.tables->start();
    second.tables->start();
    for (int i = 0; i < 5; ++i) {
        first.post("n", values(i, 20));
        second.post("n", values(i, 20));
        if (i % 2 == 0) first.drain();
    }
    first.drain();
    second.drain();
    EXPECT_EQ(first.rows("SELECT count(*) FROM clean.n"), "140\n");
    EXPECT_EQ(second.rows("SELECT count(*) FROM quarantine.n"), "40\n");
    EXPECT_EQ(second.rows("SELECT DISTINCT sql FROM clean_rows.n JOIN rules.n ON version = _rule_version"),
              "SELECT a FROM input\n");
}

// Two Pinflows with a table in common; the rows of the first are 0 to 19, of the second -1.
struct SharedLake {
    // Stopped at this call of its store.
    std::unique_ptr<TestFlow> start(size_t number, int most, int stop_at_call = FaultyStore::for_ever) {
        lakes[number] = std::make_unique<StoreLake>(shared.path(), FaultyStore::Fault::refused, stop_at_call,
                                                    FaultyStore::for_ever, 1 << 30, fmt::format("cache{}", number));
        auto options = lakes[number]->options();
        options.writer = std::to_string(number);
        const auto& own = folders[number].path();
        auto flow = std::make_unique<TestFlow>(own, posix_disk(), at_most(own, most), options);
        flow->tables->start();
        return flow;
    }
    void fill() {
        const auto first = start(0, 5);
        first->post("n", values(0, 20));
        first->drain();
        const auto second = start(1, 5);
        second->post("n", values(-1, 0));
        second->drain();
        EXPECT_EQ(sizes(*second), "7,7,14\n");
    }
    static std::string sizes(TestFlow& flow) {
        return flow.rows("SELECT count(*), count(DISTINCT a), (SELECT count(*) FROM quarantine.n) FROM clean.n");
    }

    const TestFolder shared;
    const std::array<TestFolder, 2> folders;
    std::array<std::unique_ptr<StoreLake>, 2> lakes;
};

TEST(StoreLake, TwoPinflowsReplayOneQuarantine) {
    SharedLake lake;
    lake.fill();
    for (int most = 6; most < 10; ++most) {
        SCOPED_TRACE(most);
        const std::array flows = {lake.start(0, most), lake.start(1, most)};
        std::array<int64_t, 2> passed{};
        {
            std::vector<std::jthread> replaying;
            for (size_t i = 0; i < 2; ++i)
                replaying.emplace_back([&, i] {
                    const auto done = flows[i]->tables->replay("n", {});
                    if (done) passed[i] = done->passed;
                    if (!done) EXPECT_NE(done.error().message.find("another Pinflow is replaying"), std::string::npos);
                });
        }
        EXPECT_EQ(passed[0] + passed[1], 1);
        EXPECT_EQ(lake.sizes(*flows[0]), fmt::format("{0},{0},{1}\n", most + 2, 19 - most));
    }
}

TEST(StoreLake, AReplayThatAStopCutShortIsNobodyElses) {
    bool whole = false;
    int refused = 0;
    for (int call = 1; !whole; ++call) {
        ASSERT_LT(call, 50);
        SCOPED_TRACE(call);
        SharedLake lake;
        lake.fill();
        whole = lake.start(0, 15, call)->tables->replay("n", {}).has_value();
        const auto second = lake.start(1, 15);
        second->drain();
        const auto done = second->tables->replay("n", {});
        if (!done) {
            ++refused;
            EXPECT_NE(done.error().message.find("another Pinflow is replaying"), std::string::npos);
        }
        const auto first = lake.start(0, 15);
        first->drain();
        need(second->tables->replay("n", {}));
        EXPECT_EQ(lake.sizes(*second), "17,17,4\n");
    }
    EXPECT_GT(refused, 0) << "between its two commits";
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
