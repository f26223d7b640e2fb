#include "broker/consumer_records.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "broker/offsets_records.h"

namespace pinflow::broker {
namespace {

std::string hex(const std::string& bytes) {
    return hex_encode(as_bytes(bytes));
}

const Uuid topic = *Uuid::parse("00010203-0405-0607-0809-0a0b0c0d0e0f");

ConsumerMember member() {
    return {.instance_id = "i",
            .client_id = "c",
            .client_host = "/h",
            .topics = {"pins"},
            .pattern = "p.*",
            .assignor = "range",
            .rebalance_timeout_ms = 60'000,
            .epoch = 3,
            .previous_epoch = 2,
            .state = MemberState::unrevoked,
            .assigned = {{topic, 0}, {topic, 2}},
            .revoking = {{topic, 1}}};
}

TEST(ConsumerRecords, KeysAreKafkas) {
    EXPECT_EQ(hex(encode_key(ConsumerKey{"g", ConsumerRecordKind::group, ""})), "0003000167");
    EXPECT_EQ(hex(encode_key(ConsumerKey{"g", ConsumerRecordKind::target_epoch, ""})), "0006000167");
    for (const auto kind : {ConsumerRecordKind::member, ConsumerRecordKind::target, ConsumerRecordKind::current}) {
        const ConsumerKey key{"g", kind, "m-1"};
        const std::string bytes = encode_key(key);
        EXPECT_EQ(hex(bytes), "000" + std::to_string(static_cast<int>(kind)) + "00016700036d2d31");
        EXPECT_EQ(std::get<ConsumerKey>(*decode_key(as_bytes(bytes))), key);
        for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_key(as_bytes(bytes).first(size)));
    }
}

TEST(ConsumerRecords, ValuesAreKafkas) {
    EXPECT_EQ(hex(encode_consumer_group({7, 0})),
              "0000"
              "00000007"
              "00");
    EXPECT_EQ(hex(encode_consumer_group({7, 258})),
              "0000"
              "00000007"
              "010008"
              "0000000000000102");
    EXPECT_EQ(hex(encode_target_epoch(7)),
              "0000"
              "00000007"
              "00");
    EXPECT_EQ(hex(encode_target({{topic, 1}, {topic, 2}})),
              "0000"
              "02"
              "000102030405060708090a0b0c0d0e0f"
              "030000000100000002"
              "00"
              "00");
    EXPECT_EQ(hex(encode_consumer_member(member())),
              "0000"
              "0269"
              "00"
              "0263"
              "032f68"
              "020570696e73"
              "04702e2a"
              "0000ea60"
              "0672616e6765"
              "00");
    EXPECT_EQ(hex(encode_current(member())),
              "0000"
              "00000003"
              "00000002"
              "01"
              "02000102030405060708090a0b0c0d0e0f03000000000000000200"
              "02000102030405060708090a0b0c0d0e0f020000000100"
              "00");
}

TEST(ConsumerRecords, ValuesComeBack) {
    EXPECT_EQ(*decode_consumer_group(as_bytes(encode_consumer_group({7, -5}))), (ConsumerGroupRecord{7, -5}));
    EXPECT_EQ(*decode_target_epoch(as_bytes(encode_target_epoch(7))), 7);
    EXPECT_EQ(*decode_target(as_bytes(encode_target(member().assigned))), member().assigned);
    const auto current = *decode_current(as_bytes(encode_current(member())));
    EXPECT_EQ(current, (CurrentRecord{3, 2, MemberState::unrevoked, member().assigned, member().revoking}));
    const auto said = *decode_consumer_member(as_bytes(encode_consumer_member(member())));
    EXPECT_EQ(said.instance_id, "i");
    EXPECT_EQ(said.rack_id, std::nullopt);
    EXPECT_EQ(said.topics, member().topics);
    EXPECT_EQ(said.pattern, "p.*");
    EXPECT_EQ(said.assignor, "range");
    EXPECT_EQ(said.rebalance_timeout_ms, 60'000);
}

TEST(ConsumerRecords, EveryTruncationIsAnError) {
    const auto each = [](const std::string& whole, auto decode) {
        for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decode(as_bytes(whole).first(size))) << size;
    };
    each(encode_consumer_group({7, -5}), decode_consumer_group);
    each(encode_consumer_member(member()), decode_consumer_member);
    each(encode_target_epoch(7), decode_target_epoch);
    each(encode_target(member().assigned), decode_target);
    each(encode_current(member()), decode_current);
    EXPECT_FALSE(decode_target(as_bytes(std::string("\0\1", 2)))) << "version 1";
    EXPECT_FALSE(decode_target(as_bytes(std::string("\0\0\xff\xff\xff\xff\xf", 7)))) << "a count that lies";
}

// What a newer version added comes in tagged fields, which are passed over.
TEST(ConsumerRecords, TagsArePassedOver) {
    std::string bytes = encode_target_epoch(7);
    bytes.pop_back();
    bytes += std::string("\1\0\2xx", 5);
    EXPECT_EQ(*decode_target_epoch(as_bytes(bytes)), 7);
}

}  // namespace
}  // namespace pinflow::broker
