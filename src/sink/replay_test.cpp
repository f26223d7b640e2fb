// Quarantined records judged again, and tables emptied: every offset is in one of the two tables once, or in none.
#include "sink/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/rebuilds.h"
#include "sink/table_purge.h"
#include "sink/test_aggregate.h"
#include "sink/test_failing_disk.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

std::filesystem::path limit_to(const std::filesystem::path& folder, int most, const std::string& more = "") {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << "input = { a = \"bigint\" }\n"
        << more << "\n[[table.n.expect]]\nrule = \"most\"\ncheck = \"a <= " << most << "\"\nmessage = \"{a} is over "
        << most << "\"\n";
    std::ofstream(folder / "p/n.sql") << "SELECT a FROM input";
    return folder / "p";
}

class Replaying : public testing::Test {
  protected:
    void start(int most, Disk& disk = posix_disk(), const std::string& more = "") {
        flow_.reset();
        flow_ = std::make_unique<TestFlow>(folder_.path(), disk, limit_to(folder_.path(), most, more),
                                           TablesOptions{.upkeep = false});
        flow_->tables->start();
    }
    void post(int from, int to) {
        std::vector<std::string> records;
        for (int i = from; i < to; ++i) records.push_back(fmt::format(R"({{"a": {}}})", i));
        post(records);
    }
    void post(const std::vector<std::string>& records) {
        flow_->post("n", records);
        flow_->drain();
    }
    Replayed replay(const ReplayRequest& request = {}) { return need(flow_->tables->replay("n", request)); }
    std::string refused(const ReplayRequest& request) {
        const auto done = flow_->tables->replay("n", request);
        return done ? "done" : done.error().message;
    }
    void expect_each_once(int count) {
        EXPECT_EQ(
            flow_->rows("SELECT count(*), count(DISTINCT (_offset, _index)), min(_offset), max(_offset) FROM (SELECT "
                        "_offset, _index FROM clean_rows.n UNION ALL SELECT _offset, 0 FROM quarantine.n)"),
            fmt::format("{0},{0},0,{1}\n", count, count - 1));
    }
    std::string sizes() {
        return flow_->rows("SELECT (SELECT count(*) FROM clean.n), (SELECT count(*) FROM quarantine.n)");
    }
    static Correction correction(int64_t offset, const std::string& value) {
        return {.place = {.topic = "n", .partition = 0, .offset = offset}, .value = value};
    }

    TestFolder folder_;
    std::unique_ptr<TestFlow> flow_;
};

TEST_F(Replaying, WhatPassesNowLeavesTheQuarantine) {
    start(15);
    post(0, 20);
    post(10, 30);
    EXPECT_EQ(sizes(), "22,18\n");
    const std::string times = flow_->rows("SELECT _offset, _time FROM quarantine.n WHERE _offset BETWEEN 26 AND 30");
    start(25);
    const Replayed tried = replay({.dry_run = true});
    EXPECT_EQ(tried.records, 18);
    EXPECT_EQ(tried.passed, 14);
    EXPECT_EQ(sizes(), "22,18\n");
    const Replayed done = replay();
    EXPECT_EQ(done.passed, 14);
    EXPECT_EQ(done.rows, 14);
    EXPECT_FALSE(done.next);
    EXPECT_EQ(sizes(), "36,4\n");
    expect_each_once(40);
    EXPECT_EQ(flow_->rows("SELECT _offset, _time FROM clean_rows.n WHERE _offset BETWEEN 26 AND 30"), times);
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM quarantine.n WHERE message LIKE '%over 15'"), "4\n") << "as it was";
    EXPECT_EQ(replay().passed, 0);
    post(40, 41);
    expect_each_once(41);
}

TEST_F(Replaying, OnlyWhatIsAskedFor) {
    start(15);
    post(0, 20);
    post(10, 30);
    start(25);
    EXPECT_EQ(replay({.where = "_offset < 20"}).passed, 4);
    EXPECT_EQ(sizes(), "26,14\n");
    EXPECT_EQ(replay({.where = "message LIKE '17 %'"}).passed, 1);
    EXPECT_EQ(replay({.after = RecordPlace{"n", 0, 33}}).records, 6);
    EXPECT_THAT(refused({.where = "nosuch = 1"}), HasSubstr("nosuch"));
    EXPECT_THAT(refused({.where = "_offset IN (SELECT 1)"}), HasSubstr("query of its own"));
    expect_each_once(40);
}

TEST_F(Replaying, ACorrectionThatFailsAgainSaysWhy) {
    start(15);
    post(10, 30);
    const Replayed done = replay({.corrections = {correction(6, R"({"a": 1})"), correction(7, R"({"a": 16})"),
                                                  correction(8, R"({"a": "many"})")}});
    EXPECT_EQ(done.passed, 1);
    ASSERT_EQ(done.wrong.size(), 2U);
    std::map<int64_t, StillWrong> by_offset;
    for (const auto& each : done.wrong) by_offset[each.place.offset] = each;
    EXPECT_EQ(by_offset[7].place.topic, "n");
    EXPECT_THAT(by_offset[7].message, HasSubstr("16"));
    EXPECT_EQ(by_offset[8].rule, "type");
    EXPECT_TRUE(replay().wrong.empty()) << "of corrections alone";
}

TEST_F(Replaying, UniqueRows) {
    start(5, posix_disk(), "unique = [\"a\"]");
    post(0, 10);
    start(8, posix_disk(), "unique = [\"a\"]");
    post(5, 8);  // 6 and 7 are rows now, and in the quarantine
    const Replayed done = replay();
    EXPECT_EQ(done.records, 4);
    EXPECT_EQ(done.passed, 3);
    EXPECT_EQ(done.rows, 1);
    EXPECT_EQ(done.duplicates, 2);
    EXPECT_EQ(flow_->rows("SELECT count(*), count(DISTINCT a), max(a) FROM clean.n"), "9,9,8\n");
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM quarantine.n"), "1\n");
    post(0, 9);
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n"), "9\n");
}

TEST_F(Replaying, CorrectedRecords) {
    start(15);
    post({R"({"a": 1})", R"({"a": "x"})", "no json", R"([{"a": 2}, {"a": "y"}])", R"({"a": 99})"});
    EXPECT_EQ(sizes(), "1,4\n");
    EXPECT_THAT(refused({.corrections = {correction(2, "{}"), correction(0, "{}")}}),
                HasSubstr("n-0 at offset 0: no such record is in the quarantine"));
    EXPECT_EQ(sizes(), "1,4\n");
    const Replayed done =
        replay({.corrections = {correction(1, R"({"a": 5})"), correction(2, R"({"a": 6})"),
                                correction(4, R"({"a": 98})"), correction(3, R"([{"a": 2}, {"a": 3}])")}});
    EXPECT_EQ(done.records, 4);
    EXPECT_EQ(done.passed, 3);
    EXPECT_EQ(done.rows, 4);
    EXPECT_EQ(flow_->rows("SELECT a, _offset, _index FROM clean_rows.n ORDER BY ALL"),
              "1,0,0\n2,3,0\n3,3,1\n5,1,0\n6,2,0\n");
    EXPECT_EQ(flow_->rows("SELECT decode(value) FROM quarantine.n"), "\"{\"\"a\"\": 99}\"\n");
}

TEST_F(Replaying, UserRecordsOfAggregates) {
    start(15);
    post({aggregate_of(
        std::vector<TestUserRecord>{{"k", R"({"a": 1})"}, {"k", R"({"a": 20})"}, {"k", R"({"a": 30})"}})});
    EXPECT_EQ(sizes(), "1,2\n");
    start(25);
    EXPECT_EQ(replay().passed, 1);
    EXPECT_EQ(flow_->rows("SELECT a, _offset, _index FROM clean_rows.n ORDER BY ALL"), "1,0,0\n20,0,1\n");
    EXPECT_EQ(flow_->rows("SELECT left(message, 16), decode(value) FROM quarantine.n"),
              "user record 3 of,\"{\"\"a\"\": 30}\"\n");
    EXPECT_THAT(refused({.corrections = {correction(1, "{}")}}), HasSubstr("no such record"));
}

TEST_F(Replaying, WhatIsForgottenDoesNotComeBack) {
    start(15);
    post({R"({"a": 1})", "no json", R"({"a": 20})"});
    const auto request = need(flow_->tables->forget("n", "a = 7"));
    EXPECT_EQ(need(flow_->tables->forgetting(request.id, 60'000)).request.unjudged, 1);
    EXPECT_EQ(replay({.corrections = {correction(1, R"({"a": 7})")}}).passed, 1);
    EXPECT_EQ(sizes(), "1,1\n");
}

TEST_F(Replaying, StoppedAtAnyStep) {
    bool whole = false;
    for (int step = 1; !whole; step += 2) {
        ASSERT_LT(step, 300);
        SCOPED_TRACE(step);
        std::filesystem::remove_all(folder_.path() / "lake");
        start(15);
        if (step == 1) {
            post(0, 20);
            post(10, 30);
        }
        flow_->drain();
        {
            FailingDisk disk(step, for_ever);
            start(25, disk);
            whole = flow_->tables->replay("n", {}).has_value();
            flow_.reset();
        }
        start(25);
        flow_->drain();
        expect_each_once(40);
        const std::string left = sizes();
        EXPECT_TRUE(left == "36,4\n" || (!whole && left == "22,18\n")) << left;
        replay();
        EXPECT_EQ(sizes(), "36,4\n");
        expect_each_once(40);
    }
}

TEST_F(Replaying, APurgedTableIsEmptyAndStaysSo) {
    start(15);
    post(0, 20);
    flow_->tables->drain(0);
    const Purged purged = need(flow_->tables->purge("n"));
    EXPECT_EQ(purged.rows, 16);
    EXPECT_EQ(purged.quarantined, 4);
    EXPECT_EQ(sizes(), "0,0\n");
    start(15);
    flow_->drain();
    EXPECT_EQ(sizes(), "0,0\n");
    post(10, 20);
    EXPECT_EQ(sizes(), "6,4\n");
    EXPECT_EQ(flow_->rows("SELECT min(_offset) FROM clean_rows.n"), "20\n");
    const auto id = need(flow_->tables->rebuilds().ask("n", {}, false));
    EXPECT_EQ(need(flow_->tables->rebuilds().wait(id, 60'000)).state, "done");
    EXPECT_EQ(sizes(), "22,8\n") << "a rebuild brings back what the log has";
    expect_each_once(30);
    EXPECT_FALSE(flow_->tables->purge("m"));
}

TEST_F(Replaying, APurgeCoversWhatWasOnItsWay) {
    start(15, posix_disk(), "settings = { latency_ms = 3600000 }");
    post(0, 5);
    flow_->post("n", {R"({"a": 5})", R"({"a": 6})"});
    EXPECT_EQ(need(flow_->tables->purge("n")).rows, 5);
    flow_->drain();
    EXPECT_EQ(sizes(), "0,0\n");
    post(7, 9);
    EXPECT_EQ(flow_->rows("SELECT min(a), count(*) FROM clean.n"), "7,2\n");
}

TEST_F(Replaying, AppendOnlyTablesAreNotPurged) {
    start(15, posix_disk(), "[table.n.properties]\n\"delta.appendOnly\" = \"true\"");
    post(0, 20);
    EXPECT_THAT(flow_->tables->purge("n").error().message, HasSubstr("delta.appendOnly"));
    EXPECT_EQ(sizes(), "16,4\n");
}

TEST_F(Replaying, PurgeStoppedAtAnyStep) {
    bool whole = false;
    for (int step = 1; !whole; step += 2) {
        ASSERT_LT(step, 300);
        SCOPED_TRACE(step);
        std::filesystem::remove_all(folder_.path() / "lake");
        start(15);
        if (step == 1) post(0, 20);
        flow_->drain();
        {
            FailingDisk disk(step, for_ever);
            start(15, disk);
            whole = flow_->tables->purge("n").has_value();
            flow_.reset();
        }
        start(15);
        flow_->drain();
        const std::string left = sizes();
        EXPECT_TRUE(left == "0,0\n" || (!whole && left == "16,4\n")) << left;
    }
}

}  // namespace
}  // namespace pinflow::sink
