// What the catalog says of tables as a whole, and of questions that miss.
#include "sink/catalog.h"

#include <gmock/gmock.h>

#include <fstream>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

TEST(Catalog, ATableThatCannotBeOpenedIsListedWithItsReason) {
    const TestFolder folder;
    {
        TestFlow flow(folder.path());
        flow.post("u.user", users(0, 5));
        flow.tables->start();
        flow.drain();
    }
    const auto log = folder.path() / "lake/clean/u_user/_delta_log";
    int64_t version = 0;
    while (std::filesystem::exists(log / fmt::format("{:020}.json", version))) ++version;
    std::ofstream(log / fmt::format("{:020}.json", version))
        << R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["variantType"],)"
        << R"("writerFeatures":["variantType"]}})" << '\n';
    TestFlow flow(folder.path());
    flow.tables->start();
    EXPECT_FALSE(flow.tables->drain(60'000).complete);
    const TableStatus status = flow.tables->status().at(0);
    EXPECT_EQ(status.state, "stopped");
    EXPECT_EQ(status.lag_records, std::nullopt) << "what it has is not known";
    Catalog catalog(
        flow.people, delta::Environment{posix_disk(), system_clock(), flow.people}, flow.pipelines,
        CatalogOptions{.lake = folder.path() / "lake", .topics = {}, .flows = [&] { return flow.tables->status(); }});
    const auto tables = need(catalog.tables());
    ASSERT_EQ(tables.size(), 2U);
    EXPECT_EQ(tables[0].state, "stopped");
    EXPECT_EQ(tables[0].version, -1);
    EXPECT_THAT(tables[0].message, HasSubstr("variantType"));
    EXPECT_EQ(tables[0].lag_records, std::nullopt);
    EXPECT_EQ(tables[1].schema, "quarantine");
    EXPECT_GE(tables[1].version, 0);
    EXPECT_EQ(need(flow.catalog->tables())[0].state, "unreadable") << "where nobody knows of flows";
}

TEST(Catalog, SaysWhereThingsAre) {
    const TestFolder folder;
    TestFlow flow(folder.path());
    flow.tables->start();
    flow.post("u.user", users(0, 1));
    flow.drain();
    EXPECT_THAT(flow.ask("SELECT * FROM \"clean.u_user\""), HasSubstr("write clean.\"u_user\""));
    EXPECT_EQ(flow.rows("WITH \"clean.x\" AS (SELECT 7) FROM \"clean.x\""), "7\n");
    EXPECT_THAT(flow.ask("SELECT _offset FROM clean.u_user"), HasSubstr("_offset and what else"));
    EXPECT_THAT(flow.ask("SELECT t._time FROM clean.u_user t"), HasSubstr("clean_rows.\"TABLE\""));
}

}  // namespace
}  // namespace pinflow::sink
