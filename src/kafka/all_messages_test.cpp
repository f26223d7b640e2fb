// What must hold for every message in every version.
#include "kafka/all_messages.h"

#include <gtest/gtest.h>

#include "kafka/filler.h"
#include "kafka/frame.h"

namespace pinflow::kafka {
namespace {

Blob joined(const Output& output) {
    Blob all;
    for (const Bytes piece : output.pieces()) all.insert(all.end(), piece.begin(), piece.end());
    return all;
}

template <class Message>
Blob encoded(const Message& message, int16_t version) {
    Output output;
    EXPECT_TRUE(encode(output, message, version));
    EXPECT_EQ(output.size_bytes(), joined(output).size());
    return joined(output);
}

template <class Message>
Blob filled(int16_t version, bool nulls) {
    Message message;
    Filler(version, Message::api.is_flexible(version), nulls).value(message);
    return encoded(message, version);
}

// check.operator()<Message>(version) for all of them
template <class Check>
void for_all(Check check) {
    for (const Api& api : apis) {
        visit_pair(api.key, [&]<class P>(P) {
            for (int16_t version = api.min; version <= api.known; ++version) {
                check.template operator()<typename P::Request>(version);
                check.template operator()<typename P::Response>(version);
            }
        });
    }
}

TEST(AllMessages, comes_back_as_it_was) {
    for_all([]<class Message>(int16_t version) {
        for (const bool nulls : {false, true}) {
            const Blob bytes = filled<Message>(version, nulls);
            const auto message = decode<Message>(bytes, version);
            ASSERT_TRUE(message) << Message::api.name << " " << version << ": " << message.error().message;
            ASSERT_EQ(encoded(*message, version), bytes) << Message::api.name << " " << version;
        }
    });
}

TEST(AllMessages, cut_at_any_byte_is_an_error) {
    for_all([]<class Message>(int16_t version) {
        const Blob bytes = filled<Message>(version, false);
        for (size_t size = 0; size < bytes.size(); ++size) {
            const Blob cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));  // its end is the memory's
            ASSERT_FALSE(decode<Message>(cut, version)) << Message::api.name << " " << version << " cut at " << size;
        }
    });
}

TEST(AllMessages, any_wrong_byte_is_an_error_or_another_message) {
    for_all([]<class Message>(int16_t version) {
        const Blob bytes = filled<Message>(version, false);
        for (size_t at = 0; at < bytes.size(); ++at) {
            for (const uint8_t wrong : {0x00, 0x7F, 0x80, 0xFF}) {
                Blob changed = bytes;
                changed[at] = std::byte{wrong};
                const auto message = decode<Message>(changed, version);
                if (!message) continue;
                const Blob again = encoded(*message, version);
                ASSERT_EQ(encoded(*decode<Message>(again, version), version), again) << Message::api.name << at;
            }
        }
    });
}

TEST(AllMessages, visits_no_pair_of_an_unknown_key) {
    EXPECT_FALSE(visit_pair(4, [](auto) { FAIL(); }));
    EXPECT_FALSE(visit_pair(-1, [](auto) { FAIL(); }));
    EXPECT_FALSE(visit_pair(200, [](auto) { FAIL(); }));
}

}  // namespace
}  // namespace pinflow::kafka
