#include "delta/compaction.h"

#include <random>

#include "delta/table_fixture.h"

namespace pinflow::delta {
namespace {

class CompactionTest : public TableTest {};

Snapshot with(const std::vector<AddFile>& files) {
    Snapshot snapshot;
    for (const AddFile& add : files) snapshot.files.insert(add);
    return snapshot;
}

TEST_F(CompactionTest, WaitsUntilItIsWorthIt) {
    std::vector<AddFile> files;
    for (int i = 0; i < 31; ++i) files.push_back(file(fmt::format("f{}", i), 4096));
    EXPECT_TRUE(plan_compaction(with(files), {}).empty());
    files.push_back(file("f31", 4096));
    files.push_back(file("large", 100LL << 20));
    const auto jobs = plan_compaction(with(files), {});
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].files.size(), 32U);
    files.resize(5);
    EXPECT_EQ(plan_compaction(with(files), {.everything = true}).at(0).files.size(), 5U);
    files.resize(1);
    EXPECT_TRUE(plan_compaction(with(files), {.everything = true}).empty());
}

TEST_F(CompactionTest, KeepsPartitionsApartAndOutputsNearTheTarget) {
    std::vector<AddFile> files;
    for (int i = 0; i < 40; ++i) {
        files.push_back(file(fmt::format("f{}", i), 10LL << 20));
        files.back().partition_values = {{"d", std::to_string(i % 2)}};
        files.back().modification_ms = i;
    }
    const auto jobs = plan_compaction(with(files), {});
    ASSERT_EQ(jobs.size(), 2U) << "the rest is not enough yet";
    for (const CompactionJob& job : jobs) {
        EXPECT_LE(job.size_bytes, 128LL << 20);
        EXPECT_GE(job.size_bytes, 90LL << 20);
        for (const auto& one : job.files) EXPECT_EQ(one->partition_values, job.partition_values);
        EXPECT_TRUE(std::ranges::is_sorted(job.files, {}, [](const auto& one) { return one->modification_ms; }));
    }
}

TEST_F(CompactionTest, LeavesTheFilesOfAFullLoadAlone) {
    std::vector<AddFile> files;
    for (int i = 0; i < 40; ++i) files.push_back(file(fmt::format("f{}", i), 17LL << 20));
    EXPECT_TRUE(plan_compaction(with(files), {}).empty());
    EXPECT_FALSE(plan_compaction(with(files), {.everything = true}).empty());
}

// A day of one commit a second: how many files are live at worst, how often a byte is written again.
TEST_F(CompactionTest, ADayOfSmallCommitsStaysSmall) {
    constexpr int64_t commit_bytes = 4096;
    Snapshot snapshot;
    std::mt19937 random(1);
    int64_t rewritten = 0;
    int64_t written = 0;
    size_t most = 0;
    for (int second = 0; second < 86'400; ++second) {
        AddFile added = file(fmt::format("f{}", second), commit_bytes / 2 + random() % commit_bytes);
        added.modification_ms = second;
        written += added.size_bytes;
        snapshot.files.insert(added);
        if (second % 32 != 0) continue;
        for (const CompactionJob& job : plan_compaction(snapshot, {})) {
            for (const auto& one : job.files) snapshot.files.erase(one->path);
            AddFile merged = file(fmt::format("m{}-{}", second, job.files[0]->path), job.size_bytes);
            merged.modification_ms = second;
            snapshot.files.insert(merged);
            rewritten += job.size_bytes;
        }
        most = std::max(most, snapshot.files.size());
    }
    EXPECT_LT(most, 250U);
    EXPECT_LT(rewritten, 4 * written);
    RecordProperty("most_files", static_cast<int>(most));
}

TEST_F(CompactionTest, IsAConflictIfAFileIsGone) {
    auto ours = create();
    ASSERT_TRUE(ours->append(batch("a", 1)));
    ASSERT_TRUE(ours->append(batch("b", 2)));
    auto theirs = open();
    const auto planned = ours->snapshot()->files.all();
    Commit remove{.info = {.operation = "DELETE"}, .removes = {{.path = "a", .data_change = true}}};
    ASSERT_TRUE(theirs->commit(remove));
    const auto conflict = ours->replace(planned, {file("ab")});
    ASSERT_FALSE(conflict);
    EXPECT_EQ(conflict.error().code, Code::conflict);
    EXPECT_THAT(paths(*ours->snapshot()), testing::ElementsAre("b"));
    EXPECT_EQ(ours->replace(planned, {file("ab")}).error().code, Code::conflict) << "also when it is known before";
}

TEST_F(CompactionTest, GoesBehindAppends) {
    auto ours = create();
    ASSERT_TRUE(ours->append(batch("a", 1)));
    ASSERT_TRUE(ours->append(batch("b", 2)));
    auto theirs = open();
    ASSERT_TRUE(theirs->append(batch("c", 3)));
    ASSERT_TRUE(ours->replace(ours->snapshot()->files.all(), {file("ab")}));
    EXPECT_THAT(paths(*ours->snapshot()), testing::ElementsAre("ab", "c"));
    const auto record = *ours->read_version(4);
    EXPECT_FALSE(record->info.is_blind_append);
    for (const Action& action : record->actions) {
        if (const auto* add = std::get_if<AddFile>(&action)) EXPECT_FALSE(add->data_change);
        if (const auto* remove = std::get_if<RemoveFile>(&action)) EXPECT_FALSE(remove->data_change);
    }
}

TEST_F(CompactionTest, RemovingRowsMeetsNewRows) {
    auto ours = create();
    ASSERT_TRUE(ours->append(batch("a", 1)));
    auto theirs = open();
    ASSERT_TRUE(theirs->append(batch("c", 3)));
    Commit remove{.info = {.operation = "DELETE"}, .removes = {{.path = "a", .data_change = true}}};
    EXPECT_EQ(ours->commit(remove).error().code, Code::conflict);
    EXPECT_TRUE(ours->commit(remove)) << "having looked again";
}

}  // namespace
}  // namespace pinflow::delta
