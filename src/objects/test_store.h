// What all tests of the port have in common: a store, and short ways to ask it.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>

#include "objects/test_world.h"

namespace pinflow::objects {

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

inline std::string bytes(size_t size, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string out(size, '\0');
    std::ranges::generate(out, [&] { return static_cast<char>(random()); });
    return out;
}

inline std::string world_name(const testing::TestParamInfo<WorldMaker>& info) {
    return info.param.name;
}

}  // namespace pinflow::objects
