// Checkpoints, log cleanup, vacuum.
#include "delta/checkpoint.h"
#include "delta/log_files.h"
#include "delta/table_fixture.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

constexpr int64_t hour_ms = 3'600'000;

// All that a snapshot says, in an order that does not depend on how it came about.
std::vector<std::string> content(const Snapshot& snapshot) {
    std::vector<std::string> lines;
    const auto append = [&](const Action& action) { append_action(lines.emplace_back(), action); };
    append(*snapshot.metadata);
    append(*snapshot.protocol);
    snapshot.txns.for_each([&](const auto& txn) { append(*txn); });
    snapshot.tombstones.for_each([&](const auto& remove) { append(*remove); });
    snapshot.files.for_each([&](const auto& file) {
        AddFile add = *file;
        add.data_change = true;
        append(add);
    });
    std::ranges::sort(lines);
    return lines;
}

class UpkeepTest : public TableTest {
  protected:
    size_t log_entries() { return list_log(*local_files(posix_disk(), folder / "t"))->commits.size(); }
    static void make_old(const fs::path& path, int hours) {
        fs::last_write_time(path, fs::last_write_time(path) - std::chrono::hours(hours));
    }
};

TEST_F(UpkeepTest, ACheckpointHoldsWhatTheCommitsSay) {
    Metadata wanted = metadata();
    wanted.name = "pins";
    wanted.partition_columns = {"title"};
    auto table = create(wanted);
    for (int i = 0; i < 30; ++i) {
        Commit commit = batch(fmt::format("title=x%20{}/f{}.parquet", i, i), i, fmt::format("pins/{}", i % 3));
        commit.adds[0].partition_values = {{"title", i % 2 ? std::optional<std::string>("x \"ä\"") : std::nullopt}};
        commit.adds[0].tags_json = i % 5 ? "" : R"({"k":"v"})";
        if (i % 4 == 0) commit.adds[0].stats_json.clear();
        ASSERT_TRUE(table->append(commit));
    }
    const auto all = table->snapshot()->files.all();
    ASSERT_TRUE(table->replace({all[0], all[1]}, {file("merged.parquet")}));
    const auto by_commits = table->snapshot();
    ASSERT_TRUE(table->checkpoint());
    const auto by_checkpoint = read_checkpoint(environment(), *local_files(posix_disk(), folder / "t"),
                                               by_commits->version, {checkpoint_name(by_commits->version)});
    ASSERT_TRUE(by_checkpoint) << by_checkpoint.error().message;
    EXPECT_EQ(content(*by_checkpoint), content(*by_commits));
    EXPECT_EQ(by_checkpoint->size_bytes, by_commits->size_bytes);
    ASSERT_TRUE(table->append(batch("last", 1000)));
    for (int version = 0; version < by_commits->version; ++version) {
        fs::remove(log_folder(folder / "t") / commit_name(version));
    }
    EXPECT_EQ(content(*open()->snapshot()), content(*table->snapshot()));
}

TEST_F(UpkeepTest, ABrokenCheckpointIsPassedOver) {
    auto table = create();
    ASSERT_TRUE(table->append(batch("a", 1)));
    ASSERT_TRUE(table->checkpoint());
    write("t/_delta_log/" + checkpoint_name(1), "PAR1 nonsense");
    EXPECT_THAT(paths(*open()->snapshot()), ElementsAre("a"));
    fs::remove(log_folder(folder / "t") / commit_name(0));
    const auto broken = Table::open(environment(), folder / "t");
    ASSERT_FALSE(broken);
    EXPECT_THAT(broken.error().message, testing::HasSubstr(checkpoint_name(1)));
}

TEST_F(UpkeepTest, CleanupKeepsWhatReadersNeed) {
    Metadata wanted = metadata();
    wanted.configuration["delta.checkpointInterval"] = "10";
    auto table = create(wanted);
    for (int i = 0; i < 35; ++i) {
        ASSERT_TRUE(table->append(batch(fmt::format("f{}", i), i)));
        ASSERT_TRUE(table->maintain());
    }
    EXPECT_EQ(list_log(*local_files(posix_disk(), folder / "t"))->checkpoints.size(), 3U);
    EXPECT_EQ(log_entries(), 36U) << "an hour has not passed";
    for (const auto& entry : fs::directory_iterator(log_folder(folder / "t"))) {
        if (entry.path().filename() < checkpoint_name(21)) make_old(entry.path(), 2);
    }
    write("t/_delta_log/.1.left.tmp", "x");
    make_old(folder / "t/_delta_log/.1.left.tmp", 2);
    ASSERT_TRUE(table->clean_log());
    const auto left = *list_log(*local_files(posix_disk(), folder / "t"));
    EXPECT_EQ(left.commits.front(), 20);
    EXPECT_EQ(left.checkpoints.begin()->first, 20);
    EXPECT_TRUE(left.temporaries.empty());
    EXPECT_EQ(open()->snapshot()->files.size(), 35U);
    EXPECT_EQ((*table->snapshot_at(20))->files.size(), 20U);
    EXPECT_EQ(table->snapshot_at(19).error().code, Code::not_found);
}

TEST_F(UpkeepTest, FilesGoWhenTheirTombstonesAreOld) {
    auto table = create();
    write("t/a", "1");
    write("t/b", "2");
    ASSERT_TRUE(table->append(batch("a", 1)));
    ASSERT_TRUE(table->replace(table->snapshot()->files.all(), {file("b")}));
    ASSERT_TRUE(table->remove_expired_files());
    EXPECT_TRUE(fs::exists(folder / "t/a"));
    clock.now_ms += hour_ms + 1000;
    EXPECT_EQ(table->remove_expired_files()->data_files, 1U);
    EXPECT_FALSE(fs::exists(folder / "t/a"));
    EXPECT_TRUE(fs::exists(folder / "t/b"));
    EXPECT_TRUE(table->snapshot()->tombstones.empty());
}

TEST_F(UpkeepTest, FilesThatAnotherWriterHasBroughtBackStay) {
    auto ours = create();
    write("t/a", "1");
    write("t/b", "2");
    ASSERT_TRUE(ours->append(batch("a", 1)));
    ASSERT_TRUE(ours->replace(ours->snapshot()->files.all(), {file("b")}));
    auto theirs = open();
    Commit restore{.info = {.operation = "RESTORE"}, .adds = {file("a")}};
    restore.removes.push_back({.path = "b"});
    ASSERT_TRUE(theirs->commit(restore));
    clock.now_ms += hour_ms + 1000;
    const auto report = ours->remove_expired_files();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(fs::exists(folder / "t/a"));
    EXPECT_FALSE(fs::exists(folder / "t/b"));
    EXPECT_THAT(paths(*ours->snapshot()), ElementsAre("a"));
}

TEST_F(UpkeepTest, ARetentionOfSeveralPartsIsTheirSum) {
    Metadata wanted = metadata();
    wanted.configuration["delta.deletedFileRetentionDuration"] = "interval 30 days 12 hours";
    auto table = create(wanted);
    write("t/a", "1");
    ASSERT_TRUE(table->append(batch("a", 1)));
    ASSERT_TRUE(table->replace(table->snapshot()->files.all(), {file("b")}));
    clock.now_ms += (30 * 24 + 11) * hour_ms;
    EXPECT_EQ(table->remove_expired_files()->data_files, 0U);
    clock.now_ms += 2 * hour_ms;
    EXPECT_EQ(table->remove_expired_files()->data_files, 1U);
}

TEST_F(UpkeepTest, WhatARetentionThatCannotBeReadKeepsStays) {
    Metadata wanted = metadata();
    wanted.configuration["delta.deletedFileRetentionDuration"] = "interval 1 fortnight";
    wanted.configuration["delta.logRetentionDuration"] = "for long";
    auto table = create(wanted);
    write("t/a", "1");
    write("t/orphan", "1");
    ASSERT_TRUE(table->append(batch("a", 1)));
    ASSERT_TRUE(table->replace(table->snapshot()->files.all(), {file("b")}));
    clock.now_ms += int64_t{10} * 365 * 24 * hour_ms;
    testing::internal::CaptureStdout();
    ASSERT_TRUE(table->checkpoint());
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(table->remove_expired_files()->data_files, 0U);
        EXPECT_EQ(table->clean_log()->log_files, 0U);
        EXPECT_EQ(table->vacuum()->data_files, 0U);
    }
    const std::string told = testing::internal::GetCapturedStdout();
    const size_t first = told.find("\"interval 1 fortnight\" is no interval");
    EXPECT_NE(first, std::string::npos) << told;
    EXPECT_EQ(told.find("fortnight", first + 40), std::string::npos) << "once";
    EXPECT_NE(told.find("\"for long\" is no interval"), std::string::npos);
    EXPECT_EQ(open()->snapshot()->tombstones.size(), 1U) << "also in the checkpoint";
}

TEST_F(UpkeepTest, VacuumTakesOnlyOldFilesNobodyNames) {
    auto table = create();
    for (const std::string name : {"live", "orphan", "young", "p=1/orphan", "_hidden/x", "dead"})
        write("t/" + name, "x");
    for (const std::string name : {"live", "orphan", "p=1/orphan", "_hidden/x", "dead"})
        make_old(folder / "t" / name, 3);
    ASSERT_TRUE(table->append(batch("dead", 1)));
    ASSERT_TRUE(table->replace(table->snapshot()->files.all(), {file("live")}));
    const auto report = table->vacuum();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->data_files, 2U);
    EXPECT_FALSE(fs::exists(folder / "t/orphan"));
    EXPECT_FALSE(fs::exists(folder / "t/p=1/orphan"));
    for (const std::string name : {"live", "young", "_hidden/x", "dead"}) EXPECT_TRUE(fs::exists(folder / "t" / name));
}

TEST_F(UpkeepTest, AnotherWritersCleanupLeavesNoGapForUs) {
    auto ours = create();
    auto theirs = open();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(theirs->append(batch(fmt::format("f{}", i), i, "x")));
    ASSERT_TRUE(theirs->checkpoint());
    for (int version = 0; version < 5; ++version) fs::remove(log_folder(folder / "t") / commit_name(version));
    clock.now_ms += hour_ms;
    const auto committed = ours->append(batch("late", 1));
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_EQ(committed->version, 6);
}

TEST_F(UpkeepTest, NorDoesACleanupWhileOurMachineSlept) {
    auto ours = create();
    auto theirs = open();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(theirs->append(batch(fmt::format("f{}", i), i, "x")));
    ASSERT_TRUE(theirs->checkpoint());
    for (int version = 0; version < 5; ++version) fs::remove(log_folder(folder / "t") / commit_name(version));
    clock.asleep_ms += 2 * hour_ms;
    clock.now_ms += 1000;
    const auto committed = ours->append(batch("late", 1));
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_EQ(committed->version, 6);
    clock.asleep_ms -= 5 * hour_ms;  // a clock that was wrong
    ASSERT_TRUE(ours->append(batch("later", 2)));
}

}  // namespace
}  // namespace pinflow::delta
