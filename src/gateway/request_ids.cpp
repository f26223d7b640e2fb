#include "gateway/request_ids.h"

#include <array>
#include <bit>
#include <span>
#include <string_view>

#include "base/base64.h"

namespace pinflow::gateway {
namespace {

// splitmix64: https://prng.di.unimi.it/splitmix64.c. Ids tell requests apart, they guard nothing.
class Mixed {
  public:
    explicit Mixed(uint64_t seed) : state_(seed) {}
    uint64_t next() {
        uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }

  private:
    uint64_t state_;
};

// A tag's kinds of ids have nothing to do with each other, nor with the next tag's, which is one step of Mixed away.
constexpr uint64_t uuid_seed = 0x6a09e667f3bcc908, extended_seed = 0xbb67ae8584caa73b, id_2_seed = 0x3c6ef372fe94f82b;

uint64_t seed_of(uint64_t tag, uint64_t kind) {
    return Mixed(tag ^ kind).next();
}

}  // namespace

void append_request_id(std::string& out, uint64_t tag) {
    constexpr std::string_view hex = "0123456789abcdef";
    Mixed mixed(seed_of(tag, uuid_seed));
    char id[] = "00000000-0000-4000-8000-000000000000";
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof id - 1; ++i) {
        if (i % 18 == 0) bits = mixed.next();
        if (id[i] != '0') continue;
        id[i] = hex[bits & 15];
        bits = std::rotr(bits, 4) ^ (i == 17 ? mixed.next() : 0);
    }
    out.append(id, sizeof id - 1);
}

void append_extended_request_id(std::string& out, uint64_t tag) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    Mixed mixed(seed_of(tag, extended_seed));
    char id[] = "AAAAAAAAAAAAAAA=";
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof id - 2; ++i, bits >>= 6) {
        if (i % 10 == 0) bits = mixed.next();
        id[i] = letters[bits & 63];
    }
    out.append(id, sizeof id - 1);
}

void append_id_2(std::string& out, uint64_t tag) {
    Mixed mixed(seed_of(tag, id_2_seed));
    std::array<uint64_t, 9> bits;
    for (uint64_t& each : bits) each = mixed.next();
    append_base64(out, std::as_bytes(std::span(bits)));
}

}  // namespace pinflow::gateway
