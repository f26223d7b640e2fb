// Rows that a table has already: dropped, counted, and nothing else is.
#include <thread>

#include "delta/paths.h"
#include "engine/parquet_writer.h"
#include "sink/added_file.h"
#include "sink/test_unique.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

TEST_F(UniqueRowsTest, TheFirstStays) {
    start();
    post({R"({"id": 1, "v": 1})", R"({"id": 2, "v": 2})", R"({"id": 1, "v": 3})", R"({"id": 1, "v": 4})"});
    EXPECT_EQ(clean(), "1,1\n2,2\n");
    post({R"({"id": 2, "v": 5})", R"({"id": 3, "v": 6})"});
    EXPECT_EQ(clean(), "1,1\n2,2\n3,6\n");
    EXPECT_EQ(flow_->rows("SELECT id, _offset FROM clean_rows.n ORDER BY 1"), "1,0\n2,1\n3,5\n");
    const TableStatus status = flow_->tables->status().at(0);
    EXPECT_EQ(status.rows, 3);
    EXPECT_EQ(status.duplicates, 3);
    EXPECT_GT(status.key_bytes, 0);
    EXPECT_EQ(dropped(), 3);
    const auto history = need(table()->history(1));
    EXPECT_THAT(history.at(0).info.extra_json, HasSubstr(R"("duplicates":1)"));
}

TEST_F(UniqueRowsTest, ABatchOfNothingElse) {
    start();
    post({R"({"id": 1, "v": 1})", R"({"id": 2, "v": 2})"});
    const size_t files = table()->snapshot()->files.size();
    post({R"({"id": 2, "v": 3})", R"({"id": 1, "v": 4})", R"({"id": 2, "v": 5})"});
    EXPECT_EQ(clean(), "1,1\n2,2\n");
    EXPECT_EQ(table()->snapshot()->files.size(), files);
    EXPECT_EQ(dropped(), 3);
    EXPECT_EQ(flow_->tables->status().at(0).lag_records, 0);
}

TEST_F(UniqueRowsTest, WhatHasANullInItsKeyIsNone) {
    start({.unique = "[\"id\", \"name\"]"});
    const std::vector<std::string> records = {R"({"id": 1, "name": "a"})", R"({"id": 1})", R"({"name": "a"})", "{}",
                                              R"({"id": 1, "name": "b"})"};
    post(records);
    post(records);
    EXPECT_EQ(clean("id, name"), "1,a\n1,b\n1,\n1,\n,a\n,a\n,\n,\n");
    EXPECT_EQ(dropped(), 2);
}

TEST_F(UniqueRowsTest, KeysAreTheirValues) {
    start({.unique = "[\"name\", \"other\", \"x\", \"at\"]",
           .sql = "SELECT id, name, age, upper(name) AS other, age / 2 AS x, to_timestamp(v) AS at FROM input"});
    const std::vector<std::string> records = {
        R"({"id": 1, "name": "ab", "age": 0, "v": 1})", R"({"id": 2, "name": "a", "age": 0, "v": 1})",
        R"({"id": 3, "name": "ab", "age": 1, "v": 1})", R"({"id": 4, "name": "ab", "age": 0, "v": 2})",
        R"({"id": 5, "name": "", "age": -0.0, "v": 1})"};
    post(records);
    post(records);
    EXPECT_EQ(clean("id"), "1\n2\n3\n4\n5\n");
    EXPECT_EQ(dropped(), 5);
}

TEST_F(UniqueRowsTest, EachRowOfAnArrayForItself) {
    start();
    post({R"([{"id": 1, "v": 1}, {"id": 2, "v": 2}, {"id": 1, "v": 3}])", R"([{"id": 3, "v": 4}, {"id": 2, "v": 5}])"});
    EXPECT_EQ(clean(), "1,1\n2,2\n3,4\n");
    EXPECT_EQ(dropped(), 2);
}

TEST_F(UniqueRowsTest, AQuarantinedRecordIsNoRow) {
    start();
    post({R"({"id": 1, "age": 200, "v": 1})", R"({"id": 1, "age": 20, "v": 2})", R"({"id": 1, "age": 300, "v": 3})"});
    EXPECT_EQ(clean(), "1,2\n");
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM quarantine.n"), "2\n");
    EXPECT_EQ(dropped(), 0);
}

TEST_F(UniqueRowsTest, WhatTheTableHasIsKnownAfterAStart) {
    start();
    post({R"({"id": 1, "v": 1})", R"({"id": 2, "v": 2})"});
    start();
    post({R"({"id": 1, "v": 3})", R"({"id": 3, "v": 4})"});
    EXPECT_EQ(clean(), "1,1\n2,2\n3,4\n");
    EXPECT_EQ(flow_->tables->status().at(0).duplicates, 1);
    start({.unique = "[\"id\", \"v\"]"});
    post({R"({"id": 1, "v": 3})", R"({"id": 3, "v": 4})"});
    EXPECT_EQ(clean(), "1,1\n1,3\n2,2\n3,4\n") << "what is unique may change";
    EXPECT_EQ(dropped(), 2);
}

TEST_F(UniqueRowsTest, ADeletedKeyMayComeAgain) {
    start();
    post({R"({"id": 1, "v": 1})", R"({"id": 2, "v": 2})"});
    const auto request = need(flow_->tables->forget("n", "id = 1"));
    EXPECT_EQ(need(flow_->tables->forgetting(request.id, 60'000)).progress, "");
    post({R"({"id": 1, "v": 3})", R"({"id": 2, "v": 4})"});
    EXPECT_EQ(clean(), "1,3\n2,2\n");
    EXPECT_EQ(dropped(), 1);
}

TEST_F(UniqueRowsTest, TwoTopicsOfOneTable) {
    start();
    std::vector<std::string> records;
    for (int i = 0; i < 500; ++i) records.push_back(fmt::format(R"({{"id": {}, "v": {}}})", i % 100, i));
    flow_->post("n", records);
    flow_->post("m", records);
    flow_->drain();
    EXPECT_EQ(flow_->rows("SELECT count(*), count(DISTINCT id) FROM clean.n"), "100,100\n");
    EXPECT_EQ(dropped(), 900);
}

TEST_F(UniqueRowsTest, PartitionedByTheKey) {
    start({.unique = "[\"name\", \"id\"]", .more = "partition_by = [\"name\"]"});
    const std::vector<std::string> records = {R"({"id": 1, "name": "a", "v": 1})", R"({"id": 1, "name": "b", "v": 1})",
                                              R"({"id": 2, "name": "a", "v": 1})", R"({"id": 1, "name": "", "v": 1})",
                                              R"({"id": 1, "name": "a", "v": 2})"};
    post(records);
    EXPECT_EQ(clean("name, id, v"), "a,1,1\na,2,1\nb,1,1\n,1,1\n");
    post(records);
    start({.unique = "[\"name\", \"id\"]", .more = "partition_by = [\"name\"]"});
    post(records);
    EXPECT_EQ(clean("name, id, v"), "a,1,1\na,2,1\nb,1,1\n,1,1\n,1,1\n,1,1\n") << "an empty name is null there";
    EXPECT_EQ(dropped(), 9);
}

TEST_F(UniqueRowsTest, CompactionChangesNothing) {
    const UniqueTable often{.more = "settings = { compact_after_files = 2, latency_ms = 0 }"};
    start(often, posix_disk(), true);
    for (int i = 0; i < 60; ++i) post({fmt::format(R"({{"id": {}, "v": {}}})", i % 40, i)});
    start(often, posix_disk(), true);
    for (int i = 0; i < 60; ++i) post({fmt::format(R"({{"id": {}, "v": {}}})", i, i)});
    EXPECT_EQ(eventually([&] { return table()->snapshot()->files.size() < 30 ? "few" : "many"; }, "few"), "few");
    EXPECT_EQ(flow_->rows("SELECT count(*), count(DISTINCT id), sum(v) FROM clean.n"), "60,60,1770\n");
    EXPECT_EQ(dropped(), 60);
}

// As another writer would: a row of its own, in a file of its own.
void append_row(delta::Table& table, engine::Database& database, int id) {
    engine::Connection connection = need(database.connect());
    const std::string select = fmt::format(
        "SELECT {}::BIGINT AS id, NULL::VARCHAR AS name, NULL::BIGINT AS age, 99::BIGINT AS v, NULL::VARCHAR AS "
        "_topic, "
        "NULL::INTEGER AS _partition, NULL::BIGINT AS _offset, NULL::INTEGER AS _index, NULL::TIMESTAMPTZ AS _time",
        id);
    const auto file = need(engine::write_parquet(connection, select, table.folder() / delta::new_data_file_name()));
    const delta::Environment environment{posix_disk(), system_clock(), nullptr};
    EXPECT_TRUE(table.append(
        {.info = {.operation = "WRITE"}, .adds = {need(added_file(environment, table.folder(), {file}))}}));
}

TEST_F(UniqueRowsTest, OthersMayAddRowsAtAnyTime) {
    start();
    post({R"({"id": 1, "v": 1})"});
    const auto other = table();
    append_row(*other, *flow_->flow, 50);
    post({R"({"id": 50, "v": 2})", R"({"id": 1, "v": 3})", R"({"id": 2, "v": 4})"});
    EXPECT_EQ(clean(), "1,1\n2,4\n50,99\n") << "the batch was looked at before the other's row was known";
    EXPECT_EQ(dropped(), 2);
    std::jthread writer([&] {
        for (int i = 100; i < 110; ++i) append_row(*other, *flow_->flow, i);
    });
    for (int i = 0; i < 10; ++i) flow_->post("n", {fmt::format(R"({{"id": {}, "v": 5}})", 200 + i % 5)});
    writer.join();
    flow_->drain();
    for (int i = 0; i < 10; ++i) post({fmt::format(R"({{"id": {}, "v": 6}})", 100 + i)});
    EXPECT_EQ(flow_->rows("SELECT count(*), count(DISTINCT id) FROM clean.n"), "18,18\n");
    EXPECT_EQ(dropped(), 17);
}

TEST_F(UniqueRowsTest, NoMoreKeysThanItMayHave) {
    start({.more = "settings = { max_keys = 2 }"});
    post({R"({"id": 1})", R"({"id": 2})"});
    start({.more = "settings = { max_keys = 1 }"});
    flow_->post("n", {R"({"id": 1})"});
    const DrainResult result = flow_->tables->drain(10'000);
    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_THAT(result.problems[0], HasSubstr("n is stopped: more than 1 keys (id) are in the table: raise max_keys"));
}

TEST(UniqueDeclaration, WhatCannotBe) {
    const auto database = need(engine::Database::open({.external_access = true}));
    const auto refused = [&](const UniqueTable& table) {
        const TestFolder folder;
        const auto loaded = Pipelines::load({make_unique_pipeline(folder.path(), table)}, *database);
        return loaded ? "taken" : loaded.error().message;
    };
    EXPECT_THAT(refused({.unique = "[\"idd\"]"}), HasSubstr("unique names idd, but the columns are id, name, age, v"));
    EXPECT_THAT(refused({.unique = "[\"id\"]", .sql = "SELECT [id] AS id, age FROM input"}),
                HasSubstr("unique names id, which is BIGINT[]: rows are told apart by plain values"));
    EXPECT_THAT(refused({.sql = "SELECT id, age, v AS file_row_number FROM input"}), HasSubstr("file_row_number"));
    EXPECT_THAT(refused({.unique = "true"}), HasSubstr("unique"));
    EXPECT_EQ(refused({.unique = "[]"}), "taken");
    EXPECT_EQ(refused({}), "taken");
}

}  // namespace
}  // namespace pinflow::sink
