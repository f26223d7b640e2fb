// What every store promises, whatever it keeps objects in and whatever happens to its answers on the way.
#include <set>
#include <thread>

#include "objects/test_store.h"

namespace pinflow::objects {
namespace {

TEST_P(Store, WhatIsPutIsReadBackByteForByte) {
    for (const size_t size : {0UL, 1UL, 255UL, 70'000UL, 1'000'003UL}) {
        const std::string contents = bytes(size, size);
        const Info info = put("folder/x", contents);
        EXPECT_EQ(info.size, size);
        EXPECT_EQ(info.key, "folder/x");
        EXPECT_TRUE(get("folder/x") == contents) << size;
    }
}

TEST_P(Store, WhatIsNotThereIsAbsent) {
    put("there/is", "one");
    for (const char* key : {"nothing", "there", "there/is/more", "there/i"}) {
        EXPECT_EQ(code_of_get(key), absent) << key;
        const auto info = store().head(key);
        ASSERT_FALSE(info);
        EXPECT_EQ(info.error().code, absent) << info.error().message;
    }
}

TEST_P(Store, HeadTellsWhatPutAndListTell) {
    const Info put_info = put("a", "12345");
    const auto head = store().head("a");
    ASSERT_TRUE(head) << head.error().message;
    EXPECT_EQ(head->size, 5U);
    EXPECT_EQ(head->etag, put_info.etag);
    EXPECT_GT(head->modified_ms, 1'700'000'000'000);
    const auto page = store().list({});
    ASSERT_TRUE(page && page->objects.size() == 1);
    EXPECT_EQ(page->objects[0].etag, put_info.etag);
    EXPECT_EQ(page->objects[0].size, 5U);
    EXPECT_GT(page->objects[0].modified_ms, 1'700'000'000'000);
}

TEST_P(Store, PutReplacesAndTheEtagIsAnother) {
    const Info first = put("a", "first");
    const Info second = put("a", "2nd..");
    EXPECT_NE(first.etag, second.etag);
    EXPECT_EQ(get("a"), "2nd..");
}

TEST_P(Store, PutIfAbsentLeavesWhatIsThere) {
    put("log/1", "mine", Write::if_absent);
    const auto second = store().put("log/1", as_bytes("yours"), Write::if_absent);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, taken) << second.error().message;
    EXPECT_EQ(get("log/1"), "mine");
    ASSERT_TRUE(store().remove("log/1"));
    put("log/1", "yours", Write::if_absent);
    EXPECT_EQ(get("log/1"), "yours");
}

TEST_P(Store, PutAllWritesEachAndReplaces) {
    put("all.1", "old");
    std::vector<std::string> contents;
    for (int i = 0; i < 300; ++i) contents.push_back(fmt::format("object {}", i));
    std::vector<NewObject> objects;
    for (int i = 0; i < 300; ++i)
        objects.push_back({fmt::format("all/{}/{}", i % 7, i), as_bytes(contents[static_cast<size_t>(i)])});
    objects.push_back({"all.1", as_bytes("new")});
    for (int round = 0; round < 2; ++round) {  // again: as after an error
        const auto done = store().put_all(objects);
        ASSERT_TRUE(done) << done.error().message;
    }
    for (int i = 0; i < 300; ++i) EXPECT_EQ(get(fmt::format("all/{}/{}", i % 7, i)), fmt::format("object {}", i));
    EXPECT_EQ(get("all.1"), "new");
    EXPECT_TRUE(store().put_all({}));
}

TEST_P(Store, PutAllSaysWhichKeyIsNone) {
    const std::vector<NewObject> objects = {{"good", as_bytes("1")}, {"", as_bytes("2")}};
    const auto refused = store().put_all(objects);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, denied) << refused.error().message;
}

TEST_P(Store, OfManyThatPutIfAbsentOneSucceeds) {
    for (int round = 0; round < 3; ++round) {
        const std::string key = fmt::format("log/{}", round);
        std::vector<Result<Info>> outcomes(8, fail(Code::internal, "not tried"));
        {
            std::vector<std::jthread> threads;
            for (size_t i = 0; i < outcomes.size(); ++i)
                threads.emplace_back([&, i] {
                    outcomes[i] = store().put(key, as_bytes(fmt::format("writer {}", i)), Write::if_absent);
                });
        }
        std::vector<size_t> winners;
        for (size_t i = 0; i < outcomes.size(); ++i) {
            if (outcomes[i])
                winners.push_back(i);
            else
                EXPECT_EQ(outcomes[i].error().code, taken) << outcomes[i].error().message;
        }
        ASSERT_EQ(winners.size(), 1U);
        EXPECT_EQ(get(key), fmt::format("writer {}", winners[0]));
    }
}

TEST_P(Store, RangesAreCutAtTheEnd) {
    put("a", "0123456789");
    const auto part = [&](uint64_t offset, uint64_t size) {
        const auto object = store().get("a", Range{offset, size});
        EXPECT_TRUE(object) << object.error().message;
        if (object) EXPECT_EQ(object->info.size, 10U);
        return object ? object->contents : "";
    };
    EXPECT_EQ(part(0, 10), "0123456789");
    EXPECT_EQ(part(3, 4), "3456");
    EXPECT_EQ(part(8, 100), "89");
    EXPECT_EQ(part(9, UINT64_MAX), "9");
    EXPECT_EQ(part(5, 0), "");
    EXPECT_EQ(code_of_get("a", Range{10, 1}), Code::out_of_range);
    EXPECT_EQ(code_of_get("a", Range{11, 0}), Code::out_of_range);
    EXPECT_EQ(code_of_get("b", Range{0, 1}), absent);
}

TEST_P(Store, ListsInTheOrderOfBytesWhateverThePage) {
    const std::vector<std::string> keys = {
        "x!", "x-a", "x.a", "x/A", "x/a", "x/a-b/c", "x/b/c", "x/b/c.d/e", "x/b-", "x/\xc3\xa9", "x/\xf0\x9f\x8c\x8d",
        "x0"};
    for (const std::string& key : keys) put(key, key);
    std::vector<std::string> sorted = keys;
    std::ranges::sort(sorted);
    for (const size_t most : {1UL, 2UL, 3UL, 5UL, 12UL, 1000UL}) EXPECT_EQ(names({.most = most}), sorted) << most;
    EXPECT_EQ(names({.prefix = "x/b"}), (std::vector<std::string>{"x/b-", "x/b/c", "x/b/c.d/e"}));
    EXPECT_EQ(names({.prefix = "x/b/"}), (std::vector<std::string>{"x/b/c", "x/b/c.d/e"}));
    EXPECT_EQ(names({.prefix = "y"}), std::vector<std::string>());
    EXPECT_EQ(names({.prefix = "x/b/c/d"}), std::vector<std::string>());
}

TEST_P(Store, ListsBehindAKey) {
    for (const char* key : {"log/00.json", "log/01.json", "log/02.json", "log/02.sub/x", "more"}) put(key, "1");
    EXPECT_EQ(names({.prefix = "log/", .after = "log/00.json"}),
              (std::vector<std::string>{"log/01.json", "log/02.json", "log/02.sub/x"}));
    EXPECT_EQ(names({.prefix = "log/", .after = "log/01.json", .most = 1}),
              (std::vector<std::string>{"log/02.json", "log/02.sub/x"}));
    EXPECT_EQ(names({.prefix = "log/", .after = "log/03"}), std::vector<std::string>());
}

TEST_P(Store, RollsUpAtTheDelimiter) {
    for (const char* key : {"t/a/1", "t/a/2", "t/b/3/4", "t/c", "t/d", "u/x"}) put(key, "1");
    std::vector<std::string> want = {"t/c", "t/d", ">t/a/", ">t/b/"};
    EXPECT_EQ(names({.prefix = "", .delimiter = "/"}), (std::vector<std::string>{">t/", ">u/"}));
    EXPECT_EQ(names({.prefix = "t/a", .delimiter = "/"}), (std::vector<std::string>{">t/a/"}));
    for (const size_t most : {1UL, 2UL, 3UL, 1000UL}) {
        auto found = names({.prefix = "t/", .delimiter = "/", .most = most});
        std::ranges::sort(found);
        std::ranges::sort(want);
        EXPECT_EQ(found, want) << most;
    }
}

TEST_P(Store, RemoveTakesOneObject) {
    put("a/b", "1");
    put("a/c", "2");
    ASSERT_TRUE(store().remove("a/b"));
    EXPECT_EQ(code_of_get("a/b"), absent);
    const auto again = store().remove("a/b");
    EXPECT_TRUE(again) << again.error().message;
    ASSERT_TRUE(store().remove("a"));  // no object, though others have it in their keys
    EXPECT_EQ(get("a/c"), "2");
    EXPECT_EQ(names({}), std::vector<std::string>{"a/c"});
}

TEST_P(Store, KeysMayHoldWhatUrlsAndXmlDoNot) {
    std::vector<std::string> keys = {"a b/c+d",
                                     "p=1%20x/y%2Fz",
                                     "q?x=1&y#z",
                                     "<xml>&amp;\"'",
                                     "tab\there",
                                     "[a];:@$,",
                                     "\xd0\xb6\xd0\xb8/\xe6\xbc\xa2",
                                     "topic+0+0000000000.json",
                                     "~._-!*()"};
    for (const std::string& key : keys) put(key, "of " + key);
    for (const std::string& key : keys) EXPECT_EQ(get(key), "of " + key);
    std::ranges::sort(keys);
    EXPECT_EQ(names({.most = 2}), keys);
    for (const std::string& key : keys) EXPECT_TRUE(store().remove(key)) << key;
    EXPECT_EQ(names({}), std::vector<std::string>());
}

TEST_P(Store, KeysNeedNotBePaths) {
    if (!world_->keeps_every_key) return;  // a server over a file system, which says no
    std::vector<std::string> keys = {"a//b",
                                     "/a",
                                     "trailing/",
                                     "x/../y",
                                     "..",
                                     ".",
                                     "x/./z",
                                     "x//",
                                     "~",
                                     ".~tmp/x",
                                     "x/.~tmp",
                                     ".~=.",
                                     std::string(300, 'l') + "/x",
                                     std::string(600, 'm'),
                                     std::string(250, 'n') + "z",
                                     std::string(253, 'n') + ".~",
                                     std::string(250, 'n') + "-and-more",
                                     "\x01\x7f"};
    for (const std::string& key : keys) put(key, "of " + key);
    for (const std::string& key : keys) EXPECT_EQ(get(key), "of " + key);
    std::ranges::sort(keys);
    EXPECT_EQ(names({.most = 3}), keys);
    for (const std::string& key : keys) EXPECT_TRUE(store().remove(key)) << key;
    EXPECT_EQ(names({}), std::vector<std::string>());
}

TEST_P(Store, AnObjectMayLieWhereOthersHaveAFolder) {
    put("a", "1");
    put("b/c", "2");
    if (world_->keeps_both) {
        put("a/x", "3");
        put("b", "4");
        EXPECT_EQ(names({}), (std::vector<std::string>{"a", "a/x", "b", "b/c"}));
        return;
    }
    if (world_->hides_nested) {
        put("a/x", "3");
        put("b", "4");
        EXPECT_EQ(names({}), (std::vector<std::string>{"a", "b"}));
        for (const auto& [key, contents] : {std::pair("a", "1"), {"a/x", "3"}, {"b/c", "2"}, {"b", "4"}})
            EXPECT_EQ(store().get(key, std::nullopt)->contents, contents) << key;
        return;
    }
    for (const Write mode : {Write::replace, Write::if_absent})
        for (const char* key : {"a/x", "b", "a/x/y"}) {
            const auto refused = store().put(key, as_bytes("5"), mode);
            ASSERT_FALSE(refused) << key;
            EXPECT_TRUE(GetParam().name != "Files" || refused.error().code == Code::unsupported)
                << key << ": " << refused.error().message;
        }
    EXPECT_EQ(names({}), (std::vector<std::string>{"a", "b/c"}));
}

TEST_P(Store, RefusesWhatIsNoKey) {
    for (const std::string& key :
         {std::string(), std::string("a\0b", 3), std::string("\xff\xfe"), std::string(1025, 'a')}) {
        const auto refused = store().put(key, as_bytes("1"), Write::replace);
        ASSERT_FALSE(refused);
        EXPECT_TRUE(refused.error().code == denied || refused.error().code == Code::too_large);
        EXPECT_FALSE(store().get(key, std::nullopt));
        EXPECT_FALSE(store().remove(key));
        EXPECT_FALSE(store().upload(key, Write::replace));
    }
}

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

INSTANTIATE_TEST_SUITE_P(Over, Store, testing::ValuesIn(all_worlds(environment)), world_name);

}  // namespace
}  // namespace pinflow::objects
