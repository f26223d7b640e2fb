// The cut file on a disk whose writes fail: what was kept is there, what was not leaves nothing behind.
#include "connect/s3_cuts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/faulty_disk.h"
#include "connect/s3_world.h"

namespace pinflow::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const TopicPartition of_a{"a", 0};
constexpr size_t lines_of_a_long_file = 10'000;

class S3CutsTest : public testing::Test {
  protected:
    S3CutsTest() {
        EXPECT_TRUE(disk_.make_directories("/data/connect/s3/c-x"));
        for (const char* each : {"/", "/data", "/data/connect", "/data/connect/s3"})
            EXPECT_TRUE(disk_.sync_directory(each));
        cuts_ = open();
    }
    std::unique_ptr<S3Cuts> open() { return S3Cuts::open(disk_, "/data/connect/s3/c-x/cuts").value(); }
    Result<> keep(int64_t offset) { return cuts_->keep({{of_a, {S3Decision::What::cut, offset, 0}}}); }
    // The next one makes the file too long, and nearly all that is in it goes.
    void fill() {
        const TopicPartition safe{"b", 0};
        const std::pair<TopicPartition, S3Decision> one{safe, {S3Decision::What::cut, 1, 0}};
        ASSERT_TRUE(cuts_->keep({one}));
        cuts_->release(safe, 1);
        const std::vector all(lines_of_a_long_file - 1, one);
        ASSERT_TRUE(cuts_->keep(all));  // written anew, with all of them
        ASSERT_TRUE(cuts_->keep(all));
    }
    std::vector<int64_t> after_power_loss() {
        disk_.power_loss();
        disk_.restart();
        const auto cuts = open()->of(of_a).cuts;
        return {cuts.begin(), cuts.end()};
    }

    FaultyDisk disk_{1};
    std::unique_ptr<S3Cuts> cuts_;
};

TEST_F(S3CutsTest, AFileThatIsWrittenAnewAndNotSyncedInItsFolderIsNotAppendedTo) {
    fill();
    disk_.fail_folder_syncs(1);
    ASSERT_TRUE(keep(5)) << "it was on disk before";
    ASSERT_TRUE(keep(6));
    EXPECT_THAT(open()->of(of_a).cuts, ElementsAre(5, 6));
    EXPECT_THAT(after_power_loss(), ElementsAre(5, 6));
}

TEST_F(S3CutsTest, WhileItCannotBeWrittenAnewNothingIsKept) {
    fill();
    disk_.fail_folder_syncs(2);
    ASSERT_TRUE(keep(5));
    EXPECT_FALSE(keep(6));
    ASSERT_TRUE(keep(7));
    EXPECT_THAT(after_power_loss(), ElementsAre(5, 7));
}

TEST_F(S3CutsTest, WhatASyncFailedForIsNotThere) {
    ASSERT_TRUE(keep(5));
    disk_.keep_pages_of_failed_syncs(true);
    disk_.fail_syncs(1);
    EXPECT_FALSE(keep(6));
    ASSERT_TRUE(cuts_->mend());
    EXPECT_THAT(open()->of(of_a).cuts, ElementsAre(5));
    disk_.fail_syncs(1);
    EXPECT_FALSE(keep(7));
    ASSERT_TRUE(keep(8)) << "another task, which knows nothing of it";
    EXPECT_THAT(after_power_loss(), ElementsAre(5, 8));
}

// The kernel takes pages of a sync that failed for stored.
TEST_F(S3CutsTest, WhatIsReadIsOnDiskFromThenOn) {
    ASSERT_TRUE(keep(5));
    disk_.keep_pages_of_failed_syncs(true);
    disk_.fail_syncs(1);
    EXPECT_FALSE(keep(6));
    cuts_.reset();
    ASSERT_THAT(open()->of(of_a).cuts, ElementsAre(5, 6));
    EXPECT_THAT(after_power_loss(), ElementsAre(5, 6));
}

// A task that is restarted beside others of its connector, which go on.
TEST(S3CutsOfTasks, AreMendedWhenATaskBegins) {
    S3World world({{"flush.size", "10"}});
    const auto text = [&] { return read_file(world.disk, "/data/connect/s3/c-sink/cuts").value(); };
    world.feed("t", {{.value = "1"}});
    world.disk.fail_syncs(1);
    ASSERT_TRUE(world.task->end_open({"t", 0}));
    EXPECT_FALSE(world.tick());
    EXPECT_THAT(text(), HasSubstr(" cut t 0 1 "));
    const auto again = world.plugin->make_task(world.properties, {.connector = "sink", .errors = world.errors});
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_THAT(text(), Not(HasSubstr(" cut t 0 1 ")));
}

}  // namespace
}  // namespace pinflow::connect
