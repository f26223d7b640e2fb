// Tables made anew from records that the log has no more.
#include "sink/test_raw_history.h"
#include "sink/test_rebuilding.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

// Forty records, of which the log has the last fifteen, and somebody kept all.
class RebuildRaw : public Rebuilding {
  protected:
    RebuildRaw() : all_(counted(0, 20)) {
        for (const std::string& each : counted(10, 30)) all_.push_back(each);
        raw_ = kept_records(0, all_);
    }
    void begin(const TestRules& rules = {}) {
        start(rules);
        post(0, 20);
        post(10, 30);
        cut_log(25);
    }

    std::vector<std::string> all_;
};

TEST_F(RebuildRaw, MakesTheRowsThatTheWholeLogWouldMake) {
    part_bytes_ = 300;
    const TestRules other{.most = 25, .columns = "a, a * 2 AS b"};
    start({.most = 15});
    post(0, 20);
    post(10, 30);
    start(other);
    EXPECT_EQ(rebuild().state, "done");
    const std::string expected = all_rows();
    start({.most = 15, .columns = "a, a * 3 AS b"});
    EXPECT_EQ(rebuild().state, "done");
    cut_log(25);
    start(other);
    const RebuildStatus tried = rebuild({}, true, "kept");
    EXPECT_EQ(tried.state, "done") << tried.stage;
    EXPECT_NE(all_rows(), expected);
    const RebuildStatus done = rebuild({}, false, "kept");
    EXPECT_EQ(done.state, "done") << done.stage;
    for (const RebuildStatus& each : {tried, done}) {
        EXPECT_EQ(each.result.records, 40);
        EXPECT_EQ(each.result.rows, 36);
        EXPECT_EQ(each.result.old_quarantined, 18);
    }
    EXPECT_EQ(all_rows(), expected);
    EXPECT_EQ(unnamed_files(), "");
    EXPECT_FALSE(is_journal_there());
    post(0, 2);
    expect_each_once(42);
}

TEST_F(RebuildRaw, WithoutASourceOneIsAskedFor) {
    begin();
    EXPECT_THAT(refused(), HasSubstr("--source LOCATION"));
    EXPECT_THAT(refused({}, "elsewhere"), HasSubstr("elsewhere is not there"));
    suggest_ = [](const std::string& topic) { return "/bucket/of/" + topic; };
    start({});
    EXPECT_THAT(refused(), HasSubstr("--source /bucket/of/n"));
    raw_ = nullptr;
    start({});
    EXPECT_THAT(refused({}, "kept"), HasSubstr("nothing but the log"));
    expect_each_once(40);
    EXPECT_FALSE(is_journal_there());
}

TEST_F(RebuildRaw, ASourceThatBeginsTooLateIsRefused) {
    begin();
    raw_ = kept_records(1, all_);
    start({});
    EXPECT_THAT(refused({}, "kept"), HasSubstr("n-0 starts at offset 25, and the table has rows from 0 on, kept has it "
                                               "from 1 on"));
    EXPECT_FALSE(is_journal_there());
}

TEST_F(RebuildRaw, ASourceWithAGapLeavesTheTableAsItWas) {
    begin();
    const std::string before = all_rows();
    all_[17] = "";
    raw_ = kept_records(0, all_);
    start({.most = 25});
    const RebuildStatus failed = rebuild({}, false, "kept");
    EXPECT_EQ(failed.state, "failed");
    EXPECT_THAT(failed.stage, HasSubstr("kept has nothing at offset 17"));
    EXPECT_EQ(all_rows(), before);
    EXPECT_FALSE(is_journal_there());
    all_[24] = "";  // the last before the log begins
    raw_ = kept_records(0, all_);
    start({.most = 25});
    EXPECT_THAT(refused({}, "kept"), HasSubstr("kept has nothing at offset 24")) << "at once";
    EXPECT_EQ(unnamed_files(), "");
}

TEST_F(RebuildRaw, FromATimeOn) {
    begin();
    const int64_t seventh = flow_->time_ms - 39 + 7;
    const int64_t in_log = flow_->time_ms - 39 + 30;
    start({.most = 25, .columns = "a, a * 2 AS b"});
    EXPECT_EQ(rebuild(in_log, true, "kept").result.records, 10) << "the log has all of these";
    const RebuildStatus done = rebuild(seventh, false, "kept");
    EXPECT_EQ(done.state, "done") << done.stage;
    EXPECT_EQ(done.result.records, 33);
    EXPECT_EQ(flow_->rows("SELECT count(*), min(_offset) FROM clean_rows.n WHERE b = 2 * a"), "29,7\n");
    expect_each_once(40);
    raw_ = kept_records(8, {all_.begin() + 8, all_.end()});
    start({.most = 25});
    EXPECT_THAT(refused(seventh, "kept"), HasSubstr("rows of this time from 7 on, and kept has it from 8 on"));
}

TEST_F(RebuildRaw, WhatIsForgottenStaysSo) {
    begin();
    const auto request = need(flow_->tables->forget("n", "a IN (3, 17)"));
    EXPECT_EQ(need(flow_->tables->forgetting(request.id, 60'000)).progress, "");
    start({.most = 25});
    EXPECT_EQ(rebuild({}, false, "kept").state, "done");
    EXPECT_EQ(flow_->rows("SELECT count(*), count(*) FILTER (a IN (3, 17)) FROM clean.n"), "33,0\n");
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM quarantine.n"), "4\n");
}

TEST_F(RebuildRaw, UniqueRows) {
    begin({.most = 30});
    start({.most = 30, .more = "unique = [\"a\"]"});
    const RebuildStatus done = rebuild({}, false, "kept");
    EXPECT_EQ(done.state, "done") << done.stage;
    EXPECT_EQ(done.result.duplicates, 10);
    EXPECT_EQ(flow_->rows("SELECT count(*), count(DISTINCT a), max(_offset) FROM clean_rows.n"), "30,30,39\n");
}

TEST_F(RebuildRaw, MoreHistoryThanTheTableHas) {
    flow_ = std::make_unique<TestFlow>(folder_.path());
    flow_->post("n", all_);
    cut_log(25);  // before a table has read anything
    start({.most = 100});
    flow_->drain();
    EXPECT_EQ(flow_->rows("SELECT count(*), min(_offset) FROM clean_rows.n"), "15,25\n");
    EXPECT_EQ(rebuild({}, false, "kept").state, "done");
    expect_each_once(40);
}

TEST_F(RebuildRaw, ASourceOutOfReachIsAskedAgain) {
    begin();
    raw_ = kept_records(0, all_, 3);
    start({.most = 25});
    const RebuildStatus done = rebuild({}, false, "kept");
    EXPECT_EQ(done.state, "done") << done.stage;
    expect_each_once(40);
}

TEST_F(RebuildRaw, TheLogLosesMoreMeanwhile) {
    begin();
    part_bytes_ = 100;
    start({.most = 25});
    const std::string id = need(flow_->tables->rebuilds().ask("n", {}, false, "kept"));
    cut_log(33);
    EXPECT_EQ(need(flow_->tables->rebuilds().wait(id, 60'000)).state, "done");
    expect_each_once(40);
}

}  // namespace
}  // namespace pinflow::sink
