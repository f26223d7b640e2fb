// Rebuilds of tables from the connector's objects and from raw Delta tables, as a whole.
#include "delta/table.h"
#include "engine/database.h"
#include "importer/raw_location.h"
#include "importer/test_store.h"
#include "net/test_gzip.h"
#include "sink/test_rebuilding.h"

namespace pinflow::importer {
namespace {

using sink::need;
using sink::RebuildStatus;
using sink::TestRules;
using testing::HasSubstr;

// Forty records of n-0, the fourth broken JSON, with the rows that the whole log makes of them by other rules; then the
// log loses the first 25.
class RawRebuild : public sink::Rebuilding {
  protected:
    RawRebuild() {
        raw_ = [this](const std::string& location) {
            return open_raw_history(location, {.around = {}, .scratch = folder_.path() / "scratch"});
        };
        values_ = sink::counted(0, 20);
        for (const std::string& each : sink::counted(10, 30)) values_.push_back(each);
        values_[3] = R"({"a": 3)";
    }
    void begin(int64_t log_start = 25) {
        start({.most = 15});
        flow_->post("n", values_, "key");
        flow_->drain();
        start(other_);
        EXPECT_EQ(rebuild().state, "done");
        expected_ = all_rows();
        start({.most = 15, .columns = "a, a * 3 AS b"});
        EXPECT_EQ(rebuild().state, "done");
        cut_log(log_start);
        start(other_);
    }
    // Objects from these offsets on up to the next, as the connector writes them; it cannot write broken JSON.
    void write_objects(const std::vector<int64_t>& firsts, int64_t end) {
        for (size_t i = 0; i < firsts.size(); ++i) {
            std::string lines;
            for (int64_t offset = firsts[i]; offset < (i + 1 < firsts.size() ? firsts[i + 1] : end); ++offset)
                if (offset != 3) lines += values_[static_cast<size_t>(offset)] + "\n";
            const std::string key = fmt::format("topics/n/partition=0/n+0+{:010}.json", firsts[i]);
            i % 2 == 0 ? store_.put(key, lines) : store_.put(key + ".gz", net::gzip(lines));
        }
    }
    void expect_same(const std::string& source) {
        const RebuildStatus done = rebuild({}, false, source);
        EXPECT_EQ(done.state, "done") << done.stage;
        EXPECT_EQ(done.result.records, 40);
        EXPECT_EQ(without_keys(all_rows()), without_keys(expected_));
        EXPECT_EQ(unnamed_files(), "");
        expect_each_once(40);
    }
    // Nobody asked the connector to keep them.
    static std::string without_keys(std::string rows) {
        for (size_t at = rows.find(",key,"); at != std::string::npos; at = rows.find(",key,")) rows.erase(at + 1, 3);
        return rows;
    }
    std::string location() const { return store_.folder.string(); }

    const TestRules other_{.most = 25, .columns = "a, a * 2 AS b"};
    TestStore store_;
    std::vector<std::string> values_;
    std::string expected_;
};

TEST_F(RawRebuild, FromObjects) {
    part_bytes_ = 300;
    begin();
    write_objects({0, 7, 14, 21, 28, 35}, 40);
    expect_same(location());
}

TEST_F(RawRebuild, FromObjectsThatEndWithTheLogsBeginning) {
    begin();
    write_objects({0, 20}, 25);
    expect_same("file://" + location() + "/topics");
}

TEST_F(RawRebuild, FromObjectsThatGoOnIntoTheLog) {
    begin();
    write_objects({0, 20}, 30);
    expect_same(location());
}

TEST_F(RawRebuild, ObjectsThatLackSomethingAreNamed) {
    begin();
    const std::string before = all_rows();
    EXPECT_THAT(refused({}, location()), HasSubstr("no objects of JSON lines"));
    EXPECT_THAT(refused({}, location() + "/nosuch"), HasSubstr("is no folder here"));
    write_objects({0, 20}, 24);
    EXPECT_THAT(refused({}, location()), HasSubstr("the last one, and the log begins at 25"));
    write_objects({0, 7, 14, 20, 25}, 26);
    store_.put("topics/n/partition=0/n+0+0000000014.json", "{}\n{}\n");
    const RebuildStatus failed = rebuild({}, false, location());
    EXPECT_EQ(failed.state, "failed");
    EXPECT_THAT(failed.stage, HasSubstr("the next object begins at 20"));
    EXPECT_EQ(all_rows(), before);
    EXPECT_EQ(unnamed_files(), "");
}

// What Spark's Kafka source gives, written as a table, in two files.
class RawTable : public RawRebuild {
  protected:
    void write_table(const std::string& where, const std::string& text = "encode") {
        const delta::Environment environment{posix_disk(), system_clock(), flow_->flow};
        using Kind = delta::Type::Kind;
        delta::Metadata metadata;
        for (const auto& [name, kind] : {std::pair{"key", Kind::binary},
                                         {"value", text == "encode" ? Kind::binary : Kind::string},
                                         {"topic", Kind::string},
                                         {"partition", Kind::integer},
                                         {"offset", Kind::long_},
                                         {"timestamp", Kind::timestamp},
                                         {"timestampType", Kind::integer}})
            metadata.schema.columns.push_back({.name = name, .type = {.kind = kind}});
        const auto folder = store_.folder / "raw";
        const auto table = need(delta::Table::create(environment, folder, metadata));
        auto connection = need(flow_->flow->connect());
        std::string rows;
        for (size_t i = 0; i < values_.size(); ++i)
            rows += fmt::format(
                "{}(encode('key'), {}({}), 'n', 0::INTEGER, {}::BIGINT, to_timestamp({}::DOUBLE / 1000), "
                "0::INTEGER)",
                i == 0 ? "" : ", ", text, engine::quote_text(values_[i]), i, 1'700'000'000'001 + i);
        delta::Commit commit;
        for (const std::string name : {"1.parquet", "2.parquet"}) {
            const auto copied = connection.execute(fmt::format(
                "COPY (SELECT * FROM (VALUES {}) AS t(\"key\", \"value\", topic, \"partition\", \"offset\", "
                "\"timestamp\", "
                "timestampType) WHERE ({}) AND \"offset\" {} 20 ORDER BY random()) TO '{}' (FORMAT parquet)",
                rows, where, name == "1.parquet" ? "<" : ">=", (folder / name).string()));
            ASSERT_TRUE(copied) << copied.error().message;
            commit.adds.push_back({.path = name,
                                   .size_bytes = static_cast<int64_t>(std::filesystem::file_size(folder / name)),
                                   .modification_ms = 1});
        }
        ASSERT_TRUE(table->commit(commit));
    }
};

TEST_F(RawTable, Whole) {
    begin();
    write_table("true");
    expect_same(location() + "/raw");
    EXPECT_EQ(all_rows(), expected_) << "keys, too";
}

TEST_F(RawTable, WithTextAndWithoutWhatTheLogHas) {
    begin();
    write_table("\"offset\" < 26", "");
    expect_same(location() + "/raw");
}

TEST_F(RawTable, WhatItLacksIsNamed) {
    begin();
    write_table("\"offset\" <> 17");
    EXPECT_THAT(refused({}, location() + "/raw"), HasSubstr("has no record of n-0 at offset 17"));
    EXPECT_THAT(refused({}, (folder_.path() / "lake/clean/n").string()), HasSubstr("its column topic is missing"));
}

}  // namespace
}  // namespace pinflow::importer
