#include <gtest/gtest.h>

#include "kafka/frame.h"
#include "kafka/messages_commit.h"
#include "kafka/messages_data.h"
#include "kafka/messages_group.h"
#include "kafka/messages_meta.h"

namespace pinflow::kafka {
namespace {

Blob blob(std::initializer_list<int> bytes) {
    Blob made;
    for (const int byte : bytes) made.push_back(static_cast<std::byte>(byte));
    return made;
}

Blob joined(const Output& output) {
    Blob all;
    for (const Bytes piece : output.pieces()) all.insert(all.end(), piece.begin(), piece.end());
    return all;
}

Blob sum(Blob first, const Blob& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

template <class Message>
Blob encoded(const Message& message, int16_t version) {
    Output output;
    EXPECT_TRUE(encode(output, message, version));
    return joined(output);
}

TEST(Codec, a_heartbeat_byte_by_byte) {
    const HeartbeatRequest request{.group_id = "g", .generation_id = 7, .member_id = "me", .group_instance_id = "i"};
    EXPECT_EQ(encoded(request, 0), blob({0, 1, 'g', 0, 0, 0, 7, 0, 2, 'm', 'e'}));
    EXPECT_EQ(encoded(request, 3), blob({0, 1, 'g', 0, 0, 0, 7, 0, 2, 'm', 'e', 0, 1, 'i'}));
    EXPECT_EQ(encoded(request, 4), blob({2, 'g', 0, 0, 0, 7, 3, 'm', 'e', 2, 'i', 0}));
}

TEST(Codec, produce_before_version_3_has_no_transactional_id) {
    const Blob bytes = blob({0, 1, 0, 0, 0, 9, 0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 2, 'x', 'y'});
    for (const int16_t version : {0, 1, 2}) {
        const auto request = decode<ProduceRequest>(bytes, version);
        ASSERT_TRUE(request) << request.error().message;
        EXPECT_EQ(request->acks, 1);
        EXPECT_EQ(request->topics.at(0).partitions.at(0).index, 5);
        EXPECT_EQ(as_text(*request->topics[0].partitions[0].records), "xy");
        EXPECT_EQ(encoded(*request, version), bytes);
    }
    const ProduceResponse response{
        .topics = {{.name = "t", .partitions = {{.index = 5, .base_offset = 3, .log_append_time_ms = 4}}}},
        .throttle_time_ms = 6};
    const Blob start = blob({0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3});
    EXPECT_EQ(encoded(response, 0), start);
    EXPECT_EQ(encoded(response, 1), sum(start, blob({0, 0, 0, 6})));
    EXPECT_EQ(encoded(response, 2), sum(start, blob({0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 6})));
}

TEST(Codec, what_a_request_holds_lies_in_its_frame) {
    const ProduceRequest sent{.topics = {{.name = "topic", .partitions = {{.records = as_bytes("batch")}}}}};
    const Blob bytes = encoded(sent, 9);
    const auto request = decode<ProduceRequest>(bytes, 9);
    ASSERT_TRUE(request);
    const auto inside = [&](const void* at) { return at >= bytes.data() && at < bytes.data() + bytes.size(); };
    EXPECT_TRUE(inside(request->topics[0].name.data()));
    EXPECT_TRUE(inside(request->topics[0].partitions[0].records->data()));
}

TEST(Codec, null_where_there_must_be_something_is_an_error) {
    EXPECT_FALSE(decode<HeartbeatRequest>(blob({0xFF, 0xFF, 0, 0, 0, 7, 0, 1, 'm'}), 0));  // group id
    EXPECT_FALSE(decode<HeartbeatRequest>(blob({0, 0, 0, 0, 7, 2, 'm', 0, 0}), 4));        // compact
    EXPECT_TRUE(decode<MetadataRequest>(blob({0xFF, 0xFF, 0xFF, 0xFF}), 1));               // all topics
    EXPECT_FALSE(decode<MetadataRequest>(blob({0xFF, 0xFF, 0xFF, 0xFE}), 1));              // length -2
    EXPECT_FALSE(decode<FindCoordinatorRequest>(blob({0xFF, 0xFE}), 0));
}

TEST(Codec, null_in_a_version_without_it_is_refused_and_never_written) {
    EXPECT_FALSE(decode<MetadataRequest>(blob({0xFF, 0xFF, 0xFF, 0xFF}), 0));
    EXPECT_FALSE(decode<OffsetFetchRequest>(blob({0, 1, 'g', 0xFF, 0xFF, 0xFF, 0xFF}), 1));
    EXPECT_TRUE(decode<OffsetFetchRequest>(blob({0, 1, 'g', 0xFF, 0xFF, 0xFF, 0xFF}), 2));
    const JoinGroupResponse refused{.error_code = ErrorCode::member_id_required, .leader = "l", .member_id = "m"};
    EXPECT_EQ(decode<JoinGroupResponse>(encoded(refused, 6), 6)->protocol_name, "");
    EXPECT_EQ(decode<JoinGroupResponse>(encoded(refused, 7), 7)->protocol_name, std::nullopt);
}

TEST(Codec, a_varint_of_more_than_32_bits_is_an_error) {
    EXPECT_FALSE(decode<FindCoordinatorRequest>(blob({0x80, 0x80, 0x80, 0x80, 0x10, 0, 0}), 3));
    EXPECT_FALSE(decode<FindCoordinatorRequest>(blob({0x81, 0x80, 0x80, 0x80, 0x80, 0x00, 0, 0}), 3));
    EXPECT_TRUE(decode<FindCoordinatorRequest>(blob({0x81, 0x80, 0x80, 0x80, 0x00, 0, 0}), 3));  // 1, if clumsily
}

TEST(Codec, a_text_over_the_limit_is_an_error_both_ways) {
    const std::string longest(max_text_bytes, 'x'), too_long(max_text_bytes + 1, 'x');
    for (const int16_t version : {0, 3}) {
        EXPECT_TRUE(decode<FindCoordinatorRequest>(encoded(FindCoordinatorRequest{.key = longest}, version), version));
        Output output;
        EXPECT_FALSE(encode(output, FindCoordinatorRequest{.key = too_long}, version));
        EXPECT_FALSE(decode<FindCoordinatorRequest>(joined(output), version));
    }
}

TEST(Codec, an_array_longer_than_the_frame_asks_for_no_memory) {
    for (const int first : {0x7F, 0x10, 0x00}) {
        const auto message = decode<MetadataRequest>(blob({first, 0xFF, 0xFF, 0xFF, 0, 1, 't'}), 1);
        ASSERT_FALSE(message);
        EXPECT_EQ(message.error().message,
                  "Metadata version 1 cannot be read: byte 4 of 7 makes no sense or is the end");
    }
}

TEST(Codec, an_array_that_would_take_many_times_its_frame_is_refused) {
    Blob bytes(1 << 20, std::byte{1});
    std::ranges::copy(blob({0x80, 0x80, 0x20}), bytes.begin());  // half a million groups, of two bytes each at the most
    const auto message = decode<OffsetFetchRequest>(bytes, 8);
    ASSERT_FALSE(message);
    EXPECT_NE(message.error().message.find("byte 3 of"), std::string::npos) << message.error().message;
}

TEST(Codec, a_long_array_of_small_elements_is_read) {
    OffsetFetchRequest sent{.group_id = "g", .topics = {{{.name = "t"}}}};
    sent.topics->at(0).partitions.assign(100'000, 1);
    for (const int16_t version : {2, 7}) {
        const auto request = decode<OffsetFetchRequest>(encoded(sent, version), version);
        ASSERT_TRUE(request);
        EXPECT_EQ(request->topics->at(0).partitions.size(), 100'000u);
    }
}

TEST(Codec, tags_that_are_unknown_are_skipped_and_order_does_not_matter) {
    const Blob before = blob({0, 0, 1, 0, 0, 0, 0});  // error, no APIs, throttle time
    const auto read = [&](std::initializer_list<int> tags) {
        return decode<ApiVersionsResponse>(sum(before, blob(tags)), 3);
    };
    auto message = read({3, 3, 1, 1, 100, 2, 9, 9, 1, 8, 0, 0, 0, 0, 0, 0, 0, 5});  // tags 3, 100, 1
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->zk_migration_ready);
    EXPECT_EQ(message->finalized_features_epoch, 5);
    message = read({0});
    ASSERT_TRUE(message);
    EXPECT_EQ(message->finalized_features_epoch, -1);
    EXPECT_TRUE(read({1, 3, 2, 1, 7}));                     // a longer value: the rest is from the future
    EXPECT_FALSE(read({1, 1, 4, 0, 0, 0, 0}));              // a shorter one
    EXPECT_FALSE(read({2, 3, 1, 1}));                       // one more than there are
    EXPECT_FALSE(read({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}));     // four billion
    EXPECT_FALSE(read({1, 3, 0xFF, 0xFF, 0xFF, 0xFF, 1}));  // larger than the frame
}

TEST(Codec, a_tag_newer_than_the_version_is_neither_written_nor_read) {
    const ProduceResponse response{.topics = {{.name = "t", .partitions = {{.current_leader = {1, 2}}}}},
                                   .node_endpoints = {{.node_id = 1, .host = "h", .port = 2}}};
    const Blob old = encoded(response, 9), recent = encoded(response, 10);
    EXPECT_EQ(decode<ProduceResponse>(recent, 10)->topics[0].partitions[0].current_leader.leader_epoch, 2);
    EXPECT_EQ(decode<ProduceResponse>(recent, 10)->node_endpoints.size(), 1u);
    EXPECT_EQ(decode<ProduceResponse>(recent, 9)->topics[0].partitions[0].current_leader.leader_epoch, -1);
    EXPECT_TRUE(decode<ProduceResponse>(old, 10)->node_endpoints.empty());
}

TEST(Codec, a_tagged_field_of_more_than_127_bytes_has_a_longer_length) {
    const std::string cluster(300, 'c');
    const Blob bytes = encoded(FetchRequest{.cluster_id = cluster}, 12);
    const auto request = decode<FetchRequest>(bytes, 12);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->cluster_id, cluster);
}

TEST(Output, large_records_are_sent_from_where_they_lie) {
    const auto batches = std::make_shared<const std::string>(100'000, 'r');
    FetchResponse response{.topics = {{.name = "t", .partitions = {{.index = 1}, {.index = 2}}}}};
    auto& partitions = response.topics[0].partitions;
    partitions[0].records = Records{{{.bytes = as_bytes(*batches), .owner = batches}, {.bytes = as_bytes("small")}}};
    partitions[0].diverging_epoch = {.epoch = 3, .end_offset = 4};  // a tag after the records
    Output output;
    ASSERT_TRUE(append_response(output, response, 12, 99));
    EXPECT_EQ(batches.use_count(), 3);  // ours, the message's, the output's
    const std::vector<Bytes> pieces = output.pieces();
    ASSERT_EQ(pieces.size(), 3u);
    EXPECT_EQ(pieces[1].data(), as_bytes(*batches).data());
    const Blob all = joined(output);
    EXPECT_EQ(all.size(), output.size_bytes());
    EXPECT_EQ(load_big_endian<int32_t>(all.data()), static_cast<int32_t>(all.size()) - 4);
    const auto back = decode<FetchResponse>(Bytes(all).subspan(9), 12);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->topics[0].partitions[0].records->size_bytes(), 100'005u);
    EXPECT_EQ(back->topics[0].partitions[0].diverging_epoch.end_offset, 4);
    EXPECT_EQ(back->topics[0].partitions[1].index, 2);
    output.clear();
    EXPECT_TRUE(output.empty());
    EXPECT_EQ(batches.use_count(), 2);
}

TEST(Output, holds_several_answers_and_takes_back_one_that_failed) {
    Output output;
    ASSERT_TRUE(append_response(output, HeartbeatResponse{}, 0, 1));
    const Blob one = joined(output);
    ASSERT_TRUE(append_response(output, HeartbeatResponse{}, 0, 1));
    FindCoordinatorResponse wrong{.host = std::string(40'000, 'h')};
    const auto failed = append_response(output, wrong, 1, 2);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "the answer to FindCoordinator has a text over 32767 bytes, or is over 2 GiB");
    EXPECT_EQ(joined(output), sum(one, one));
}

}  // namespace
}  // namespace pinflow::kafka
