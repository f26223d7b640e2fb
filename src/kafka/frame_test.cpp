#include "kafka/frame.h"

#include <gtest/gtest.h>

#include "kafka/messages_group.h"
#include "kafka/versions.h"

namespace pinflow::kafka {
namespace {

Blob frame_of(std::initializer_list<int> bytes) {
    Blob made;
    for (const int byte : bytes) made.push_back(static_cast<std::byte>(byte));
    return made;
}

template <class Message>
Blob response(const Message& message, int16_t version) {
    Output output;
    EXPECT_TRUE(append_response(output, message, version, 0x01020304));
    const Bytes all = output.pieces().at(0);
    return {all.begin(), all.end()};
}

TEST(Frame, header_without_and_with_tags) {
    const Blob old = frame_of({0, 12, 0, 3, 0, 0, 0, 9, 0, 2, 'm', 'e', 'b', 'o', 'd', 'y'});
    const auto request = read_request(old);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->key, 12);
    EXPECT_EQ(request->version, 3);
    EXPECT_EQ(request->correlation_id, 9);
    EXPECT_EQ(request->client_id, "me");
    EXPECT_EQ(request->api->name, "Heartbeat");
    EXPECT_EQ(as_text(request->body), "body");

    const Blob flexible = frame_of({0, 12, 0, 4, 0, 0, 0, 9, 0xFF, 0xFF, 1, 77, 2, 1, 1, 'b', 'o', 'd', 'y'});
    const auto with_tags = read_request(flexible);
    ASSERT_TRUE(with_tags);
    EXPECT_FALSE(with_tags->client_id);
    EXPECT_EQ(as_text(with_tags->body), "body");
    for (size_t size = 0; size < flexible.size() - 4; ++size) {
        const Blob cut(flexible.begin(), flexible.begin() + static_cast<ptrdiff_t>(size));
        EXPECT_FALSE(read_request(cut)) << size;
    }
}

TEST(Frame, unknown_keys_and_versions_are_told_apart) {
    EXPECT_EQ(read_request(frame_of({0, 4, 0, 0, 0, 0, 0, 9, 0, 0}))->api, nullptr);
    const Blob newer = frame_of({0, 18, 0, 99, 0, 0, 0, 9, 0, 0, 0});
    ASSERT_TRUE(read_request(newer));
    EXPECT_EQ(read_request(newer)->api->name, "ApiVersions");
    EXPECT_FALSE(read_request(newer)->api->offers(99));
    EXPECT_TRUE(read_request(newer)->body.empty());
}

TEST(Frame, response_headers) {
    const HeartbeatResponse heartbeat{.throttle_time_ms = 5};
    EXPECT_EQ(response(heartbeat, 0), frame_of({0, 0, 0, 6, 1, 2, 3, 4, 0, 0}));
    EXPECT_EQ(response(heartbeat, 4), frame_of({0, 0, 0, 12, 1, 2, 3, 4, 0, 0, 0, 0, 5, 0, 0, 0}));
    // ApiVersions has the oldest header also where its body has tags.
    EXPECT_EQ(response(ApiVersionsResponse{}, 3), frame_of({0, 0, 0, 12, 1, 2, 3, 4, 0, 0, 1, 0, 0, 0, 0, 0}));
}

TEST(Versions, a_newer_question_gets_the_bytes_kafka_gives) {
    EXPECT_EQ(response(ask_with_another_version(), 0),
              frame_of({0, 0, 0, 16, 1, 2, 3, 4, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4}));
}

TEST(Versions, what_is_offered) {
    std::string text;
    for (const auto& [key, min, max] : offered_versions().apis) text += fmt::format("{}:{}-{} ", key, min, max);
    EXPECT_EQ(
        text,
        "0:0-13 1:4-18 2:1-11 3:0-13 8:2-10 9:1-10 10:0-6 11:0-9 12:0-4 13:0-5 14:0-5 15:0-6 16:0-5 17:0-1 18:0-4 "
        "19:2-7 20:1-6 21:0-2 22:0-5 23:2-4 24:0-3 25:0-4 26:0-4 28:0-4 29:1-3 30:1-3 31:1-3 32:1-4 33:0-2 35:1-4 "
        "36:0-2 37:0-3 42:0-2 43:0-2 44:0-1 45:0-0 46:0-0 47:0-0 48:0-1 49:0-1 50:0-0 51:0-0 60:0-2 61:0-0 65:0-0 "
        "66:0-1 68:0-1 69:0-1 75:0-0 ");
}

TEST(Versions, nothing_is_offered_that_is_not_known) {
    for (const Api& api : apis) {
        EXPECT_GE(api.known, api.max) << api.name;
        EXPECT_GE(api.known, api.min) << api.name;
        EXPECT_EQ(find_api(api.key)->name, api.name);
    }
    EXPECT_EQ(find_api(4), nullptr);
}

TEST(Errors, have_kafkas_names_and_a_sentence) {
    EXPECT_EQ(name(ErrorCode::out_of_order_sequence_number), "OUT_OF_ORDER_SEQUENCE_NUMBER");
    EXPECT_EQ(static_cast<int>(ErrorCode::out_of_order_sequence_number), 45);
    EXPECT_EQ(name(ErrorCode::unknown_server_error), "UNKNOWN_SERVER_ERROR");
    EXPECT_EQ(message(ErrorCode::none), "");
    EXPECT_EQ(name(static_cast<ErrorCode>(3000)), "");
    for (int16_t code = -1; code <= 120; ++code) {
        if (code != 0) EXPECT_TRUE(message(static_cast<ErrorCode>(code)).ends_with('.')) << code;
    }
}

}  // namespace
}  // namespace pinflow::kafka
