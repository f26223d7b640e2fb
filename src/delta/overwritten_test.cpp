// A writer that writes over our commits, as open-source Spark does on a local disk if it is slower than we are.
#include "delta/log_files.h"
#include "delta/table_fixture.h"

namespace pinflow::delta {
namespace {

class Overwritten : public TableTest {
  protected:
    // What Spark does: another file, renamed to the commit's name.
    void overwrite(int64_t version, const std::string& path) {
        std::string lines;
        append_action(lines, CommitInfo{.timestamp_ms = 5, .operation = "WRITE"});
        append_action(lines, file(path));
        write("t/_delta_log/.theirs", lines);
        std::filesystem::rename(log_folder(folder / "t") / ".theirs", log_folder(folder / "t") / commit_name(version));
    }
};

TEST_F(Overwritten, TheNextCommitFindsOut) {
    const auto table = create();
    ASSERT_TRUE(table->commit(batch("a", 1)));
    ASSERT_TRUE(table->commit(batch("b", 2)));
    overwrite(2, "theirs");
    Commit next = batch("c", 3);
    next.txns[0].previous = 2;
    const auto refused = table->commit(next);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::conflict);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("version 2"));
    EXPECT_THAT(paths(*table->snapshot()), testing::ElementsAre("a", "b", "theirs"));
    EXPECT_EQ(table->snapshot()->txn_version("pins/0"), 2);
    EXPECT_EQ(table->commit(next)->version, 4);
    EXPECT_THAT(paths(*open()->snapshot()), testing::ElementsAre("a", "b", "c", "theirs"));
    EXPECT_EQ((*table->last_commit_by("pins/0"))->version, 4);
}

TEST_F(Overwritten, AnOlderCommitToo) {
    const auto table = create();
    for (int i = 1; i <= 6; ++i) ASSERT_TRUE(table->commit(batch("f" + std::to_string(i), i)));
    overwrite(3, "theirs");
    const auto refreshed = table->refresh();
    ASSERT_FALSE(refreshed);
    EXPECT_THAT(refreshed.error().message, testing::HasSubstr("version 3"));
    EXPECT_THAT(paths(*table->snapshot()), testing::ElementsAre("f1", "f2", "f3", "f4", "f5", "f6", "theirs"))
        << "their positions are in the table: nobody reads these records again";
    EXPECT_TRUE(table->refresh());
    EXPECT_THAT(paths(*open()->snapshot()), testing::ElementsAre("f1", "f2", "f3", "f4", "f5", "f6", "theirs"));
    EXPECT_EQ(table->snapshot()->version, 7);
    EXPECT_EQ(table->snapshot()->txn_version("pins/0"), 6);
}

TEST_F(Overwritten, OfSeveralPositionsThoseThatAreLostComeBack) {
    const auto table = create();
    Commit two = batch("a", 1);
    two.txns.push_back({.app_id = "pins/1", .version = 5});
    ASSERT_TRUE(table->commit(two));
    ASSERT_TRUE(table->commit(batch("b", 2)));
    overwrite(1, "theirs");
    EXPECT_FALSE(table->refresh());
    const auto after = open()->snapshot();
    EXPECT_THAT(paths(*after), testing::ElementsAre("a", "b", "theirs"));
    EXPECT_EQ(after->txn_version("pins/0"), 2);
    EXPECT_EQ(after->txn_version("pins/1"), 5);
}

TEST_F(Overwritten, WhatWasCompactedMeanwhileIsNotThereTwice) {
    const auto table = create();
    ASSERT_TRUE(table->commit(batch("a", 1)));
    ASSERT_TRUE(table->commit(batch("b", 2)));
    std::vector<FileSet::Pointer> both;
    table->snapshot()->files.for_each([&](const FileSet::Pointer& one) { both.push_back(one); });
    ASSERT_TRUE(table->replace(both, {file("ab")}));
    overwrite(1, "theirs");
    EXPECT_FALSE(table->refresh());
    EXPECT_THAT(paths(*open()->snapshot()), testing::ElementsAre("ab", "theirs"));
}

TEST_F(Overwritten, ADeletionIsCarriedOutAgain) {
    const auto table = create();
    ASSERT_TRUE(table->commit(batch("a", 1)));
    Commit deletion{.removes = {{.path = "a"}}, .by_file = true};
    deletion.adds.push_back(file("rest"));
    ASSERT_TRUE(table->commit(deletion));
    overwrite(2, "theirs");
    EXPECT_FALSE(table->refresh());
    EXPECT_THAT(paths(*open()->snapshot()), testing::ElementsAre("rest", "theirs"));
}

TEST_F(Overwritten, ReadersFindOutToo) {
    const auto table = create();
    const auto reader = open();
    ASSERT_TRUE(table->commit(batch("a", 1)));
    ASSERT_TRUE(reader->refresh());
    overwrite(1, "theirs");
    EXPECT_FALSE(table->refresh());
    ASSERT_TRUE(reader->refresh()) << "nothing of the reader's own is lost";
    EXPECT_THAT(paths(*reader->snapshot()), testing::ElementsAre("a", "theirs"));
}

TEST_F(Overwritten, NoCheckpointKeepsWhatIsGone) {
    const auto table = create();
    ASSERT_TRUE(table->commit(batch("a", 1)));
    overwrite(1, "theirs");
    EXPECT_FALSE(table->checkpoint());
    ASSERT_TRUE(table->checkpoint());
    std::filesystem::remove(log_folder(folder / "t") / commit_name(1));
    EXPECT_THAT(paths(*open()->snapshot()), testing::ElementsAre("a", "theirs"));
}

TEST_F(Overwritten, LogCleanupIsNoOverwriting) {
    const auto table = create();
    for (int i = 1; i <= 3; ++i) ASSERT_TRUE(table->commit(batch("f" + std::to_string(i), i)));
    std::filesystem::remove(log_folder(folder / "t") / commit_name(2));
    EXPECT_TRUE(table->refresh());
}

}  // namespace
}  // namespace pinflow::delta
