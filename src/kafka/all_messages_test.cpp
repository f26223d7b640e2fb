// What must hold for every message in every version.
#include <gtest/gtest.h>

#include "kafka/api.h"
#include "kafka/recode.h"

namespace pinflow::kafka {
namespace {

// check(kind, key, version, name of all that)
template <class Check>
void for_all(Check check) {
    for (const Api& api : apis) {
        for (int16_t version = api.min; version <= api.known; ++version) {
            for (const Kind kind : {Kind::request, Kind::response}) {
                check(kind, api.key, version,
                      fmt::format("{} {} {}", api.name, kind == Kind::request ? "request" : "response", version));
            }
        }
    }
}

TEST(AllMessages, come_back_as_they_were) {
    for_all([](Kind kind, int16_t key, int16_t version, const std::string& name) {
        for (const bool nulls : {false, true}) {
            const Blob bytes = filled(kind, key, version, nulls);
            const Recoded back = recode(kind, key, version, bytes);
            ASSERT_EQ(back.status, Status::fine) << name;
            ASSERT_EQ(back.bytes, bytes) << name;
        }
    });
}

TEST(AllMessages, cut_at_any_byte_is_an_error) {
    for_all([](Kind kind, int16_t key, int16_t version, const std::string& name) {
        const Blob bytes = filled(kind, key, version, false);
        for (size_t size = 0; size < bytes.size(); ++size) {
            const Blob cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));  // its end is the memory's
            ASSERT_EQ(recode(kind, key, version, cut).status, Status::cannot_be_decoded) << name << " cut at " << size;
        }
    });
}

TEST(AllMessages, any_wrong_byte_makes_an_error_or_another_message) {
    for_all([](Kind kind, int16_t key, int16_t version, const std::string& name) {
        Blob bytes = filled(kind, key, version, false);
        for (std::byte& byte : bytes) {
            const std::byte right = byte;
            for (const uint8_t wrong : {0x00, 0x7F, 0x80, 0xFF}) {
                byte = std::byte{wrong};
                const Recoded other = recode(kind, key, version, bytes);
                if (other.status == Status::cannot_be_decoded) continue;
                ASSERT_EQ(recode(kind, key, version, other.bytes).bytes, other.bytes)
                    << name << " with " << int{wrong} << " at " << &byte - bytes.data();
            }
            byte = right;
        }
    });
}

TEST(AllMessages, more_than_a_message_is_told) {
    for_all([](Kind kind, int16_t key, int16_t version, const std::string& name) {
        Blob bytes = filled(kind, key, version, false);
        bytes.push_back(std::byte{0});
        ASSERT_EQ(recode(kind, key, version, bytes).status, Status::bytes_left_over) << name;
    });
}

TEST(AllMessages, an_unknown_key_is_none) {
    for (const int16_t key : {int16_t{-1}, int16_t{4}, int16_t{200}}) {
        EXPECT_EQ(recode(Kind::request, key, 0, {}).status, Status::cannot_be_decoded);
    }
}

}  // namespace
}  // namespace pinflow::kafka
