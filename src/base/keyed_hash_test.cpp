#include "base/keyed_hash.h"

#include <gtest/gtest.h>

#include <numeric>

namespace pinflow {
namespace {

// The reference implementation's vectors for 128 bits: key 00 01 … 0f, text 00 01 ….
TEST(KeyedHash, IsSipHash) {
    KeyedHash::Key key{};
    std::iota(key.begin(), key.end(), static_cast<unsigned char>(0));
    KeyedHash hash(key);
    EXPECT_EQ(hash({}), (KeyedHash::Value{0xe6a825ba047f81a3, 0x930255c71472f66d}));
    const std::string one(1, '\0');
    EXPECT_EQ(hash(as_bytes(one)), (KeyedHash::Value{0x44af996bd8c187da, 0x45fc229b11597634}));
    EXPECT_EQ(hash({}), (KeyedHash::Value{0xe6a825ba047f81a3, 0x930255c71472f66d})) << "each begins anew";
}

TEST(KeyedHash, EachHasAKeyOfItsOwn) {
    KeyedHash one;
    KeyedHash other;
    EXPECT_EQ(one(as_bytes("a")), one(as_bytes("a")));
    EXPECT_NE(one(as_bytes("a")), one(as_bytes("b")));
    EXPECT_NE(one(as_bytes("a")), other(as_bytes("a")));
}

}  // namespace
}  // namespace pinflow
