#include "rest/consumer_protocol.h"

#include <gtest/gtest.h>

#include "broker/group_subscription.h"

namespace pinflow::rest {
namespace {

using namespace std::string_literals;

TEST(ConsumerProtocol, SubscriptionsAreWrittenAsKafkaWritesThem) {
    EXPECT_EQ(encode_subscription({"pins", "geo"}), "\0\0\0\0\0\2\0\3geo\0\4pins\xff\xff\xff\xff"s);
    EXPECT_EQ(encode_subscription({}), "\0\0\0\0\0\0\xff\xff\xff\xff"s);
    TopicNames topics;
    EXPECT_TRUE(broker::add_subscribed_topics(as_bytes(encode_subscription({"pins", "geo"})), topics));
    EXPECT_EQ(topics, (TopicNames{"geo", "pins"}));
}

TEST(ConsumerProtocol, AssignmentsComeBack) {
    const TopicPartitions partitions = {{"a", 0}, {"a", 3}, {"b", 1}};
    const std::string bytes = encode_assignment(partitions);
    EXPECT_EQ(bytes, "\0\0\0\0\0\2\0\1a\0\0\0\2\0\0\0\0\0\0\0\3\0\1b\0\0\0\1\0\0\0\1\xff\xff\xff\xff"s);
    EXPECT_EQ(decode_assignment(as_bytes(bytes)), partitions);
    EXPECT_EQ(decode_assignment(as_bytes(encode_assignment({}))), TopicPartitions());
    EXPECT_EQ(decode_assignment({}), TopicPartitions());
}

TEST(ConsumerProtocol, AssignmentsOfOtherLeaders) {
    // Version 3, with bytes of the leader's own behind the topics.
    EXPECT_EQ(decode_assignment(as_bytes("\0\3\0\0\0\1\0\1a\0\0\0\1\0\0\0\2\0\0\0\3xyz"s)),
              (TopicPartitions{{"a", 2}}));
}

TEST(ConsumerProtocol, LengthsThatLieAreNoAssignment) {
    const std::string good = encode_assignment({{"a", 0}, {"a", 3}});
    for (size_t cut = 1; cut < good.size() - 4; ++cut)
        EXPECT_EQ(decode_assignment(as_bytes(std::string_view(good).substr(0, cut))), std::nullopt) << cut;
    EXPECT_EQ(decode_assignment(as_bytes("\0\0\x7f\xff\xff\xff\0\1a\0\0\0\0"s)), std::nullopt);
    EXPECT_EQ(decode_assignment(as_bytes("\0\0\0\0\0\1\0\1a\x7f\xff\xff\xff\0\0\0\0"s)), std::nullopt);
    EXPECT_EQ(decode_assignment(as_bytes("\xff\xff\0\0\0\0"s)), std::nullopt);
}

}  // namespace
}  // namespace pinflow::rest
