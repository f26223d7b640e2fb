#include "emulator/python_random.h"

#include <bit>
#include <cassert>
#include <vector>

namespace pinflow::emulator {

// Modules/_randommodule.c: random_seed takes the absolute value in 32-bit words, lowest first, into init_by_array.
PythonRandom::PythonRandom(uint64_t seed) {
    std::vector<uint32_t> key{static_cast<uint32_t>(seed)};
    if (seed >> 32 != 0) key.push_back(static_cast<uint32_t>(seed >> 32));
    seed_by_word(19650218U);
    const auto spread = [&](uint32_t at) { return state_[at - 1] ^ (state_[at - 1] >> 30); };
    uint32_t i = 1;
    const auto advance = [&] {
        if (++i < size) return;
        state_[0] = state_[size - 1];
        i = 1;
    };
    for (uint32_t k = size, j = 0; k > 0; --k, j = (j + 1) % static_cast<uint32_t>(key.size())) {
        state_[i] = (state_[i] ^ (spread(i) * 1664525U)) + key[j] + j;
        advance();
    }
    for (uint32_t k = size - 1; k > 0; --k) {
        state_[i] = (state_[i] ^ (spread(i) * 1566083941U)) - i;
        advance();
    }
    state_[0] = 0x80000000U;
}

void PythonRandom::seed_by_word(uint32_t seed) {
    state_[0] = seed;
    for (uint32_t i = 1; i < size; ++i) state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
}

void PythonRandom::twist() {
    for (int i = 0; i < size; ++i) {
        const auto here = static_cast<size_t>(i);
        const uint32_t joined = (state_[here] & 0x80000000U) | (state_[(here + 1) % size] & 0x7fffffffU);
        state_[here] = state_[(here + 397) % size] ^ (joined >> 1) ^ ((joined & 1U) != 0 ? 0x9908b0dfU : 0U);
    }
    used_ = 0;
}

uint32_t PythonRandom::next() {
    if (used_ == size) twist();
    uint32_t y = state_[static_cast<size_t>(used_++)];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680U;
    y ^= (y << 15) & 0xefc60000U;
    return y ^ (y >> 18);
}

uint32_t PythonRandom::getrandbits(int bits) {
    assert(bits >= 1 && bits <= 32);
    return next() >> (32 - bits);
}

int64_t PythonRandom::randrange(int64_t start, int64_t stop) {
    const auto width = static_cast<uint64_t>(stop - start);
    assert(width >= 1 && width < (uint64_t{1} << 32));
    const int bits = std::bit_width(width);
    for (;;) {
        const uint32_t drawn = getrandbits(bits);
        if (drawn < width) return start + static_cast<int64_t>(drawn);
    }
}

}  // namespace pinflow::emulator
