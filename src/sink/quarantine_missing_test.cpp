// A stop between the two commits of a batch, and then a log that another writer cleans up: what cannot be finished is
// told and counted, and a rebuild makes it good.
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <sstream>

#include "sink/rebuilds.h"
#include "sink/replay.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

namespace fs = std::filesystem;

class QuarantineMissing : public testing::Test {
  protected:
    QuarantineMissing() {
        spdlog::set_default_logger(
            std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said_)));
    }
    ~QuarantineMissing() override {
        flow_.reset();
        spdlog::set_default_logger(before_);
    }
    void start(int most = 15) {
        flow_.reset();
        fs::create_directories(folder_.path() / "p");
        std::ofstream(folder_.path() / "p/pipeline.toml")
            << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
            << "input = { a = \"bigint\" }\n[[table.n.expect]]\nrule = \"most\"\ncheck = \"a <= " << most
            << "\"\nmessage = \"{a} is too much\"\n";
        std::ofstream(folder_.path() / "p/n.sql") << "SELECT a FROM input";
        flow_ = std::make_unique<TestFlow>(folder_.path(), posix_disk(), folder_.path() / "p",
                                           TablesOptions{.upkeep = false});
        flow_->tables->start();
        flow_->drain();
    }
    void post(int from, int to) {
        std::vector<std::string> records;
        for (int i = from; i < to; ++i) records.push_back(fmt::format(R"({{"a": {}}})", i));
        flow_->post("n", records);
        flow_->drain();
    }
    fs::path log_of(const std::string& schema) const { return folder_.path() / "lake" / schema / "n/_delta_log"; }
    static fs::path newest_commit(const fs::path& log) {
        fs::path newest;
        for (const auto& entry : fs::directory_iterator(log))
            if (entry.path().extension() == ".json") newest = std::max(newest, entry.path());
        return newest;
    }
    // As if the last batch had ended after its first commit, and another writer had looked after the clean table since.
    void cut_and_clean_up(bool cut) {
        flow_.reset();
        if (cut) fs::remove(newest_commit(log_of("quarantine")));
        auto database = std::shared_ptr(need(engine::Database::open({.external_access = true})));
        const auto clean =
            need(delta::Table::open({posix_disk(), system_clock(), database}, folder_.path() / "lake/clean/n"));
        ASSERT_TRUE(clean->checkpoint());
        while (!newest_commit(log_of("clean")).empty()) fs::remove(newest_commit(log_of("clean")));
    }
    int64_t missing() { return flow_->tables->status().front().missing; }
    std::string sizes() {
        return flow_->rows("SELECT (SELECT count(*) FROM clean.n), (SELECT count(*) FROM quarantine.n)");
    }

    TestFolder folder_;
    std::ostringstream said_;
    std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
    std::unique_ptr<TestFlow> flow_;
};

TEST_F(QuarantineMissing, IsCountedAndARebuildMakesItGood) {
    start();
    post(10, 20);
    post(10, 18);
    EXPECT_EQ(sizes(), "12,6\n");
    EXPECT_EQ(missing(), 0);
    cut_and_clean_up(true);
    start();
    EXPECT_EQ(sizes(), "12,4\n");
    EXPECT_EQ(missing(), 2);
    post(14, 18);
    EXPECT_EQ(sizes(), "14,6\n");
    EXPECT_EQ(missing(), 2) << "what came since does not hide it";
    start();
    EXPECT_EQ(missing(), 2) << "nor does a start";
    EXPECT_NE(said_.str().find("table n: 2 records"), std::string::npos) << said_.str();
    EXPECT_NE(said_.str().find("`pinflow rebuild n`"), std::string::npos) << said_.str();
    const auto id = need(flow_->tables->rebuilds().ask("n", {}, false));
    EXPECT_EQ(need(flow_->tables->rebuilds().wait(id, 60'000)).state, "done");
    start();
    EXPECT_EQ(sizes(), "14,8\n");
    EXPECT_EQ(missing(), 0);
}

TEST_F(QuarantineMissing, NothingIsMissingWhereTheLastBatchWasClean) {
    start();
    post(10, 20);
    post(0, 5);
    cut_and_clean_up(false);
    start();
    EXPECT_EQ(missing(), 0);
    post(10, 20);
    EXPECT_EQ(sizes(), "17,8\n");
    EXPECT_EQ(missing(), 0);
}

// With the log, what a stop cut short is finished, and counted once.
TEST_F(QuarantineMissing, NothingIsMissingWhereTheLogIsThere) {
    start();
    post(10, 20);
    flow_.reset();
    fs::remove(newest_commit(log_of("quarantine")));
    start();
    EXPECT_EQ(sizes(), "6,4\n");
    EXPECT_EQ(missing(), 0);
}

// A replay whose second commit never came has left records in both tables: they must not be replayed again.
TEST_F(QuarantineMissing, AReplayThatCannotBeFinishedIsNotRepeated) {
    start();
    post(10, 20);
    start(18);
    EXPECT_EQ(need(flow_->tables->replay("n", {})).passed, 3);
    EXPECT_EQ(sizes(), "9,1\n");
    cut_and_clean_up(true);
    start(19);
    EXPECT_EQ(sizes(), "9,4\n") << "three of them twice";
    EXPECT_EQ(missing(), 1);
    const auto refused = flow_->tables->replay("n", {});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("`pinflow rebuild n`"), std::string::npos) << refused.error().message;
    const auto id = need(flow_->tables->rebuilds().ask("n", {}, false));
    EXPECT_EQ(need(flow_->tables->rebuilds().wait(id, 60'000)).state, "done");
    EXPECT_EQ(sizes(), "10,0\n");
    EXPECT_EQ(need(flow_->tables->replay("n", {})).records, 0) << "it may again";
}

}  // namespace
}  // namespace pinflow::sink
