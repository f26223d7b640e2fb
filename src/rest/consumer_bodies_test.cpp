#include "rest/consumer_bodies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::rest {
namespace {

using testing::HasSubstr;

template <class T>
std::string refusal(const Parsed<T>& parsed) {
    if (parsed) return "taken";
    return fmt::format("{} {} {}", parsed.error().status, parsed.error().code, parsed.error().message);
}
std::string refused(std::string_view body) {
    return refusal(parse_new_consumer(body));
}

TEST(ConsumerBodies, NewConsumers) {
    for (const char* nothing : {"", "  ", "null", "{}"}) {
        const auto plain = parse_new_consumer(nothing);
        ASSERT_TRUE(plain) << nothing;
        EXPECT_EQ(plain->name, std::nullopt);
        EXPECT_EQ(plain->format, Format::binary);
        EXPECT_EQ(plain->reset, OffsetReset::latest);
        EXPECT_TRUE(plain->auto_commit);
        EXPECT_EQ(plain->min_bytes, std::nullopt);
    }
    const auto full = parse_new_consumer(
        R"({"name":"b","id":"a","format":"JSON","auto.offset.reset":"earliest","auto.commit.enable":false,
            "fetch.min.bytes":"-1","consumer.request.timeout.ms":"5000"})");
    ASSERT_TRUE(full);
    EXPECT_EQ(full->name, "a");
    EXPECT_EQ(full->format, Format::json);
    EXPECT_EQ(full->reset, OffsetReset::earliest);
    EXPECT_FALSE(full->auto_commit);
    EXPECT_EQ(full->min_bytes, -1);
    EXPECT_EQ(full->wait_ms, 5000);
    const auto older = parse_new_consumer(R"({"name":7,"responseMinBytes":1,"requestWaitMs":"","format":null})");
    ASSERT_TRUE(older);
    EXPECT_EQ(older->name, "7");
    EXPECT_EQ(older->min_bytes, 1);
    EXPECT_EQ(older->wait_ms, std::nullopt);
}

TEST(ConsumerBodies, NewConsumersThatAreRefused) {
    EXPECT_EQ(refused(R"({"nme":"x"})"), "422 422 Unrecognized field: nme");
    EXPECT_EQ(refused(R"({"format":"xml"})"), "422 422 Invalid format type.");
    for (const char* format : {"avro", "jsonschema", "Protobuf"})
        EXPECT_THAT(refused(fmt::format(R"({{"format":"{}"}})", format)),
                    testing::AllOf(testing::StartsWith("422 42204 "), HasSubstr("schema registry")));
    EXPECT_THAT(refused(R"({"auto.offset.reset":"smallest"})"),
                HasSubstr("422 42204 Invalid consumer configuration: Invalid value smallest for configuration "
                          "auto.offset.reset"));
    EXPECT_THAT(refused(R"({"auto.commit.enable":"maybe"})"), HasSubstr("422 42204 "));
    EXPECT_THAT(refused(R"({"fetch.min.bytes":10000001})"), HasSubstr("422 40001 "));
    EXPECT_THAT(refused(R"({"fetch.min.bytes":"x"})"), HasSubstr("400 400 fetch.min.bytes must be a whole number"));
    EXPECT_THAT(refused(R"({"name":""})"), HasSubstr("422 422 name must have"));
    EXPECT_THAT(refused(R"({"name":["a"]})"), HasSubstr("400 400 name must be a string"));
    for (const char* broken : {"{", "[]", "17", "{\"name\":\"a\"} x", "\xff"})
        EXPECT_THAT(refused(broken), HasSubstr("400 400 The request body is not")) << broken;
    EXPECT_LT(refused("{\"" + std::string(100'000, 'x') + "\":1}").size(), 300U);
}

TEST(ConsumerBodies, Subscriptions) {
    EXPECT_THAT(parse_subscription(R"({"topics":["b","a"],"topic_pattern":"x"})")->topics,
                testing::ElementsAre("b", "a"));
    EXPECT_EQ(parse_subscription(R"({"topics":["b"],"topic_pattern":"x"})")->pattern, std::nullopt);
    EXPECT_EQ(parse_subscription(R"({"topics":null,"topic_pattern":"x.*"})")->pattern, "x.*");
    EXPECT_EQ(refusal(parse_subscription("")), "422 422 Request body is empty. Data is required.");
    EXPECT_THAT(refusal(parse_subscription(R"({"topics":[""]})")), HasSubstr("422 422 Topic collection"));
    EXPECT_THAT(refusal(parse_subscription(R"({"topics":["a b"]})")), HasSubstr("422 422 "));
    EXPECT_THAT(refusal(parse_subscription(R"({"topics":"a"})")), HasSubstr("400 400 "));
    std::string many = R"({"topics":["a")";
    for (int i = 0; i < 1000; ++i) many += R"(,"a")";
    EXPECT_EQ(refusal(parse_subscription(many + "]}")), "422 422 topics may have at most 1000 elements");
}

TEST(ConsumerBodies, PartitionsAndOffsets) {
    const auto partitions =
        parse_partitions(R"({"partitions":[{"topic":"t","partition":"3"},{"partition":0,"topic":"u"}]})");
    ASSERT_TRUE(partitions);
    EXPECT_THAT(*partitions, testing::ElementsAre(broker::TopicPartition{"t", 3}, broker::TopicPartition{"u", 0}));
    const auto of = [](const char* element) {
        return refusal(parse_partitions(fmt::format(R"({{"partitions":[{}]}})", element)));
    };
    EXPECT_EQ(of(R"({"partition":1})"), "422 422 partitions[0].topic may not be empty");
    EXPECT_EQ(of(R"({"topic":"t"})"), "422 422 partitions[0].partition may not be null");
    EXPECT_EQ(of(R"({"topic":"t","partition":-1})"),
              "422 422 partitions[0].partition must be greater than or equal to 0");
    EXPECT_THAT(of(R"({"topic":"t","partition":2147483648})"), HasSubstr("400 400 "));
    EXPECT_EQ(of(R"({"topic":"t","partition":1,"offset":1})"), "422 422 Unrecognized field: offset");
    const auto offsets = parse_offsets(R"({"offsets":[{"topic":"t","partition":0,"offset":20,"metadata":"m"}]})");
    ASSERT_TRUE(offsets && *offsets);
    EXPECT_EQ((*offsets)->at(0).offset, 20);
    EXPECT_EQ((*offsets)->at(0).metadata, "m");
    for (const char* all : {"", "null", "{}"}) {
        ASSERT_TRUE(parse_offsets(all)) << all;
        EXPECT_FALSE(*parse_offsets(all)) << all;
    }
    EXPECT_TRUE(*parse_offsets(R"({"offsets":[]})")) << "none is not all";
    EXPECT_THAT(refusal(parse_offsets(R"({"offsets":[{"topic":"t","partition":0,"offset":-1}]})")),
                HasSubstr("422 422 offsets[0].offset must be greater"));
    EXPECT_THAT(refusal(parse_offsets(R"({"offsets":[{"topic":"t","partition":0}]})")),
                HasSubstr("422 422 offsets[0].offset may not be null"));
}

TEST(ConsumerBodies, Places) {
    const auto places = parse_places(
        R"({"offsets":[{"topic":"t","partition":0,"offset":5}],
            "timestamps":[{"topic":"t","partition":1,"timestamp":"2020-08-28T03:52:47.5Z","metadata":null}]})");
    ASSERT_TRUE(places);
    EXPECT_EQ(places->offsets.at(0).offset, 5);
    EXPECT_EQ(places->times.at(0).time_ms, 1'598'586'767'500);
    EXPECT_THAT(refusal(parse_places(R"({"timestamps":[{"topic":"t","partition":1,"timestamp":"now"}]})")),
                HasSubstr("400 400 timestamps[0].timestamp must be a time"));
}

TEST(ConsumerBodies, Instants) {
    EXPECT_EQ(parse_instant("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_instant("2020-08-28T05:52:47+02:00"), 1'598'586'767'000);
    EXPECT_EQ(parse_instant("2020-02-29T12:00Z"), 1'582'977'600'000);
    EXPECT_EQ(parse_instant("2020-08-28T03:52:47.123456789Z"), 1'598'586'767'123);
    EXPECT_EQ(parse_instant("1598586767"), 1'598'586'767'000);
    EXPECT_EQ(parse_instant("1598586767.25"), 1'598'586'767'250);
    EXPECT_EQ(parse_instant("1598586767250"), 1'598'586'767'250);
    for (const char* none : {"", "2020", "-1", "2020-02-30T00:00:00Z", "2020-08-28", "2020-08-28T03:52:47",
                             "2020-08-28T24:00:00Z", "2020-08-28T03:52:47.Z", "2020-08-28T03:52:47Zx", "nan", "1e300"})
        EXPECT_EQ(parse_instant(none), none == std::string("2020") ? std::optional<int64_t>(2'020'000) : std::nullopt)
            << none;
}

}  // namespace
}  // namespace pinflow::rest
