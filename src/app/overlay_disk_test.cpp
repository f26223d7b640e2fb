#include "app/overlay_disk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

namespace pinflow::app {
namespace {

class OverlayDiskTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(below.make_directories(root + "/data/log/a-0"));
        ASSERT_TRUE(replace_file(below, root + "/data/log/a-0/0.log", "records"));
        ASSERT_TRUE(replace_file(below, root + "/data/mark", "clean"));
    }
    std::vector<std::string> names(const std::string& folder) {
        std::vector<std::string> out;
        for (const auto& entry : disk.list(folder).value_or(std::vector<Disk::Entry>())) out.push_back(entry.name);
        std::ranges::sort(out);
        return out;
    }

    void TearDown() override { std::filesystem::remove_all(root); }

    const std::string root = testing::TempDir() + "overlay_disk_test";
    Disk& below = posix_disk();
    OverlayDisk disk{below};
    using Names = std::vector<std::string>;
};

TEST_F(OverlayDiskTest, ShowsWhatLiesBelowAndWhatWasWrittenOverIt) {
    EXPECT_EQ(read_file(disk, root + "/data/log/a-0/0.log").value(), "records");
    const auto reader = disk.open(root + "/data/log/a-0/0.log", Disk::Mode::read).value();
    const auto file = disk.open(root + "/data/log/a-0/0.log", Disk::Mode::write).value();
    const Bytes piece = as_bytes("RD and more");
    ASSERT_TRUE(file->write_at({&piece, 1}, 4));
    EXPECT_EQ(read_file(disk, root + "/data/log/a-0/0.log").value(), "recoRD and more");
    std::array<std::byte, 4> start{};
    ASSERT_EQ(reader->read_at(start, 4).value(), 4U);  // opened before the write
    EXPECT_EQ(as_text(start), "RD a");
    ASSERT_TRUE(file->resize(3));
    ASSERT_TRUE(file->allocate(5));
    EXPECT_EQ(read_file(disk, root + "/data/log/a-0/0.log").value(), std::string_view("rec\0\0", 5));
    EXPECT_EQ(read_file(below, root + "/data/log/a-0/0.log").value(), "records");
}

TEST_F(OverlayDiskTest, NamesChangeOnlyHere) {
    ASSERT_TRUE(disk.remove(root + "/data/mark"));
    EXPECT_EQ(read_file(disk, root + "/data/mark").error().code, Code::not_found);
    ASSERT_TRUE(disk.make_directories(root + "/data/topics/deep"));
    ASSERT_TRUE(replace_file(disk, root + "/data/topics/t.json", "{}"));
    EXPECT_EQ(names(root + "/data"), (Names{"log", "topics"}));
    EXPECT_EQ(names(root + "/data/topics"), (Names{"deep", "t.json"}));
    ASSERT_TRUE(disk.rename(root + "/data/log/a-0", root + "/data/log/a-0-delete"));
    EXPECT_EQ(names(root + "/data/log"), Names{"a-0-delete"});
    EXPECT_EQ(read_file(disk, root + "/data/log/a-0-delete/0.log").value(), "records");
    EXPECT_FALSE(disk.list(root + "/data/log/a-0"));
    ASSERT_TRUE(disk.remove(root + "/data/log/a-0-delete"));
    ASSERT_TRUE(disk.make_directories(root + "/data/log/a-0"));
    EXPECT_EQ(names(root + "/data/log/a-0"), Names{});  // a folder made anew does not bring the old files back
    EXPECT_EQ(disk.open(root + "/data/topics/t.json", Disk::Mode::create_new).error().code, Code::exists);
    ASSERT_TRUE(disk.link(root + "/data/topics/t.json", root + "/data/topics/u.json"));
    EXPECT_EQ(read_file(disk, root + "/data/topics/u.json").value(), "{}");
    EXPECT_FALSE(disk.link(root + "/data/topics/t.json", root + "/data/topics/u.json"));

    EXPECT_EQ(read_file(below, root + "/data/mark").value(), "clean");
    EXPECT_EQ(read_file(below, root + "/data/log/a-0/0.log").value(), "records");
    EXPECT_FALSE(below.list(root + "/data/topics"));
}

TEST_F(OverlayDiskTest, AFolderThatWasWrittenToMovesWithItsChanges) {
    ASSERT_TRUE(replace_file(disk, root + "/data/log/a-0/1.log", "more"));
    ASSERT_TRUE(disk.remove(root + "/data/log/a-0/0.log"));
    ASSERT_TRUE(disk.rename(root + "/data/log", root + "/data/log2"));
    EXPECT_EQ(names(root + "/data/log2/a-0"), Names{"1.log"});
    EXPECT_EQ(read_file(disk, root + "/data/log2/a-0/1.log").value(), "more");
}

// Random writes and cuts against a plain string.
TEST_F(OverlayDiskTest, PiecesOverManyPagesReadBack) {
    std::string expected(300'000, 'b');
    ASSERT_TRUE(replace_file(below, root + "/data/large", expected));
    const auto file = disk.open(root + "/data/large", Disk::Mode::write).value();
    std::mt19937 random(7);
    const auto up_to = [&](size_t most) { return std::uniform_int_distribution<size_t>(0, most)(random); };
    for (int step = 0; step < 60; ++step) {
        if (up_to(9) == 0) {
            expected.resize(up_to(400'000));
            ASSERT_TRUE(file->resize(expected.size()));
        }
        const size_t at = up_to(expected.size() + 1000);
        const std::string text(up_to(150'000), static_cast<char>('c' + step % 20));
        if (text.empty()) continue;
        const std::array pieces{as_bytes(text).first(text.size() / 2), as_bytes(text).subspan(text.size() / 2)};
        ASSERT_TRUE(file->write_at(pieces, at));
        if (at + text.size() > expected.size()) expected.resize(at + text.size());
        expected.replace(at, text.size(), text);
        ASSERT_EQ(read_file(disk, root + "/data/large").value(), expected) << step;
    }
    EXPECT_EQ(read_file(below, root + "/data/large").value(), std::string(300'000, 'b'));
}

}  // namespace
}  // namespace pinflow::app
