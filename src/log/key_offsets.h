// The newest offset of each key, for compaction: a hash table of 24 bytes a slot that holds no keys. Two keys count as
// one if the first 128 bits of their SHA-256 agree: docs/compaction.md says why that does not happen. One thread.
#pragma once
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace pinflow::log {

class KeyOffsets {
  public:
    explicit KeyOffsets(size_t memory_bytes);
    void put(Bytes key, int64_t offset);  // greater than those before
    int64_t newest(Bytes key) const;      // -1: the key is not there
    size_t size() const { return size_; }
    bool full() const { return size_ >= most_; }  // put() still works: a batch that was begun is finished

  private:
    struct Slot {
        std::array<uint64_t, 2> hash{};
        int64_t offset = -1;
    };
    std::array<uint64_t, 2> hash_of(Bytes key) const;
    size_t place_of(const std::array<uint64_t, 2>& hash) const;
    void grow();

    std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> digest_;
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
    std::vector<Slot> slots_;
    size_t size_ = 0;
    size_t most_;
};

}  // namespace pinflow::log
