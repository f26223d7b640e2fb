#include "sink/key_set.h"

#include <algorithm>

namespace pinflow::sink {
namespace {

constexpr size_t ahead = 12;         // lookups whose memory is on its way
constexpr size_t most_percent = 85;  // of a shard's slots that are used before it grows
constexpr size_t grown_percent = 120;

constexpr uint32_t low_bits(const KeySet::Key& key) {
    return static_cast<uint32_t>(key.low);
}

}  // namespace

// The bits below the shard's, as a fraction of the buckets.
size_t KeySet::home(const Shard& shard, uint64_t high) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<size_t>((static_cast<Wide>(high << 8) * shard.bucket_count) >> 64);
}

void KeySet::prefetch(const Key& key) const {
    const Shard& shard = shard_of(key);
    if (shard.bucket_count > 0) __builtin_prefetch(&shard.buckets[home(shard, key.high)]);
}

// A bucket that has room ends the search: nothing is ever taken out.
bool KeySet::contains(const Shard& shard, uint64_t high, uint32_t low) {
    if (shard.bucket_count == 0) return false;
    for (size_t at = home(shard, high);; at = at + 1 == shard.bucket_count ? 0 : at + 1) {
        const Bucket& bucket = shard.buckets[at];
        for (uint32_t i = 0; i < bucket.used; ++i)
            if (bucket.high[i] == high && bucket.low[i] == low) return true;
        if (bucket.used < slots) return false;
    }
}

void KeySet::put(Shard& shard, uint64_t high, uint32_t low) {
    for (size_t at = home(shard, high);; at = at + 1 == shard.bucket_count ? 0 : at + 1) {
        Bucket& bucket = shard.buckets[at];
        if (bucket.used == slots) continue;
        bucket.high[bucket.used] = high;
        bucket.low[bucket.used] = low;
        ++bucket.used;
        ++shard.size;
        return;
    }
}

void KeySet::grow(Shard& shard) {
    Shard next;
    next.bucket_count = std::max(shard.bucket_count + 1, shard.bucket_count * grown_percent / 100);
    next.buckets = std::make_unique<Bucket[]>(next.bucket_count);
    for (size_t at = 0; at < shard.bucket_count; ++at) {
        const Bucket& bucket = shard.buckets[at];
        for (uint32_t i = 0; i < bucket.used; ++i) put(next, bucket.high[i], bucket.low[i]);
    }
    shard = std::move(next);
}

void KeySet::find(std::span<const Key> keys, bool* found) const {
    for (size_t i = 0; i < keys.size(); ++i) {
        if (i + ahead < keys.size()) prefetch(keys[i + ahead]);
        found[i] = contains(shard_of(keys[i]), keys[i].high, low_bits(keys[i]));
    }
}

void KeySet::insert(std::span<const Key> keys) {
    for (size_t i = 0; i < keys.size(); ++i) {
        if (i + ahead < keys.size()) prefetch(keys[i + ahead]);
        Shard& shard = shards_[keys[i].high >> 56];
        if (contains(shard, keys[i].high, low_bits(keys[i]))) continue;
        if ((shard.size + 1) * 100 > shard.bucket_count * slots * most_percent) grow(shard);
        put(shard, keys[i].high, low_bits(keys[i]));
        ++size_;
    }
}

void KeySet::clear() {
    shards_ = {};
    size_ = 0;
}

size_t KeySet::memory_bytes() const {
    size_t bytes = sizeof(*this);
    for (const Shard& shard : shards_) bytes += shard.bucket_count * sizeof(Bucket);
    return bytes;
}

}  // namespace pinflow::sink
