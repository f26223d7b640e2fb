#include "kinesis/hash_key.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/release.h"

namespace pinflow::kinesis {
namespace {

constexpr HashKey last_key = ~HashKey{0};

// floor(2^128 / count); only for more than one shard does it fit.
HashKey width_of_shard(size_t count) {
    const HashKey width = last_key / count;
    return last_key % count == count - 1 ? width + 1 : width;
}

}  // namespace

HashKey hash_key_of(std::string_view partition_key) {
    static thread_local const std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);  // kept: a look-up costs more than the hash
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    EVP_DigestInit_ex(context.get(), md5 != nullptr ? md5 : EVP_md5(), nullptr);
    EVP_DigestUpdate(context.get(), partition_key.data(), partition_key.size());
    EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
    HashKey key = 0;
    for (size_t i = 0; i < 16; ++i) key = key << 8 | digest[i];
    return key;
}

std::optional<HashKey> parse_hash_key(std::string_view decimal) {
    if (decimal.empty() || decimal.size() > 39 || (decimal.size() > 1 && decimal[0] == '0')) return std::nullopt;
    HashKey key = 0;
    for (const char c : decimal) {
        if (c < '0' || c > '9') return std::nullopt;
        const auto digit = static_cast<HashKey>(c - '0');
        if (key > (last_key - digit) / 10) return std::nullopt;
        key = key * 10 + digit;
    }
    return key;
}

std::string decimal(HashKey key) {
    std::string out;
    do {
        out += static_cast<char>('0' + static_cast<int>(key % 10));
        key /= 10;
    } while (key != 0);
    std::ranges::reverse(out);
    return out;
}

HashRange range_of_shard(size_t shard, size_t shard_count) {
    if (shard_count <= 1) return {0, last_key};
    const HashKey width = width_of_shard(shard_count);
    return {width * shard, shard + 1 == shard_count ? last_key : width * (shard + 1) - 1};
}

}  // namespace pinflow::kinesis
