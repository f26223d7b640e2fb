// Whole objects as local files: what is loaded, what goes, what stays.
#include "objects/file_cache.h"

#include <gmock/gmock.h>

#include <fstream>
#include <latch>

#include "objects/file_store.h"
#include "objects/test_world.h"

namespace pinflow::objects {
namespace {

namespace fs = std::filesystem;

// Files, with a count of what is read and a fault on demand.
class CountingStore final : public ObjectStore {
  public:
    explicit CountingStore(const fs::path& folder) : files_(posix_disk(), system_clock(), folder) {}
    Result<Info> put(const std::string& key, Bytes contents, Write mode) override {
        return files_.put(key, contents, mode);
    }
    Result<> put_all(std::span<const NewObject> objects) override { return files_.put_all(objects); }
    Result<Object> get(const std::string& key, std::optional<Range> range) override {
        ++gets;
        if (before_get) before_get(key);
        if (is_away) return fail(unreachable, "the store is away");
        return files_.get(key, range);
    }
    Result<Info> head(const std::string& key) override { return files_.head(key); }
    Result<ListPage> list(const ListRequest& request) override { return files_.list(request); }
    Result<> remove(const std::string& key) override { return files_.remove(key); }
    Result<std::unique_ptr<Upload>> upload(const std::string& key, Write mode) override {
        return files_.upload(key, mode);
    }

    std::atomic<int> gets = 0;
    std::atomic<bool> is_away = false;
    std::function<void(const std::string&)> before_get;

  private:
    FileStore files_;
};

class FileCacheTest : public testing::Test {
  protected:
    std::shared_ptr<FileCache> open(uint64_t most_bytes = 1000) {
        return *FileCache::open(folder_.path / "c", most_bytes);
    }
    void put(const std::string& key, const std::string& contents) {
        ASSERT_TRUE(store.put(key, as_bytes(contents), Write::replace));
    }
    fs::path path(const std::string& key) const { return folder_.path / "c/t" / key; }
    FileCache::Wanted wanted(const std::string& key, std::optional<uint64_t> size = std::nullopt) const {
        return {key, path(key), size};
    }
    Result<FileCache::Held> hold(FileCache& cache, const std::vector<std::string>& keys) {
        std::vector<FileCache::Wanted> files;
        for (const auto& key : keys) files.push_back(wanted(key));
        return cache.hold(store, files);
    }
    std::vector<std::string> there() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder_.path / "c/t"))
            names.push_back(entry.path().filename().string());
        return names;
    }
    static std::string contents(const fs::path& path) { return *read_file(posix_disk(), path); }

    TestFolder folder_;
    CountingStore store{folder_.path / "s"};
};

TEST_F(FileCacheTest, AFileIsLoadedOnce) {
    put("a", "one");
    const auto cache = open();
    ASSERT_TRUE(hold(*cache, {"a"}));
    EXPECT_EQ(contents(path("a")), "one");
    ASSERT_TRUE(hold(*cache, {"a", "a"}));
    EXPECT_EQ(store.gets, 1);
    EXPECT_EQ(cache->size_bytes(), 3U);
    EXPECT_FALSE(hold(*cache, {"b"})) << "there is none";
    EXPECT_THAT(there(), testing::ElementsAre("a"));
}

TEST_F(FileCacheTest, TheLongestUnusedGoFirst) {
    for (const std::string key : {"a", "b", "c", "d"}) put(key, std::string(400, 'x'));
    const auto cache = open();
    for (const std::string key : {"a", "b", "a", "c"}) ASSERT_TRUE(hold(*cache, {key}));
    EXPECT_THAT(there(), testing::UnorderedElementsAre("a", "c"));
    cache->drop(path("a"));
    EXPECT_THAT(there(), testing::ElementsAre("c"));
    EXPECT_EQ(cache->size_bytes(), 400U);
}

TEST_F(FileCacheTest, WhatIsHeldStaysOverTheBound) {
    for (const std::string key : {"a", "b", "c", "d"}) put(key, std::string(400, 'x'));
    const auto cache = open();
    auto all = hold(*cache, {"a", "b", "c", "d"});
    ASSERT_TRUE(all);
    EXPECT_EQ(there().size(), 4U);
    cache->drop(path("b"));
    EXPECT_EQ(there().size(), 4U) << "somebody reads it";
    all->reset();
    EXPECT_THAT(there(), testing::UnorderedElementsAre("c", "d"));
}

TEST_F(FileCacheTest, ARestartKeepsWhatIsThere) {
    for (const std::string key : {"a", "b", "c"}) put(key, std::string(300, 'x'));
    {
        const auto cache = open();
        for (const std::string key : {"b", "c", "a", "b"}) ASSERT_TRUE(hold(*cache, {key}));
        std::ofstream(cache->scratch() / "half") << "a download that was cut short";
    }
    const auto cache = open(700);
    EXPECT_TRUE(fs::is_empty(cache->scratch()));
    EXPECT_THAT(there(), testing::UnorderedElementsAre("a", "b")) << "c was not used for longest";
    store.gets = 0;
    ASSERT_TRUE(hold(*cache, {"a", "b"}));
    EXPECT_EQ(store.gets, 0);
}

TEST_F(FileCacheTest, AFileOfAnotherSizeIsLoadedAnew) {
    put("a", "contents");
    fs::create_directories(path("a").parent_path());
    std::ofstream(path("a")) << "cont";
    const auto cache = open();
    ASSERT_TRUE(cache->hold(store, std::vector{wanted("a", 8)}));
    EXPECT_EQ(contents(path("a")), "contents");
    const auto other = cache->hold(store, std::vector{wanted("a", 9)});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Code::corrupt);
}

TEST_F(FileCacheTest, LargeObjectsComeInPieces) {
    std::string large(20'000'000, 'x');
    for (size_t i = 0; i < large.size(); i += 1000) large[i] = static_cast<char>('a' + i / 1000 % 26);
    put("a", large);
    const auto cache = open(1 << 30);
    ASSERT_TRUE(hold(*cache, {"a"}));
    EXPECT_EQ(store.gets, 3);
    EXPECT_EQ(contents(path("a")), large);
    store.gets = 0;
    store.before_get = [&](const std::string&) {
        if (store.gets == 3) put("a", large + "more");
    };
    cache->drop(path("a"));
    EXPECT_FALSE(hold(*cache, {"a"})) << "its parts are of two objects";
    EXPECT_TRUE(there().empty());
}

TEST_F(FileCacheTest, AStoreThatIsAwayLeavesNothing) {
    put("a", "one");
    put("b", "two");
    const auto cache = open();
    ASSERT_TRUE(hold(*cache, {"a"}));
    store.is_away = true;
    const auto both = hold(*cache, {"a", "b"});
    ASSERT_FALSE(both);
    EXPECT_EQ(both.error().code, unreachable);
    EXPECT_TRUE(hold(*cache, {"a"})) << "what is here can be read";
    EXPECT_THAT(there(), testing::ElementsAre("a"));
    EXPECT_TRUE(fs::is_empty(cache->scratch()));
    store.is_away = false;
    EXPECT_TRUE(hold(*cache, {"a", "b"}));
}

TEST_F(FileCacheTest, TwoWhoWantAFileLoadItOnce) {
    put("a", "one");
    const auto cache = open();
    std::latch begun(1);
    store.before_get = [&](const std::string&) { begun.count_down(); };
    std::vector<std::jthread> readers;
    std::atomic<int> good = 0;
    for (int i = 0; i < 4; ++i) {
        readers.emplace_back([&] {
            const auto held = hold(*cache, {"a"});
            if (held && contents(path("a")) == "one") ++good;
        });
    }
    readers.clear();
    EXPECT_EQ(good, 4);
    EXPECT_EQ(store.gets, 1);
}

TEST_F(FileCacheTest, CopiesAreTheirHoldersOwn) {
    put("a", "one");
    const auto cache = open();
    auto copy = cache->copy(store, "a");
    ASSERT_TRUE(copy);
    put("a", "other");
    EXPECT_EQ(contents(copy->path), "one");
    copy->held.reset();
    EXPECT_FALSE(fs::exists(copy->path));
}

TEST_F(FileCacheTest, FilesThatNobodyAddedAreFound) {
    const auto cache = open();
    fs::create_directories(path("x").parent_path());
    std::ofstream(path("x")) << "stray";
    cache->add_strays(folder_.path / "c/t", 0);
    EXPECT_EQ(cache->size_bytes(), 0U) << "it may be somebody's who is writing";
    cache->add_strays(folder_.path / "c/t", system_clock().wall_ms() + 1000);
    EXPECT_EQ(cache->size_bytes(), 5U);
}

}  // namespace
}  // namespace pinflow::objects
