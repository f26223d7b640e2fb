#include "kinesis/shard_tree.h"

#include <gtest/gtest.h>

namespace pinflow::kinesis {
namespace {

constexpr int64_t created_ms = 1'700'000'000'000, second_ms = 1000;
constexpr HashKey half = HashKey{1} << 127, last_key = ~HashKey{0};

// Every key has exactly one open shard, and what closed is what its children cover.
void expect_sound(const ShardTree& tree) {
    HashKey next = 0;
    size_t open = 0;
    do {
        const Shard& shard = tree.shard_of(next);
        ASSERT_TRUE(shard.open());
        ASSERT_EQ(shard.range.first, next);
        EXPECT_EQ(tree.shard_of(shard.range.last), shard);
        next = shard.range.last + 1;
        ++open;
    } while (next != 0);
    EXPECT_EQ(open, tree.open_count());
    for (const Shard& shard : tree.shards()) {
        EXPECT_LT(shard.range.first, shard.range.last) << "a single key";
        const auto children = tree.children_of(shard.number);
        EXPECT_EQ(children.empty(), shard.open());
        for (const Shard& child : children) {
            EXPECT_EQ(child.created_ms, shard.closed_ms);
            EXPECT_GE(child.created_ms, shard.created_ms + second_ms);
        }
    }
    const auto again = ShardTree::parse(tree.text());
    ASSERT_TRUE(again) << tree.text();
    EXPECT_EQ(again->shards(), tree.shards());
}

TEST(ShardTree, BeginsWithEqualParts) {
    for (const size_t count : {1, 2, 3, 5, 7, 1000}) {
        const ShardTree tree = ShardTree::uniform(count, created_ms);
        EXPECT_EQ(tree.open_count(), count);
        expect_sound(tree);
        for (size_t i = 0; i < count; ++i) EXPECT_EQ(tree[i].range, range_of_shard(i, count));
    }
}

TEST(ShardTree, ASplitMakesTwoOfOneAndAMergeOneOfTwo) {
    ShardTree tree = ShardTree::uniform(1, created_ms);
    tree.split(0, half, created_ms + 5000);
    expect_sound(tree);
    EXPECT_EQ(tree.shard_of(half - 1).number, 1u);
    EXPECT_EQ(tree.shard_of(half).number, 2u);
    EXPECT_EQ(tree[0].closed_ms, created_ms + 5000);
    EXPECT_EQ(tree[1].parent, 0u);
    EXPECT_EQ(tree[2].adjacent_parent, std::nullopt);
    tree.merge(1, 2, created_ms + 9000);
    expect_sound(tree);
    EXPECT_EQ(tree.shard_of(half).number, 3u);
    EXPECT_EQ(tree[3].range, (HashRange{0, last_key}));
    EXPECT_EQ(tree[3].parent, 1u);
    EXPECT_EQ(tree[3].adjacent_parent, 2u);
    EXPECT_EQ(tree.size(), 4u);
    EXPECT_EQ(tree.open_count(), 1u);
}

// Sequence numbers begin with the second of a shard's creation: children's are greater only in a later one.
TEST(ShardTree, AGenerationIsASecondYoungerAlsoIfTheClockStandsStill) {
    ShardTree tree = ShardTree::uniform(2, created_ms);
    tree.split(0, 1000, created_ms - 60'000);
    EXPECT_EQ(tree[2].created_ms, created_ms + second_ms);
    tree.merge(3, 1, created_ms);
    EXPECT_EQ(tree[4].created_ms, created_ms + 2 * second_ms);
    EXPECT_EQ(tree[1].closed_ms, tree[3].closed_ms) << "no time at which the hash space has a hole";
    expect_sound(tree);
}

TEST(ShardTree, SpreadsByDoublingAndHalvingInOneGeneration) {
    ShardTree tree = ShardTree::uniform(4, created_ms);
    tree.spread(8, created_ms + 5000);
    EXPECT_EQ(tree.size(), 12u);
    for (size_t i = 0; i < 8; ++i) EXPECT_EQ(tree.shard_of(range_of_shard(i, 8).first).range, range_of_shard(i, 8));
    expect_sound(tree);
    tree.spread(4, created_ms + 9000);
    EXPECT_EQ(tree.size(), 16u);
    EXPECT_EQ(tree.open_count(), 4u);
    expect_sound(tree);
    tree.spread(4, created_ms + 19'000);
    EXPECT_EQ(tree.size(), 16u) << "it is so already";
}

TEST(ShardTree, SpreadsToAnyNumberOverShortLivedShards) {
    for (size_t from = 1; from <= 9; ++from)
        for (size_t to = (from + 1) / 2; to <= from * 2; ++to) {
            ShardTree tree = ShardTree::uniform(from, created_ms);
            tree.split(0, 77, created_ms + 1000);  // and not only from equal parts
            tree.spread(to, created_ms + 5000);
            ASSERT_EQ(tree.open_count(), to) << from;
            for (size_t i = 0; i < to; ++i) {
                const HashKey even = range_of_shard(i, to).first;
                EXPECT_LE(tree.shard_of(even + 1).range.first, even + 1) << from << to;
                EXPECT_GE(tree.shard_of(even + 1).range.first + 1, even) << from << to;
            }
            expect_sound(tree);
        }
}

TEST(ShardTree, RefusesTextThatIsNoTree) {
    const std::string last = decimal(last_key);
    EXPECT_TRUE(ShardTree::parse("0 " + last + " 5 - - -"));
    for (const std::string& bad : std::vector<std::string>{
             "", "x", "0 " + last + " 5 - -", "0 " + last + " 5 - - - -", "0 7 5 - - -", "1 " + last + " 5 - - -",
             "0 " + last + " 5 6 - -", "0 " + last + " x - - -", "0 " + last + " 5 y - -", "0 " + last + " 5 - 0 -",
             "0 7 5 - - -;9 " + last + " 5 - - -", "0 7 5 - - -;7 " + last + " 5 - - -",
             "7 0 5 6 - -;0 " + last + " 5 - - -", "0 " + last + " 5 6 - -;0 " + last + " 6 - 1 -"})
        EXPECT_FALSE(ShardTree::parse(bad)) << bad;
}

}  // namespace
}  // namespace pinflow::kinesis
