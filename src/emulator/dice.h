// A small random generator whose numbers are the same on every machine (splitmix64, public domain, S. Vigna).
#pragma once
#include <cstdint>
#include <span>

namespace pinflow::emulator {

class Dice {
  public:
    // Different (stream, n) give unrelated sequences.
    Dice(uint64_t stream, uint64_t n) : state_(mix(n * 0x9e3779b97f4a7c15U + stream * 0xd1b54a32d192ed03U)) {}

    uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15U); }
    uint32_t below(uint32_t bound) { return static_cast<uint32_t>(((next() >> 32) * bound) >> 32); }
    int64_t between(int64_t low, int64_t high) { return low + below(static_cast<uint32_t>(high - low + 1)); }
    bool chance(uint32_t per_mille) { return below(1000) < per_mille; }
    // Small numbers more often than large ones.
    uint32_t skewed(uint32_t bound) {
        const uint32_t a = below(bound);
        const uint32_t b = below(bound);
        return a < b ? a : b;
    }
    template <class T>
    const T& pick(std::span<const T> from) {
        return from[below(static_cast<uint32_t>(from.size()))];
    }

  private:
    static uint64_t mix(uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }

    uint64_t state_;
};

}  // namespace pinflow::emulator
