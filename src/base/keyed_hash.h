// SipHash-2-4 with 128 bits, over OpenSSL, under a key that nobody knows: who cannot see hashes can make no two texts
// with the same one, nor can hashes be foreseen. For hashes that are kept no longer than the object. One thread at a
// time.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace pinflow {

class KeyedHash {
  public:
    using Key = std::array<unsigned char, 16>;
    struct Value {
        uint64_t high = 0;
        uint64_t low = 0;
        auto operator<=>(const Value&) const = default;
    };

    KeyedHash();  // with a random key
    explicit KeyedHash(const Key& key);
    ~KeyedHash();
    KeyedHash(const KeyedHash&) = delete;
    KeyedHash& operator=(const KeyedHash&) = delete;

    Value operator()(Bytes text);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
    Key key_;
};

}  // namespace pinflow
