// Fingerprints of keys, in 15 to 18 bytes each: what a table needs to know which keys it has. One thread at a time.
//
// Of 128 bits 96 are kept. Buckets are cache lines of five, in 256 shards that grow by a fifth, one at a time, so that
// growing needs little memory of its own. A key's place follows its bits upwards: sorted keys are looked up, and shards
// rewritten, from front to end.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/keyed_hash.h"

namespace pinflow::sink {

class KeySet {
  public:
    using Key = KeyedHash::Value;

    // Sets found[i] if keys[i] is there. Sorted keys are faster.
    void find(std::span<const Key> keys, bool* found) const;
    void insert(std::span<const Key> keys);  // those that are there already stay as they are
    void clear();

    size_t size() const { return size_; }
    size_t memory_bytes() const;

  private:
    static constexpr size_t slots = 5;
    struct alignas(64) Bucket {
        std::array<uint64_t, slots> high{};
        std::array<uint32_t, slots> low{};
        uint32_t used = 0;
    };
    struct Shard {
        std::unique_ptr<Bucket[]> buckets;
        size_t bucket_count = 0;
        size_t size = 0;
    };
    static size_t home(const Shard& shard, uint64_t high);
    static bool contains(const Shard& shard, uint64_t high, uint32_t low);
    static void put(Shard& shard, uint64_t high, uint32_t low);
    static void grow(Shard& shard);
    const Shard& shard_of(const Key& key) const { return shards_[key.high >> 56]; }
    void prefetch(const Key& key) const;

    std::array<Shard, 256> shards_;
    size_t size_ = 0;
};

}  // namespace pinflow::sink
