#include "sink/key_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace pinflow::sink {
namespace {

std::vector<KeySet::Key> random_keys(size_t count, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<KeySet::Key> keys(count);
    for (auto& key : keys) key = {random(), random()};
    return keys;
}

std::vector<bool> find(const KeySet& set, const std::vector<KeySet::Key>& keys) {
    const auto found = std::make_unique<bool[]>(keys.size());
    set.find(keys, found.get());
    return std::vector<bool>(found.get(), found.get() + keys.size());
}

TEST(KeySet, KnowsWhatWasPutInAndNothingElse) {
    KeySet set;
    const auto there = random_keys(50'000, 1);
    const auto others = random_keys(50'000, 2);
    EXPECT_EQ(std::ranges::count(find(set, others), true), 0);
    for (size_t i = 0; i < there.size(); i += 100) {
        set.insert(std::span(there).subspan(i, 100));
        EXPECT_EQ(set.size(), i + 100);
    }
    EXPECT_EQ(std::ranges::count(find(set, there), true), 50'000);
    EXPECT_EQ(std::ranges::count(find(set, others), true), 0);
    set.insert(there);
    EXPECT_EQ(set.size(), 50'000U) << "again is not twice";
    set.clear();
    EXPECT_EQ(set.size(), 0U);
    EXPECT_EQ(std::ranges::count(find(set, there), true), 0);
}

// All in one shard, at its end: what finds its bucket full goes on at the front.
TEST(KeySet, CrowdedPlaces) {
    KeySet set;
    std::vector<KeySet::Key> keys;
    for (uint64_t i = 0; i < 2000; ++i) keys.push_back({~0ULL - i % 7, i});
    set.insert(keys);
    EXPECT_EQ(std::ranges::count(find(set, keys), true), 2000);
    EXPECT_FALSE(find(set, {{~0ULL, 2001}})[0]);
    EXPECT_FALSE(find(set, {{~0ULL - 8, 1}})[0]);
}

TEST(KeySet, NinetySixBitsDecide) {
    KeySet set;
    set.insert(std::vector<KeySet::Key>{{5, 7}});
    EXPECT_TRUE(find(set, {{5, 7}})[0]);
    EXPECT_FALSE(find(set, {{5, 8}})[0]);
    EXPECT_FALSE(find(set, {{6, 7}})[0]);
    EXPECT_FALSE(find(set, {{5, 7 | 1ULL << 31}})[0]);
}

TEST(KeySet, MemoryStaysNearTheKeys) {
    KeySet set;
    for (uint64_t seed = 0; seed < 30; ++seed) {
        set.insert(random_keys(20'000, seed + 10));
        const double each = static_cast<double>(set.memory_bytes()) / static_cast<double>(set.size());
        EXPECT_LT(each, seed == 0 ? 23 : 19.5) << set.size();
    }
}

}  // namespace
}  // namespace pinflow::sink
