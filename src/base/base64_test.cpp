#include "base/base64.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <random>

namespace pinflow {
namespace {

std::string of_openssl(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<size_t>(size));
    return out;
}

TEST(Base64, IsAsOpenSslWritesItAndComesBack) {
    std::mt19937 random(1);
    for (size_t size = 0; size < 200; ++size) {
        std::string bytes;
        for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(random());
        const std::string text = base64_encode(std::string_view(bytes));
        EXPECT_EQ(text, of_openssl(bytes));
        EXPECT_EQ(base64_decode(text), bytes);
        std::string there = text;
        EXPECT_EQ(base64_decode_over(there), bytes);
    }
}

TEST(Base64, IsAppendedBehindWhatIsThere) {
    std::string out = "data:";
    for (const char* text : {"", "f", "foobar"}) append_base64(out, as_bytes(text));
    EXPECT_EQ(out, "data:Zg==Zm9vYmFy");
}

TEST(Base64, RefusesWhatNoEncoderWrites) {
    for (const char* text : {"Zg", "Zg=", "Zh==", "Z===", "====", "Zm9=", "Zm9v!mFy", "Zg==Zg==", "Zm9vYm=y", "Zm9v\n"})
        EXPECT_FALSE(base64_decode(text)) << text;
}

TEST(Base64, RefusesEveryOtherByteAtEveryPlace) {
    const std::string right = base64_encode("two blocks of thirty-two letters, and some that are left over: foobar");
    ASSERT_GT(right.size(), 64u + 20u);
    const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t place = 0; place < right.size(); ++place)
        for (int byte = 0; byte < 256; ++byte) {
            std::string text = right;
            text[place] = static_cast<char>(byte);
            EXPECT_EQ(base64_decode(text).has_value(), letters.contains(text[place])) << place << " " << byte;
        }
}

TEST(Base64, LeavesInPlaceWhatIsNone) {
    for (const size_t size : {12, 100}) {
        std::string text(size - 1, 'Z');
        text += '!';
        const std::string before = text;
        EXPECT_FALSE(base64_decode_over(text));
        EXPECT_EQ(text, before);
    }
}

}  // namespace
}  // namespace pinflow
