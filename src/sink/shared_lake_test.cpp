// Two Pinflows with one table in an object store: neither takes the other's batches, rows or replays for its own.
#include <array>
#include <thread>

#include "sink/replay.h"
#include "sink/test_store_lake.h"

namespace pinflow::sink {
namespace {

using objects::FaultyStore;

TEST(SharedLake, TwoWritersOfOneTableKeepApart) {
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
struct TwoPinflows {
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

TEST(SharedLake, TwoPinflowsReplayOneQuarantine) {
    TwoPinflows lake;
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

TEST(SharedLake, AReplayThatAStopCutShortIsNobodyElses) {
    bool whole = false;
    int refused = 0;
    for (int call = 1; !whole; ++call) {
        ASSERT_LT(call, 50);
        SCOPED_TRACE(call);
        TwoPinflows lake;
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

}  // namespace
}  // namespace pinflow::sink
