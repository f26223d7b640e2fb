#include "broker/assignors.h"

#include <gtest/gtest.h>

#include <random>

namespace pinflow::broker {
namespace {

const Uuid pins = Uuid::random();
const Uuid geo = Uuid::random();

std::vector<int32_t> numbers(const Partitions& partitions, const Uuid& topic) {
    std::vector<int32_t> found;
    for (const auto& each : partitions)
        if (each.topic == topic) found.push_back(each.partition);
    return found;
}

TEST(Assignors, RangeGivesTheSameNumbersOfEveryTopic) {
    const PartitionCounts counts = {{pins, 5}, {geo, 5}};
    const auto result = assign_range({{"x", {}, {pins, geo}, {}}, {"a", "2", {pins, geo}, {}}}, counts);
    for (const Uuid& topic : {pins, geo}) {
        EXPECT_EQ(numbers(result.at("a"), topic), (std::vector<int32_t>{0, 1, 2})) << "static members first";
        EXPECT_EQ(numbers(result.at("x"), topic), (std::vector<int32_t>{3, 4}));
    }
    EXPECT_EQ(assign_range({{"x", {}, {geo}, {}}}, counts).at("x").size(), 5u);
}

TEST(Assignors, UniformKeepsWhatItCan) {
    const PartitionCounts counts = {{pins, 7}};
    auto first = assign_uniform({{"a", {}, {pins}, {}}, {"b", {}, {pins}, {}}}, counts);
    EXPECT_EQ(first.at("a").size() + first.at("b").size(), 7u);
    const auto second = assign_uniform(
        {{"a", {}, {pins}, first.at("a")}, {"b", {}, {pins}, first.at("b")}, {"c", {}, {pins}, {}}}, counts);
    for (const char* each : {"a", "b"})
        for (const auto& partition : second.find(each)->second)
            EXPECT_TRUE(first.find(each)->second.contains(partition)) << "nothing moves between those that stay";
    EXPECT_GE(second.at("c").size(), 2u);
}

TEST(Assignors, UniformEvensOutDifferentSubscriptions) {
    const PartitionCounts counts = {{pins, 6}, {geo, 2}};
    const auto result = assign_uniform({{"a", {}, {pins, geo}, {}}, {"b", {}, {pins}, {}}, {"c", {}, {}, {}}}, counts);
    EXPECT_EQ(result.at("a").size(), 4u);
    EXPECT_EQ(result.at("b").size(), 4u);
    EXPECT_TRUE(result.at("c").empty());
    EXPECT_TRUE(assign_uniform({}, {}).empty());
}

// Everything is given, once, to somebody who wants it, and evenly.
TEST(Assignors, AnySubscriptions) {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        PartitionCounts counts;
        for (size_t i = 0; i < 1 + random() % 4; ++i) counts[Uuid::random()] = static_cast<int32_t>(random() % 9);
        std::vector<AssignedMember> members;
        const bool alike = random() % 2 == 0;
        for (size_t i = 0; i < 1 + random() % 6; ++i) {
            AssignedMember& member = members.emplace_back(AssignedMember{std::to_string(i), {}, {}, {}});
            for (const auto& [topic, count] : counts) {
                if (alike || random() % 2 == 0) member.topics.insert(topic);
                for (int32_t k = 0; k < 9; ++k)
                    if (random() % 4 == 0) member.before.insert({topic, k});  // some are two members', or gone
            }
        }
        for (const std::string_view assignor : {uniform_assignor, range_assignor}) {
            const auto result = assign(assignor, members, counts);
            Partitions given;
            size_t least = SIZE_MAX;
            size_t most = 0;
            for (const AssignedMember& member : members) {
                const Partitions& share = result.find(member.id)->second;
                least = std::min(least, share.size());
                most = std::max(most, share.size());
                for (const auto& each : share) {
                    EXPECT_TRUE(given.insert(each).second) << "given twice";
                    EXPECT_TRUE(member.topics.contains(each.topic));
                    EXPECT_LT(each.partition, counts.at(each.topic));
                }
            }
            size_t wanted = 0;
            for (const auto& [topic, count] : counts)
                for (const AssignedMember& member : members)
                    if (member.topics.contains(topic)) {
                        wanted += static_cast<size_t>(count);
                        break;
                    }
            EXPECT_EQ(given.size(), wanted);
            if (alike && assignor == uniform_assignor) EXPECT_LE(most - least, 1u);
        }
    }
}

}  // namespace
}  // namespace pinflow::broker
