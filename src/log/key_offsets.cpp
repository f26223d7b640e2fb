#include "log/key_offsets.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

namespace pinflow::log {
namespace {

constexpr size_t first_slots = 1024;

}  // namespace

// Three of four slots may be taken; while the table doubles, the old one is there too.
KeyOffsets::KeyOffsets(size_t memory_bytes)
    : digest_(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free),
      context_(EVP_MD_CTX_new(), EVP_MD_CTX_free),
      slots_(first_slots),
      most_(std::max<size_t>(std::bit_floor(memory_bytes / (sizeof(Slot) * 3 / 2)) / 4 * 3, 1)) {}

std::array<uint64_t, 2> KeyOffsets::hash_of(Bytes key) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> whole{};
    // Nothing of this can fail but for memory; then all keys would look the same and be lost.
    if (EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), key.data(), key.size()) != 1 ||
        EVP_DigestFinal_ex(context_.get(), whole.data(), nullptr) != 1)
        throw std::bad_alloc();
    std::array<uint64_t, 2> hash{};
    std::memcpy(hash.data(), whole.data(), sizeof hash);
    return hash;
}

size_t KeyOffsets::place_of(const std::array<uint64_t, 2>& hash) const {
    size_t at = hash[0] & (slots_.size() - 1);
    while (slots_[at].offset >= 0 && slots_[at].hash != hash) at = (at + 1) & (slots_.size() - 1);
    return at;
}

void KeyOffsets::grow() {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const Slot& each : old)
        if (each.offset >= 0) slots_[place_of(each.hash)] = each;
}

void KeyOffsets::put(Bytes key, int64_t offset) {
    if ((size_ + 1) * 4 > slots_.size() * 3) grow();
    const auto hash = hash_of(key);
    Slot& slot = slots_[place_of(hash)];
    if (slot.offset < 0) ++size_;
    slot = {hash, offset};
}

int64_t KeyOffsets::newest(Bytes key) const {
    return slots_[place_of(hash_of(key))].offset;
}

}  // namespace pinflow::log
