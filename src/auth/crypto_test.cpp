#include "auth/crypto.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace pinflow::auth {
namespace {

std::string hex(const std::string& bytes) {
    return hex_encode(as_bytes(bytes));
}

// RFC 4231, test case 2.
TEST(Crypto, HmacIsThatOfTheRfc) {
    EXPECT_EQ(hex(hmac(Hash::sha256, "Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(hmac(Hash::sha512, "Jefe", "what do ya want for nothing?")),
              "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
              "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    EXPECT_EQ(hmac(Hash::sha256, "", "x").size(), 32U);
}

TEST(Crypto, DigestAndDerivedKeyAreTheKnownOnes) {
    EXPECT_EQ(hex(digest(Hash::sha256, "")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(pbkdf2(Hash::sha256, "password", "salt", 4096)),
              "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a");
}

TEST(Crypto, SecretsAreComparedWhole) {
    EXPECT_TRUE(is_same_secret("", ""));
    EXPECT_TRUE(is_same_secret("abc", "abc"));
    EXPECT_FALSE(is_same_secret("abc", "abd"));
    EXPECT_FALSE(is_same_secret("abc", "ab"));
}

TEST(Crypto, RandomIsRandom) {
    EXPECT_NE(random_bytes(16), random_bytes(16));
    EXPECT_EQ(letters_of(random_bytes(40), 40).find_first_not_of("abcdefghijklmnopqrstuvwxyz012345"),
              std::string::npos);
}

}  // namespace
}  // namespace pinflow::auth
