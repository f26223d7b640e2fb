// Where in the 128-bit hash space a record lies, and which shard owns that place.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::kinesis {

__extension__ using HashKey = unsigned __int128;

HashKey hash_key_of(std::string_view partition_key);  // MD5, big-endian
// Decimal, no sign, no leading zeros, below 2^128; nothing otherwise.
std::optional<HashKey> parse_hash_key(std::string_view decimal);
std::string decimal(HashKey key);

struct HashRange {
    HashKey first;
    HashKey last;
    bool operator==(const HashRange&) const = default;
};
// Equal parts of the whole space; the last shard takes what division leaves over.
HashRange range_of_shard(size_t shard, size_t shard_count);

}  // namespace pinflow::kinesis
