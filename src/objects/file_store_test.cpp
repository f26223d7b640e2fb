#include "objects/file_store.h"

#include <gmock/gmock.h>

#include "base/faulty_disk.h"
#include "objects/file_keys.h"
#include "objects/test_world.h"

namespace pinflow::objects {
namespace {

namespace fs = std::filesystem;

TEST(FileKeys, OrdinaryKeysAreThePathsThatOthersExpect) {
    for (const char* key : {"topics/a.pin/partition=0/a.pin+0+0000000000.json", "t/f=a%20b/x", ".hidden/_x", "a~b/.a~"})
        EXPECT_EQ(path_of_key(key), fs::path(key));
}

TEST(FileKeys, OthersStayBelowTheFolderAndComeBack) {
    const std::vector<std::string> keys = {"..",
                                           "../../etc/passwd",
                                           "/abs",
                                           "a//b",
                                           "a/",
                                           ".",
                                           ".~",
                                           ".~tmp",
                                           ".~=",
                                           "/",
                                           std::string(256, 'x'),
                                           std::string(1024, 'y'),
                                           std::string(255, 'z'),
                                           std::string(249, 'x') + "\xc3\xa9" + std::string(100, 'x')};
    std::set<fs::path> paths;
    for (const std::string& key : keys) {
        const fs::path path = path_of_key(key);
        EXPECT_TRUE(paths.insert(path).second) << key;
        EXPECT_EQ(path.lexically_normal(), path) << key;
        EXPECT_TRUE(path.is_relative()) << key;
        std::string back;
        for (const fs::path& name : path) {
            EXPECT_LE(name.native().size(), 255U);
            EXPECT_NE(name.native(), temporary_folder);
            const auto segment = segment_of_name(name.native());
            ASSERT_TRUE(segment) << key;
            back += segment->text + (segment->goes_on ? "" : "/");
        }
        EXPECT_EQ(back, key + "/");
    }
    EXPECT_FALSE(segment_of_name(temporary_folder));
    EXPECT_FALSE(segment_of_name(".~=plain"));
    EXPECT_FALSE(segment_of_name(".~>short"));
}

class FileStoreFaults : public testing::Test {
  protected:
    static std::string get(FaultyDisk& disk, const std::string& key) {
        FileStore store(disk, system_clock(), "/objects");
        const auto object = store.get(key, std::nullopt);
        return object ? object->contents : fmt::format("({})", name(object.error().code));
    }
    static Result<Info> put(FaultyDisk& disk, const std::string& key, std::string_view contents, Write mode) {
        FileStore store(disk, system_clock(), "/objects");
        return store.put(key, as_bytes(contents), mode);
    }
};

TEST_F(FileStoreFaults, WhatIsAnsweredSurvivesAPowerLossWhole) {
    const std::string first(3000, '1'), second(5000, '2');
    for (uint64_t seed = 0; seed < 100; ++seed)
        for (const Write mode : {Write::replace, Write::if_absent}) {
            FaultyDisk disk(seed);
            ASSERT_TRUE(put(disk, "a/b/c", first, mode));
            if (seed % 2 == 0) ASSERT_TRUE(put(disk, "a/b/c", second, Write::replace));
            disk.power_loss();
            disk.restart();
            EXPECT_TRUE(get(disk, "a/b/c") == (seed % 2 == 0 ? second : first)) << seed;
        }
}

TEST_F(FileStoreFaults, ManyTogetherSurviveAPowerLossAsOneDoes) {
    for (uint64_t seed = 0; seed < 50; ++seed) {
        FaultyDisk disk(seed);
        ASSERT_TRUE(put(disk, "a/2", "old", Write::replace));
        FileStore store(disk, system_clock(), "/objects");
        const std::string contents(5000, 'x');
        std::vector<NewObject> all;
        for (int i = 0; i < 20; ++i)
            all.push_back({fmt::format("{}/{}", i % 2 == 0 ? "a" : "b", i), as_bytes(contents)});
        if (seed % 2 == 1) disk.fail_syncs(1);
        EXPECT_EQ(store.put_all(all).has_value(), seed % 2 == 0);
        disk.power_loss();
        disk.restart();
        for (const NewObject& each : all)
            EXPECT_TRUE(get(disk, each.key) == (seed % 2 == 0 ? contents : each.key == "a/2" ? "old" : "(not_found)"));
    }
}

TEST_F(FileStoreFaults, WhatIsRemovedStaysRemoved) {
    for (uint64_t seed = 0; seed < 50; ++seed) {
        FaultyDisk disk(seed);
        ASSERT_TRUE(put(disk, "a/b", "1", Write::replace));
        FileStore store(disk, system_clock(), "/objects");
        ASSERT_TRUE(store.remove("a/b"));
        disk.power_loss();
        disk.restart();
        EXPECT_EQ(get(disk, "a/b"), "(not_found)");
    }
}

TEST_F(FileStoreFaults, AnUnfinishedUploadIsNotSeenAfterAPowerLoss) {
    FaultyDisk disk(7);
    FileStore store(disk, system_clock(), "/objects");
    const auto upload = store.upload("a/b", Write::replace);
    ASSERT_TRUE((*upload)->write(as_bytes("half")));
    disk.power_loss();
    disk.restart();
    EXPECT_FALSE((*upload)->finish());
    EXPECT_EQ(get(disk, "a/b"), "(not_found)");
    EXPECT_TRUE(store.list({})->objects.empty());
}

TEST_F(FileStoreFaults, AFailedSyncIsNoPut) {
    FaultyDisk disk(3);
    ASSERT_TRUE(put(disk, "a", "old", Write::replace));
    disk.fail_syncs(1);
    const auto failed = put(disk, "a", "new", Write::replace);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Code::io);
    EXPECT_EQ(get(disk, "a"), "old");
    disk.fail_writes(1);
    EXPECT_FALSE(put(disk, "b", "new", Write::if_absent));
    EXPECT_EQ(get(disk, "b"), "(not_found)");
    disk.limit_bytes(disk.used_bytes() + 2);
    const auto full = put(disk, "c", "too long", Write::replace);
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, Code::disk_full);
    EXPECT_EQ(disk.list("/objects/.~tmp")->size(), 0U) << "nothing is left behind";
}

TEST_F(FileStoreFaults, AFailedSyncOfTheFolderIsUnsure) {
    FaultyDisk disk(3);
    FileStore store(disk, system_clock(), "/objects");
    ASSERT_TRUE(store.put("a/1", as_bytes("1"), Write::if_absent));
    disk.fail_folder_syncs(1);
    const auto put = store.put("a/2", as_bytes("2"), Write::if_absent);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, unsure) << put.error().message;
}

TEST(FileStore, FoldersThatSomebodyTidiesAwayAreMadeAgain) {
    const TestFolder folder;
    FileStore store(posix_disk(), system_clock(), folder.path / "o");
    ASSERT_TRUE(store.put("a/b/c", as_bytes("1"), Write::replace));
    fs::remove_all(folder.path / "o/a");
    const auto again = store.put("a/b/c", as_bytes("2"), Write::if_absent);
    EXPECT_TRUE(again) << again.error().message;
    fs::remove_all(folder.path / "o");
    EXPECT_TRUE(store.list({})->objects.empty());
    EXPECT_FALSE(store.head("a/b/c"));
}

TEST(FileStore, OldTemporariesAreRemovedYoungOnesAreSomebodys) {
    const TestFolder folder;
    const fs::path temporaries = folder.path / temporary_folder;
    fs::create_directories(temporaries);
    for (const char* name : {"old", "young"}) ASSERT_TRUE(replace_file(posix_disk(), temporaries / name, "x"));
    fs::last_write_time(temporaries / "old", fs::file_time_type::clock::now() - std::chrono::hours(25));
    FileStore store(posix_disk(), system_clock(), folder.path);
    ASSERT_TRUE(store.put("a", as_bytes("1"), Write::replace));
    EXPECT_FALSE(fs::exists(temporaries / "old"));
    EXPECT_TRUE(fs::exists(temporaries / "young"));
    EXPECT_EQ(store.list({})->objects.size(), 1U);
}

TEST(FileStore, FilesOfOthersAreObjectsToo) {
    const TestFolder folder;
    fs::create_directories(folder.path / "t/empty");
    ASSERT_TRUE(replace_file(posix_disk(), folder.path / "t/part-0.parquet", "PAR1"));
    FileStore store(posix_disk(), system_clock(), folder.path);
    EXPECT_EQ(store.get("t/part-0.parquet", std::nullopt)->contents, "PAR1");
    const auto page = store.list({.delimiter = "/"});
    EXPECT_EQ(page->prefixes, std::vector<std::string>{"t/"});
    EXPECT_TRUE(store.list({.prefix = "t/", .delimiter = "/"})->prefixes.empty()) << "an empty folder is none";
}

}  // namespace
}  // namespace pinflow::objects
