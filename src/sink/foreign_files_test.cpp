// Files that other writers put into a clean table, as they write them, and what our upkeep makes of them.
#include <gtest/gtest.h>

#include <fstream>

#include "sink/table_store.h"
#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

// Spark writes times as INT96, which says nothing of a zone, and leaves columns out that it has no values for.
TEST(ForeignFiles, CompactionGivesColumnsTheTypesOfTheTable) {
    const TestFolder folder;
    std::filesystem::create_directories(folder.path() / "p");
    std::ofstream(folder.path() / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << "input = { a = \"bigint\" }\nsettings = { compact_after_files = 2 }\n";
    std::ofstream(folder.path() / "p/n.sql") << "SELECT a, _time AS t FROM input";
    TestFlow flow(folder.path(), posix_disk(), folder.path() / "p", {.upkeep = false});
    const delta::Environment environment{posix_disk(), system_clock(), flow.flow};
    const auto store =
        need(TableStore::open(environment, folder.path() / "lake", "n", *flow.pipelines->makers("n").front().plan));
    auto connection = need(flow.flow->connect());
    for (const int number : {1, 2}) {
        const auto name = fmt::format("theirs-{}.parquet", number);
        const auto file = need(engine::write_parquet(
            connection, fmt::format("SELECT {}::INTEGER AS a, TIMESTAMP '2026-11-22 10:30:00' AS t", number),
            store->clean_folder() / name));
        delta::AddFile add{.path = name, .size_bytes = static_cast<int64_t>(file.size_bytes)};
        add.stats_json = file.stats_json;
        need(store->clean().append({.info = {.operation = "WRITE"}, .adds = {std::move(add)}}));
    }
    need(store->upkeep(*flow.flow));
    ASSERT_EQ(store->clean().snapshot()->files.size(), 1U);
    std::string path;
    store->clean().snapshot()->files.for_each([&](const auto& file) { path = store->clean_folder() / file->path; });
    EXPECT_EQ(flow.rows("SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet('" + path +
                        "')) WHERE column_name IN ('a', 't', '_time')"),
              "a,BIGINT\nt,TIMESTAMP WITH TIME ZONE\n_time,TIMESTAMP WITH TIME ZONE\n");
    EXPECT_EQ(flow.rows("SELECT a, t, _rule_version FROM clean_rows.n ORDER BY a"),
              "1,2026-11-22T10:30:00Z,\n2,2026-11-22T10:30:00Z,\n");
}

}  // namespace
}  // namespace pinflow::sink
