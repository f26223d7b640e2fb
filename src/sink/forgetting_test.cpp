// Rows that people want to be forgotten: gone from the table and its quarantine, and not back after a rebuild.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/test_failing_disk.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

std::filesystem::path make_pipeline(const std::filesystem::path& folder, const std::string& rules = "") {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << "input = { user = \"bigint\", age = \"bigint\" }\n"
        << rules << "\n[[table.n.expect]]\nrule = \"old\"\ncheck = \"age < 100\"\nmessage = \"{age}\"\n";
    std::ofstream(folder / "p/n.sql") << "SELECT user AS user_id, age FROM input";
    return folder / "p";
}

class Forgetting : public testing::Test {
  protected:
    void start(const std::string& rules = "", Disk& disk = posix_disk()) {
        flow_.reset();
        flow_ = std::make_unique<TestFlow>(folder_.path(), disk, make_pipeline(folder_.path(), rules),
                                           TablesOptions{.upkeep = false});
        flow_->tables->start();
    }
    void post(const std::vector<std::string>& values) {
        flow_->post("n", values);
        flow_->drain();
    }
    Forgotten forget(const std::string& where) {
        const auto request = need(flow_->tables->forget("n", where));
        const auto outcome = need(flow_->tables->forgetting(request.id, 60'000));
        EXPECT_EQ(outcome.progress, "");
        return outcome.request;
    }
    std::string refused(const std::string& where, const std::string& table = "n") {
        const auto request = flow_->tables->forget(table, where);
        return request ? "taken" : request.error().message;
    }
    std::string clean() { return flow_->rows("SELECT user_id, age FROM clean.n ORDER BY ALL"); }
    std::string aside() { return flow_->rows("SELECT decode(value) FROM quarantine.n ORDER BY _offset"); }

    TestFolder folder_;
    std::unique_ptr<TestFlow> flow_;
};

const std::vector<std::string> three_users = {R"({"user": 1, "age": 30})",
                                              R"({"user": 2, "age": 31})",
                                              R"({"user": 1, "age": 200})",
                                              R"({"user": 1, "age": "x"})",
                                              R"({"user": 2, "age": 300})",
                                              R"(no json, user 1)",
                                              R"([{"user": 1, "age": 5}, {"user": 2, "age": 6}])",
                                              R"({"age": 7})"};
constexpr const char* kept_clean = "2,6\n2,31\n,7\n";
constexpr const char* kept_aside = "\"{\"\"user\"\": 2, \"\"age\"\": 300}\"\n\"no json, user 1\"\n";

TEST_F(Forgetting, RowsAndQuarantinedRecordsGo) {
    start();
    post(three_users);
    post({R"({"user": 3, "age": 1})"});
    const Deleted counted = need(flow_->tables->count_rows("n", "user_id = 1"));
    EXPECT_EQ(counted.rows, 2);
    EXPECT_EQ(counted.files, 1);
    EXPECT_EQ(counted.quarantined, 2);
    EXPECT_EQ(counted.unjudged, 1);
    const Forgotten done = forget("user_id = 1");
    EXPECT_EQ(done.rows, 2);
    EXPECT_EQ(done.quarantined, 2);
    EXPECT_EQ(done.unjudged, 1);
    EXPECT_EQ(clean(), "2,6\n2,31\n3,1\n,7\n");
    EXPECT_EQ(aside(), kept_aside);
    EXPECT_EQ(flow_->rows("SELECT user_id, _offset, _index FROM clean_rows.n WHERE age = 6"), "2,6,1\n");
    EXPECT_EQ(need(flow_->tables->count_rows("n", "user_id = 1")).rows, 0);
}

TEST_F(Forgetting, WhatComesLaterIsNotForgotten) {
    start();
    post(three_users);
    forget("user_id = 1");
    post({R"({"user": 1, "age": 40})"});
    EXPECT_EQ(clean(), "1,40\n" + std::string(kept_clean));
}

// A request that waits is about what was there when it was made.
TEST_F(Forgetting, WhatComesBeforeItIsCarriedOutStays) {
    const std::string again = R"({"user": 1, "age": 40})";
    start();
    post(three_users);
    {
        Forgotten request = need(flow_->tables->forget("n", "user_id = 1 -- all of it"));
        flow_.reset();  // perhaps before it is carried out
        ForgetList list(posix_disk(), folder_.path() / "lake/forgotten.ndjson");
        request.done_ms.reset();
        ASSERT_TRUE(list.finish(request));
    }
    std::filesystem::rename(folder_.path() / "lake/forgotten.ndjson", folder_.path() / "kept");
    start();
    post({again, again, R"({"user": 1, "age": 400})"});
    flow_.reset();
    std::filesystem::rename(folder_.path() / "kept", folder_.path() / "lake/forgotten.ndjson");
    start();
    const std::string left = "1,40\n1,40\n" + std::string(kept_clean);
    EXPECT_EQ(eventually([&] { return clean(); }, left), left);
    const std::string newer = "\"{\"\"user\"\": 1, \"\"age\"\": 400}\"\n";
    EXPECT_EQ(eventually([&] { return aside(); }, kept_aside + newer), kept_aside + newer);
}

// The offsets of a topic that is gone say nothing about what is newer.
TEST_F(Forgetting, RowsOfATopicThatIsGoneAreForgottenToo) {
    start();
    post(three_users);
    ASSERT_TRUE(flow_->topics->remove("n"));
    post({R"({"user": 2, "age": 1})"});
    EXPECT_EQ(forget("user_id = 1").rows, 2);
    EXPECT_EQ(clean(), "2,1\n" + std::string(kept_clean));
}

TEST_F(Forgetting, IsDoneWhenTheObjectsAreToo) {
    start();
    post(three_users);
    flow_->tables->reach_objects({.count = [](const Forgotten& request) -> Result<ForgottenObjects> {
                                      return ForgottenObjects{.objects = request.topics.at("n").at(0)};
                                  },
                                  .progress = [](const std::string&) { return std::string("a store is away"); }});
    EXPECT_EQ(need(flow_->tables->count_objects("n", "user_id = 1")).objects, 8);
    const Forgotten request = need(flow_->tables->forget("n", "user_id = 1"));
    auto waiting = need(flow_->tables->forgetting(request.id, 50));
    for (int i = 0; i < 1000 && !waiting.request.done_ms; ++i)
        waiting = need(flow_->tables->forgetting(request.id, 50));
    EXPECT_FALSE(waiting.is_done);
    EXPECT_EQ(waiting.progress, "a store is away");
    EXPECT_TRUE(waiting.request.done_ms);
    ASSERT_TRUE(flow_->tables->forget_list().note_objects(request.id, {.objects = 1}, 1));
    const auto done = need(flow_->tables->forgetting(request.id, 60'000));
    EXPECT_TRUE(done.is_done);
    EXPECT_EQ(done.request.objects.objects, 1);
    EXPECT_EQ(done.request.rows, 2);
}

TEST_F(Forgetting, ARebuildBringsNothingBack) {
    start();
    post(three_users);
    forget("user_id = 1");
    post({R"({"user": 1, "age": 40})"});
    flow_.reset();
    std::filesystem::remove_all(folder_.path() / "lake/clean/n");
    std::filesystem::remove_all(folder_.path() / "lake/quarantine/n");
    start();
    flow_->drain();
    EXPECT_EQ(clean(), "1,40\n" + std::string(kept_clean));
    EXPECT_EQ(aside(), kept_aside);
}

TEST_F(Forgetting, ColumnsThatNobodyDeclaredAreKnownAtARebuild) {
    const std::string add = "schema = \"add\"";
    start(add);
    post({R"({"user": 1, "mail": "a@b"})", R"({"user": 2, "mail": "c@d", "x": 1})"});
    forget("mail = 'a@b' OR _rescued IS NOT NULL");
    flow_.reset();
    std::filesystem::remove_all(folder_.path() / "lake/clean/n");
    start(add);
    flow_->drain();
    EXPECT_EQ(flow_->rows("SELECT user_id, mail, x FROM clean.n"), "2,c@d,1\n");
}

TEST_F(Forgetting, PartitionedTables) {
    start("partition_by = [\"age\"]");
    post(three_users);
    EXPECT_EQ(forget("user_id = 1 AND age < 10").rows, 1);
    EXPECT_EQ(clean(), "1,30\n" + std::string(kept_clean));
    EXPECT_EQ(forget("age = 31").rows, 1);
    EXPECT_EQ(clean(), "1,30\n2,6\n,7\n");
}

TEST_F(Forgetting, ConditionsThatAreNoneAreRefused) {
    start();
    post(three_users);
    EXPECT_THAT(refused("nosuch = 1"), HasSubstr("nosuch"));
    EXPECT_THAT(refused("user_id"), HasSubstr("BIGINT, not true or false"));
    EXPECT_THAT(refused("user_id = 1) OR (true"), HasSubstr("not one expression"));
    EXPECT_THAT(refused("user_id = 1; SELECT 1"), HasSubstr("not one expression"));
    EXPECT_THAT(refused("user_id IN (SELECT 1)"), HasSubstr("query of its own"));
    EXPECT_THAT(refused("user_id IN (FROM range(3))"), HasSubstr("query of its own"));
    EXPECT_THAT(refused("user_id = 'a"), HasSubstr("not one expression"));
    EXPECT_THAT(refused(""), HasSubstr("condition"));
    EXPECT_THAT(refused("true", "m"), HasSubstr("no pipeline makes a table m"));
    EXPECT_EQ(refused("user_id = 1 -- the first"), "taken");
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "lake/forgotten.ndjson") &&
                 need(ForgetList(posix_disk(), folder_.path() / "lake/forgotten.ndjson").of_table("n")).size() != 1);
}

TEST_F(Forgetting, AnAppendOnlyTableForgetsNothing) {
    start("[table.n.properties]\n\"delta.appendOnly\" = \"true\"");
    post(three_users);
    EXPECT_THAT(refused("user_id = 1"), HasSubstr("delta.appendOnly"));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "lake/forgotten.ndjson"));
}

TEST_F(Forgetting, BesideNewRecords) {
    start("settings = { latency_ms = 0 }");
    post(three_users);
    std::atomic<bool> stop = false;
    std::atomic<int> posted = 0;
    std::thread producer([&] {
        while (!stop) {
            flow_->post("n", {R"({"user": 9, "age": 1})"});
            ++posted;
        }
    });
    EXPECT_EQ(forget("user_id = 1").rows, 2);
    EXPECT_EQ(forget("user_id = 2").rows, 2);
    stop = true;
    producer.join();
    flow_->drain();
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n WHERE user_id = 9"), fmt::format("{}\n", posted.load()));
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n WHERE user_id IN (1, 2)"), "0\n");
}

// Whenever it stops: once the request is taken, it is carried out, and nothing else is lost.
TEST_F(Forgetting, StoppedAtAnyStep) {
    bool whole = false;
    for (int step = 1; !whole; step += 3) {
        ASSERT_LT(step, 300);
        SCOPED_TRACE(step);
        std::filesystem::remove_all(folder_.path() / "lake");
        start();
        flow_->drain();
        if (step == 1) post(three_users);
        flow_.reset();
        bool taken = false;
        {
            FailingDisk disk(step, for_ever);
            start("", disk);
            for (int i = 0; i < 100; ++i) {
                const auto request = flow_->tables->forget("n", "user_id = 1");
                taken = request.has_value();
                if (!request && request.error().code == Code::unavailable) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(10));
                    continue;
                }
                for (int left = 3000; request && !whole && left > 0; --left) {
                    whole = need(flow_->tables->forgetting(request->id, 20)).is_done;
                    if (disk.calls() >= step) left = std::min(left, 5);
                }
                break;
            }
            flow_.reset();
        }
        start();
        if (!taken && need(ForgetList(posix_disk(), folder_.path() / "lake/forgotten.ndjson").of_table("n")).empty()) {
            EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n"), "5\n");
            continue;
        }
        EXPECT_EQ(eventually([&] { return clean(); }, kept_clean), kept_clean);
        EXPECT_EQ(eventually([&] { return aside(); }, kept_aside), kept_aside);
    }
}

}  // namespace
}  // namespace pinflow::sink
