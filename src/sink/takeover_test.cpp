// The flow while what it goes by changes: pipelines, and transactions that are not decided yet.
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "log/control_batch.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

TEST(Flow, OtherPipelinesMayTakeOverAtAnyTime) {
    const TestFolder folder;
    const TestFolder changed;
    std::filesystem::copy(PINFLOW_SOURCE_DIR "/pipelines/pinterest", changed.path() / "p",
                          std::filesystem::copy_options::recursive);
    std::ofstream(changed.path() / "p" / "geo.sql") << "SELECT coalesce(\"index\", idx, ind) AS ind, upper(country) AS "
                                                       "country, [latitude, longitude] AS coordinates, \"timestamp\", "
                                                       "1 AS rule FROM input\n";
    TestFlow flow(folder.path());
    flow.tables->start();
    const auto other = need(Pipelines::load({changed.path() / "p"}, *flow.flow));
    int posted = 0;
    const auto post = [&](int count) {
        for (int i = 0; i < count; ++i) flow.post("u.geo", {fmt::format(R"({{"ind":{},"country":"Peru"}})", posted++)});
    };
    for (const auto& pipelines : {other, flow.pipelines, other}) {
        post(40);
        std::jthread draining([&] { flow.drain(); });  // it must not be told that all is done when the sinks change
        flow.tables->use(pipelines);
        post(40);
    }
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT count(*), count(DISTINCT ind), sum(ind) FROM clean.u_geo"), "240,240,28680\n");
    EXPECT_EQ(flow.rows("SELECT country, rule FROM clean.u_geo WHERE ind = 239"), "PERU,1\n");
}

TEST(Flow, ATableMayBeMadeByNobodyAnyMoreWhileItsRecordsCome) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    const auto none = need(Pipelines::load({}, *flow.flow));
    flow.tables->start();
    std::atomic<bool> stop = false;
    int posted = 0;
    std::thread producer([&] {
        for (; !stop; ++posted) flow.post("u.geo", {fmt::format(R"({{"ind":{}}})", posted)});
    });
    std::thread draining([&] {  // asks the tables that were there for more
        while (!stop) flow.tables->drain(2);
    });
    for (int i = 0; i < 100; ++i) flow.tables->use(i % 2 == 0 ? none : flow.pipelines);
    flow.tables->use(flow.pipelines);
    stop = true;
    producer.join();
    draining.join();
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT count(*) FROM clean.u_geo"), fmt::format("{}\n", posted));
}

// What open-source Spark does on a local disk.
TEST(Flow, ACommitThatAnotherWriterWritesOverIsBroughtBack) {
    const TestFolder folder;
    TestFlow flow(folder.path(), posix_disk(), PINFLOW_SOURCE_DIR "/pipelines/pinterest", {.upkeep = false});
    flow.tables->start();
    const auto log = folder.path() / "lake/clean/u_user/_delta_log";
    int newest = 0;
    for (int i = 0; i < 5; ++i) {
        flow.post("u.user", {fmt::format(R"({{"ind": {}}})", i), R"({"ind": "none"})"});
        flow.drain();
        while (std::filesystem::exists(log / fmt::format("{:020}.json", newest + 1))) ++newest;
        if (i == 1 || i == 3) {
            std::ofstream(log / "theirs") << R"({"commitInfo":{"timestamp":1,"operation":"WRITE"}})" << "\n";
            std::filesystem::rename(log / "theirs", log / fmt::format("{:020}.json", newest));
        }
    }
    EXPECT_EQ(
        flow.rows("SELECT count(*), count(DISTINCT _offset) FROM (SELECT _offset FROM clean_rows.u_user UNION ALL "
                  "SELECT _offset FROM quarantine.u_user)"),
        "10,10\n");
}

TEST(Flow, OnlyCommittedTransactionsAreRead) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    log::Partition& partition = *need(flow.topics->find_or_create("u.user"))->partitions[0];
    const auto write = [&](int64_t producer, int ind) {
        log::BatchBuilder builder;
        const std::string value = fmt::format(R"({{"ind": {}}})", ind);
        builder.add(1, std::nullopt, as_bytes(value));
        const MutableBytes batch = builder.finish();
        log::stamp_producer(batch, {.producer_id = producer, .transactional = true});
        EXPECT_TRUE(partition.append(batch));
    };
    write(7, 1);
    EXPECT_TRUE(partition.append_marker(7, 0, {.type = log::MarkerType::commit, .coordinator_epoch = 0}));
    write(8, 2);
    EXPECT_TRUE(partition.append_marker(8, 0, {.type = log::MarkerType::abort, .coordinator_epoch = 0}));
    write(9, 3);  // is not decided yet, so what follows waits, as for every such reader
    flow.post("u.user", users(4, 5));
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT string_agg(ind, ',' ORDER BY ind) FROM clean.u_user"), "1\n");
    EXPECT_TRUE(partition.append_marker(9, 0, {.type = log::MarkerType::commit, .coordinator_epoch = 0}));
    flow.post("u.user", users(5, 6));
    flow.drain();
    EXPECT_EQ(flow.rows("SELECT string_agg(ind, ',' ORDER BY ind) FROM clean.u_user"), "\"1,3,4,5\"\n");
}

}  // namespace
}  // namespace pinflow::sink
