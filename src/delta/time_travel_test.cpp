// Versions of the past: by number and by time, and what is said when they are gone.
#include "base/text.h"
#include "delta/log_files.h"
#include "delta/table_fixture.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t start_ms = 1'700'000'000'000;

class TimeTravelTest : public TableTest {
  protected:
    // Versions 0 to 4; version i is as old as start + i minutes and has the files f1 … fi.
    std::unique_ptr<Table> make() {
        auto table = create();
        for (int i = 1; i <= 4; ++i) {
            write(fmt::format("t/f{}", i), "rows");
            EXPECT_TRUE(table->append(batch(fmt::format("f{}", i), i)));
        }
        for (int i = 0; i <= 4; ++i) set_time(i, start_ms + i * 60'000);
        return table;
    }
    void set_time(int64_t version, int64_t time_ms) const {
        const fs::path path = log_folder(folder / "t") / commit_name(version);
        const std::chrono::system_clock::time_point time{std::chrono::milliseconds(time_ms)};
        fs::last_write_time(path, std::chrono::file_clock::from_sys(time));
    }
    static std::string error(const auto& result) { return result ? "none" : result.error().message; }
};

TEST_F(TimeTravelTest, ReadsEveryVersion) {
    auto table = make();
    EXPECT_TRUE(paths(**table->read_as_of(0)).empty());
    EXPECT_THAT(paths(**table->read_as_of(2)), ElementsAre("f1", "f2"));
    EXPECT_THAT(paths(**table->read_as_of(4)), ElementsAre("f1", "f2", "f3", "f4"));
    EXPECT_THAT(error(table->read_as_of(5)), HasSubstr("there is no version 5: the newest is 4"));
}

TEST_F(TimeTravelTest, ATimeIsTheNewestVersionNotYounger) {
    auto table = make();
    EXPECT_EQ(table->version_as_of(start_ms), 0);
    EXPECT_EQ(table->version_as_of(start_ms + 119'999), 1);
    EXPECT_EQ(table->version_as_of(start_ms + 120'000), 2);
    EXPECT_EQ(table->version_as_of(start_ms + 240'000), 4);
    EXPECT_THAT(error(table->version_as_of(start_ms - 1)),
                HasSubstr("is before the oldest version that can be read, 0 of " + iso_time_ms(start_ms)));
    EXPECT_THAT(error(table->version_as_of(start_ms + 240'001)),
                HasSubstr("is after the newest version, 4 of " + iso_time_ms(start_ms + 240'000)));
}

TEST_F(TimeTravelTest, ATimeNeverGoesBackwards) {
    auto table = make();
    set_time(2, start_ms);  // a clock that stepped back: Delta puts it a millisecond behind the version before it
    EXPECT_EQ(table->version_as_of(start_ms + 60'000), 1);
    EXPECT_EQ(table->version_as_of(start_ms + 60'001), 2);
}

TEST_F(TimeTravelTest, InCommitTimestampsGoBeforeTheFiles) {
    write(
        "i/_delta_log/" + commit_name(0),
        R"({"commitInfo":{"timestamp":5,"inCommitTimestamp":1700000000000}})"
        "\n"
        R"({"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["inCommitTimestamp"]}})"
        "\n"
        R"({"metaData":{"id":"i","format":{"provider":"parquet"},"schemaString":)"
        R"("{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}",)"
        R"("partitionColumns":[],"configuration":{"delta.enableInCommitTimestamps":"true"}}})"
        "\n");
    write("i/_delta_log/" + commit_name(1), R"({"commitInfo":{"inCommitTimestamp":1700000001000}})"
                                            "\n");
    auto table = open("i");
    EXPECT_EQ(table->version_as_of(start_ms + 999), 0);
    EXPECT_EQ(table->version_as_of(start_ms + 1000), 1);
    EXPECT_THAT(error(table->version_as_of(start_ms + 1001)), HasSubstr("is after the newest version"));
}

TEST_F(TimeTravelTest, SaysWhatIsLeftOfACleanedLog) {
    auto table = make();
    ASSERT_TRUE(table->checkpoint());
    ASSERT_TRUE(table->append(batch("f1b", 5)));
    write("t/f1b", "rows");
    for (int i = 0; i < 4; ++i) fs::remove(log_folder(folder / "t") / commit_name(i));
    EXPECT_THAT(error(table->read_as_of(3)), HasSubstr("version 3 is gone: the oldest that can be read is 4"));
    EXPECT_THAT(error(table->read_as_of(3)), HasSubstr("delta.logRetentionDuration = interval 1 hours"));
    EXPECT_EQ((*table->read_as_of(4))->version, 4);
    EXPECT_THAT(error(table->version_as_of(start_ms)), HasSubstr("before the oldest version that can be read, 4"));
}

TEST_F(TimeTravelTest, SaysWhichVersionStillHasItsFiles) {
    auto table = make();
    const auto files = table->snapshot()->files;
    write("t/merged", "rows");
    std::vector<FileSet::Pointer> old;
    files.for_each([&](const FileSet::Pointer& file) {
        if (file->path != "f4") old.push_back(file);
    });
    ASSERT_TRUE(table->replace(old, {file("merged")}));
    for (const char* name : {"f1", "f2", "f3"}) fs::remove(folder / "t" / name);
    const std::string gone = error(table->read_as_of(2));
    EXPECT_THAT(gone,
                HasSubstr("version 2 is gone: 2 of its files were removed; the oldest version that can be read is 5"));
    EXPECT_THAT(gone, HasSubstr("delta.deletedFileRetentionDuration = interval 1 hours"));
    EXPECT_THAT(paths(**table->read_as_of(5)), ElementsAre("f4", "merged"));
}

}  // namespace
}  // namespace pinflow::delta
