#include "rest/partitioner.h"

#include <gtest/gtest.h>

namespace pinflow::rest {
namespace {

// The cases of Kafka's own UtilsTest.testMurmur2.
TEST(Partitioner, Murmur2IsKafkas) {
    const std::pair<std::string_view, int32_t> rows[] = {
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107}};
    for (const auto& [text, hash] : rows) EXPECT_EQ(static_cast<int32_t>(murmur2(as_bytes(text))), hash) << text;
}

TEST(Partitioner, StaysWithinThePartitions) {
    for (size_t partitions : {1, 2, 7})
        for (int i = 0; i < 100; ++i) {
            const int32_t partition = partition_of_key(as_bytes(std::to_string(i)), partitions);
            EXPECT_GE(partition, 0);
            EXPECT_LT(static_cast<size_t>(partition), partitions);
        }
}

TEST(Partitioner, DefaultRulesLeaveSealedPartitionsOut) {
    broker::Topic topic;
    topic.partitions.resize(4);
    const OpenPartitions all(topic);
    EXPECT_EQ(all.count(), 4u);
    EXPECT_EQ(all.at(2), 2);
    topic.sealed = {0, 2};
    const OpenPartitions open(topic);
    EXPECT_EQ(open.count(), 2u);
    EXPECT_EQ(open.at(0), 1);
    EXPECT_EQ(open.at(1), 3);
    std::set<int32_t> used;
    for (int i = 0; i < 100; ++i) used.insert(open.of_key(as_bytes(std::to_string(i))));
    EXPECT_EQ(used, (std::set<int32_t>{1, 3}));
}

}  // namespace
}  // namespace pinflow::rest
