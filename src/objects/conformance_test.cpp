// What every store promises, whatever it keeps objects in and whatever happens to its answers on the way.
#include <algorithm>
#include <set>
#include <thread>

#include "objects/test_world.h"

namespace pinflow::objects {
namespace {

class Store : public testing::TestWithParam<WorldMaker> {
  protected:
    void SetUp() override { world_ = GetParam().make(); }
    ObjectStore& store() { return *world_->store; }

    Info put(const std::string& key, const std::string& contents, Write mode = Write::replace) {
        auto info = store().put(key, as_bytes(contents), mode);
        EXPECT_TRUE(info) << key << ": " << info.error().message;
        return info.value_or(Info{});
    }
    std::string get(const std::string& key) {
        auto object = store().get(key, std::nullopt);
        EXPECT_TRUE(object) << key << ": " << object.error().message;
        return object ? object->contents : "(none)";
    }
    Code code_of_get(const std::string& key, std::optional<Range> range = std::nullopt) {
        const auto object = store().get(key, range);
        return object ? Code::internal : object.error().code;
    }
    // All names of all pages, prefixes with a '>' before them, in the order in which they came.
    std::vector<std::string> names(ListRequest request) {
        std::vector<std::string> all;
        for (int pages = 0; pages < 100; ++pages) {
            const auto page = store().list(request);
            EXPECT_TRUE(page) << page.error().message;
            if (!page) return all;
            EXPECT_LE(page->objects.size() + page->prefixes.size(), request.most);
            for (const Info& object : page->objects) all.push_back(object.key);
            for (const std::string& prefix : page->prefixes) all.push_back(">" + prefix);
            request.page = page->next;
            if (page->next.empty()) return all;
        }
        ADD_FAILURE() << "the listing does not end";
        return all;
    }

    std::unique_ptr<World> world_;
};

std::string bytes(size_t size, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string out(size, '\0');
    std::ranges::generate(out, [&] { return static_cast<char>(random()); });
    return out;
}

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

class StoreUpload : public Store {
  protected:
    size_t part() const { return world_->part_bytes; }
    std::unique_ptr<Upload> begin(const std::string& key, Write mode = Write::replace) {
        auto upload = store().upload(key, mode);
        EXPECT_TRUE(upload) << upload.error().message;
        return std::move(*upload);
    }
    static void write(Upload& upload, std::string_view contents, size_t piece) {
        while (!contents.empty()) {
            const auto written = upload.write(as_bytes(contents.substr(0, piece)));
            ASSERT_TRUE(written) << written.error().message;
            contents.remove_prefix(std::min(piece, contents.size()));
        }
    }
};

TEST_P(StoreUpload, AppearsWholeWhenItIsFinished) {
    const std::string contents = bytes(2 * part() + 514'241, 5);
    const auto upload = begin("big/x");
    write(*upload, contents, part() / 5 - 1);
    EXPECT_EQ(code_of_get("big/x"), absent);
    EXPECT_EQ(names({}), std::vector<std::string>());
    const auto info = upload->finish();
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->size, contents.size());
    EXPECT_TRUE(get("big/x") == contents);
    const auto head = store().head("big/x");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->etag, info->etag);
    EXPECT_FALSE(upload->finish());
}

TEST_P(StoreUpload, MayBeShortOrEmptyOrOnePartToTheByte) {
    for (const size_t size : {size_t{0}, size_t{5}, part(), part() + 1, 2 * part()}) {
        const std::string contents = bytes(size, size);
        const auto upload = begin("x");
        write(*upload, contents, part() / 2 + 1);
        const auto info = upload->finish();
        ASSERT_TRUE(info) << size << ": " << info.error().message;
        EXPECT_TRUE(get("x") == contents) << size;
    }
}

TEST_P(StoreUpload, LeavesNothingWhenItIsAborted) {
    put("x", "before");
    {
        const auto upload = begin("x");
        write(*upload, bytes(part() + 1000, 1), part());
        const auto aborted = upload->abort();
        EXPECT_TRUE(aborted) << aborted.error().message;
        EXPECT_FALSE(upload->finish());
        const auto forgotten = begin("y");
        write(*forgotten, bytes(part() + 1000, 2), part());
    }
    EXPECT_EQ(get("x"), "before");
    EXPECT_EQ(names({}), std::vector<std::string>{"x"});
}

TEST_P(StoreUpload, IfAbsentLeavesWhatIsThere) {
    for (const size_t size : {size_t{10}, part() + 1000}) {
        const std::string key = fmt::format("x{}", size);
        const auto first = begin(key, Write::if_absent), second = begin(key, Write::if_absent);
        write(*first, bytes(size, 1), part());
        write(*second, bytes(size, 2), part());
        const auto done = first->finish();
        ASSERT_TRUE(done) << done.error().message;
        const auto refused = second->finish();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, taken) << refused.error().message;
        EXPECT_TRUE(get(key) == bytes(size, 1));
    }
}

std::string world_name(const testing::TestParamInfo<WorldMaker>& info) {
    return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Over, Store, testing::ValuesIn(all_worlds()), world_name);
INSTANTIATE_TEST_SUITE_P(Over, StoreUpload, testing::ValuesIn(all_worlds()), world_name);

}  // namespace
}  // namespace pinflow::objects
